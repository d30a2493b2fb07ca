//! Artifacts by their hash. A hash names its content, so what was read once holds for good.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use pg_boundary::error::Result;
use pg_boundary::pg_sys::Oid;
use pg_boundary::typeio::PackedText;
use pg_boundary::{ErrorReport, heap, session};
use plts_core::{SqlState, Value};
use plts_js::{KeptBuffer, KeptModule, ModuleSource, SourceMapText};

use super::{ABI, code};

/// How many modules a backend keeps; beyond that it begins anew.
const MOST_KEPT: usize = 4096;

thread_local! {
    static KEPT: RefCell<HashMap<String, Rc<ModuleSource>>> = RefCell::new(HashMap::new());
}

/// Checks that a function of `owner` may run the artifact: the owner must be allowed to read it, and it must be there.
///
/// Errors: 42501, and 55000 when the artifact is missing.
pub fn check_owner(owner: Oid, hash: &str) -> Result<()> {
    if !session::may_select(table()?, owner)? {
        return Err(Box::new(
            ErrorReport::new(SqlState::INSUFFICIENT_PRIVILEGE, "permission denied for artifact").with_detail(
                format!(
                    "Role {} owns the function, but has no SELECT on plts.artifact.",
                    session::role_name(owner)?
                ),
            ),
        ));
    }
    load(hash).map(drop)
}

/// The module of an artifact.
///
/// Errors: 55000 when there is none; 0A000 for one made for a later library.
pub fn load(hash: &str) -> Result<Rc<ModuleSource>> {
    match kept_here(hash) {
        Some(module) => Ok(module),
        None => load_with_code(hash, &mut KeptBuffer::default()),
    }
}

/// The same, and into `kept` what V8 made of it, if that is in the code cache: then all of it comes from there, in one piece.
pub fn load_with_code(hash: &str, kept: &mut KeptBuffer) -> Result<Rc<ModuleSource>> {
    code::load(hash, kept.empty())?;
    let from_cache = kept.module();
    if let Some(module) = kept_here(hash) {
        return Ok(module);
    }
    let module = match from_cache {
        Some(module) => module_of(hash, &module),
        None => match heap::fetch(table()?, hash, SOURCE_MAP, |row, map| read(hash, row, map))? {
            Some(module) => module?,
            None => return Err(missing(hash)),
        },
    };
    let module = Rc::new(module);
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(hash.to_owned(), Rc::clone(&module));
    });
    Ok(module)
}

/// The module, if this backend has read it before.
fn kept_here(hash: &str) -> Option<Rc<ModuleSource>> {
    KEPT.with_borrow(|kept| kept.get(hash).cloned())
}

fn table() -> Result<Oid> {
    session::relation("plts", "artifact")?.ok_or_else(|| {
        Box::new(
            ErrorReport::new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                "table plts.artifact does not exist",
            )
            .with_hint("Run CREATE EXTENSION plts."),
        )
    })
}

/// Which column has the source map, from 0. It stays compressed until an error asks for a line.
const SOURCE_MAP: usize = 5;

/// A source map as its row has it.
struct StoredSourceMap(PackedText);

impl StoredSourceMap {
    fn for_engine(map: PackedText) -> SourceMapText {
        SourceMapText::Packed(Rc::new(Self(map)))
    }
}

impl plts_js::PackedText for StoredSourceMap {
    fn packed(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn unpack(&self) -> Option<String> {
        self.0.unpack().ok()
    }
}

/// A module as the code cache has it.
fn module_of(hash: &str, kept: &KeptModule<'_>) -> ModuleSource {
    ModuleSource {
        hash: hash.to_owned(),
        name: kept.name.to_owned(),
        js: kept.js.into(),
        source_map: kept.source_map.and_then(PackedText::from_bytes).map(StoredSourceMap::for_engine),
        imports: kept
            .imports
            .iter()
            .map(|(specifier, hash)| ((*specifier).to_owned(), (*hash).to_owned()))
            .collect(),
        can_catch: kept.can_catch,
    }
}

/// The columns in the order of the install script.
fn read(hash: &str, row: [Value<'_>; 8], source_map: Option<PackedText>) -> Result<ModuleSource> {
    match row {
        [
            _hash,
            _source_hash,
            Value::Int(abi),
            Value::Text(filename),
            Value::Text(js),
            _source_map,
            Value::Json(imports),
            Value::Bool(can_catch),
        ] => {
            if abi != ABI {
                return Err(Box::new(
                    ErrorReport::new(
                        SqlState::FEATURE_NOT_SUPPORTED,
                        format!("artifact {hash} needs abi {abi}, but this library has abi {ABI}"),
                    )
                    .with_hint("Install a newer version of plts."),
                ));
            }
            let imports: BTreeMap<String, String> =
                serde_json::from_str(&imports).map_err(|_| unreadable(hash))?;
            Ok(ModuleSource {
                hash: hash.to_owned(),
                name: filename.into_owned(),
                js: js.into(),
                source_map: source_map.map(StoredSourceMap::for_engine),
                imports,
                can_catch,
            })
        }
        _ => Err(unreadable(hash)),
    }
}

fn missing(hash: &str) -> Box<ErrorReport> {
    Box::new(
        ErrorReport::new(
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("artifact {hash} does not exist"),
        )
        .with_hint("A dump without data leaves functions without their code; restore plts.artifact, or deploy again."),
    )
}

fn unreadable(hash: &str) -> Box<ErrorReport> {
    Box::new(ErrorReport::internal(format!("artifact {hash} cannot be read")))
}
