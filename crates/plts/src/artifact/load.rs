//! Artifacts by their hash. A hash names its content, so what was read once holds for good.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use pg_boundary::error::Result;
use pg_boundary::pg_sys::Oid;
use pg_boundary::{ErrorReport, heap, session};
use plts_core::{SqlState, Value};
use plts_js::ModuleSource;

use super::ABI;

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
    if let Some(module) = KEPT.with_borrow(|kept| kept.get(hash).cloned()) {
        return Ok(module);
    }
    let Some(module) = heap::fetch(table()?, hash, |row| read(hash, row))? else {
        return Err(missing(hash));
    };
    let module = Rc::new(module?);
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(hash.to_owned(), Rc::clone(&module));
    });
    Ok(module)
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

/// The columns in the order of the install script.
fn read(hash: &str, row: [Value<'_>; 8]) -> Result<ModuleSource> {
    match row {
        [
            _hash,
            _source_hash,
            Value::Int(abi),
            Value::Text(filename),
            Value::Text(js),
            source_map,
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
                source_map: match source_map {
                    Value::Text(map) => Some(map.into()),
                    _ => None,
                },
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
