//! The connection to the database.
//!
//! Guarantees: neither a password nor the connection string is ever part of a message; what `sslmode` demands is met
//! before anything but the request for TLS is sent.

mod aftermath;
mod parameters;
mod tls;
mod unnamed;

use std::error::Error;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

pub(crate) use aftermath::Aftermath;
use aftermath::Situation;
use parameters::{Parameters, Surroundings, password_in};

use crate::error::CliError;
use crate::exit::ExitCode;
use crate::printer::Printer;
use crate::server_error::ServerError;

/// Where PostgreSQL's socket is on most systems; used when the connection string names no host.
const SOCKET_FOLDER: &str = "/var/run/postgresql";
/// How long to try when the connection string does not say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a cancelled statement has to answer.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(10);
/// Variables that say which database is meant, when nothing else does.
const NAMING_VARIABLES: [&str; 4] = ["PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"];

/// A connection that cannot be made or was lost.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    #[error("the connection string cannot be read")]
    Syntax,
    #[error("service `{name}` of the connection service file cannot be read")]
    ServiceSyntax { name: String },
    #[error("there is no service `{name}` in a connection service file")]
    NoService { name: String },
    #[error("TLS cannot be used: {reason}")]
    Tls { reason: String },
    #[error("cannot connect to {target}: {reason}")]
    Unreachable { target: String, reason: String },
    #[error("cannot connect to {target}: {error}")]
    Refused { target: String, error: Box<ServerError> },
    #[error("the connection to {target} was lost: {reason}")]
    Lost { target: String, reason: String },
    #[error("the stopgap extension is not installed in {target}")]
    NoExtension { target: String },
}

impl ConnectionError {
    /// 1 for what is written wrong, 2 for the rest.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Syntax | Self::ServiceSyntax { .. } | Self::NoService { .. } | Self::Tls { .. } => {
                ExitCode::Failure
            }
            _ => ExitCode::Environment,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax => Some(
                "write it as `postgres://user@host:5432/database`, `host=… user=… dbname=…` or `service=…`"
                    .to_owned(),
            ),
            Self::NoService { .. } => Some(
                "services are sections of `~/.pg_service.conf` or of the file PGSERVICEFILE names".to_owned(),
            ),
            Self::Refused { error, .. } => error.hint.clone(),
            Self::NoExtension { .. } => Some("run `CREATE EXTENSION stopgap CASCADE` there".to_owned()),
            Self::ServiceSyntax { .. } | Self::Tls { .. } | Self::Unreachable { .. } | Self::Lost { .. } => {
                None
            }
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether libpq's variables say which database is meant.
pub(crate) fn is_named_by_variables() -> bool {
    NAMING_VARIABLES.into_iter().any(|name| variable(name).is_some())
}

/// Where a connection leads, and how it is made.
struct Target {
    config: Config,
    connector: MakeRustlsConnect,
    described: String,
}

impl Target {
    /// Reads a connection string, service files and variables, and fills in what libpq would.
    fn read(text: &str) -> Result<Self, ConnectionError> {
        let file = |path: &PathBuf| std::fs::read_to_string(path).ok();
        Self::of(&Parameters::resolve(text, &Surroundings { variable: &variable, file: &file })?)
    }

    fn of(parameters: &Parameters) -> Result<Self, ConnectionError> {
        let mut config = Config::new();
        let list = |key| parameters.get(key).into_iter().flat_map(|value: &str| value.split(','));
        for host in list("host") {
            config.host(host);
        }
        for address in list("hostaddr") {
            config.hostaddr(address.parse().map_err(|_| ConnectionError::Syntax)?);
        }
        for port in list("port") {
            config.port(port.parse().map_err(|_| ConnectionError::Syntax)?);
        }
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            if Path::new(SOCKET_FOLDER).is_dir() {
                config.host_path(SOCKET_FOLDER);
            } else {
                config.host("localhost");
            }
        }
        let user = parameters.get("user").map(str::to_owned).or_else(|| variable("USER"));
        if let Some(user) = &user {
            config.user(user);
        }
        if let Some(database) = parameters.get("dbname") {
            config.dbname(database);
        }
        if let Some(options) = parameters.get("options") {
            config.options(options);
        }
        config.application_name(parameters.get("application_name").unwrap_or("stopgap"));
        let timeout = match parameters.get("connect_timeout").map(str::parse::<u64>) {
            None | Some(Ok(0)) => CONNECT_TIMEOUT,
            Some(Ok(seconds)) => Duration::from_secs(seconds),
            Some(Err(_)) => return Err(ConnectionError::Syntax),
        };
        config.connect_timeout(timeout);
        if parameters.get("target_session_attrs") == Some("read-write") {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let (mode, connector) = tls::connector(parameters)?;
        let is_local = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)))
            && config.get_hostaddrs().is_empty();
        config.ssl_mode(if is_local { SslMode::Disable } else { mode });
        if let Some(password) = password(parameters, &config, user.as_deref()) {
            config.password(password);
        }
        let described = describe(&config);
        Ok(Self { config, connector, described })
    }
}

