//! The procedural language plts: what PostgreSQL calls, and nothing that could be decided elsewhere.
//!
//! Values come and go through `pg-boundary`, JavaScript runs in `plts-js`, TypeScript is compiled by `plts-compile`.
#![deny(unsafe_code)]

mod api;
mod arguments;
mod artifact;
mod conduct;
mod engine;
mod event;
mod function;
mod handler;
mod host;
mod inline;
mod language;
mod limits;
mod metrics;
mod place;
mod plv8;
mod returns;
mod runtime;
mod settings;
mod stored;
mod threads;
mod time_zone;
mod trigger;
mod validator;

use pg_boundary::{library_init, sql_function};

pgrx::pg_module_magic!();

sql_function!(plts_call_handler, pg_finfo_plts_call_handler, handler::call);
sql_function!(plts_inline_handler, pg_finfo_plts_inline_handler, inline::run);
sql_function!(plts_validator, pg_finfo_plts_validator, validator::validate);

sql_function!(plts_plv8_call_handler, pg_finfo_plts_plv8_call_handler, handler::call_plv8);
sql_function!(plts_plv8_inline_handler, pg_finfo_plts_plv8_inline_handler, inline::run_plv8);
sql_function!(plts_plv8_validator, pg_finfo_plts_plv8_validator, validator::validate_plv8);
sql_function!(plts_plv8_version, pg_finfo_plts_plv8_version, plv8::version);
sql_function!(plts_plv8_info, pg_finfo_plts_plv8_info, plv8::info);
sql_function!(plts_plv8_reset, pg_finfo_plts_plv8_reset, plv8::reset);

sql_function!(plts_metrics, pg_finfo_plts_metrics, api::metrics);
sql_function!(plts_version, pg_finfo_plts_version, api::version);
sql_function!(plts_compile_json, pg_finfo_plts_compile_json, api::compile::compile_json);
sql_function!(plts_analyze_ts, pg_finfo_plts_analyze_ts, api::compile::analyze_ts);
sql_function!(plts_compile_and_store, pg_finfo_plts_compile_and_store, api::store::compile_and_store);
sql_function!(plts_upsert_artifact, pg_finfo_plts_upsert_artifact, api::store::upsert_artifact);
sql_function!(plts_install_runtime, pg_finfo_plts_install_runtime, api::store::install_runtime);
sql_function!(plts_describe, pg_finfo_plts_describe, api::describe::describe);
sql_function!(plts_warm, pg_finfo_plts_warm, api::warm::warm);
sql_function!(plts_check_artifacts, pg_finfo_plts_check_artifacts, api::transfer::check_artifacts);
sql_function!(plts_import_artifacts, pg_finfo_plts_import_artifacts, api::transfer::import_artifacts);
sql_function!(plts_build, pg_finfo_plts_build, api::build::build);
sql_function!(plts_build_text, pg_finfo_plts_build_text, api::build::build_text);

library_init!(load);

/// V8 starts with the first function that needs it, unless the postmaster is to start it for all.
fn load() -> pg_boundary::error::Result<()> {
    metrics::request();
    settings::register()?;
    engine::start_for_backends()
}
