//! Saved plans.

use std::cell::RefCell;
use std::ffi::{c_char, c_int};
use std::rc::Rc;

use pgrx::pg_sys::{self, Datum, Oid, SPIPlanPtr};
use plts_core::{Dialect, ErrorReport, SqlState, TypeShape, Value};

use super::rows::{Delivery, Remembered, RowVisitor};
use super::{Guard, Snapshot, Subtransaction};
use crate::error::{Result, check};
use crate::trigger::TransitionTables;
use crate::typeio::{Codec, Use};
use crate::{raw, text};

/// A plan that outlives the connection it was made in. PostgreSQL revalidates it by itself when what it uses changes.
pub struct Plan {
    plan: SPIPlanPtr,
    parameters: Vec<Codec>,
    shapes: Rc<[TypeShape]>,
    /// The shape of its rows when it last gave some: statements rarely change theirs.
    row_shape: Remembered,
    dialect: Dialect,
}

/// What a plan is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To be run to its end.
    Statement,
    /// The same, of ours: found by keys, it is planned once, whatever its parameters are.
    Kept,
    /// For a cursor that goes forward only.
    Cursor,
    /// For a cursor that goes both ways.
    ScrollCursor,
    /// For a cursor that goes backwards if its plan can without more ado.
    FlexibleCursor,
}

/// How a statement's text is read.
#[derive(Clone, Copy, Default)]
pub struct Reading<'a> {
    /// The transition tables that are visible to it. The plan is good only where tables of the same
    /// [key](TransitionTables::key) are.
    pub tables: Option<&'a TransitionTables>,
    /// The types of its parameters; without them PostgreSQL infers all.
    pub types: Option<&'a [Oid]>,
    /// How its values are converted.
    pub dialect: Dialect,
}

impl Purpose {
    /// The cursor options of `nodes/parsenodes.h`.
    fn options(self) -> c_int {
        let options = match self {
            Self::Statement => pg_sys::CURSOR_OPT_PARALLEL_OK,
            Self::Kept => pg_sys::CURSOR_OPT_GENERIC_PLAN,
            Self::Cursor => pg_sys::CURSOR_OPT_NO_SCROLL,
            Self::ScrollCursor => pg_sys::CURSOR_OPT_SCROLL,
            Self::FlexibleCursor => 0,
        };
        options as c_int
    }
}

impl Plan {
    /// Prepares a statement. Needs an open [`super::Connection`].
    ///
    /// Errors: those of the parser and the analyser, with a position; 42P18 for a parameter of no type.
    pub fn prepare(sql: &str, purpose: Purpose) -> Result<Self> {
        Self::prepare_reading(sql, purpose, Reading::default())
    }

    /// As [`Self::prepare`], read in that way.
    pub fn prepare_reading(sql: &str, purpose: Purpose, reading: Reading<'_>) -> Result<Self> {
        let sql = text::to_server(sql)?;
        let mut plan: SPIPlanPtr = std::ptr::null_mut();
        let given = given_types(&reading)?;
        // SAFETY: a C string, an environment of the running call or none, and as many types as said; the shim catches
        // errors and gives a kept plan.
        unsafe {
            check(raw::pgb_spi_prepare(
                sql.as_ptr(),
                purpose.options(),
                environment_of(reading.tables),
                given,
                &mut plan,
            ))?;
        }
        let mut prepared = Self {
            plan,
            parameters: Vec::new(),
            shapes: Rc::from([]),
            row_shape: RefCell::new(None),
            dialect: reading.dialect,
        };
        // SAFETY: a live plan; these read its fields.
        let types: Vec<Oid> = unsafe {
            let count = pg_sys::SPI_getargcount(plan);
            (0..count).map(|index| pg_sys::SPI_getargtypeid(plan, index)).collect()
        };
        for oid in types {
            prepared.parameters.push(Codec::new(oid, -1, Use::Statement(reading.dialect))?);
        }
        prepared.shapes = prepared.parameters.iter().map(|codec| codec.shape().clone()).collect();
        Ok(prepared)
    }

    /// What its parameters are in JavaScript.
    pub fn parameter_shapes(&self) -> &Rc<[TypeShape]> {
        &self.shapes
    }

    /// How its values are converted.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether it can be run as it is: whether the types of its parameters still are what PostgreSQL would infer.
    /// Everything else PostgreSQL plans anew by itself. Only asks when something has changed under the plan.
    ///
    /// Errors: those of analysing `sql`, the statement's text.
    pub fn is_current(&self, sql: &str, guard: Guard, reading: Reading<'_>) -> Result<bool> {
        if self.parameters.is_empty() {
            return Ok(true);
        }
        // `ALTER TABLE` changes a row type in place.
        for codec in &self.parameters {
            if !codec.is_current()? {
                return Ok(false);
            }
        }
        let mut fits = false;
        // SAFETY: a live plan; the shim catches errors.
        unsafe { check(raw::pgb_spi_plan_fits(self.plan, &mut fits))? };
        if fits {
            return Ok(true);
        }
        let sql = text::to_server(sql)?;
        let given = given_types(&reading)?;
        guarded(guard, || {
            let mut same = false;
            // SAFETY: a C string, an environment of the running call or none, as many types as said, and a live plan; the
            // shim catches errors.
            unsafe {
                check(raw::pgb_spi_same_parameters(
                    sql.as_ptr(),
                    environment_of(reading.tables),
                    given,
                    self.plan,
                    &mut same,
                ))?;
            }
            Ok(same)
        })
    }

