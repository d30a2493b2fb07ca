//! The release manager: environments, deployments, live schemas, rollback.
//!
//! What a release changes is decided in `stopgap-core`; this crate reads and writes the catalog and speaks to plts
//! through SQL. It never starts V8.
#![deny(unsafe_code)]

mod api;
mod build;
mod caller;
mod catalog;
mod compare;
mod deploy;
mod drift;
mod environments;
mod failure;
mod gc;
mod grants;
mod guard;
mod live;
mod lock;
mod mark;
mod metrics;
mod named_call;
mod options;
mod prepare;
mod promote;
mod prune;
mod publish;
mod rollback;
mod scripts;
mod settings;
mod shape;
mod source;
mod switch;
mod transfer;
mod types;

use pg_boundary::{library_init, sql_function, worker_main};

pgrx::pg_module_magic!();

sql_function!(stopgap_metrics, pg_finfo_stopgap_metrics, api::metrics);
sql_function!(stopgap_version, pg_finfo_stopgap_version, api::version);
sql_function!(stopgap_create_environment, pg_finfo_stopgap_create_environment, api::environment::create);
sql_function!(stopgap_alter_environment, pg_finfo_stopgap_alter_environment, api::environment::alter);
sql_function!(stopgap_drop_environment, pg_finfo_stopgap_drop_environment, api::environment::drop);
sql_function!(stopgap_environments, pg_finfo_stopgap_environments, api::environment::list);
sql_function!(stopgap_deploy, pg_finfo_stopgap_deploy, api::release::deploy);
sql_function!(stopgap_deploy_bundle, pg_finfo_stopgap_deploy_bundle, api::release::deploy_bundle);
sql_function!(stopgap_rollback, pg_finfo_stopgap_rollback, api::release::rollback);
sql_function!(stopgap_what_if_rollback, pg_finfo_stopgap_what_if_rollback, api::release::what_if_rollback);
sql_function!(stopgap_compare, pg_finfo_stopgap_compare, api::compare::compare);
sql_function!(stopgap_history, pg_finfo_stopgap_history, api::compare::history);
sql_function!(stopgap_find, pg_finfo_stopgap_find, api::compare::find);
sql_function!(stopgap_promote, pg_finfo_stopgap_promote, api::release::promote);
sql_function!(stopgap_prune, pg_finfo_stopgap_prune, api::release::prune);
sql_function!(stopgap_verify, pg_finfo_stopgap_verify, api::keep::verify);
sql_function!(stopgap_repair, pg_finfo_stopgap_repair, api::keep::repair);
sql_function!(stopgap_guard, pg_finfo_stopgap_guard, api::keep::guard);
sql_function!(stopgap_refuse_by_hand, pg_finfo_stopgap_refuse_by_hand, guard::refuse_by_hand);
sql_function!(stopgap_gc, pg_finfo_stopgap_gc, api::keep::gc);
sql_function!(stopgap_export, pg_finfo_stopgap_export, api::keep::export);
sql_function!(stopgap_import, pg_finfo_stopgap_import, api::keep::import);
sql_function!(stopgap_tag, pg_finfo_stopgap_tag, api::mark::tag);
sql_function!(stopgap_untag, pg_finfo_stopgap_untag, api::mark::untag);
sql_function!(stopgap_pin, pg_finfo_stopgap_pin, api::mark::pin);
sql_function!(stopgap_plan, pg_finfo_stopgap_plan, api::inspect::plan);
sql_function!(stopgap_plan_bundle, pg_finfo_stopgap_plan_bundle, api::inspect::plan_bundle);
sql_function!(stopgap_diff, pg_finfo_stopgap_diff, api::inspect::diff);
sql_function!(stopgap_diff_bundle, pg_finfo_stopgap_diff_bundle, api::inspect::diff_bundle);
sql_function!(stopgap_status, pg_finfo_stopgap_status, api::inspect::status);
sql_function!(stopgap_deployments, pg_finfo_stopgap_deployments, api::inspect::deployments);
sql_function!(stopgap_call, pg_finfo_stopgap_call, api::route::call);

library_init!(|| {
    metrics::request();
    settings::register()
});

worker_main!(stopgap_failure_worker, failure::Recorder);
