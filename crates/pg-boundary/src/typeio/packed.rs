//! Text as it is stored, compressed or not, to be unpacked when it is wanted.

use std::borrow::Cow;

use pgrx::pg_sys::{Datum, varlena};

use super::decode::flat_bytes;
use crate::error::Result;
use crate::text;

/// A text of its own, not out of line.
#[derive(Debug)]
pub struct PackedText {
    /// A varlena, whose header wants this alignment.
    words: Box<[u32]>,
}

impl PackedText {
    /// # Safety
    /// `datum` is a `text` that is not out of line.
    pub(crate) unsafe fn copy(datum: Datum) -> Self {
        let value = datum.cast_mut_ptr::<varlena>();
        // SAFETY: the caller's promise; as many bytes as its header says, which fit into the words.
        unsafe {
            let size = pgrx::varsize_any(value);
            let mut words = vec![0; size.div_ceil(size_of::<u32>())].into_boxed_slice();
            std::ptr::copy_nonoverlapping(value.cast::<u8>(), words.as_mut_ptr().cast::<u8>(), size);
            Self { words }
        }
    }

    /// As [`Self::from_bytes`] takes it.
    pub fn as_bytes(&self) -> &[u8] {
        let words: &[u32] = &self.words;
        // SAFETY: `words` holds as many bytes as the header says.
        unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), pgrx::varsize_any(words.as_ptr().cast())) }
    }

    /// Such a text of another process of this server. `None` when the bytes are not one whole text of their own.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < size_of::<u32>() {
            return None;
        }
        let mut words = vec![0_u32; bytes.len().div_ceil(size_of::<u32>())].into_boxed_slice();
        // SAFETY: the words have room for them, and a header.
        let is_whole = unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), words.as_mut_ptr().cast(), bytes.len());
            let value = words.as_ptr().cast::<varlena>();
            !pgrx::varatt_is_1b_e(value) && pgrx::varsize_any(value) == bytes.len()
        };
        is_whole.then_some(Self { words })
    }

    /// The text.
    ///
    /// Errors: XX001 for one that is damaged; 22021 for one that is none.
    pub fn unpack(&self) -> Result<String> {
        let datum = Datum::from(self.words.as_ptr());
        // SAFETY: a varlena that lives until this returns.
        text::from_server(unsafe { flat_bytes(datum)? }).map(Cow::into_owned)
    }
}
