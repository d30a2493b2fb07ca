//! Functions as the language runs them: prepared once per version of their `pg_proc` row, kept per backend.

mod cache;
mod compile;
mod module;
mod occasion;
mod signature;

pub use cache::find;
pub use compile::{compile_inline, reported, syntax_error};
pub use module::graph_error;

use std::rc::Rc;

use compile::Purpose;
use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::{FunctionRow, RowVersion, Volatility};
use pg_boundary::pg_sys::Oid;
use pg_boundary::spi::Snapshot;
use pg_boundary::typeio::Signature;
use plts_core::Dialect;
use plts_js::{Engine, FunctionSpec};
use signature::{ActualTypes, Prepared};

use crate::conduct::Conduct;
use crate::engine;
use crate::language::Language;
use crate::plv8;
use crate::returns::Returns;
use crate::stored::Used;

pub use occasion::Occasion;

/// A function ready to be called: its body compiled to JavaScript, its conversions chosen.
pub struct Function {
    pub version: RowVersion,
    engine: &'static Engine,
    pub spec: Rc<FunctionSpec>,
    /// How the language wanted its body read when it was prepared.
    body_dialect: Dialect,
    /// How it is run and its values are converted.
    pub dialect: Dialect,
    /// The conversions of its arguments and result.
    pub signature: Signature,
    /// How it gives its result.
    pub returns: Returns,
    /// `schema.name(types)`, for CONTEXT.
    pub title: String,
    /// Which snapshot its statements see, by its volatility.
    pub snapshot: Snapshot,
    /// The stored modules it was compiled with.
    modules: Vec<Used>,
    /// What it can be called as.
    pub occasion: Occasion,
    /// What its calls have to mind; none for most.
    pub conduct: Option<Box<Conduct>>,
}

impl Function {
    /// The engine that runs it, with the session's time zone.
    ///
    /// Errors: what sending a warning raises.
    #[inline]
    pub fn engine(&self) -> Result<&'static Engine> {
        engine::follow(self.engine)?;
        Ok(self.engine)
    }

    /// The engine as it is, whatever the session's settings have become.
    #[inline]
    pub fn started_engine(&self) -> &'static Engine {
        self.engine
    }

    /// Prepares a function from its row for calls with these types: checks its signature, then its body. Runs nothing
    /// of it.
    ///
    /// Errors: 0A000 for what the language does not have, 42601 for a body that does not parse, 42P13 for a declaration
    /// it cannot run, 42501 and 42704 for a pointer to an artifact.
    fn prepare(mut row: FunctionRow, call: &Call, actual: &ActualTypes, language: Language) -> Result<Self> {
        module::refuse_call(&row)?;
        let dialect = compile::dialect(&row.source, language);
        let Prepared { signature, returns, shape } = signature::for_call(&mut row, call, actual, dialect)?;
        // Before what it runs is looked up: its version says what of the code cache is good.
        let engine = engine::engine()?;
        let (spec, modules, conduct) =
            compile::spec(&row, signature.arguments(), shape, dialect, Purpose::Call)?;
        Ok(Self {
            version: row.version,
            engine,
            spec: Rc::new(spec),
            body_dialect: language.body_dialect(),
            dialect,
            signature,
            returns,
            title: pg_boundary::function::signature(row.oid)?,
            snapshot: match (dialect, row.volatility) {
                // plv8 does not look at it.
                (Dialect::Plv8, _) | (_, Volatility::Volatile) => Snapshot::Fresh,
                (_, Volatility::Stable | Volatility::Immutable) => Snapshot::Caller,
            },
            modules,
            occasion: Occasion::of(&row),
            conduct: Conduct::of(conduct, &row),
        })
    }

    /// Whether the row is the one it was prepared from, and its types and stored modules are what they were then.
    fn is_current(&self, row: &FunctionRow) -> Result<bool> {
        if self.version != row.version || !self.signature.is_current()? {
            return Ok(false);
        }
        for module in &self.modules {
            if !module.is_current()? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Checks a function's declaration without looking at its body.
pub fn check_signature(row: &mut FunctionRow, language: Language) -> Result<()> {
    if module::is_stored(row)? {
        return module::check_declaration(row);
    }
    signature::check(row, compile::dialect(&row.source, language)).map(drop)
}

/// Checks a function's declaration and its body. A pointer must lead to an artifact that the owner may run.
pub fn check_body(row: &mut FunctionRow, language: Language) -> Result<()> {
    if module::is_stored(row)? {
        return module::check(row);
    }
    let dialect = compile::dialect(&row.source, language);
    let (arguments, result) = signature::check(row, dialect)?;
    let (spec, ..) = compile::spec(row, &arguments, result, dialect, Purpose::Check)?;
    match dialect {
        Dialect::TypeScript => Ok(()),
        Dialect::Plv8 => plv8::check(&spec),
    }
}

/// Identifies a function in a cache: its OID, how its body is to be read, and the types of the calls that it was prepared for.
type FunctionKey = (Oid, Dialect, ActualTypes);
