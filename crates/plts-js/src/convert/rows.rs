//! Rows into objects, by a factory that is compiled once per list of column names: V8 then gives all rows of a
//! shape the same hidden class. A batch of rows is one call of JavaScript.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::rc::Rc;

use deno_core::v8;
use plts_core::{Dialect, ErrorReport, SqlState, Value};

use super::{Subject, to_js::to_js};
use crate::compile::new_text;
use crate::errors::Stop;
use crate::frame::Frame;
use crate::host::{HostError, RowSink};
use crate::raw::shortcut::Callee;

/// How many factories a context keeps.
const FACTORIES_KEPT: usize = 512;

type Names = Rc<[Box<str>]>;

/// About how many values are passed in one call. They are passed as arguments, so that no array is made of them.
const VALUES_AT_ONCE: usize = 80;
/// Most rows of one call.
const ROWS_AT_ONCE: usize = 16;

/// What makes objects of rows.
struct Factory {
    names: Names,
    /// `(a0, a1) => ({ id: a0, name: a1 })`
    one: Callee,
    /// `(rows, first, count, a0, a1, …)`: puts the objects of `count` rows into `rows`. Made for the first result of
    /// several rows.
    many: OnceCell<Callee>,
}

impl Factory {
    /// How many rows `many` takes.
    fn rows_at_once(&self) -> usize {
        (VALUES_AT_ONCE / self.names.len().max(1)).clamp(1, ROWS_AT_ONCE)
    }

    fn many(&self, scope: &mut v8::PinScope<'_, '_>) -> Result<&Callee, Stop> {
        if let Some(many) = self.many.get() {
            return Ok(many);
        }
        let many = compile(scope, &many_source(&self.names, self.rows_at_once()))?;
        Ok(self.many.get_or_init(|| Callee::new(scope, many)))
    }
}

/// The factories of a context, by column names.
pub(crate) struct RowFactories {
    dialect: Dialect,
    by_names: RefCell<HashMap<Names, Rc<Factory>>>,
    /// The last one, by the very list: most results of a loop are of one statement.
    last: RefCell<Option<(Names, Rc<Factory>)>>,
}

impl RowFactories {
    /// None yet.
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, by_names: RefCell::default(), last: RefCell::default() }
    }

    /// The function that makes one object of its arguments.
    pub(super) fn get<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        names: &[&str],
    ) -> Result<v8::Local<'s, v8::Function>, Stop> {
        let names: Names = names.iter().map(|name| Box::from(*name)).collect();
        let factory = self.of(scope, &names)?;
        Ok(factory.one.function(scope))
    }

    fn of(&self, scope: &mut v8::PinScope<'_, '_>, names: &Names) -> Result<Rc<Factory>, Stop> {
        if let Some((known, factory)) = &*self.last.borrow()
            && Rc::ptr_eq(known, names)
        {
            return Ok(Rc::clone(factory));
        }
        let known = self.by_names.borrow().get(names).map(Rc::clone);
        let factory = match known {
            Some(factory) => factory,
            None => {
                let factory = Rc::new(factory(scope, names, self.dialect)?);
                let mut kept = self.by_names.borrow_mut();
                if kept.len() >= FACTORIES_KEPT {
                    kept.clear();
                }
                kept.insert(Rc::clone(names), Rc::clone(&factory));
                factory
            }
        };
        *self.last.borrow_mut() = Some((Rc::clone(names), Rc::clone(&factory)));
        Ok(factory)
    }
}

/// 42701.
fn duplicate_column() -> SqlState {
    SqlState::parse("42701").unwrap_or(SqlState::INVALID_PARAMETER_VALUE)
}

fn twice(names: &[Box<str>]) -> Option<&str> {
    names.iter().enumerate().find(|(index, name)| names[..*index].contains(*name)).map(|(_, name)| &**name)
}

fn factory(scope: &mut v8::PinScope<'_, '_>, names: &Names, dialect: Dialect) -> Result<Factory, Stop> {
    // plv8 takes the last of them.
    if dialect == Dialect::TypeScript
        && let Some(name) = twice(names)
    {
        return Err(Stop::report(
            ErrorReport::new(duplicate_column(), format!("column name \"{name}\" appears twice"))
                .with_hint("Give each column of the result a name of its own."),
        ));
    }
    let one = compile(
        scope,
        &format!("(function ({}) {{ return {}; }})", parameters(0..names.len()), literal(names, 0)),
    )?;
    Ok(Factory { names: Rc::clone(names), one: Callee::new(scope, one), many: OnceCell::new() })
}

/// The source of [`Factory::many`].
fn many_source(names: &[Box<str>], rows: usize) -> String {
    let mut body = String::new();
    for row in 0..rows {
        // Writing to a String cannot fail.
        let _ = write!(
            body,
            "rows[first + {row}] = {}; if (count === {}) return; ",
            literal(names, row * names.len()),
            row + 1
        );
    }
    format!("(function (rows, first, count, {}) {{ {body}}})", parameters(0..rows * names.len()))
}

fn parameters(numbers: Range<usize>) -> String {
    numbers.map(|number| format!("a{number}")).collect::<Vec<_>>().join(", ")
}

