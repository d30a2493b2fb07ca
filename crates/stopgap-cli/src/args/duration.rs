//! Durations as people write them: `90s`, `15m`, `12h`, `7d`; a number alone is seconds.

/// A duration in seconds.
///
/// Errors: words for the person who typed it.
pub(super) fn seconds(text: &str) -> Result<u32, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((end, 's')) => (&text[..end], 1),
        Some((end, 'm')) => (&text[..end], 60),
        Some((end, 'h')) => (&text[..end], 3_600),
        Some((end, 'd')) => (&text[..end], 86_400),
        _ => (text, 1),
    };
    let number: u32 = number.parse().map_err(|_| "a duration is a number with s, m, h or d".to_owned())?;
    number.checked_mul(unit).ok_or_else(|| "the duration is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn units_count() {
        for (text, expected) in
            [("0", 0), ("90", 90), ("90s", 90), ("15m", 900), ("12h", 43_200), ("7d", 604_800)]
        {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in ["", "d", "7 d", "7w", "-1", "1.5h", "99999d"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
