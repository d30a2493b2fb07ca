//! JSON text as `jsonb`, as `convertToJsonb` in `utils/adt/jsonb_util.c` lays it out.

use super::document::{Part, parts, unescaped};
use super::{
    ALIGNMENT, CONTAINER, FALSE, IS_ARRAY, IS_OBJECT, IS_OFFSET, IS_SCALAR, LENGTH, NULL, NUMERIC, STRIDE,
    STRING, TRUE, number,
};

/// What comes before the content of a varlena.
pub const HEADER: usize = 4;
/// Larger values are left to PostgreSQL, which knows its limits.
const LARGEST: usize = 1 << 27;
/// How many parts the memory is kept for from one document to the next.
const PARTS_KEPT: usize = 16 << 10;

/// Makes `jsonb` of texts, and keeps its memory from one to the next.
#[derive(Default)]
pub struct Writer {
    parts: Vec<Part>,
    members: Vec<Member>,
}

/// A member of an object: its name's place in the text of names, and the part that is its value.
#[derive(Clone, Copy)]
struct Member {
    name: usize,
    value: usize,
}

impl Writer {
    /// Writes the value of a text to `stored`, which is cleared first: four bytes that the caller makes the header of the
    /// varlena ([`HEADER`]), and its content. `None` for what is left to PostgreSQL.
    pub fn write(&mut self, json: &str, stored: &mut Vec<u8>) -> Option<()> {
        stored.clear();
        let outcome = parts(json, &mut self.parts).and_then(|()| {
            stored.reserve(json.len() + json.len() / 2 + 64);
            stored.extend([0; HEADER]);
            let mut run =
                Run { json: json.as_bytes(), parts: &self.parts, members: &mut self.members, stored };
            run.root()
        });
        if self.parts.capacity() > PARTS_KEPT {
            self.parts = Vec::new();
        }
        if self.members.capacity() > PARTS_KEPT {
            self.members = Vec::new();
        }
        outcome.filter(|()| stored.len() <= LARGEST)
    }
}

struct Run<'a> {
    json: &'a [u8],
    parts: &'a [Part],
    /// Of the objects that are being written, the outermost first.
    members: &'a mut Vec<Member>,
    stored: &'a mut Vec<u8>,
}

