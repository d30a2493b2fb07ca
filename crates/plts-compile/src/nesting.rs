//! How deep a text is nested, before it is parsed: the parser and the passes after it recurse on the native stack,
//! which a database backend has little of, and an overflow would end the server.
//!
//! Guarantee: a text that passes [`check`] is compiled within one and a half megabytes of stack. The scan reads tokens
//! and gives each that can nest a weight; a weight stays until the list, statement or bracket it is in ends. Where a
//! slash could be a regular expression or a division and it matters, the text is refused rather than guessed at.

mod scan;
mod words;

use crate::diagnostic::Diagnostic;
use crate::source::SourceText;
use scan::{Refusal, Scanner};
use swc_core::common::{BytePos, Span};

/// The largest sum of weights of what is open at one place. Measured: a weight of 1 costs at most 300 bytes of stack,
/// mostly half of that, so that text of this weight compiles within one and a half megabytes (`tests/nesting.rs`).
const MAX_WEIGHT: u32 = 5000;

/// Errors: a text that is nested too deeply, or that cannot be told apart into tokens.
pub(crate) fn check(text: &SourceText) -> Result<(), Vec<Diagnostic>> {
    let (offset, message) = match Scanner::new(text.text(), MAX_WEIGHT).run() {
        Ok(()) => return Ok(()),
        Err((offset, refusal)) => (offset, refusal.message()),
    };
    let position = BytePos(text.file.start_pos.0 + offset as u32);
    Err(vec![text.error(Span::new(position, position), message)])
}

impl Refusal {
    fn message(self) -> &'static str {
        match self {
            Self::TooDeep => "the text is nested too deeply",
            Self::UnterminatedString => "unterminated string",
            Self::UnterminatedTemplate => "unterminated template literal",
            Self::UnterminatedComment => "unterminated comment",
            Self::UnterminatedRegularExpression => "unterminated regular expression",
            Self::AmbiguousSlash => {
                "ambiguous \"/\"; put the regular expression or the division into parentheses"
            }
            Self::HtmlComment => "HTML-like comments are not supported",
        }
    }
}
