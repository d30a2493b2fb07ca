//! A script's source map, as it comes along with the script. Most are never looked at: the text may wait packed until then.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use sourcemap::SourceMap;

/// A text that the host keeps packed.
pub trait PackedText {
    /// As the host has it.
    fn packed(&self) -> &[u8];

    /// The text; `None` when it is damaged.
    fn unpack(&self) -> Option<String>;
}

/// The text of a source map, JSON version 3.
#[derive(Clone)]
pub enum SourceMapText {
    /// As it is.
    Plain(Arc<str>),
    /// To be unpacked for the first error.
    Packed(Rc<dyn PackedText>),
}

impl SourceMapText {
    /// The host's own form, if it came in that.
    pub fn packed(&self) -> Option<&[u8]> {
        match self {
            Self::Plain(_) => None,
            Self::Packed(text) => Some(text.packed()),
        }
    }

    /// The map; `None` when it is damaged or none, and places are then those of the JavaScript.
    pub(crate) fn parse(&self) -> Option<SourceMap> {
        match self {
            Self::Plain(text) => SourceMap::from_slice(text.as_bytes()).ok(),
            Self::Packed(text) => SourceMap::from_slice(text.unpack()?.as_bytes()).ok(),
        }
    }
}

impl From<&str> for SourceMapText {
    fn from(text: &str) -> Self {
        Self::Plain(text.into())
    }
}

impl fmt::Debug for SourceMapText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "SourceMapText::Plain",
            Self::Packed(_) => "SourceMapText::Packed",
        })
    }
}
