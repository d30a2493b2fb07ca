//! A type's input and output functions, looked up once.

use std::ffi::CStr;

use pgrx::pg_sys::{Datum, Oid};

use crate::error::{Result, check};
use crate::{raw, text};

/// Ready to call any number of times; closed on drop.
pub struct TypeIo {
    io: *mut raw::TypeIo,
    style: Style,
}

/// How times are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As ISO 8601 has it.
    Iso,
    /// As the session's settings want it.
    Session,
}

impl TypeIo {
    /// With times as ISO 8601.
    pub fn open(oid: Oid, typmod: i32) -> Result<Self> {
        Self::open_in_style(oid, typmod, Style::Iso)
    }

    pub fn open_in_style(oid: Oid, typmod: i32, style: Style) -> Result<Self> {
        let mut io = std::ptr::null_mut();
        // SAFETY: the shim catches errors; what it opens lives until it is closed.
        unsafe { check(raw::pgb_type_io_open(oid, typmod, &mut io))? };
        Ok(Self { io, style })
    }

    /// The value as text, by the output function.
    ///
    /// # Safety
    /// `value` is of the type this was opened for.
    pub unsafe fn output(&self, value: Datum) -> Result<String> {
        let mut output = std::ptr::null_mut();
        // SAFETY: the caller's promise; the shim catches errors and gives a palloc'd C string. Some output functions
        // give one that they keep (cstring), so it is copied and left to its memory context.
        unsafe {
            check(raw::pgb_type_output(self.io, value, self.style == Style::Iso, &mut output))?;
            Ok(text::from_server(CStr::from_ptr(output).to_bytes())?.into_owned())
        }
    }

    /// A value from its text, by the input function.
    ///
    /// Errors: those of the input function (22P02, 22007, 22003, …), and 22P05 for NUL.
    pub fn input(&self, value: &str) -> Result<Datum> {
        let value = text::to_server(value)?;
        let mut datum = Datum::null();
        // SAFETY: a C string; the shim catches errors.
        unsafe { check(raw::pgb_type_input(self.io, value.as_ptr(), &mut datum))? };
        Ok(datum)
    }
}

impl Drop for TypeIo {
    fn drop(&mut self) {
        // SAFETY: opened by us, closed once; it only deletes a memory context, which cannot raise.
        unsafe { raw::pgb_type_io_close(self.io) };
    }
}
