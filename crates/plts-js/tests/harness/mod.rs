//! A host without a database, and the one thread on which a process can run V8.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock};
use std::thread;

use plts_core::trigger::TouchedColumns;
use plts_core::{ErrorReport, SqlState, TimestampTz, TypeShape, Value};
use plts_js::{
    Access, ArgumentStyle, CallError, Completion, CursorId, Engine, EngineConfig, EngineFailure,
    FunctionBody, FunctionSpec, Host, HostError, KeptBuffer, LogLevel, ModuleSource, Param,
    PreparedStatement, RoleId, RowSink, SavepointKind, SavepointOutcome, SpecId, StatementUse,
    TransactionEnd, Users, WindowAnswer, WindowQuestion,
};

/// What the tests' engine may use.
pub const HEAP_BYTES: usize = 64 << 20;
const STACK_KB: u32 = 7000;
const THREAD_STACK_BYTES: usize = 64 << 20;

/// Stands for PostgreSQL's flag.
pub static INTERRUPT_PENDING: AtomicI32 = AtomicI32::new(0);

/// Stands for a cancel of PostgreSQL's.
pub static TOLD_TO_STOP: AtomicBool = AtomicBool::new(false);

pub fn config() -> EngineConfig {
    EngineConfig {
        stack_kb: STACK_KB,
        max_heap_bytes: HEAP_BYTES,
        interrupt_pending: &INTERRUPT_PENDING,
        told_to_stop: || TOLD_TO_STOP.load(Ordering::SeqCst),
        end_process: end_in_order,
    }
}

/// The exit code of a test's process that V8 would have killed.
pub const ENDED_IN_ORDER: i32 = 42;

fn end_in_order(failure: &EngineFailure) -> ! {
    println!("V8 failed: {failure:?}");
    std::process::exit(ENDED_IN_ORDER);
}

type Job = Box<dyn FnOnce(&'static Engine) + Send>;

fn jobs() -> &'static Mutex<Sender<Job>> {
    static JOBS: OnceLock<Mutex<Sender<Job>>> = OnceLock::new();
    JOBS.get_or_init(|| {
        let (sender, receiver) = channel::<Job>();
        thread::Builder::new()
            .name("engine".to_owned())
            .stack_size(THREAD_STACK_BYTES)
            .spawn(move || {
                let engine = Engine::start(config()).expect("the engine starts");
                for job in receiver {
                    job(engine);
                }
            })
            .expect("a thread");
        Mutex::new(sender)
    })
}

/// Runs a test's body on the engine's thread.
pub fn on_engine<R: Send + 'static>(body: impl FnOnce(&'static Engine) -> R + Send + 'static) -> R {
    let (sender, receiver) = channel::<Result<R, Box<dyn Any + Send>>>();
    let job: Job = Box::new(move |engine| {
        INTERRUPT_PENDING.store(0, Ordering::SeqCst);
        let outcome = catch_unwind(AssertUnwindSafe(|| body(engine)));
        sender.send(outcome).expect("the test waits");
    });
    jobs()
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .send(job)
        .expect("the engine's thread lives");
    match receiver.recv().expect("the engine's thread lives") {
        Ok(value) => value,
        Err(panic) => resume_unwind(panic),
    }
}

