//! A module and what V8 made of it, as one run of bytes that is kept outside of the process.
//!
//! Guarantees: what comes back is what was kept, or nothing: a checksum stands behind it, since V8 looks at its own in debug builds
//! only. Whoever keeps the bytes must keep them from being forged: V8 trusts the code.

use std::collections::BTreeMap;
use std::ops::Range;

const CHECKSUM_BYTES: usize = 4;

/// Code is copied by V8 unless it begins at a multiple of this.
const CODE_ALIGNMENT: usize = 16;

const CAN_CATCH: u8 = 1;
const HAS_SOURCE_MAP: u8 = 2;

/// A module as [`crate::ModuleSource`] has it, and its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptModule<'a> {
    pub name: &'a str,
    pub js: &'a str,
    /// The host's own form of it.
    pub source_map: Option<&'a [u8]>,
    pub imports: BTreeMap<&'a str, &'a str>,
    pub can_catch: bool,
    /// What [`crate::Engine::compile_code`] gave.
    pub code: &'a [u8],
}

impl<'a> KeptModule<'a> {
    /// The bytes to keep. `None` for a module of more than four gigabytes.
    pub fn seal(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.js.len() + self.code.len() + 1024);
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        bytes.push(flag(self.can_catch, CAN_CATCH) | flag(self.source_map.is_some(), HAS_SOURCE_MAP));
        put(&mut bytes, self.name.as_bytes())?;
        put(&mut bytes, self.js.as_bytes())?;
        put(&mut bytes, self.source_map.unwrap_or_default())?;
        bytes.extend(u32::try_from(self.imports.len()).ok()?.to_be_bytes());
        for (specifier, hash) in &self.imports {
            put(&mut bytes, specifier.as_bytes())?;
            put(&mut bytes, hash.as_bytes())?;
        }
        bytes.resize(bytes.len().next_multiple_of(CODE_ALIGNMENT), 0);
        bytes.extend(self.code);
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        Some(bytes)
    }

    /// What [`Self::seal`] made into `bytes`, if nothing of it has changed.
    pub fn unseal(bytes: &'a [u8]) -> Option<Self> {
        let (sealed, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
        if u32::from_be_bytes(*checksum) != crc32fast::hash(sealed) {
            return None;
        }
        let (flags, mut rest) = sealed.split_first()?;
        let name = take_text(&mut rest)?;
        let js = take_text(&mut rest)?;
        let source_map = take(&mut rest)?;
        let imports = (0..take_length(&mut rest)?)
            .map(|_| Some((take_text(&mut rest)?, take_text(&mut rest)?)))
            .collect::<Option<_>>()?;
        let code = sealed.get((sealed.len() - rest.len()).next_multiple_of(CODE_ALIGNMENT)..)?;
        Some(Self {
            name,
            js,
            source_map: (flags & HAS_SOURCE_MAP != 0).then_some(source_map),
            imports,
            can_catch: flags & CAN_CATCH != 0,
            code,
        })
    }
}

fn put(bytes: &mut Vec<u8>, field: &[u8]) -> Option<()> {
    bytes.extend(u32::try_from(field.len()).ok()?.to_be_bytes());
    bytes.extend(field);
    Some(())
}

fn take_length(rest: &mut &[u8]) -> Option<usize> {
    let (length, behind) = rest.split_first_chunk::<4>()?;
    *rest = behind;
    usize::try_from(u32::from_be_bytes(*length)).ok()
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_length(rest)?;
    let (field, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(field)
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(take(rest)?).ok()
}

/// Where the host puts what it kept of a module: memory that serves one module after the other.
#[derive(Default)]
pub struct KeptBuffer {
    bytes: Vec<u8>,
    code: Range<usize>,
}

impl KeptBuffer {
    /// Where the host puts the bytes; what was there is gone.
    pub fn empty(&mut self) -> &mut Vec<u8> {
        self.bytes.clear();
        self.code = 0..0;
        &mut self.bytes
    }

    /// The module that the host has put here; its code is then taken for it.
    pub fn module(&mut self) -> Option<KeptModule<'_>> {
        let module = KeptModule::unseal(&self.bytes)?;
        let end = self.bytes.len() - CHECKSUM_BYTES;
        self.code = end - module.code.len()..end;
        Some(module)
    }

    /// The code of that module; empty when there is none.
    pub(crate) fn code(&self) -> &[u8] {
        &self.bytes[self.code.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module() -> KeptModule<'static> {
        KeptModule {
            name: "größe.ts",
            js: "export default 1",
            source_map: Some(&[1, 0, 255]),
            imports: BTreeMap::from([("./a", "sha256:a"), ("zod", "sha256:b")]),
            can_catch: true,
            code: &[7; 33],
        }
    }

    #[test]
    fn what_was_kept_comes_back() {
        let plain = KeptModule {
            source_map: None,
            imports: BTreeMap::new(),
            can_catch: false,
            code: &[],
            ..module()
        };
        for module in [module(), plain] {
            assert_eq!(KeptModule::unseal(&module.seal().unwrap()), Some(module));
        }
    }

    #[test]
    fn code_begins_where_v8_wants_it() {
        let bytes = module().seal().unwrap();
        let code = KeptModule::unseal(&bytes).unwrap().code;
        assert_eq!((code.as_ptr() as usize - bytes.as_ptr() as usize) % CODE_ALIGNMENT, 0);
    }

    #[test]
    fn nothing_comes_back_of_what_has_changed() {
        let bytes = module().seal().unwrap();
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x55;
            assert_eq!(KeptModule::unseal(&damaged), None, "{place}");
            assert_eq!(KeptModule::unseal(&bytes[..place]), None, "{place}");
        }
    }

    #[test]
    fn lengths_that_lead_nowhere_are_no_module() {
        for field in [0, u32::MAX] {
            let mut bytes = vec![0];
            bytes.extend(field.to_be_bytes());
            bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
            assert_eq!(KeptModule::unseal(&bytes), None);
        }
    }

    #[test]
    fn a_buffer_forgets_the_module_before() {
        let mut buffer = KeptBuffer::default();
        *buffer.empty() = module().seal().unwrap();
        assert_eq!(buffer.module(), Some(module()));
        assert_eq!(buffer.code(), module().code);
        buffer.empty();
        assert_eq!(buffer.module(), None);
        assert!(buffer.code().is_empty());
    }
}
