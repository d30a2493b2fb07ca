//! The two languages that the library runs, told apart by the handlers that PostgreSQL enters.

use plts_core::Dialect;

use crate::settings;

/// A language, as `pg_language` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Plts,
    Plv8,
}

impl Language {
    /// How a body in the language is to be read now. What is no body (a module, a pointer to an artifact) is TypeScript
    /// whatever is asked for.
    #[inline]
    pub fn body_dialect(self) -> Dialect {
        match self {
            Self::Plv8 => Dialect::Plv8,
            Self::Plts if settings::plv8_compat() => Dialect::Plv8,
            Self::Plts => Dialect::TypeScript,
        }
    }
}
