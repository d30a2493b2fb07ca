//! Constants as PostgreSQL writes them when it prints a function's defaults (`get_const_expr` of its `ruleutils.c`), so
//! that what is created is what is found again.

use crate::names::quote_literal;

use super::types::{KnownType, LiteralKind};

/// A constant: NULL, or the text that the type's output function gives for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Literal {
    Null,
    Text(String),
}

impl Literal {
    /// The expression.
    pub fn expression(&self, of: &KnownType) -> String {
        let plain = match self {
            Self::Null => format!("NULL::{}", of.label),
            Self::Text(text) => match of.literal {
                LiteralKind::Boolean => if text == "t" { "true" } else { "false" }.to_owned(),
                LiteralKind::Integer if !text.starts_with('-') => text.clone(),
                LiteralKind::Numeric if is_plain_decimal(text) => text.clone(),
                _ => format!("{}::{}", quote_literal(text), of.label),
            },
        };
        if of.is_domain { format!("({plain})::{}", of.name) } else { plain }
    }
}

/// Digits with a point or an exponent: what the scanner reads as a numeric constant.
fn is_plain_decimal(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit()) && text.contains(['e', 'E', '.'])
}
