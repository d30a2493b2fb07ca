//! JSON text taken apart: the parts of a document in the order of the text, each with its place in it.

use std::ops::Range;

use super::MOST_LEVELS;

/// A part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Null,
    False,
    True,
    /// The text of a number.
    Number {
        start: u32,
        end: u32,
    },
    /// A text between its quotes, as it stands there.
    Text {
        start: u32,
        end: u32,
    },
    /// The same, with escapes in it.
    Escaped {
        start: u32,
        end: u32,
    },
    /// An array of so many elements, which follow. `next` is the part behind them.
    Array {
        count: u32,
        next: u32,
    },
    /// An object of so many members, which follow: a text and a value each.
    Object {
        count: u32,
        next: u32,
    },
}

impl Part {
    /// The number of the part behind the one of that number and everything in it.
    pub(super) fn next(self, number: usize) -> usize {
        match self {
            Self::Array { next, .. } | Self::Object { next, .. } => next as usize,
            _ => number + 1,
        }
    }
}

/// Takes a text apart. `None` for what is no JSON, or not plain.
pub(super) fn parts(json: &str, parts: &mut Vec<Part>) -> Option<()> {
    parts.clear();
    // Places in the text are 32 bits wide.
    u32::try_from(json.len()).ok()?;
    let mut reader = Reader { json: json.as_bytes(), at: 0, parts };
    reader.space();
    reader.value(0)?;
    (reader.at == reader.json.len()).then_some(())
}

struct Reader<'a> {
    json: &'a [u8],
    at: usize,
    parts: &'a mut Vec<Part>,
}

impl Reader<'_> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Goes past a byte and the space behind it.
    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
            self.space();
        }
        found
    }

    /// A value and the space behind it.
    fn value(&mut self, level: usize) -> Option<()> {
        let part = match self.peek()? {
            b'"' => self.text()?,
            b'{' => return self.object(level),
            b'[' => return self.array(level),
            b'n' => self.word(b"null", Part::Null)?,
            b't' => self.word(b"true", Part::True)?,
            b'f' => self.word(b"false", Part::False)?,
            _ => self.number()?,
        };
        self.parts.push(part);
        self.space();
        Some(())
    }

    fn word(&mut self, word: &[u8], part: Part) -> Option<Part> {
        let found = self.json[self.at..].starts_with(word);
        self.at += word.len();
        found.then_some(part)
    }

    fn object(&mut self, level: usize) -> Option<()> {
        let number = self.open(level)?;
        let mut count = 0;
        if !self.take(b'}') {
            loop {
                if self.peek() != Some(b'"') {
                    return None;
                }
                let name = self.text()?;
                self.parts.push(name);
                self.space();
                if !self.take(b':') {
                    return None;
                }
                self.value(level + 1)?;
                count += 1;
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return None;
                }
            }
        }
        self.parts[number] = Part::Object { count, next: u32::try_from(self.parts.len()).ok()? };
        Some(())
    }

    fn array(&mut self, level: usize) -> Option<()> {
        let number = self.open(level)?;
        let mut count = 0;
        if !self.take(b']') {
            loop {
                self.value(level + 1)?;
                count += 1;
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return None;
                }
            }
        }
        self.parts[number] = Part::Array { count, next: u32::try_from(self.parts.len()).ok()? };
        Some(())
    }

    /// Goes past the bracket, and keeps the place for the part.
    fn open(&mut self, level: usize) -> Option<usize> {
        if level >= MOST_LEVELS {
            return None;
        }
        self.at += 1;
        self.space();
        self.parts.push(Part::Null);
        Some(self.parts.len() - 1)
    }

    /// A text, of which only the escapes of one letter are taken.
    fn text(&mut self) -> Option<Part> {
        self.at += 1;
        let start = self.at as u32;
        let mut escaped = false;
        loop {
            let rest = self.json.get(self.at..)?;
            self.at += rest.iter().position(|byte| ENDS_PLAIN_TEXT[usize::from(*byte)])?;
            match self.json[self.at] {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    let letter = *self.json.get(self.at + 1)?;
                    unescaped(letter)?;
                    self.at += 2;
                }
                _ => return None,
            }
        }
        let end = self.at as u32;
        self.at += 1;
        Some(if escaped { Part::Escaped { start, end } } else { Part::Text { start, end } })
    }

    fn number(&mut self) -> Option<Part> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let whole = self.digits()?;
        if whole.len() > 1 && self.json[whole.start] == b'0' {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(Part::Number { start: start as u32, end: self.at as u32 })
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(start..self.at)
    }
}

/// Quotes, backslashes, and what a text must not hold as it is.
const ENDS_PLAIN_TEXT: [bool; 256] = {
    let mut ends = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        ends[byte] = true;
        byte += 1;
    }
    ends[b'"' as usize] = true;
    ends[b'\\' as usize] = true;
    ends
};

/// What the letter behind a backslash stands for.
pub(super) fn unescaped(letter: u8) -> Option<u8> {
    Some(match letter {
        b'"' | b'\\' | b'/' => letter,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}
