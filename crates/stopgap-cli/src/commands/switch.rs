//! What rollback, promote and import have in common: the server switches an environment, and the tool says where it is.

use serde_json::value::RawValue;
use stopgap_core::EnvName;
use tokio_postgres::types::ToSql;

use crate::answers::{self, Status};
use crate::commands::status;
use crate::connection::Database;
use crate::error::CliError;
use crate::printer::Printer;

/// A switch that was made.
pub(crate) struct Switched {
    pub(crate) deployment_id: i64,
    /// The answer of `stopgap.status` after it.
    pub(crate) status: Box<RawValue>,
    label: String,
    functions: usize,
}

impl Switched {
    /// Runs `sql`, which answers the id of the deployment that is active then.
    pub(crate) async fn by(
        database: &mut Database<'_>,
        env: &EnvName,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        doing: String,
        printer: &Printer,
    ) -> Result<Self, CliError> {
        let progress = printer.progress(doing);
        let id = database.query_until_interrupt(env.as_str(), sql, parameters).await?;
        drop(progress);
        let deployment_id: i64 = answers::read(&id)?;
        let text = status::fetch(database, env.as_str()).await?;
        let status: Status = answers::read(&text)?;
        Ok(Self {
            deployment_id,
            label: status.label(),
            functions: status.functions.len(),
            status: answers::raw(text)?,
        })
    }

    /// Prints where the environment is: `{env} {verb} deployment 7 "label"{how}; live functions: 3`.
    pub(crate) fn print(
        &self,
        env: &EnvName,
        verb: &str,
        how: &str,
        printer: &Printer,
    ) -> Result<(), CliError> {
        let Self { deployment_id, label, functions, .. } = self;
        Ok(printer.line(&format!(
            "{env} {verb} deployment {deployment_id}{label}{how}; live functions: {functions}"
        ))?)
    }
}
