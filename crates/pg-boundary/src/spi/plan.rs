//! Saved plans.

use std::cell::RefCell;
use std::ffi::c_char;
use std::rc::Rc;

use pgrx::pg_sys::{self, Datum, Oid, SPIPlanPtr};
use plts_core::{ErrorReport, SqlState, TypeShape, Value};

use super::rows::{RowShape, Rows};
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
    pub(super) row_shape: RefCell<Option<Rc<RowShape>>>,
}

impl Plan {
    /// Prepares a statement. Needs an open [`super::Connection`].
    ///
    /// Errors: those of the parser and the analyser, with a position; 42P18 for a parameter of no type.
    pub fn prepare(sql: &str) -> Result<Self> {
        Self::prepare_seeing(sql, None)
    }

    /// As [`Self::prepare`], for a connection in which `tables` are visible. The plan is good only where tables of the same
    /// [key](TransitionTables::key) are.
    pub fn prepare_seeing(sql: &str, tables: Option<&TransitionTables>) -> Result<Self> {
        let environment = tables.map_or(std::ptr::null_mut(), TransitionTables::environment);
        let sql = text::to_server(sql)?;
        let mut plan: SPIPlanPtr = std::ptr::null_mut();
        // SAFETY: a C string, and an environment of the running call or none; the shim catches errors and gives a kept plan.
        unsafe { check(raw::pgb_spi_prepare(sql.as_ptr(), environment, &mut plan))? };
        let mut prepared =
            Self { plan, parameters: Vec::new(), shapes: Rc::from([]), row_shape: RefCell::new(None) };
        // SAFETY: a live plan; these read its fields.
        let types: Vec<Oid> = unsafe {
            let count = pg_sys::SPI_getargcount(plan);
            (0..count).map(|index| pg_sys::SPI_getargtypeid(plan, index)).collect()
        };
        for oid in types {
            prepared.parameters.push(Codec::new(oid, -1, Use::Statement)?);
        }
        prepared.shapes = prepared.parameters.iter().map(|codec| codec.shape().clone()).collect();
        Ok(prepared)
    }

    /// What its parameters are in JavaScript.
    pub fn parameter_shapes(&self) -> &Rc<[TypeShape]> {
        &self.shapes
    }

    /// Whether the types of its parameters are what they were when it was prepared.
    ///
    /// Errors: a type is gone.
    pub fn is_current(&self) -> Result<bool> {
        for codec in &self.parameters {
            if !codec.is_current()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Runs the plan. Parameters are made in the current memory context. Needs an open [`super::Connection`].
    ///
    /// Errors: 08P01 for a wrong number of parameters, those of conversion (naming the parameter), and the statement's.
    pub fn execute(&self, params: &[Value<'_>], snapshot: Snapshot, guard: Guard) -> Result<Rows<'_>> {
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
        let (mut values, nulls) = self.bind(params, guard)?;
        let mut result = raw::SpiResult { processed: 0, tuples: std::ptr::null_mut() };
        // SAFETY: a live plan and as many values and nulls as it has parameters, of their types; the shim catches
        // errors.
        unsafe {
            check(raw::pgb_spi_execute(
                self.plan,
                values.as_mut_ptr(),
                nulls.as_ptr(),
                snapshot == Snapshot::Caller,
                guard == Guard::Subtransaction,
                0,
                &mut result,
            ))?;
        }
        Rows::new(result, Some(&self.row_shape))
    }
}

impl Plan {
    /// The datums of the parameters, and which of them are NULL. Where making them runs code of users, that code's
    /// failure must not leave its locks and connections behind, so it gets a subtransaction as a statement does.
    fn bind(&self, params: &[Value<'_>], guard: Guard) -> Result<(Vec<Datum>, Vec<c_char>)> {
        if guard == Guard::None || !self.parameters.iter().any(Codec::runs_code) {
            return self.encode(params);
        }
        let subtransaction = Subtransaction::begin()?;
        match self.encode(params) {
            Ok(bound) => subtransaction.commit().map(|()| bound),
            Err(report) => subtransaction.roll_back().and(Err(report)),
        }
    }

    fn encode(&self, params: &[Value<'_>]) -> Result<(Vec<Datum>, Vec<c_char>)> {
        let mut values = Vec::with_capacity(params.len());
        let mut nulls: Vec<c_char> = Vec::with_capacity(params.len());
        for (index, (codec, value)) in self.parameters.iter().zip(params).enumerate() {
            let datum = codec.encode(value).map_err(|mut report| {
                let line = format!("parameter ${} of a statement", index + 1);
                report.context = Some(match report.context.take() {
                    Some(context) => format!("{line}\n{context}"),
                    None => line,
                });
                report
            })?;
            nulls.push(if datum.is_none() { b'n' as c_char } else { b' ' as c_char });
            values.push(datum.unwrap_or(Datum::null()));
        }
        Ok((values, nulls))
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        // SAFETY: kept by us, freed once. It releases memory and leaves a cached plan's list; it does not raise.
        unsafe { pg_sys::SPI_freeplan(self.plan) };
    }
}

/// Whether a text may hold more than one statement, so that it has to be run as text. A guess on the safe side: a
/// semicolon with anything but white space behind it.
pub fn split_statements_hint(sql: &str) -> bool {
    sql.trim_end().trim_end_matches(';').contains(';')
}