    /// Whether it calls something that may end the transaction, where that is allowed.
    pub fn may_end_transaction(&self) -> bool {
        // SAFETY: a live plan, whose fields are read.
        unsafe { raw::pgb_spi_may_end_transaction(self.plan) }
    }

    pub(super) fn as_ptr(&self) -> SPIPlanPtr {
        self.plan
    }

    /// Runs the plan, gives its rows to `visitor`, and how many rows it returned or touched. Parameters are made in the
    /// current memory context. Needs an open [`super::Connection`].
    ///
    /// Errors: 22023 for a wrong number of parameters, those of conversion (naming the parameter), the visitor's, and the
    /// statement's.
    pub fn execute(
        &self,
        params: &[Value<'_>],
        snapshot: Snapshot,
        guard: Guard,
        visitor: &mut dyn RowVisitor,
    ) -> Result<u64> {
        let mut bound = self.bind(params, guard)?;
        let (values, nulls) = bound.parts();
        let mut processed = 0;
        let mut delivery = Delivery::new(visitor, &self.row_shape, self.dialect);
        let sink = delivery.sink();
        // SAFETY: a live plan and as many values and nulls as it has parameters, of their types; the sink lives to the
        // end of the call; the shim catches errors.
        let outcome = unsafe {
            check(raw::pgb_spi_execute(
                self.plan,
                values.as_mut_ptr(),
                nulls.as_ptr(),
                super::execution(snapshot, guard),
                &sink,
                &mut processed,
            ))
        };
        delivery.finish(outcome)?;
        Ok(processed)
    }

    /// The datums of the parameters, and which of them are NULL. Where making them runs code of users, that code's
    /// failure must not leave its locks and connections behind, so it gets a subtransaction as a statement does.
    pub(super) fn bind(&self, params: &[Value<'_>], guard: Guard) -> Result<Bound> {
        if params.len() != self.parameters.len() {
            return Err(Box::new(ErrorReport::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!(
                    "statement needs {} parameters, but {} were given",
                    self.parameters.len(),
                    params.len()
                ),
            )));
        }
        if !self.parameters.iter().any(Codec::runs_code) {
            return self.encode(params);
        }
        // SAFETY: the shim catches errors.
        unsafe { check(raw::pgb_ensure_snapshot())? };
        guarded(guard, || self.encode(params))
    }

    fn encode(&self, params: &[Value<'_>]) -> Result<Bound> {
        let mut bound = Bound::new(params.len());
        let (values, nulls) = bound.parts();
        for (index, (codec, value)) in self.parameters.iter().zip(params).enumerate() {
            let datum = codec.encode(value).map_err(|mut report| {
                let line = format!("parameter ${} of a statement", index + 1);
                report.context = Some(match report.context.take() {
                    Some(context) => format!("{line}\n{context}"),
                    None => line,
                });
                report
            })?;
            if let Some(datum) = datum {
                (values[index], nulls[index]) = (datum, b' ' as c_char);
            }
        }
        Ok(bound)
    }
}

/// Parameters up to this many need no memory of their own.
const FEW: usize = 8;

/// The datums of a statement's parameters and, as SPI wants it, a `n` for each that is NULL.
pub(super) struct Bound {
    count: usize,
    few: ([Datum; FEW], [c_char; FEW]),
    many: (Vec<Datum>, Vec<c_char>),
}

impl Bound {
    /// All NULL.
    fn new(count: usize) -> Self {
        const NULL: c_char = b'n' as c_char;
        let many =
            if count > FEW { (vec![Datum::null(); count], vec![NULL; count]) } else { Default::default() };
        Self { count, few: ([Datum::null(); FEW], [NULL; FEW]), many }
    }

    pub(super) fn parts(&mut self) -> (&mut [Datum], &mut [c_char]) {
        if self.count > FEW {
            return (&mut self.many.0, &mut self.many.1);
        }
        (&mut self.few.0[..self.count], &mut self.few.1[..self.count])
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        // SAFETY: kept by us, freed once. It releases memory and leaves a cached plan's list; it does not raise.
        unsafe { pg_sys::SPI_freeplan(self.plan) };
    }
}

fn environment_of(tables: Option<&TransitionTables>) -> *mut pg_sys::QueryEnvironment {
    tables.map_or(std::ptr::null_mut(), TransitionTables::environment)
}

fn given_types(reading: &Reading<'_>) -> Result<raw::GivenTypes> {
    let Some(types) = reading.types else {
        return Ok(raw::GivenTypes { types: std::ptr::null(), count: 0 });
    };
    let count = c_int::try_from(types.len()).map_err(|_| {
        Box::new(ErrorReport::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "a statement has too many parameters"))
    })?;
    Ok(raw::GivenTypes { types: types.as_ptr(), count })
}

/// Runs `work` in a subtransaction, if it is to be guarded.
fn guarded<T>(guard: Guard, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if guard != Guard::Subtransaction {
        return work();
    }
    let subtransaction = Subtransaction::begin()?;
    match work() {
        Ok(value) => subtransaction.commit().map(|()| value),
        Err(report) => subtransaction.roll_back().and(Err(report)),
    }
}

/// Whether a text may hold more than one statement, so that it has to be run as text. A guess on the safe side: a
/// semicolon with anything but white space behind it.
pub fn split_statements_hint(sql: &str) -> bool {
    sql.trim_end().trim_end_matches(';').contains(';')
}
