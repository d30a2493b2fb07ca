//! `jsonb` as JSON text.

use super::{
    ALIGNMENT, CONTAINER, COUNT, FALSE, IS_ARRAY, IS_OBJECT, IS_OFFSET, IS_SCALAR, KIND, LENGTH, MOST_LEVELS,
    NULL, NUMERIC, STRING, TRUE, number,
};

/// Appends the text of a value: the content of its varlena. `None` for what is left to PostgreSQL, and for what is no
/// `jsonb`; then `text` may have got a part of it.
pub fn print(stored: &[u8], text: &mut String) -> Option<()> {
    text.reserve(stored.len());
    container(stored, text, 0)
}

fn word(bytes: &[u8], index: usize) -> Option<u32> {
    let bytes = bytes.get(4 * index..4 * index + 4)?;
    Some(u32::from_ne_bytes(bytes.try_into().ok()?))
}

/// Walks through the entries of a container.
struct Entries<'a> {
    entries: &'a [u8],
    data: &'a [u8],
    index: usize,
    offset: usize,
}

impl<'a> Entries<'a> {
    /// The kind and the bytes of the next value, still with the space before it.
    fn next(&mut self) -> Option<(u32, &'a [u8], usize)> {
        let entry = word(self.entries, self.index)?;
        let start = self.offset;
        let length = (entry & LENGTH) as usize;
        let end = if entry & IS_OFFSET == 0 { start.checked_add(length)? } else { length };
        (self.index, self.offset) = (self.index + 1, end);
        Some((entry & KIND, self.data.get(start..end)?, start))
    }
}

fn container(stored: &[u8], text: &mut String, level: usize) -> Option<()> {
    if level >= MOST_LEVELS {
        return None;
    }
    let header = word(stored, 0)?;
    let count = (header & COUNT) as usize;
    let entry_count = if header & IS_OBJECT == 0 { count } else { 2 * count };
    let (entries, data) = stored.get(4..)?.split_at_checked(4 * entry_count)?;
    let mut entries = Entries { entries, data, index: 0, offset: 0 };
    if header & IS_SCALAR != 0 {
        return if count == 1 { value(entries.next()?, text, level) } else { None };
    }
    if header & IS_ARRAY != 0 {
        text.push('[');
        for index in 0..count {
            if index > 0 {
                text.push(',');
            }
            value(entries.next()?, text, level)?;
        }
        text.push(']');
        return Some(());
    }
    if header & IS_OBJECT == 0 {
        return None;
    }
    // The names come first, then the values.
    let mut names = Entries { entries: entries.entries, data, index: 0, offset: 0 };
    for _ in 0..count {
        entries.next()?;
    }
    text.push('{');
    for index in 0..count {
        if index > 0 {
            text.push(',');
        }
        value(names.next()?, text, level)?;
        text.push(':');
        value(entries.next()?, text, level)?;
    }
    text.push('}');
    Some(())
}

fn value((kind, bytes, start): (u32, &[u8], usize), text: &mut String, level: usize) -> Option<()> {
    let aligned = || bytes.get(start.next_multiple_of(ALIGNMENT) - start..);
    match kind {
        STRING => quoted(std::str::from_utf8(bytes).ok()?, text),
        NUMERIC => {
            // A varlena with a header of four bytes, since it is aligned.
            let numeric = aligned()?;
            return number::print(numeric.get(4..)?, text);
        }
        FALSE => text.push_str("false"),
        TRUE => text.push_str("true"),
        NULL => text.push_str("null"),
        CONTAINER => return container(aligned()?, text, level + 1),
        _ => return None,
    }
    Some(())
}

/// As `escape_json`.
fn quoted(string: &str, text: &mut String) {
    text.push('"');
    let mut plain = 0;
    for (index, byte) in string.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        text.push_str(&string[plain..index]);
        plain = index + 1;
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            0x08 => text.push_str("\\b"),
            0x0C => text.push_str("\\f"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            control => text.push_str(&format!("\\u{control:04x}")),
        }
    }
    text.push_str(&string[plain..]);
    text.push('"');
}
