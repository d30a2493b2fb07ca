//! The SQL of a release and the handlers that verify it: run with the rights and the `search_path` of the caller, in the
//! transaction of the switch.

use std::collections::BTreeMap;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use stopgap_core::names::quote_literal;
use stopgap_core::plan::Verification;
use stopgap_core::{EnvName, Manifest, ScriptName};

use crate::caller::Caller;
use crate::catalog::script;

/// Runs the text of an SQL file. An error says in its context which file it was.
pub fn run(caller: &Caller, spi: &Connection, what: &str, sql: &str) -> Result<()> {
    caller.as_caller(|| spi.run_commands(sql)).map_err(|report| in_context(of_a_script(report), what))
}

/// What the boundary says to authors of functions, said to authors of scripts.
fn of_a_script(mut report: Box<ErrorReport>) -> Box<ErrorReport> {
    if report.sqlstate == SqlState::FEATURE_NOT_SUPPORTED && report.message == TRANSACTION_COMMAND {
        report.message = "transaction commands are not allowed in a release".to_owned();
        report.hint = Some(
            "A release is one transaction; what needs one of its own goes before the release or after it."
                .to_owned(),
        );
    }
    report
}

/// What SPI refuses in any function.
const TRANSACTION_COMMAND: &str = "transaction commands are not allowed in a function";

/// Runs the files of the target that are not what the deployment before had. As `stopgap_owner`.
pub fn put_functions(
    caller: &Caller,
    spi: &Connection,
    before: Option<&Manifest>,
    target: &Manifest,
) -> Result<()> {
    let nothing = BTreeMap::new();
    let before = before.map_or(&nothing, |manifest| &manifest.sql_functions);
    for name in changed(before, &target.sql_functions) {
        let source = script::source(spi, &target.sql_functions[name])?;
        run(caller, spi, &format!("function file {name}"), &source)?;
    }
    Ok(())
}

/// The files of `target` that are not in `before` with the same checksum.
pub fn changed<'a>(
    before: &BTreeMap<ScriptName, String>,
    target: &'a BTreeMap<ScriptName, String>,
) -> Vec<&'a ScriptName> {
    target.iter().filter(|(name, sum)| before.get(*name) != Some(*sum)).map(|(name, _)| name).collect()
}

/// Runs the handlers that verify a release, each from a temporary function that is gone afterwards. As `stopgap_owner`.
///
/// Errors: what a handler throws.
pub fn verify(caller: &Caller, spi: &Connection, env: &EnvName, all: &[Verification]) -> Result<()> {
    for one in all {
        spi.run_commands(&format!(
            "CREATE FUNCTION pg_temp.stopgap_verification(args jsonb) RETURNS jsonb LANGUAGE plts AS {}; \
             GRANT EXECUTE ON FUNCTION pg_temp.stopgap_verification(jsonb) TO PUBLIC",
            quote_literal(&one.pointer(env).print())
        ))?;
        let call = || spi.run("SELECT pg_temp.stopgap_verification($1)", &[Value::Json("{}".into())]);
        caller.as_caller(call).map_err(|report| {
            in_context(report, &format!("verification {} of {}", one.export, one.module))
        })?;
        spi.run_commands("DROP FUNCTION pg_temp.stopgap_verification(jsonb)")?;
    }
    Ok(())
}

fn in_context(mut report: Box<ErrorReport>, what: &str) -> Box<ErrorReport> {
    let line = format!("stopgap {what}");
    report.context = Some(match report.context.take() {
        Some(context) if !context.is_empty() => format!("{context}\n{line}"),
        _ => line,
    });
    report
}
