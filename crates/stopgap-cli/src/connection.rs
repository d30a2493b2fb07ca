//! The connection to the database.
//!
//! Guarantees: neither a password nor the connection string is ever part of a message; there is no TLS yet, and a
//! connection string that demands it is refused before anything is sent.

use std::error::Error;
use std::future::poll_fn;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

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

/// A connection that cannot be made or was lost.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    #[error("the connection string cannot be read")]
    Syntax,
    #[error("TLS is not supported yet, and the connection string demands it")]
    Tls,
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
            Self::Syntax => ExitCode::Failure,
            _ => ExitCode::Environment,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax => Some(
                "write it as `postgres://user@host:5432/database` or `host=… user=… dbname=…`".to_owned(),
            ),
            Self::Tls => {
                Some("use a local socket, or a tunnel that encrypts, and `sslmode=disable`".to_owned())
            }
            Self::Refused { error, .. } => error.hint.clone(),
            Self::NoExtension { .. } => Some("run `CREATE EXTENSION stopgap CASCADE` there".to_owned()),
            Self::Unreachable { .. } | Self::Lost { .. } => None,
        }
    }
}

/// Reads a connection string and fills in what libpq would.
fn read_config(text: &str) -> Result<Config, ConnectionError> {
    // The driver knows `disable`, `prefer` and `require`; it would call the other two of libpq malformed.
    if text.contains("sslmode=verify-ca") || text.contains("sslmode=verify-full") {
        return Err(ConnectionError::Tls);
    }
    // What the driver says is dropped: it may quote a part of the string.
    let mut config = Config::from_str(text).map_err(|_| ConnectionError::Syntax)?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(ConnectionError::Tls);
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        if Path::new(SOCKET_FOLDER).is_dir() {
            config.host_path(SOCKET_FOLDER);
        } else {
            config.host("localhost");
        }
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_application_name().is_none() {
        config.application_name("stopgap");
    }
    Ok(config)
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
    target: String,
    notices: UnboundedReceiver<(String, String)>,
    printer: &'a Printer,
}

impl<'a> Database<'a> {
    /// Connects, and checks that the extension is there.
    pub(crate) async fn open(connection: &str, printer: &'a Printer) -> Result<Self, CliError> {
        let config = read_config(connection)?;
        let target = describe(&config);
        let (client, mut connection) =
            config.connect(NoTls).await.map_err(|error| match error.as_db_error() {
                Some(raised) => {
                    ConnectionError::Refused { target: target.clone(), error: Box::new(raised.into()) }
                }
                None => ConnectionError::Unreachable { target: target.clone(), reason: reason(&error) },
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
        let mut database = Self { client, target, notices, printer };
        let installed = database
            .query("SELECT count(*)::text FROM pg_catalog.pg_extension WHERE extname = 'stopgap'", &[])
            .await?;
        if installed == "0" {
            return Err(ConnectionError::NoExtension { target: database.target }.into());
        }
        Ok(database)
    }

    /// Runs a statement that gives one text.
    pub(crate) async fn query(
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<String, CliError> {
        let result = self.client.query_one(sql, parameters).await.and_then(|row| row.try_get(0));
        self.print_notices();
        result.map_err(|error| self.failure(&error))
    }

    /// Runs a statement as [`Database::query`] does; Ctrl-C cancels it on the server.
    pub(crate) async fn query_until_interrupt(
        &mut self,
        env: &str,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<String, CliError> {
        let cancel = self.client.cancel_token();
        let (result, interrupted) = {
            let statement = self.client.query_one(sql, parameters);
            tokio::pin!(statement);
            tokio::select! {
                result = &mut statement => (Some(result), false),
                _ = tokio::signal::ctrl_c() => {
                    self.printer.note("cancelling")?;
                    let answer = async {
                        // A request that cannot be sent leaves the statement running; it is waited for all the same.
                        let _sent = cancel.cancel_query(NoTls).await;
                        statement.await
                    };
                    (tokio::time::timeout(CANCEL_TIMEOUT, answer).await.ok(), true)
                }
            }
        };
        self.print_notices();
        let Some(result) = result else { return Err(CliError::Interrupted { env: env.to_owned() }) };
        match result.and_then(|row| row.try_get(0)) {
            Ok(text) => {
                if interrupted {
                    self.printer.note("it was done before it could be cancelled")?;
                }
                Ok(text)
            }
            Err(error) => match self.failure(&error) {
                CliError::Server(error) if interrupted && error.is_cancelled() => {
                    Err(CliError::Cancelled { env: env.to_owned() })
                }
                CliError::Connection(_) => Err(CliError::Interrupted { env: env.to_owned() }),
                other => Err(other),
            },
        }
    }

    fn failure(&self, error: &tokio_postgres::Error) -> CliError {
        match error.as_db_error() {
            Some(raised) => Box::new(ServerError::from(raised)).into(),
            None if self.client.is_closed() => {
                ConnectionError::Lost { target: self.target.clone(), reason: reason(error) }.into()
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

    #[test]
    fn urls_and_pairs() {
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
            assert_eq!(describe(&read_config(text).unwrap()), expected);
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_shown() {
        for text in ["host=x password=two words", "postgres://a:sec ret@[x", "host=x sslmode=perhaps"] {
            let error = read_config(text).unwrap_err();
            assert!(matches!(error, ConnectionError::Syntax), "{text}");
            assert_eq!(error.to_string(), "the connection string cannot be read");
        }
    }

    #[test]
    fn tls_is_refused_by_name() {
        for mode in ["require", "verify-ca", "verify-full"] {
            for text in [format!("host=x sslmode={mode}"), format!("postgres://x/y?sslmode={mode}")] {
                assert!(matches!(read_config(&text), Err(ConnectionError::Tls)), "{text}");
            }
        }
        assert!(read_config("host=x sslmode=prefer").is_ok());
    }

    #[test]
    fn a_host_is_always_there() {
        assert!(!read_config("dbname=app").unwrap().get_hosts().is_empty());
    }
}
