//! `uuid` as text, as `src/backend/utils/adt/uuid.c` reads and prints it.

/// Lower-case, with hyphens.
pub fn print(bytes: &[u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Thirty-two hexadecimal digits, in any case, optionally in braces, a hyphen allowed after each group of four.
pub fn parse(text: &str) -> Option<[u8; 16]> {
    let inner = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let mut bytes = [0_u8; 16];
    let mut rest = inner.as_bytes();
    for (index, byte) in bytes.iter_mut().enumerate() {
        let (high, low) = (*rest.first()?, *rest.get(1)?);
        *byte = (digit(high)? << 4) | digit(low)?;
        rest = &rest[2..];
        if index % 2 == 1 && index < 15 && rest.first() == Some(&b'-') {
            rest = &rest[1..];
        }
    }
    rest.is_empty().then_some(bytes)
}

fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_parses() {
        let text = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
        for spelling in [
            text,
            "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
            "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
            "a0eebc999c0b4ef8bb6d6bb9bd380a11",
            "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
        ] {
            assert_eq!(parse(spelling).map(|bytes| print(&bytes)).as_deref(), Some(text), "{spelling}");
        }
    }

    #[test]
    fn refuses_what_is_no_uuid() {
        for text in [
            "",
            "x",
            "a0eebc99",
            "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-",
            "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",
            "é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
