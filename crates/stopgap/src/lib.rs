//! The release manager: environments, deployments, live schemas, rollback.
//!
//! What a release changes is decided in `stopgap-core`; this crate reads and writes the catalog and speaks to plts
//! through SQL. It never starts V8.
#![deny(unsafe_code)]

mod api;
mod build;
mod caller;
mod catalog;
mod deploy;
mod failure;
mod live;
mod lock;
mod options;
mod rollback;
mod source;

use pg_boundary::{sql_function, worker_main};

pgrx::pg_module_magic!();

sql_function!(stopgap_version, pg_finfo_stopgap_version, api::version);
sql_function!(stopgap_deploy, pg_finfo_stopgap_deploy, api::release::deploy);
sql_function!(stopgap_deploy_bundle, pg_finfo_stopgap_deploy_bundle, api::release::deploy_bundle);
sql_function!(stopgap_rollback, pg_finfo_stopgap_rollback, api::release::rollback);
sql_function!(stopgap_diff, pg_finfo_stopgap_diff, api::inspect::diff);
sql_function!(stopgap_diff_bundle, pg_finfo_stopgap_diff_bundle, api::inspect::diff_bundle);
sql_function!(stopgap_status, pg_finfo_stopgap_status, api::inspect::status);
sql_function!(stopgap_deployments, pg_finfo_stopgap_deployments, api::inspect::deployments);
sql_function!(stopgap_call, pg_finfo_stopgap_call, api::route::call);

worker_main!(stopgap_failure_worker, failure::Recorder);
