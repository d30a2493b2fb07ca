//! Rows into objects, by a factory that is compiled once per list of column names: V8 then gives all rows of a
//! shape the same hidden class.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::rc::Rc;

use deno_core::v8;
use plts_core::{ErrorReport, SqlState, Value};

use super::{Subject, to_js::to_js};
use crate::compile::new_text;
use crate::errors::Stop;
use crate::frame::Frame;
use crate::host::{HostError, RowSink};

/// How many factories a context keeps.
const FACTORIES_KEPT: usize = 512;

/// The factories of a context, by column names.
#[derive(Default)]
pub(crate) struct RowFactories(RefCell<HashMap<Box<[String]>, Factory>>);

type Factory = Rc<v8::Global<v8::Function>>;

/// Wraps a list of names for look-up without an allocation for each name.
fn owned(names: &[&str]) -> Box<[String]> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

impl RowFactories {
    pub(super) fn get<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        names: &[&str],
    ) -> Result<v8::Local<'s, v8::Function>, Stop> {
        let key = owned(names);
        if let Some(factory) = self.0.borrow().get(&key) {
            return Ok(v8::Local::new(scope, &**factory));
        }
        if let Some(name) = twice(names) {
            return Err(Stop::report(
                ErrorReport::new(duplicate_column(), format!("column name \"{name}\" appears twice"))
                    .with_hint("Give each column of the result a name of its own."),
            ));
        }
        let factory = compile(scope, &factory(names))?;
        let mut kept = self.0.borrow_mut();
        if kept.len() >= FACTORIES_KEPT {
            kept.clear();
        }
        kept.insert(key, Rc::new(v8::Global::new(scope, factory)));
        Ok(factory)
    }
}

/// 42701.
fn duplicate_column() -> SqlState {
    SqlState::parse("42701").unwrap_or(SqlState::INVALID_PARAMETER_VALUE)
}

fn twice<'n>(names: &[&'n str]) -> Option<&'n str> {
    names.iter().enumerate().find(|(index, name)| names[..*index].contains(*name)).map(|(_, name)| *name)
}

/// `(function (a0, a1) { return { "id": a0, "name": a1 }; })`
fn factory(names: &[&str]) -> String {
    let mut parameters = String::new();
    let mut properties = String::new();
    for (index, name) in names.iter().enumerate() {
        // A JSON string is a string of JavaScript. In brackets, `__proto__` is a name like any other.
        let quoted = serde_json::Value::from(*name).to_string();
        let separator = if index == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(parameters, "{separator}a{index}");
        let _ = match *name {
            "__proto__" => write!(properties, "{separator}[{quoted}]: a{index}"),
            _ => write!(properties, "{separator}{quoted}: a{index}"),
        };
    }
    format!("(function ({parameters}) {{ return {{ {properties} }}; }})")
}

/// The function that an expression of ours evaluates to.
pub(super) fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    source: &str,
) -> Result<v8::Local<'s, v8::Function>, Stop> {
    let source = new_text(scope, source)?;
    let resource = new_text(scope, "plts:row")?;
    let origin =
        v8::ScriptOrigin::new(scope, resource.into(), 0, 0, false, -1, None, false, false, false, None);
    let script = v8::Script::compile(scope, source, Some(&origin)).ok_or(Stop::Thrown)?;
    let value = script.run(scope).ok_or(Stop::Thrown)?;
    v8::Local::<v8::Function>::try_from(value)
        .map_err(|_| Stop::report(ErrorReport::internal("a row factory is not a function")))
}

/// Takes the rows of one statement.
pub(crate) struct RowCollector<'c, 's, 'i, 'h> {
    scope: &'c mut v8::PinScope<'s, 'i>,
    frame: &'c Frame<'h>,
    factory: Option<v8::Local<'s, v8::Function>>,
    receiver: v8::Local<'s, v8::Value>,
    rows: Vec<v8::Local<'s, v8::Value>>,
    stop: Option<Stop>,
}

impl<'c, 's, 'i, 'h> RowCollector<'c, 's, 'i, 'h> {
    pub(crate) fn new(scope: &'c mut v8::PinScope<'s, 'i>, frame: &'c Frame<'h>) -> Self {
        let receiver = v8::undefined(scope).into();
        Self { scope, frame, factory: None, receiver, rows: Vec::new(), stop: None }
    }

    /// The rows, in a JavaScript array, or what was wrong with them.
    pub(crate) fn finish(self) -> Result<v8::Local<'s, v8::Array>, Stop> {
        match self.stop {
            Some(stop) => Err(stop),
            None => Ok(v8::Array::new_with_elements(self.scope, &self.rows)),
        }
    }

    fn add(&mut self, values: &[Value<'_>]) -> Result<(), Stop> {
        let Some(factory) = self.factory else {
            return Err(Stop::report(ErrorReport::internal("a row came before its columns")));
        };
        let row = {
            let state = self.frame.state;
            v8::escapable_handle_scope!(let scope, self.scope);
            let mut few = [self.receiver; 16];
            let mut many = Vec::new();
            let slots: &mut [v8::Local<'_, v8::Value>] = if values.len() <= few.len() {
                &mut few[..values.len()]
            } else {
                many.resize(values.len(), self.receiver);
                &mut many
            };
            for (index, (slot, value)) in slots.iter_mut().zip(values).enumerate() {
                *slot = to_js(scope, state, self.frame.context, value, Subject::Column(index + 1))?;
            }
            let row = factory.call(scope, self.receiver, slots).ok_or(Stop::Thrown)?;
            scope.escape(row)
        };
        self.rows.push(row);
        Ok(())
    }
}

impl RowSink for RowCollector<'_, '_, '_, '_> {
    fn columns(&mut self, names: &[&str]) {
        match self.frame.context.row_factories.get(self.scope, names) {
            Ok(factory) => self.factory = Some(factory),
            Err(stop) => self.stop = Some(stop),
        }
    }

    fn row(&mut self, values: &[Value<'_>]) -> Result<(), HostError> {
        if self.stop.is_none()
            && let Err(stop) = self.add(values)
        {
            self.stop = Some(stop);
        }
        // The host hears what kind of failure it is; the collector keeps the failure itself.
        match &self.stop {
            None => Ok(()),
            Some(Stop::Report(report)) => Err(HostError::Sql(report.clone())),
            Some(Stop::Thrown | Stop::Unparsable | Stop::Rejected(..) | Stop::Host) => {
                Err(HostError::Terminate)
            }
        }
    }
}
