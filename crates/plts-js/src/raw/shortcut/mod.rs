//! Shortcuts into V8, for what each call of a function does (entering JavaScript, making a `Date` or a string, passing an
//! integer) and for what each first call does (the time zone).
//!
//! They do what the crate's functions do, without what V8 does there for embedders that work in other ways. The half that is
//! C++ is `v8/shortcuts.cc`, which is compiled into the repository's archive of V8 (docs/decisions/0024): `inside` calls it. For
//! other targets, whose V8 is the crate's, there is `outside`.

use deno_core::v8;

pub(crate) use inside::{
    IntegerPlace, date_value, element_of, new_date, new_text, push_ascii, set_default_time_zone_to_utc,
    small_integer,
};

/// A function that is called often, with `undefined` as its receiver.
pub(crate) struct Callee {
    function: v8::Global<v8::Function>,
    has_shortcut: bool,
}

impl Callee {
    pub(crate) fn new(isolate: &v8::Isolate, function: v8::Local<'_, v8::Function>) -> Self {
        Self { has_shortcut: inside::can_call(function), function: v8::Global::new(isolate, function) }
    }

    /// The function itself.
    pub(crate) fn function<'s>(&self, scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Function> {
        v8::Local::new(scope, &self.function)
    }

    /// What the function returns; `None` after an exception, which the innermost `TryCatch` has.
    #[inline]
    pub(crate) fn call<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        arguments: &[v8::Local<'_, v8::Value>],
    ) -> Option<v8::Local<'s, v8::Value>> {
        let function = self.function.open(scope);
        if self.has_shortcut {
            inside::call(scope, function, arguments)
        } else {
            let receiver = v8::undefined(scope).into();
            function.call(scope, receiver, arguments)
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
mod inside;

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")))]
#[path = "outside.rs"]
mod inside;

#[cfg(all(test, target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
mod tests {
    use std::ffi::{CStr, c_char};
    use std::path::{Path, PathBuf};
    use std::{fs, io};

    use sha2::{Digest, Sha256};

    unsafe extern "C" {
        #[link_name = "plts_v8_sources"]
        static SOURCES: c_char;
    }

    /// The files of a folder and of the folders in it.
    fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The archive is not made by cargo: whoever changes one must make the other anew.
    #[test]
    fn the_archive_was_made_of_these_sources() {
        let mut digest = Sha256::new();
        for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("v8")).unwrap() {
            digest.update(fs::read(path).unwrap());
        }
        let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        // SAFETY: a text that ends with a zero, in the archive.
        let archived = unsafe { CStr::from_ptr(&raw const SOURCES) };
        assert_eq!(archived.to_str(), Ok(digest.as_str()), "run `cargo xtask v8` (third_party/v8/README.md)");
    }
}
