//! What became of an environment when the server did not say how a switch ended: asked again, on a new connection.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout};

use super::{Database, Target};
use crate::answers;
use crate::error::CliError;
use crate::printer::Printer;

/// How long a session that was left may go on working before it is said to be still at it.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long one attempt to ask may take.
const ATTEMPT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(300);

/// What an environment looks like, and which session asks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Situation {
    active: Option<i64>,
    switches: i64,
    session: i32,
    #[serde(default)]
    is_working: bool,
}

impl Situation {
    /// Asks in an open connection.
    pub(super) async fn ask(database: &mut Database<'_>, env: &str) -> Result<Self, CliError> {
        Self::ask_about(database, env, None).await
    }

    /// As [`Situation::ask`]; also whether another session is still at work. One that is idle is a pooler's, which keeps it.
    async fn ask_about(
        database: &mut Database<'_>,
        env: &str,
        session: Option<i32>,
    ) -> Result<Self, CliError> {
        let text = database
            .query(
                "SELECT pg_catalog.json_build_object(\
                    'active', (SELECT active_deployment_id FROM stopgap.environment WHERE env = $1::text), \
                    'switches', (SELECT count(*) FROM stopgap.activation_log WHERE env = $1::text), \
                    'session', pg_catalog.pg_backend_pid(), \
                    'is_working', EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = $2::int4 \
                        AND pid <> pg_catalog.pg_backend_pid() AND state IS DISTINCT FROM 'idle'))::text",
                &[&env, &session],
            )
            .await?;
        answers::read(&text)
    }
}

/// What became of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Aftermath {
    /// Nothing changed, and the session that worked on it is gone.
    AsBefore { active: Option<i64> },
    /// It was done.
    Switched { before: Option<i64>, now: Option<i64> },
    /// The session that was left is still there.
    StillWorking { active: Option<i64> },
    /// No new connection could be made.
    Unknown { reason: String },
}

/// Asks until it is certain, or patience is over.
pub(super) async fn find_out(target: &Target, printer: &Printer, env: &str, before: &Situation) -> Aftermath {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let attempt = async {
            let target = Target {
                config: target.config.clone(),
                connector: target.connector.clone(),
                described: target.described.clone(),
            };
            let mut database = Database::connect(target, printer).await?;
            Situation::ask_about(&mut database, env, Some(before.session)).await
        };
        let is_over = Instant::now() >= deadline;
        match timeout(ATTEMPT, attempt).await {
            Ok(Ok(now)) if now.switches != before.switches => {
                return Aftermath::Switched { before: before.active, now: now.active };
            }
            Ok(Ok(now)) if !now.is_working => return Aftermath::AsBefore { active: now.active },
            Ok(Ok(now)) if is_over => return Aftermath::StillWorking { active: now.active },
            Ok(Err(error)) if is_over => return Aftermath::Unknown { reason: error.to_string() },
            Err(_) if is_over => return Aftermath::Unknown { reason: "there is no answer".to_owned() },
            Ok(_) | Err(_) => sleep(PAUSE).await,
        }
    }
}

impl fmt::Display for Aftermath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |id: &Option<i64>| id.map_or("nothing".to_owned(), |id| format!("deployment {id}"));
        match self {
            Self::AsBefore { active } => write!(f, "is as it was before: {} is active", shown(active)),
            Self::Switched { before, now } => {
                write!(f, "was switched all the same: {} was active, {} is now", shown(before), shown(now))
            }
            Self::StillWorking { active } => {
                write!(f, "has {} active, and the server is still working on it", shown(active))
            }
            Self::Unknown { reason } => write!(f, "is in a state that cannot be asked for: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said() {
        for (aftermath, expected) in [
            (Aftermath::AsBefore { active: Some(7) }, "is as it was before: deployment 7 is active"),
            (
                Aftermath::Switched { before: None, now: Some(8) },
                "was switched all the same: nothing was active, deployment 8 is now",
            ),
            (
                Aftermath::StillWorking { active: Some(7) },
                "has deployment 7 active, and the server is still working on it",
            ),
        ] {
            assert_eq!(aftermath.to_string(), expected);
        }
    }
}
