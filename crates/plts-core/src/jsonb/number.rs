//! Numbers of `jsonb`: a `numeric` in its short form (`utils/adt/numeric.c`), digits to base 10,000.

/// `NUMERIC_SIGN_MASK` and the signs of the long form, which has its weight in a word of its own.
const SIGN: u16 = 0xC000;
const NEGATIVE: u16 = 0x4000;
const SHORT: u16 = 0x8000;
const SPECIAL: u16 = 0xC000;
const LONG_SCALE: u16 = 0x3FFF;
/// Of the short form.
const SHORT_NEGATIVE: u16 = 0x2000;
const SCALE: u16 = 0x1F80;
const SCALE_SHIFT: u32 = 7;
const WEIGHT_IS_NEGATIVE: u16 = 0x0040;
const WEIGHT: u16 = 0x003F;

/// Digits to base 10 in one to base 10,000.
const DIGITS: i32 = 4;
/// Longer numbers are left to PostgreSQL.
const MOST_DIGITS: usize = 128;

/// Appends the number of a text, which is a number of JSON, without the header of a varlena. `None` when the short form
/// does not hold it.
pub(super) fn write(text: &[u8], stored: &mut Vec<u8>) -> Option<()> {
    let mut digits = [0; MOST_DIGITS];
    let mut count = 0;
    let (mut negative, mut fraction, mut exponent) = (false, None, 0);
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'-' => negative = true,
            b'.' => fraction = Some(count),
            b'e' | b'E' => {
                exponent = std::str::from_utf8(&text[index + 1..]).ok()?.parse::<i32>().ok()?;
                break;
            }
            digit => {
                *digits.get_mut(count)? = digit - b'0';
                count += 1;
            }
        }
    }
    let whole = fraction.unwrap_or(count) as i32;
    if exponent.abs() > 1000 {
        return None;
    }
    // As set_var_from_str: the power of ten of the first digit, and how many digits are shown behind the point.
    let first_power = whole - 1 + exponent;
    let scale = (count as i32 - whole - exponent).max(0);
    let mut weight = (first_power + DIGITS).div_euclid(DIGITS) - 1;
    let leading = (weight + 1) * DIGITS - (first_power + 1);
    let mut groups = [0u16; MOST_DIGITS / 4 + 2];
    let mut length = 0;
    for (place, digit) in (leading..).zip(&digits[..count]) {
        let group = (place / DIGITS) as usize;
        groups[group] = groups[group] * 10 + u16::from(*digit);
        length = group + 1;
    }
    if length > 0 {
        // The last group is filled up with zeros.
        for _ in 0..length as i32 * DIGITS - leading - count as i32 {
            groups[length - 1] *= 10;
        }
    }
    let mut first = 0;
    while first < length && groups[first] == 0 {
        first += 1;
        weight -= 1;
    }
    while length > first && groups[length - 1] == 0 {
        length -= 1;
    }
    let groups = &groups[first..length];
    if groups.is_empty() {
        (weight, negative) = (0, false);
    }
    if scale > i32::from(SCALE >> SCALE_SHIFT) || !(-64..64).contains(&weight) {
        return None;
    }
    let header = SHORT
        | if negative { SHORT_NEGATIVE } else { 0 }
        | (scale as u16) << SCALE_SHIFT
        | if weight < 0 { WEIGHT_IS_NEGATIVE } else { 0 }
        | weight as u16 & WEIGHT;
    stored.extend(header.to_ne_bytes());
    for group in groups {
        stored.extend(group.to_ne_bytes());
    }
    Some(())
}

/// Prints a number, without the header of a varlena. `None` for what is none.
pub(super) fn print(stored: &[u8], text: &mut String) -> Option<()> {
    let (header, rest) = word(stored)?;
    let (negative, scale, weight, mut digits) = match header & SIGN {
        SPECIAL => return None,
        SHORT => {
            let weight = i32::from(header & WEIGHT) - if header & WEIGHT_IS_NEGATIVE == 0 { 0 } else { 64 };
            (header & SHORT_NEGATIVE != 0, (header & SCALE) >> SCALE_SHIFT, weight, rest)
        }
        sign => {
            let (weight, rest) = word(rest)?;
            (sign == NEGATIVE, header & LONG_SCALE, i32::from(weight as i16), rest)
        }
    };
    if negative {
        text.push('-');
    }
    if weight < 0 {
        text.push('0');
    }
    let mut buffer = [0; DIGITS as usize];
    for place in 0..=weight {
        let digit = next(&mut digits)?;
        decimal(digit, &mut buffer)?;
        let zeros =
            if place == 0 { (buffer.iter().take(3).take_while(|digit| **digit == b'0')).count() } else { 0 };
        text.push_str(std::str::from_utf8(&buffer[zeros..]).ok()?);
    }
    if scale > 0 {
        text.push('.');
        // Groups of zeros between the point and the first digit are not stored.
        let mut missing = (-1 - weight).max(0);
        let mut left = usize::from(scale);
        while left > 0 {
            let digit = if missing > 0 { 0 } else { next(&mut digits)? };
            missing -= 1;
            decimal(digit, &mut buffer)?;
            let shown = left.min(buffer.len());
            text.push_str(std::str::from_utf8(&buffer[..shown]).ok()?);
            left -= shown;
        }
    }
    Some(())
}

/// The next digit; zeros at the end are not stored.
fn next(digits: &mut &[u8]) -> Option<u16> {
    if digits.is_empty() {
        return Some(0);
    }
    let (digit, rest) = word(digits)?;
    *digits = rest;
    Some(digit)
}

fn word(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (word, rest) = bytes.split_first_chunk()?;
    Some((u16::from_ne_bytes(*word), rest))
}

fn decimal(digit: u16, buffer: &mut [u8; DIGITS as usize]) -> Option<()> {
    if digit > 9999 {
        return None;
    }
    let mut rest = digit;
    for place in buffer.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    Some(())
}
