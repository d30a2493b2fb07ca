//! `jsonb` as PostgreSQL stores it (`utils/jsonb.h`), from and to JSON text.
//!
//! Guarantees: what [`write`] makes is byte for byte what `jsonb_in` makes of the same text; what [`print`] gives says what
//! `jsonb_out` says, without its white space. Whatever is not plain (numbers beyond the short form, `\u` escapes, deep
//! nesting, what is no JSON) is left to PostgreSQL: then there is `None`, never a wrong answer.

mod document;
mod number;
mod print;
mod write;

pub use print::print;
pub use write::{HEADER, Writer};

/// Deeper documents are left to PostgreSQL, which knows its stack.
const MOST_LEVELS: usize = 128;

/// `JB_CMASK`, `JB_FSCALAR`, `JB_FOBJECT` and `JB_FARRAY`: a container's header.
const COUNT: u32 = 0x0FFF_FFFF;
const IS_SCALAR: u32 = 0x1000_0000;
const IS_OBJECT: u32 = 0x2000_0000;
const IS_ARRAY: u32 = 0x4000_0000;

/// `JENTRY_OFFLENMASK` and `JENTRY_HAS_OFF`: an entry says its value's length, or where it ends.
const LENGTH: u32 = 0x0FFF_FFFF;
const IS_OFFSET: u32 = 0x8000_0000;
/// `JENTRY_TYPEMASK` and the types.
const KIND: u32 = 0x7000_0000;
const STRING: u32 = 0x0000_0000;
const NUMERIC: u32 = 0x1000_0000;
const FALSE: u32 = 0x2000_0000;
const TRUE: u32 = 0x3000_0000;
const NULL: u32 = 0x4000_0000;
const CONTAINER: u32 = 0x5000_0000;
/// `JB_OFFSET_STRIDE`: so many entries apart an entry has an offset.
const STRIDE: usize = 32;

/// Numbers and containers begin at multiples of this, counted from the value's first byte.
const ALIGNMENT: usize = 4;

#[cfg(test)]
mod tests {
    use super::{Writer, print};

    /// The text of what is stored for a text.
    fn again(json: &str) -> Option<String> {
        let mut stored = Vec::new();
        Writer::default().write(json, &mut stored)?;
        let mut text = String::new();
        print(&stored[4..], &mut text)?;
        Some(text)
    }

    #[test]
    fn documents_come_back() {
        for json in [
            "null",
            "true",
            "false",
            "0",
            "-17",
            "1.50",
            "12345678901234567890.000001",
            "0.0001",
            "0.00012345",
            "\"\"",
            "\"täxt 🙂\"",
            "[]",
            "{}",
            "[1,[2,[3,{}]],\"x\"]",
            r#"{"a":1,"bb":[true,null],"cc":{"d":"e"}}"#,
            r#""\"\\ \n\t\r\b\f""#,
            "10000",
            "9999",
            "100000000",
            "1234567890123456",
        ] {
            assert_eq!(again(json).as_deref(), Some(json));
        }
    }

    #[test]
    fn keys_are_sorted_by_length_and_the_last_of_two_counts() {
        assert_eq!(again(r#"{"bb": 1, "a": 2, "c": 3, "a": 4}"#).as_deref(), Some(r#"{"a":4,"c":3,"bb":1}"#));
    }

    #[test]
    fn numbers_are_what_numeric_makes_of_them() {
        for (given, stored) in [
            ("-0", "0"),
            ("1e3", "1000"),
            ("1.5e-7", "0.00000015"),
            ("1e+21", "1000000000000000000000"),
            ("0e5", "0"),
            ("1.50e1", "15.0"),
            ("1E2", "100"),
            ("0.0", "0.0"),
            ("-0.10", "-0.10"),
        ] {
            assert_eq!(again(given).as_deref(), Some(stored));
        }
    }

    #[test]
    fn long_containers_have_offsets_in_between() {
        let numbers: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
        let array = format!("[{}]", numbers.join(","));
        assert_eq!(again(&array), Some(array));
        let members: Vec<String> = (100..500).map(|number| format!("\"{number}\":\"{number}\"")).collect();
        let object = format!("{{{}}}", members.join(","));
        assert_eq!(again(&object), Some(object));
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_server() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for json in [
            "",
            " ",
            "nul",
            "1 2",
            "[1,]",
            "[1",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "\"",
            "\"\n\"",
            r#""\u0041""#,
            r#""\u0000""#,
            r#""\ud800""#,
            r#""\x""#,
            "1e400",
            "NaN",
            "[1]]",
            "tru",
            "truex",
            &deep,
        ] {
            assert_eq!(again(json), None, "{json}");
        }
        assert_eq!(again(&format!("1{}", "0".repeat(300))), None);
    }

    #[test]
    fn damaged_values_are_refused() {
        let mut stored = Vec::new();
        Writer::default().write(r#"{"a":[1,"two",{"three":3.5}],"b":null}"#, &mut stored).unwrap();
        for length in 0..stored.len() - 4 {
            // Whatever is missing, it ends and says so, or says less.
            let _ = print(&stored[4..4 + length], &mut String::new());
        }
        for index in 4..stored.len() {
            let mut damaged = stored.clone();
            damaged[index] ^= 0xFF;
            let _ = print(&damaged[4..], &mut String::new());
        }
        assert_eq!(print(&[], &mut String::new()), None);
    }
}
