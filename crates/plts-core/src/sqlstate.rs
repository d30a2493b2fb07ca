//! SQLSTATE codes: five characters of `[0-9A-Z]`, as in `src/backend/utils/errcodes.txt` of PostgreSQL.

use std::fmt;

/// A SQLSTATE. Any value of this type is well formed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SqlState([u8; 5]);

impl SqlState {
    /// 38000: a JavaScript error that nobody caught.
    pub const EXTERNAL_ROUTINE_EXCEPTION: Self = Self(*b"38000");
    /// 42601: a body or module that does not parse.
    pub const SYNTAX_ERROR: Self = Self(*b"42601");
    /// 42804: a value or a declaration of a type that does not fit.
    pub const DATATYPE_MISMATCH: Self = Self(*b"42804");
    /// 0A000: not supported.
    pub const FEATURE_NOT_SUPPORTED: Self = Self(*b"0A000");
    /// 42703: no such column.
    pub const UNDEFINED_COLUMN: Self = Self(*b"42703");
    /// 2202E: an array whose parts do not have the same shape.
    pub const ARRAY_SUBSCRIPT_ERROR: Self = Self(*b"2202E");
    /// 42883: no such function.
    pub const UNDEFINED_FUNCTION: Self = Self(*b"42883");
    /// 42704: no such object (artifact, environment, role).
    pub const UNDEFINED_OBJECT: Self = Self(*b"42704");
    /// 42710: an object of that name exists already.
    pub const DUPLICATE_OBJECT: Self = Self(*b"42710");
    /// 42723: two functions of one name.
    pub const DUPLICATE_FUNCTION: Self = Self(*b"42723");
    /// 42602: a name that is not allowed.
    pub const INVALID_NAME: Self = Self(*b"42602");
    /// 42622: a name over 63 bytes.
    pub const NAME_TOO_LONG: Self = Self(*b"42622");
    /// 3F000: no such schema.
    pub const INVALID_SCHEMA_NAME: Self = Self(*b"3F000");
    /// 42P13: a function declared in a way the language cannot run.
    pub const INVALID_FUNCTION_DEFINITION: Self = Self(*b"42P13");
    /// 22023: an argument that a validator or a function rejects.
    pub const INVALID_PARAMETER_VALUE: Self = Self(*b"22023");
    /// 22003: a number out of the range of its type.
    pub const NUMERIC_VALUE_OUT_OF_RANGE: Self = Self(*b"22003");
    /// 22008: a time out of range.
    pub const DATETIME_FIELD_OVERFLOW: Self = Self(*b"22008");
    /// 22007: text that is no date or time.
    pub const INVALID_DATETIME_FORMAT: Self = Self(*b"22007");
    /// 22P02: text that is no value of its type.
    pub const INVALID_TEXT_REPRESENTATION: Self = Self(*b"22P02");
    /// 22P05: a character that the server's encoding does not have, or NUL.
    pub const UNTRANSLATABLE_CHARACTER: Self = Self(*b"22P05");
    /// 22004: a null where none is allowed.
    pub const NULL_VALUE_NOT_ALLOWED: Self = Self(*b"22004");
    /// 25006: a write in a read-only handler.
    pub const READ_ONLY_SQL_TRANSACTION: Self = Self(*b"25006");
    /// 25P02: SQL after a failure that was not undone.
    pub const IN_FAILED_SQL_TRANSACTION: Self = Self(*b"25P02");
    /// 42501: not allowed.
    pub const INSUFFICIENT_PRIVILEGE: Self = Self(*b"42501");
    /// 57014: cancelled, or out of time.
    pub const QUERY_CANCELED: Self = Self(*b"57014");
    /// 53200: over the heap limit.
    pub const OUT_OF_MEMORY: Self = Self(*b"53200");
    /// 54001: stack depth.
    pub const STATEMENT_TOO_COMPLEX: Self = Self(*b"54001");
    /// 54000: over a limit of ours (rows, bytes, parameters).
    pub const PROGRAM_LIMIT_EXCEEDED: Self = Self(*b"54000");
    /// 55000: an object in the wrong state.
    pub const OBJECT_NOT_IN_PREREQUISITE_STATE: Self = Self(*b"55000");
    /// 55P03: another deploy is running.
    pub const LOCK_NOT_AVAILABLE: Self = Self(*b"55P03");
    /// 2BP01: other objects depend on it.
    pub const DEPENDENT_OBJECTS_STILL_EXIST: Self = Self(*b"2BP01");
    /// 2D000: a transaction cannot end here.
    pub const INVALID_TRANSACTION_TERMINATION: Self = Self(*b"2D000");
    /// 34000: no such cursor.
    pub const INVALID_CURSOR_NAME: Self = Self(*b"34000");
    /// P0002: a query for exactly one row found none.
    pub const NO_DATA_FOUND: Self = Self(*b"P0002");
    /// P0003: a query for at most one row found more.
    pub const TOO_MANY_ROWS: Self = Self(*b"P0003");
    /// XX000: a bug of ours.
    pub const INTERNAL_ERROR: Self = Self(*b"XX000");

    /// The code in `text`, when it is five characters of `[0-9A-Z]`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 5] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()).then_some(Self(bytes))
    }

    /// The code a user's error may carry: well formed, and not of a success, warning or no-data class
    /// (00, 01, 02), which PostgreSQL would not take as an error.
    pub fn parse_for_error(text: &str) -> Option<Self> {
        Self::parse(text).filter(|code| !matches!(&code.0[..2], b"00" | b"01" | b"02"))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XX000")
    }

    /// PostgreSQL's packed form: six bits a character, as `MAKE_SQLSTATE` in `utils/elog.h`.
    pub fn to_packed(self) -> i32 {
        self.0
            .iter()
            .rev()
            .fold(0, |packed, byte| (packed << 6) | ((i32::from(*byte) - i32::from(b'0')) & 0x3F))
    }

    /// Reads PostgreSQL's packed form, as `unpack_sql_state` in `elog.c`.
    pub fn from_packed(packed: i32) -> Self {
        let mut bytes = *b"00000";
        for (position, byte) in bytes.iter_mut().enumerate() {
            *byte = ((packed >> (6 * position)) & 0x3F) as u8 + b'0';
        }
        Self(bytes)
    }

    /// True for failures that no JavaScript may swallow: cancel and shutdown (class 57), out of memory
    /// (class 53), and PostgreSQL's own stack limit.
    pub fn is_uncatchable(self) -> bool {
        matches!(
            &self.0,
            b"57014" | b"57P01" | b"57P02" | b"57P03" | b"57P04" | b"57P05" | b"53200" | b"54001"
        )
    }
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlState({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_as_postgresql_does() {
        // ERRCODE_DIVISION_BY_ZERO is MAKE_SQLSTATE('2','2','0','1','2').
        assert_eq!(SqlState::parse("22012").map(SqlState::to_packed), Some(33_816_706));
        for text in ["00000", "22012", "XX000", "P0001", "ZZZZZ", "AB123"] {
            let code = SqlState::parse(text).unwrap();
            assert_eq!(SqlState::from_packed(code.to_packed()).as_str(), text);
        }
    }

    #[test]
    fn refuses_what_is_no_code() {
        for text in ["", "2201", "220123", "2201a", "22 12", "é123", "2201\0"] {
            assert_eq!(SqlState::parse(text), None, "{text:?}");
        }
        for text in ["00000", "01000", "02000"] {
            assert_eq!(SqlState::parse_for_error(text), None, "{text:?}");
        }
        assert!(SqlState::parse_for_error("P0001").is_some());
    }
}