type Run = Box<dyn FnMut(&[Value<'_>], &mut dyn RowSink) -> Result<Completion, HostError>>;

struct Statement {
    plan: Rc<usize>,
    params: Rc<[TypeShape]>,
    run: Run,
}

/// Answers the statements it was taught and writes down what it was asked.
#[derive(Default)]
pub struct FakeHost {
    pub events: Vec<String>,
    pub logged: Vec<(LogLevel, String)>,
    modules: HashMap<String, Rc<ModuleSource>>,
    /// Kept code by module hash.
    pub kept: HashMap<String, Vec<u8>>,
    names: Vec<String>,
    statements: Vec<Statement>,
    pub on_interrupt: Option<Box<dyn FnMut() -> Result<(), HostError>>>,
    pub on_begin: Option<Box<dyn FnMut() -> Result<(), HostError>>>,
    pub on_log: Option<Box<dyn FnMut() -> Result<(), HostError>>>,
    pub savepoint_error: Option<HostError>,
    pub on_window: Option<Box<dyn FnMut(WindowQuestion) -> WindowAnswer>>,
    /// Whether a failing statement is survived; set by `begin`.
    can_catch: bool,
    /// Levels whose messages are not wanted.
    pub unwanted: Vec<LogLevel>,
    cursors: Vec<FakeCursor>,
    /// Answers the next end of a transaction.
    pub end_error: Option<HostError>,
    stale: bool,
}

/// An open cursor: the rows it will give, as far as it has not given them.
struct FakeCursor {
    id: u32,
    names: Rc<[Box<str>]>,
    rows: Vec<Vec<Value<'static>>>,
    position: usize,
}

/// Takes the rows of a taught statement for a cursor.
#[derive(Default)]
struct Gathered {
    names: Option<Rc<[Box<str>]>>,
    rows: Vec<Vec<Value<'static>>>,
}

impl RowSink for Gathered {
    fn columns(&mut self, names: &Rc<[Box<str>]>) -> Result<(), HostError> {
        self.names = Some(Rc::clone(names));
        Ok(())
    }

    fn rows(&mut self, values: &[Value<'_>], count: usize) -> Result<(), HostError> {
        for row in values.chunks(values.len() / count.max(1)) {
            self.rows.push(row.iter().cloned().map(Value::into_owned).collect());
        }
        Ok(())
    }
}

/// The names of columns.
pub fn names(names: &[&str]) -> Rc<[Box<str>]> {
    names.iter().map(|name| Box::from(*name)).collect()
}

impl FakeHost {
    pub fn new() -> Self {
        Self::default()
    }

    /// Teaches a statement.
    pub fn teach(
        &mut self,
        sql: &str,
        params: &[TypeShape],
        run: impl FnMut(&[Value<'_>], &mut dyn RowSink) -> Result<Completion, HostError> + 'static,
    ) {
        let plan = Rc::new(self.names.len());
        self.names.push(sql.to_owned());
        self.statements.push(Statement { plan, params: params.into(), run: Box::new(run) });
    }

    /// Teaches a statement that gives the same rows each time.
    pub fn teach_rows(
        &mut self,
        sql: &str,
        columns: &'static [&'static str],
        rows: Vec<Vec<Value<'static>>>,
    ) {
        self.teach(sql, &[], move |_, sink| {
            sink.columns(&names(columns))?;
            for row in &rows {
                sink.rows(row, 1)?;
            }
            Ok(Completion { row_count: rows.len() as u64 })
        });
    }

    /// What was prepared so far has to be prepared again.
    pub fn make_stale(&mut self) {
        self.stale = true;
    }

    fn cursor(&mut self, id: CursorId) -> Result<&mut FakeCursor, HostError> {
        self.cursors.iter_mut().find(|cursor| cursor.id == id.0).ok_or_else(|| {
            HostError::Sql(Box::new(ErrorReport::new(
                SqlState::INVALID_CURSOR_NAME,
                "the cursor is not open",
            )))
        })
    }

    pub fn add_module(&mut self, module: ModuleSource) {
        self.modules.insert(module.hash.clone(), Rc::new(module));
    }
}

impl Host for FakeHost {
    fn prepare(&mut self, sql: &str, purpose: StatementUse) -> Result<PreparedStatement, HostError> {
        self.events.push(match purpose {
            StatementUse::Run => format!("prepare {sql}"),
            purpose => format!("prepare {purpose:?} {sql}"),
        });
        self.stale = false;
        match self.names.iter().position(|name| name == sql) {
            Some(index) => Ok(PreparedStatement {
                plan: Rc::clone(&self.statements[index].plan) as Rc<dyn Any>,
                params: Rc::clone(&self.statements[index].params),
            }),
            None => Err(HostError::Sql(Box::new(ErrorReport::new(
                SqlState::SYNTAX_ERROR,
                format!("unknown statement {sql}"),
            )))),
        }
    }

    fn prepare_typed(
        &mut self,
        sql: &str,
        purpose: StatementUse,
        types: &[u32],
    ) -> Result<PreparedStatement, HostError> {
        self.events.push(format!("types {types:?}"));
        self.prepare(sql, purpose)
    }

    fn is_current(&mut self, _: &PreparedStatement) -> Result<bool, HostError> {
        Ok(!self.stale)
    }

    fn execute(
        &mut self,
        statement: &PreparedStatement,
        params: &[Value<'_>],
        rows: &mut dyn RowSink,
    ) -> Result<Completion, HostError> {
        let index = *statement.plan.downcast_ref::<usize>().expect("a plan of this host");
        self.events.push(format!("execute {}", self.names[index]));
        (self.statements[index].run)(params, rows)
    }

    fn cursor_open(
        &mut self,
        statement: &PreparedStatement,
        params: &[Value<'_>],
    ) -> Result<CursorId, HostError> {
        let index = *statement.plan.downcast_ref::<usize>().expect("a plan of this host");
        let mut gathered = Gathered::default();
        (self.statements[index].run)(params, &mut gathered)?;
        let id = 7 + u32::try_from(self.cursors.len()).expect("few cursors");
        self.events.push(format!("open {id}"));
        self.cursors.push(FakeCursor {
            id,
            names: gathered.names.unwrap_or_else(|| names(&[])),
            rows: gathered.rows,
            position: 0,
        });
        Ok(CursorId(id))
    }

    fn cursor_fetch(
        &mut self,
        cursor: CursorId,
        rows: i64,
        sink: &mut dyn RowSink,
    ) -> Result<u64, HostError> {
        self.events.push(format!("fetch {rows}"));
        let cursor = self.cursor(cursor)?;
        sink.columns(&cursor.names)?;
        let end = cursor.rows.len().min(cursor.position + usize::try_from(rows).expect("forward"));
        let given = &cursor.rows[cursor.position..end];
        for row in given {
            sink.rows(row, 1)?;
        }
        let count = given.len() as u64;
        cursor.position = end;
        Ok(count)
    }

    fn cursor_move(&mut self, cursor: CursorId, rows: i64) -> Result<u64, HostError> {
        self.events.push(format!("move {rows}"));
        self.cursor(cursor)?;
        Ok(rows.unsigned_abs())
    }

    fn cursor_close(&mut self, cursor: CursorId) -> Result<(), HostError> {
        self.events.push(format!("close {}", cursor.0));
        self.cursors.retain(|open| open.id != cursor.0);
        Ok(())
    }

    fn end_transaction(&mut self, end: TransactionEnd) -> Result<(), HostError> {
        self.events.push(format!("{end:?}"));
        self.end_error.take().map_or(Ok(()), Err)
    }

    fn observes_failures(&self) -> bool {
        self.can_catch
    }

    fn quote_identifier(&mut self, name: &str) -> Result<String, HostError> {
        Ok(format!("<{name}>"))
    }

    fn log_is_wanted(&self, level: LogLevel) -> bool {
        !self.unwanted.contains(&level)
    }

    fn savepoint_begin(&mut self, kind: SavepointKind) -> Result<(), HostError> {
        self.events.push(match kind {
            SavepointKind::Work => "savepoint begin".to_owned(),
            SavepointKind::Batch => "batch begin".to_owned(),
        });
        match self.savepoint_error.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn savepoint_end(&mut self, outcome: SavepointOutcome) -> Result<(), HostError> {
        self.events.push(format!("savepoint {outcome:?}"));
        Ok(())
    }

    fn log(&mut self, level: LogLevel, message: &str) -> Result<(), HostError> {
        self.logged.push((level, message.to_owned()));
        match &mut self.on_log {
            Some(answer) => answer(),
            None => Ok(()),
        }
    }

    fn now(&mut self) -> TimestampTz {
        self.events.push("now".to_owned());
        TimestampTz(1_500_000)
    }

    fn users(&mut self) -> Users {
        self.events.push("users".to_owned());
        Users { current: "alice".to_owned(), session: "bob".to_owned() }
    }

    fn load_artifact(&mut self, hash: &str, kept: &mut KeptBuffer) -> Result<Rc<ModuleSource>, HostError> {
        self.events.push(format!("load {hash}"));
        kept.empty().extend(self.kept.get(hash).into_iter().flatten());
        kept.module();
        self.modules.get(hash).cloned().ok_or_else(|| {
            HostError::Sql(Box::new(ErrorReport::new(
                SqlState::UNDEFINED_OBJECT,
                format!("artifact \"{hash}\" does not exist"),
            )))
        })
    }

    fn begin(&mut self, access: Access, can_catch: bool) -> Result<(), HostError> {
        self.events.push(format!("begin {access:?} can_catch={can_catch}"));
        self.can_catch = can_catch;
        match &mut self.on_begin {
            Some(answer) => answer(),
            None => Ok(()),
        }
    }

    fn window(&mut self, question: WindowQuestion) -> Result<WindowAnswer, HostError> {
        Ok(self.on_window.as_mut().map_or(WindowAnswer::NoWindow, |answer| answer(question)))
    }

    fn check_interrupts(&mut self) -> Result<(), HostError> {
        self.events.push("check interrupts".to_owned());
        match &mut self.on_interrupt {
            Some(answer) => answer(),
            None => Ok(()),
        }
    }
}

pub const ROLE: RoleId = RoleId(10);

/// A function whose body is an expression, as the compiler writes it.
pub fn expression(js: &str, params: &[(&str, TypeShape)], returns: TypeShape) -> Rc<FunctionSpec> {
    spec(
        FunctionBody::Expression {
            js: js.to_owned(),
            source_map: None,
            name: "body.ts".to_owned(),
            uses_ctx: js.contains("ctx."),
            is_async: js.contains("async"),
            is_generator: false,
            can_catch: js.contains("catch"),
            may_enqueue: true,
            touched_columns: TouchedColumns::Any,
        },
        params,
        returns,
        ArgumentStyle::Positional,
    )
}

pub fn spec(
    body: FunctionBody,
    params: &[(&str, TypeShape)],
    returns: TypeShape,
    arguments: ArgumentStyle,
) -> Rc<FunctionSpec> {
    Rc::new(FunctionSpec {
        id: SpecId::next(),
        oid: 4711,
        schema: "public".to_owned(),
        name: "f".to_owned(),
        body,
        params: params
            .iter()
            .map(|(name, shape)| Param {
                name: (!name.is_empty()).then(|| (*name).to_owned()),
                shape: shape.clone(),
            })
            .collect(),
        returns,
        arguments,
        env: None,
    })
}

/// A module with a hash of its own.
pub fn module(name: &str, js: &str) -> ModuleSource {
    ModuleSource {
        hash: format!("sha256:{name}:{js}"),
        name: name.to_owned(),
        js: js.into(),
        source_map: None,
        imports: BTreeMap::new(),
        can_catch: false,
    }
}

/// Calls and gives the value.
pub fn call(
    engine: &Engine,
    host: &mut FakeHost,
    spec: &Rc<FunctionSpec>,
    args: &[Value<'_>],
) -> Result<Value<'static>, CallError> {
    engine.call(ROLE, spec, host, args, |value| value.clone().into_owned())
}

/// The value of an expression body without parameters.
pub fn value_of(
    engine: &Engine,
    host: &mut FakeHost,
    body: &str,
    returns: TypeShape,
) -> Result<Value<'static>, CallError> {
    let js = format!("(function (ctx) {{ 'use strict'; {body} }})");
    call(engine, host, &expression(&js, &[], returns), &[])
}

/// The value of an async expression body without parameters.
pub fn value_of_async(
    engine: &Engine,
    host: &mut FakeHost,
    body: &str,
    returns: TypeShape,
) -> Result<Value<'static>, CallError> {
    let js = format!("(async function (ctx) {{ 'use strict'; {body} }})");
    call(engine, host, &expression(&js, &[], returns), &[])
}

/// The report of a call that must fail with one.
pub fn failure<T: std::fmt::Debug>(outcome: Result<T, CallError>) -> ErrorReport {
    match outcome {
        Err(CallError::Failed(report)) => *report,
        other => panic!("expected a failure with a report, got {other:?}"),
    }
}

pub fn text(value: &str) -> Value<'static> {
    Value::Text(value.to_owned().into())
}

pub fn json(value: &str) -> Value<'static> {
    Value::Json(value.to_owned().into())
}
