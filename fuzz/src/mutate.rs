//! Inputs out of seeds: parts are cut, doubled, put elsewhere, taken from another seed, and strange characters put in.

/// Texts that parsers stumble over.
const STRANGE: [&str; 44] = [
    "\0",
    "\u{feff}",
    "\u{2028}",
    "\u{200d}",
    "\u{10ffff}",
    "é",
    "😀",
    "\\u{110000}",
    "\\ud800",
    "${",
    "`",
    "/*",
    "*/",
    "//",
    "<!--",
    "-->",
    "#!",
    "\"",
    "'",
    "\\",
    "((((((((",
    "[[[[[[[[",
    "{{{{{{{{",
    "=>",
    "...",
    "?.",
    "??=",
    "async ",
    "await ",
    "yield ",
    "import(\"x\")",
    "export default ",
    "export * from \"a\";",
    "enum E { A }",
    "<T,>",
    "<T>(x)",
    "@d ",
    "as const",
    "satisfies X",
    "0x",
    "1e309",
    "18446744073709551616",
    "null",
    ":{}",
];

/// How many accepted inputs are kept beside the seeds.
const MOST_KEPT: usize = 512;
/// Longer inputs are cut.
const LONGEST_BYTES: usize = 16 << 10;

/// A generator of inputs. The same number and seeds give the same inputs.
pub struct Mutator {
    state: u64,
    texts: Vec<String>,
    seeds: usize,
}

impl Mutator {
    pub fn new(random: u64, seeds: &[String]) -> Self {
        let mut texts = seeds.to_vec();
        if texts.is_empty() {
            texts.push(String::new());
        }
        Self { state: random ^ 0x9e37_79b9_7f4a_7c15, seeds: texts.len(), texts }
    }

    /// Splitmix64, after Steele, Lea and Flood.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.random() % end as u64) as usize }
    }

    fn pick(&mut self) -> String {
        let index = self.below(self.texts.len());
        self.texts[index].clone()
    }

    /// The start of a character at or after a random place.
    fn place(&mut self, text: &str) -> usize {
        let mut place = self.below(text.len() + 1);
        while !text.is_char_boundary(place) {
            place += 1;
        }
        place
    }

    fn range(&mut self, text: &str) -> std::ops::Range<usize> {
        let (one, other) = (self.place(text), self.place(text));
        one.min(other)..one.max(other)
    }

    /// The next input.
    pub fn next_input(&mut self) -> String {
        let mut text = self.pick();
        for _ in 0..=self.below(6) {
            self.mutate(&mut text);
        }
        if text.len() > LONGEST_BYTES {
            let end = (0..=LONGEST_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            text.truncate(end);
        }
        text
    }

    fn mutate(&mut self, text: &mut String) {
        match self.below(8) {
            0 => {
                let range = self.range(text);
                text.replace_range(range, "");
            }
            1 => {
                let range = self.range(text);
                let part = text[range].to_owned();
                let place = self.place(text);
                text.insert_str(place, &part);
            }
            2 | 3 => {
                let strange = STRANGE[self.below(STRANGE.len())];
                let place = self.place(text);
                text.insert_str(place, strange);
            }
            4 => {
                let other = self.pick();
                let range = self.range(&other);
                let place = self.place(text);
                text.insert_str(place, &other[range]);
            }
            5 => {
                let strange = STRANGE[self.below(STRANGE.len())];
                let place = self.place(text);
                let times = self.below(200);
                text.insert_str(place, &strange.repeat(times));
            }
            6 => {
                let place = self.place(text);
                if let Some(old) = text[place..].chars().next() {
                    let new = char::from_u32(self.below(0x250) as u32).unwrap_or('x');
                    text.replace_range(place..place + old.len_utf8(), new.encode_utf8(&mut [0; 4]));
                }
            }
            _ => {
                let range = self.range(text);
                let other = self.pick();
                let theirs = self.range(&other);
                text.replace_range(range, &other[theirs]);
            }
        }
    }

    /// An input that was accepted is worth mutating.
    pub fn keep(&mut self, text: String) {
        if self.texts.len() < self.seeds + MOST_KEPT {
            self.texts.push(text);
        } else {
            let index = self.seeds + self.below(MOST_KEPT);
            self.texts[index] = text;
        }
    }
}
