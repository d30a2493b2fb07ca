//! What to call: a SQL function as the engine takes it.

use std::num::NonZeroU64;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use plts_core::trigger::{ColumnTouch, TouchedColumns};
use plts_core::{Dialect, ErrorReport, TypeShape, Value};

use crate::module::ModuleSource;

/// Names one version of one function in this process. Ids are small and never used twice, so that compiled forms
/// can be found by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpecId(NonZeroU64);

impl SpecId {
    /// A new id.
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NonZeroU64::MIN.saturating_add(NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    pub(crate) fn index(self) -> usize {
        // Ids count functions of one process; they fit where memory does.
        self.0.get() as usize - 1
    }
}

/// A SQL parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    pub name: Option<String>,
    pub shape: TypeShape,
}

/// The arguments of a call. Each is read once, in order, when JavaScript is about to get it.
pub trait Arguments {
    /// Their number.
    fn count(&self) -> usize;

    /// Gives the argument of that index, from 0, to `to`.
    ///
    /// Errors: the value cannot be read.
    fn give<R>(&self, index: usize, to: impl FnOnce(&Value<'_>) -> R) -> Result<R, Box<ErrorReport>>;
}

impl Arguments for [Value<'_>] {
    fn count(&self) -> usize {
        self.len()
    }

    fn give<R>(&self, index: usize, to: impl FnOnce(&Value<'_>) -> R) -> Result<R, Box<ErrorReport>> {
        Ok(to(self.get(index).unwrap_or(&Value::Null)))
    }
}

impl<const N: usize> Arguments for [Value<'_>; N] {
    fn count(&self) -> usize {
        N
    }

    fn give<R>(&self, index: usize, to: impl FnOnce(&Value<'_>) -> R) -> Result<R, Box<ErrorReport>> {
        self.as_slice().give(index, to)
    }
}

/// How `ctx.args` looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentStyle {
    /// An array of the arguments that carries the named ones as properties too.
    Positional,
    /// There is one `jsonb` parameter; `ctx.args` is its decoded value.
    SingleJson,
}

/// Where a function's JavaScript is.
#[derive(Clone, Debug)]
pub enum FunctionBody {
    /// An expression that evaluates to `function (ctx, $1, …)`.
    Expression {
        js: String,
        source_map: Option<String>,
        /// The name in stack frames.
        name: String,
        uses_ctx: bool,
        is_async: bool,
        is_generator: bool,
        can_catch: bool,
        /// Whether a call may leave microtasks behind.
        may_enqueue: bool,
        /// What it touches of the rows, if it is a trigger's.
        touched_columns: TouchedColumns,
    },
    /// A module whose default export is called with `ctx`, and the modules it reaches that the host does not keep.
    Module { source: Rc<ModuleSource>, modules: Vec<Rc<ModuleSource>> },
    /// An export of a stored artifact, called with `ctx`; loaded through [`crate::Host::load_artifact`].
    Artifact { hash: String, export: String },
    /// The body of a function written for plv8, as it is, and its name in stack frames.
    Plv8 { source: String, name: String, parameters: Plv8Parameters },
}

/// What a plv8 function is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plv8Parameters {
    /// The SQL arguments, by these names where they have one.
    Named(Vec<Option<String>>),
    /// The rows and what fired: `NEW`, `OLD`, `TG_NAME`, …
    Trigger,
}

/// One version of a SQL function.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    pub id: SpecId,
    pub oid: u32,
    pub schema: String,
    pub name: String,
    pub body: FunctionBody,
    pub params: Vec<Param>,
    pub returns: TypeShape,
    pub arguments: ArgumentStyle,
    /// The environment of the deployment it belongs to.
    pub env: Option<String>,
}

impl FunctionSpec {
    /// For which language it was written.
    #[inline]
    pub fn dialect(&self) -> Dialect {
        match self.body {
            FunctionBody::Plv8 { .. } => Dialect::Plv8,
            _ => Dialect::TypeScript,
        }
    }

    /// How it touches a column of its trigger's rows, if it does.
    pub(crate) fn touch_of(&self, column: &str) -> Option<ColumnTouch> {
        match &self.body {
            FunctionBody::Expression { touched_columns, .. } => touched_columns.touch_of(column),
            _ => Some(ColumnTouch::Read),
        }
    }
}