/// The password of the parameters, else of the password file.
fn password(parameters: &Parameters, config: &Config, user: Option<&str>) -> Option<String> {
    if let Some(password) = parameters.get("password") {
        return Some(password.to_owned());
    }
    let path = match parameters.get("passfile") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(variable("HOME")?).join(".pgpass"),
    };
    let text = std::fs::read_to_string(path).ok()?;
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(_)) => "localhost".to_owned(),
        None => config.get_hostaddrs().first().map(ToString::to_string).unwrap_or_default(),
    };
    let user = user.unwrap_or_default();
    let port = config.get_ports().first().copied().unwrap_or(5432);
    password_in(&text, &host, port, config.get_dbname().unwrap_or(user), user)
}

/// What a message may say about where a connection leads: host, port and database.
fn describe(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(path)) => path.display().to_string(),
        None => config.get_hostaddrs().first().map(ToString::to_string).unwrap_or_default(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match config.get_dbname() {
        Some(database) => format!("database `{database}` at `{host}:{port}`"),
        None => format!("`{host}:{port}`"),
    }
}

/// The innermost reason of an error of the driver, which names the system's error.
fn reason(error: &tokio_postgres::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// An open connection to a database that has stopgap.
pub(crate) struct Database<'a> {
    client: Client,
    target: Target,
    notices: UnboundedReceiver<(String, String)>,
    printer: &'a Printer,
}

impl<'a> Database<'a> {
    /// Connects, and checks that the extension is there.
    pub(crate) async fn open(connection: &str, printer: &'a Printer) -> Result<Self, CliError> {
        let mut database = Self::connect(Target::read(connection)?, printer).await?;
        let installed = database
            .query("SELECT count(*)::text FROM pg_catalog.pg_extension WHERE extname = 'stopgap'", &[])
            .await?;
        if installed == "0" {
            return Err(ConnectionError::NoExtension { target: database.target.described }.into());
        }
        Ok(database)
    }

    async fn connect(target: Target, printer: &'a Printer) -> Result<Self, CliError> {
        let (client, mut connection) =
            target.config.connect(target.connector.clone()).await.map_err(|error| {
                match error.as_db_error() {
                    Some(raised) => ConnectionError::Refused {
                        target: target.described.clone(),
                        error: Box::new(raised.into()),
                    },
                    None => ConnectionError::Unreachable {
                        target: target.described.clone(),
                        reason: reason(&error),
                    },
                }
            })?;
        let (sender, notices) = unbounded_channel();
        tokio::spawn(async move {
            // Ends with the client, or with the connection, which the statement under way then reports.
            while let Some(Ok(message)) = poll_fn(|ctx| connection.poll_message(ctx)).await {
                if let AsyncMessage::Notice(notice) = message
                    && sender.send((notice.severity().to_lowercase(), notice.message().to_owned())).is_err()
                {
                    break;
                }
            }
        });
        Ok(Self { client, target, notices, printer })
    }

