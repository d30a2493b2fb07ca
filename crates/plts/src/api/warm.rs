//! `plts.warm`: has V8 compile artifacts ahead of time, and keeps the code.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::FunctionRow;
use pg_boundary::pg_sys::Datum;
use plts_core::artifact::ArtifactHash;

use crate::artifact::code::{self, CodeStore};
use crate::function::reported;
use crate::host::SilentHost;
use crate::{artifact, engine};

/// `plts.warm(artifact_hash text DEFAULT NULL) → bigint`: how many modules were compiled now. Of one artifact and all
/// that it imports, or of every artifact; then code for other versions of V8 is removed as well.
///
/// Errors: 22023 for what is no hash; 55000 for an artifact that there is not.
pub fn warm(call: &Call) -> Result<Datum> {
    let owner = FunctionRow::lookup(call.function())?.owner;
    let engine = engine::engine()?;
    let one = match call.optional_text(0)? {
        Some(text) => Some(ArtifactHash::parse(&text).map_err(reported)?),
        None => None,
    };
    if let Some(hash) = &one {
        artifact::load(hash.as_str())?;
    }
    let store = CodeStore::open(owner, code::version(engine))?;
    if one.is_none() {
        store.remove_others()?;
    }
    let mut compiled = 0_i64;
    let mut host = SilentHost::default();
    for hash in store.missing(one.as_ref().map(ArtifactHash::as_str))? {
        let code = engine.compile_code(&mut host, &hash);
        let code = host.answer(code)?;
        if let Some(code) = code
            && store.insert(&*artifact::load(&hash)?, &code)?
        {
            compiled += 1;
        }
    }
    drop(store);
    Ok(call.return_bigint(compiled))
}