/// An object literal of the parameters from number `first` on.
fn literal(names: &[Box<str>], first: usize) -> String {
    let properties = names.iter().zip(first..).map(|(name, number)| {
        // A JSON string is a string of JavaScript. In brackets, `__proto__` is a name like any other.
        let quoted = serde_json::Value::from(&**name).to_string();
        if &**name == "__proto__" { format!("[{quoted}]: a{number}") } else { format!("{quoted}: a{number}") }
    });
    format!("{{ {} }}", properties.collect::<Vec<_>>().join(", "))
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
    factory: Option<Rc<Factory>>,
    undefined: v8::Local<'s, v8::Value>,
    /// The first row, as long as it is the only one: most statements give one.
    only: Option<v8::Local<'s, v8::Value>>,
    rows: Option<v8::Local<'s, v8::Array>>,
    count: usize,
    stop: Option<Stop>,
}

impl<'c, 's, 'i, 'h> RowCollector<'c, 's, 'i, 'h> {
    pub(crate) fn new(scope: &'c mut v8::PinScope<'s, 'i>, frame: &'c Frame<'h>) -> Self {
        let undefined = v8::undefined(scope).into();
        Self { scope, frame, factory: None, undefined, only: None, rows: None, count: 0, stop: None }
    }

    /// Whether the statement was one that gives rows.
    pub(crate) fn has_columns(&self) -> bool {
        self.factory.is_some()
    }

    /// The rows, in a JavaScript array, or what was wrong with them.
    pub(crate) fn finish(self) -> Result<v8::Local<'s, v8::Array>, Stop> {
        match (self.stop, self.rows, self.only) {
            (Some(stop), _, _) => Err(stop),
            (None, Some(rows), _) => Ok(rows),
            (None, None, Some(only)) => Ok(v8::Array::new_with_elements(self.scope, &[only])),
            (None, None, None) => Ok(v8::Array::new(self.scope, 0)),
        }
    }

    /// The only row; `undefined` when there is none, `null` when there are several.
    pub(crate) fn finish_only(self) -> Result<v8::Local<'s, v8::Value>, Stop> {
        match (self.stop, self.count, self.only) {
            (Some(stop), _, _) => Err(stop),
            (None, 1, Some(only)) => Ok(only),
            (None, 0, _) => Ok(v8::undefined(self.scope).into()),
            (None, _, _) => Ok(v8::null(self.scope).into()),
        }
    }

    fn add(&mut self, values: &[Value<'_>], count: usize) -> Result<(), Stop> {
        let Some(factory) = self.factory.as_ref().map(Rc::clone) else {
            return Err(Stop::report(ErrorReport::internal("a row came before its columns")));
        };
        if count == 1 && self.count == 0 {
            self.only = Some(self.add_one(&factory, values)?);
            self.count = 1;
            return Ok(());
        }
        let rows = match self.rows {
            Some(rows) => rows,
            None => {
                let first: &[v8::Local<'s, v8::Value>] = self.only.as_slice();
                let rows = v8::Array::new_with_elements(self.scope, first);
                self.rows = Some(rows);
                rows
            }
        };
        let width = values.len() / count.max(1);
        let at_once = factory.rows_at_once();
        let many = factory.many(self.scope)?;
        v8::scope!(let scope, self.scope);
        let mut slots = Vec::with_capacity(3 + width * at_once);
        let mut left = count;
        while left > 0 {
            let now = left.min(at_once);
            let first = (count - left) * width;
            slots.clear();
            slots.push(v8::Local::new(scope, rows).into());
            slots.push(v8::Number::new(scope, (self.count + count - left) as f64).into());
            slots.push(v8::Integer::new(scope, now as i32).into());
            for row in values[first..first + now * width].chunks_exact(width.max(1)) {
                for (value, column) in row.iter().zip(1..) {
                    slots.push(to_js(
                        scope,
                        self.frame.state,
                        self.frame.context,
                        value,
                        Subject::Column(column),
                    )?);
                }
            }
            many.call(scope, &slots).ok_or(Stop::Thrown)?;
            left -= now;
        }
        self.count += count;
        Ok(())
    }

    fn add_one(&mut self, factory: &Factory, values: &[Value<'_>]) -> Result<v8::Local<'s, v8::Value>, Stop> {
        v8::escapable_handle_scope!(let scope, self.scope);
        let mut few = [self.undefined; 16];
        let mut many = Vec::new();
        let slots: &mut [v8::Local<'_, v8::Value>] = if values.len() <= few.len() {
            &mut few[..values.len()]
        } else {
            many.resize(values.len(), self.undefined);
            &mut many
        };
        for (index, (slot, value)) in slots.iter_mut().zip(values).enumerate() {
            *slot = to_js(scope, self.frame.state, self.frame.context, value, Subject::Column(index + 1))?;
        }
        let row = factory.one.call(scope, slots).ok_or(Stop::Thrown)?;
        Ok(scope.escape(row))
    }

    /// Keeps why no more rows are taken. The host hears what kind of failure it is.
    fn refuse(&mut self, stop: Stop) -> HostError {
        let error = match &stop {
            Stop::Report(report) => HostError::Sql(report.clone()),
            Stop::Thrown | Stop::Unparsable | Stop::Rejected(..) | Stop::Host => HostError::Terminate,
        };
        self.stop = Some(stop);
        error
    }
}

impl RowSink for RowCollector<'_, '_, '_, '_> {
    fn columns(&mut self, names: &Names) -> Result<(), HostError> {
        match self.frame.context.row_factories.of(self.scope, names) {
            Ok(factory) => {
                self.factory = Some(factory);
                Ok(())
            }
            Err(stop) => Err(self.refuse(stop)),
        }
    }

    fn rows(&mut self, values: &[Value<'_>], count: usize) -> Result<(), HostError> {
        self.add(values, count).map_err(|stop| self.refuse(stop))
    }
}