impl Run<'_> {
    fn root(&mut self) -> Option<()> {
        self.members.clear();
        match self.parts.first()? {
            Part::Array { .. } | Part::Object { .. } => self.value(0).map(drop),
            _ => {
                let entry = self.open(1 | IS_ARRAY | IS_SCALAR, 1);
                let mut total = 0;
                let made = self.value(0)?;
                self.set_entry(entry, 0, made, &mut total)
            }
        }
    }

    /// Writes the value of a part, and gives its kind and its length with the space before it.
    fn value(&mut self, number: usize) -> Option<(u32, usize)> {
        let start = self.stored.len();
        let kind = match self.parts[number] {
            Part::Null => NULL,
            Part::False => FALSE,
            Part::True => TRUE,
            Part::Number { start, end } => {
                self.align();
                let at = self.stored.len();
                self.stored.extend([0; HEADER]);
                number::write(&self.json[start as usize..end as usize], self.stored)?;
                let length = self.stored.len() - at;
                self.stored[at..at + HEADER].copy_from_slice(&varlena_header(length)?.to_ne_bytes());
                NUMERIC
            }
            text @ (Part::Text { .. } | Part::Escaped { .. }) => {
                write_text(self.json, text, self.stored);
                STRING
            }
            Part::Array { count, .. } => {
                self.align();
                self.array(number + 1, count as usize)?;
                CONTAINER
            }
            Part::Object { count, .. } => {
                self.align();
                self.object(number + 1, count as usize)?;
                CONTAINER
            }
        };
        Some((kind, self.stored.len() - start))
    }

    fn array(&mut self, first: usize, count: usize) -> Option<()> {
        let entries = self.open(u32::try_from(count).ok()? | IS_ARRAY, count);
        let (mut number, mut total) = (first, 0);
        for index in 0..count {
            let made = self.value(number)?;
            self.set_entry(entries, index, made, &mut total)?;
            number = self.parts[number].next(number);
        }
        Some(())
    }

    fn object(&mut self, first: usize, count: usize) -> Option<()> {
        let base = self.members.len();
        let (mut number, mut sorted) = (first, true);
        for index in 0..count {
            let value = number + 1;
            if let (true, Some(last)) = (index > 0 && sorted, self.members.last()) {
                sorted = self.compare(last.name, number).is_lt();
            }
            self.members.push(Member { name: number, value });
            number = self.parts[value].next(value);
        }
        if !sorted {
            self.sort(base);
        }
        let count = self.members.len() - base;
        let entries = self.open(u32::try_from(count).ok()? | IS_OBJECT, 2 * count);
        let mut total = 0;
        for index in 0..count {
            let start = self.stored.len();
            write_text(self.json, self.parts[self.members[base + index].name], self.stored);
            let made = (STRING, self.stored.len() - start);
            self.set_entry(entries, index, made, &mut total)?;
        }
        for index in 0..count {
            let made = self.value(self.members[base + index].value)?;
            self.set_entry(entries, count + index, made, &mut total)?;
        }
        self.members.truncate(base);
        Some(())
    }

    /// By name; of two members of one name the later one stays.
    fn sort(&mut self, base: usize) {
        let mut members = self.members.split_off(base);
        members.sort_by(|a, b| self.compare(a.name, b.name).then(b.name.cmp(&a.name)));
        members.dedup_by(|later, kept| self.compare(later.name, kept.name).is_eq());
        self.members.append(&mut members);
    }

    /// As `lengthCompareJsonbString`.
    fn compare(&self, a: usize, b: usize) -> std::cmp::Ordering {
        let by_length_and_bytes = |a: &[u8], b: &[u8]| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
        match (self.parts[a], self.parts[b]) {
            (Part::Text { start, end }, Part::Text { start: other, end: other_end }) => by_length_and_bytes(
                &self.json[start as usize..end as usize],
                &self.json[other as usize..other_end as usize],
            ),
            (a, b) => {
                let (mut first, mut second) = (Vec::new(), Vec::new());
                write_text(self.json, a, &mut first);
                write_text(self.json, b, &mut second);
                by_length_and_bytes(&first, &second)
            }
        }
    }

    fn align(&mut self) {
        self.stored.resize(self.stored.len().next_multiple_of(ALIGNMENT), 0);
    }

    /// Writes a container's header and the room for its entries, and gives the place of the first.
    fn open(&mut self, header: u32, entries: usize) -> usize {
        self.stored.extend(header.to_ne_bytes());
        let first = self.stored.len();
        self.stored.resize(first + 4 * entries, 0);
        first
    }

    /// Fills in an entry. Now and then one says where its value ends, so that it is found without adding up all.
    fn set_entry(
        &mut self,
        first: usize,
        index: usize,
        (kind, length): (u32, usize),
        total: &mut u32,
    ) -> Option<()> {
        let length = u32::try_from(length).ok()?;
        *total = total.checked_add(length).filter(|total| *total <= LENGTH)?;
        let entry = if index.is_multiple_of(STRIDE) { kind | *total | IS_OFFSET } else { kind | length };
        let at = first + 4 * index;
        self.stored[at..at + 4].copy_from_slice(&entry.to_ne_bytes());
        Some(())
    }
}

fn write_text(json: &[u8], part: Part, stored: &mut Vec<u8>) {
    match part {
        Part::Text { start, end } => stored.extend_from_slice(&json[start as usize..end as usize]),
        Part::Escaped { start, end } => {
            let mut rest = json[start as usize..end as usize].iter();
            while let Some(byte) = rest.next() {
                // The reader has let through no other letters than those that stand for something.
                let escaped =
                    if *byte == b'\\' { rest.next().and_then(|letter| unescaped(*letter)) } else { None };
                stored.push(escaped.unwrap_or(*byte));
            }
        }
        _ => {}
    }
}

/// `SET_VARSIZE`.
pub(super) fn varlena_header(length: usize) -> Option<u32> {
    let length = u32::try_from(length).ok().filter(|length| *length < 1 << 30)?;
    Some(if cfg!(target_endian = "big") { length } else { length << 2 })
}