    /// Runs a statement that gives one text.
    pub(crate) async fn query(
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<String, CliError> {
        let result = unnamed::query_text(&self.client, sql, parameters).await;
        self.print_notices();
        result.map_err(|error| self.failure(&error))
    }

    /// Runs a statement that switches an environment, as [`Database::query`] does. Ctrl-C cancels it on the server. When the
    /// server does not say how it ended, a new connection asks what became of the environment.
    pub(crate) async fn query_until_interrupt(
        &mut self,
        env: &str,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<String, CliError> {
        let before = match Situation::ask(self, env).await {
            Ok(situation) => Some(situation),
            // Whoever may switch may not always look; the statement itself says what is wrong.
            Err(CliError::Server(_)) => None,
            Err(error) => return Err(error),
        };
        let cancel = self.client.cancel_token();
        let (result, interrupted) = {
            let statement = unnamed::query_text(&self.client, sql, parameters);
            tokio::pin!(statement);
            tokio::select! {
                result = &mut statement => (Some(result), false),
                _ = tokio::signal::ctrl_c() => {
                    self.printer.note("cancelling")?;
                    let answer = async {
                        // A request that cannot be sent leaves the statement running; it is waited for all the same.
                        let _sent = cancel.cancel_query(self.target.connector.clone()).await;
                        statement.await
                    };
                    (tokio::time::timeout(CANCEL_TIMEOUT, answer).await.ok(), true)
                }
            }
        };
        self.print_notices();
        let unanswered = match result {
            None => "Ctrl-C was not answered".to_owned(),
            Some(result) => match result {
                Ok(text) => {
                    if interrupted {
                        self.printer.note("it was done before it could be cancelled")?;
                    }
                    return Ok(text);
                }
                Err(error) => match self.failure(&error) {
                    CliError::Server(error) if interrupted && error.is_cancelled() => {
                        return Err(CliError::Cancelled { env: env.to_owned() });
                    }
                    // The session ended with the statement: PostgreSQL says so, or the line went dead.
                    CliError::Server(error) if error.ends_session() => error.to_string(),
                    CliError::Connection(error) => error.to_string(),
                    other => return Err(other),
                },
            },
        };
        let aftermath = match &before {
            Some(before) => aftermath::find_out(&self.target, self.printer, env, before).await,
            None => Aftermath::Unknown { reason: "the role may not look at the environment".to_owned() },
        };
        Err(CliError::Interrupted { env: env.to_owned(), reason: unanswered, aftermath })
    }

    fn failure(&self, error: &tokio_postgres::Error) -> CliError {
        match error.as_db_error() {
            Some(raised) => Box::new(ServerError::from(raised)).into(),
            None if self.client.is_closed() => {
                ConnectionError::Lost { target: self.target.described.clone(), reason: reason(error) }.into()
            }
            None => CliError::Answer { reason: reason(error) },
        }
    }

    fn print_notices(&mut self) {
        while let Ok((severity, message)) = self.notices.try_recv() {
            self.printer.remark(&severity, &message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Result<Target, ConnectionError> {
        Target::of(&Parameters::parse(text)?)
    }

    #[test]
    fn where_it_leads() {
        for (text, expected) in [
            ("postgres://ann:secret@db.example:6543/app", "database `app` at `db.example:6543`"),
            (
                "host=db.example port=6543 user=ann password=secret dbname=app",
                "database `app` at `db.example:6543`",
            ),
            ("host=/run/pg dbname=app", "database `app` at `/run/pg:5432`"),
            ("postgres://%2Frun%2Fpg/app", "database `app` at `/run/pg:5432`"),
            ("postgres://db.example?sslmode=disable", "`db.example:5432`"),
        ] {
            assert_eq!(target(text).ok().unwrap().described, expected);
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_shown() {
        for text in
            ["host=x password=two words", "postgres://a:sec ret@[x", "host=x sslmode=perhaps", "port=secret"]
        {
            let error = target(text).err().unwrap();
            assert!(matches!(error, ConnectionError::Syntax), "{text}");
            assert_eq!(error.to_string(), "the connection string cannot be read");
        }
    }

    #[test]
    fn how_tls_is_used() {
        for (text, expected) in [
            ("host=x", SslMode::Prefer),
            ("host=x sslmode=prefer", SslMode::Prefer),
            ("host=x sslmode=disable", SslMode::Disable),
            ("host=x sslmode=require", SslMode::Require),
            // A socket has no line to listen in on.
            ("host=/run/pg sslmode=require", SslMode::Disable),
        ] {
            assert_eq!(target(text).ok().unwrap().config.get_ssl_mode(), expected, "{text}");
        }
        for text in ["host=x sslmode=verify-ca sslrootcert=/nonexistent", "host=x sslcert=/nonexistent"] {
            assert!(matches!(target(text), Err(ConnectionError::Tls { .. })), "{text}");
        }
    }
}
