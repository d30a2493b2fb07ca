//! What an attack is: a name, what it does, how long it may take, and which ends are legal.

use std::fmt;

use e2e::Server;
use postgres::Client;

use e2e::random::Random;

/// The ends that attacks name most. Others are SQLSTATEs as they stand in `docs/reference/errors.md`.
pub mod end {
    /// It went through.
    pub const DONE: &str = "done";
    /// The session is gone, and the client saw no message.
    pub const GONE: &str = "gone";
    /// `query_canceled`: a timeout or cancel.
    pub const CANCELED: &str = "57014";
    /// `admin_shutdown`: the session was terminated.
    pub const TERMINATED: &str = "57P01";
    /// `out_of_memory`: over `plts.max_heap_mb`.
    pub const HEAP: &str = "53200";
    /// `statement_too_complex`: no stack left.
    pub const STACK: &str = "54001";
    /// `program_limit_exceeded`: a value that JavaScript or PostgreSQL cannot hold.
    pub const TOO_LARGE: &str = "54000";
    /// `external_routine_exception`: an uncaught JavaScript error.
    pub const THROWN: &str = "38000";
    /// `internal_error`; as FATAL the end of a session whose V8 cannot go on.
    pub const INTERNAL: &str = "XX000";
}

/// How an attack ended, as the client saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Done,
    /// An error: its SQLSTATE and its message.
    Failed {
        sqlstate: String,
        message: String,
    },
    Gone,
    /// It ended, and what it found is not what must be.
    Wrong(String),
}

impl End {
    /// What the tables of legal ends call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Done => end::DONE,
            Self::Failed { sqlstate, .. } => sqlstate,
            Self::Gone => end::GONE,
            Self::Wrong(_) => "wrong",
        }
    }

    /// Whether a heap was full that was smaller than it is unless told: one of the attacks makes that of all sessions small, at
    /// any moment, and whatever is in a session then is what fills it.
    pub fn is_of_a_small_heap(&self) -> bool {
        const USUAL_MB: u32 = 256;
        let Self::Failed { sqlstate, message } = self else { return false };
        let limit = message.split_once("heap limit of ").and_then(|(_, rest)| rest.strip_suffix(" MB"));
        sqlstate == end::HEAP
            && limit.and_then(|limit| limit.parse().ok()).is_some_and(|limit: u32| limit < USUAL_MB)
    }

    /// Whether the session that saw it can go on.
    pub fn leaves_session(&self, session: &Client) -> bool {
        *self != Self::Gone && !session.is_closed()
    }
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { sqlstate, message } => {
                write!(formatter, "{sqlstate} {}", message.chars().take(200).collect::<String>())
            }
            Self::Wrong(what) => write!(formatter, "wrong: {what}"),
            Self::Done | Self::Gone => formatter.write_str(self.name()),
        }
    }
}

impl From<&postgres::Error> for End {
    fn from(error: &postgres::Error) -> Self {
        match error.as_db_error() {
            Some(said) => {
                Self::Failed { sqlstate: said.code().code().to_owned(), message: said.message().to_owned() }
            }
            None => Self::Gone,
        }
    }
}

/// Why a step of an attack stopped.
#[derive(Debug)]
pub enum Stop {
    Sql(postgres::Error),
    Wrong(String),
}

impl From<postgres::Error> for Stop {
    fn from(error: postgres::Error) -> Self {
        Self::Sql(error)
    }
}

/// How a step ends.
pub type Step<T = ()> = Result<T, Stop>;

/// Fails the attack unless something holds.
pub fn must(holds: bool, what: impl FnOnce() -> String) -> Step {
    if holds { Ok(()) } else { Err(Stop::Wrong(what())) }
}

/// What an attack has at hand.
pub struct Ground<'a> {
    pub server: &'a Server,
    pub database: &'a str,
    /// The attacked session.
    pub session: &'a mut Client,
    /// Another session of the same database, for what is done from outside.
    pub second: &'a mut Client,
    pub random: &'a mut Random,
    /// Unique in the run: good for names.
    pub number: u64,
    /// Which of the attacking threads this is.
    pub worker: usize,
}

/// What an attack does.
#[derive(Clone, Copy)]
pub enum Work {
    /// A `DO` block of this JavaScript.
    JavaScript(&'static str),
    /// These statements.
    Sql(&'static str),
    /// Statements with something random in them.
    Made(fn(&mut Random) -> String),
    /// Several steps, in a transaction that is open already.
    Steps(fn(&mut Ground<'_>) -> Step),
    /// Several steps, outside of a transaction.
    Alone(fn(&mut Ground<'_>) -> Step),
}

/// How long its statements may take (`statement_timeout`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A fraction of a second: for what ends by that only.
    Short,
    /// Ten seconds: for what should end by itself.
    Long,
}

/// How many of its kind may run at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Light,
    /// It takes much memory for a moment, also outside of the heap that is limited.
    Heavy,
}

/// An entry of the tables.
#[derive(Clone, Copy)]
pub struct Attack {
    pub name: &'static str,
    pub work: Work,
    pub limit: Limit,
    pub weight: Weight,
    /// Whether cancel and terminate may come upon it at a random moment.
    pub hunted: bool,
    /// The names of the legal ends; any other is a failure of the run.
    pub legal: &'static [&'static str],
}

impl Attack {
    /// One that ends by a timeout only.
    pub const fn endless(name: &'static str, javascript: &'static str) -> Self {
        Self {
            name,
            work: Work::JavaScript(javascript),
            limit: Limit::Short,
            weight: Weight::Light,
            hunted: true,
            legal: &[end::CANCELED],
        }
    }

    /// One that ends in one of these ways.
    pub const fn ending(name: &'static str, legal: &'static [&'static str], work: Work) -> Self {
        Self { name, work, limit: Limit::Long, weight: Weight::Light, hunted: true, legal }
    }

    /// The same, taking much memory.
    pub const fn heavy(name: &'static str, legal: &'static [&'static str], work: Work) -> Self {
        Self { name, work, limit: Limit::Long, weight: Weight::Heavy, hunted: true, legal }
    }

    /// The same with a short limit; the timeout is a legal end that `legal` must name.
    pub const fn hurried(self) -> Self {
        Self { limit: Limit::Short, ..self }
    }

    /// The same, left alone from outside: it ends sessions by itself, or is not in one.
    pub const fn unhunted(self) -> Self {
        Self { hunted: false, ..self }
    }
}
