//! A text in the place of a value of any type: what plv8's functions may give. Its type's input function reads it.

use std::cell::OnceCell;

use pgrx::pg_sys::{Datum, Oid};

use super::io::TypeIo;
use crate::error::Result;

/// A type's input function, looked up when it is first needed.
pub struct Lexical {
    oid: Oid,
    typmod: i32,
    io: OnceCell<TypeIo>,
}

impl Lexical {
    pub fn new(oid: Oid, typmod: i32) -> Self {
        Self { oid, typmod, io: OnceCell::new() }
    }

    /// The value that the text stands for.
    ///
    /// Errors: those of the input function.
    pub fn read(&self, text: &str) -> Result<Datum> {
        if let Some(io) = self.io.get() {
            return io.input(text);
        }
        let opened = TypeIo::open(self.oid, self.typmod)?;
        self.io.get_or_init(|| opened).input(text)
    }
}
