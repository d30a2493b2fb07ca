//! The `options` argument of a release.

use std::time::Duration;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::SqlState;
use serde_json::Value as Json;
use stopgap_core::{GracePeriod, LiveSchema, PlanDigest, Removal};

use crate::catalog::{Environment, clock};

/// What a release may be asked for.
#[derive(Debug, Default)]
pub struct Options {
    /// `wait_ms`: how long to wait for another release of the environment. Default: not at all.
    pub wait: Duration,
    /// `live_schema`: the live schema of an environment that this release creates. Default: `live_<env>`.
    pub live_schema: Option<LiveSchema>,
    /// `plan`: the digest of the plan that is to be carried out, and no other.
    pub plan: Option<PlanDigest>,
    /// `confirm`: the name of the environment, for one that is protected.
    pub confirm: Option<String>,
    /// `unverified`: whether an import takes artifacts of which nothing here can say that their code is what their sources
    /// compile to. Default: no.
    pub unverified: bool,
    /// `retire_s`: how long functions stay that the release leaves out, in place of the environment's setting; 0 for not
    /// at all.
    pub retire_for: Option<GracePeriod>,
    /// `prune`: whether functions go whose time is over. Default: yes.
    pub prune: Option<bool>,
}

impl Options {
    /// Reads the argument of what is no release; NULL is `{}`.
    ///
    /// Errors: 22023 for an option there is not, or a value of another kind.
    pub fn read(json: Option<Json>) -> Result<Self> {
        let options = Self::read_release(json)?;
        let of_releases = [("retire_s", options.retire_for.is_some()), ("prune", options.prune.is_some())];
        match of_releases.into_iter().find(|(_, is_given)| *is_given) {
            Some((key, _)) => Err(invalid(format!("unknown option \"{key}\""))),
            None => Ok(options),
        }
    }

    /// As [`Self::read`], of a release, which may leave functions out.
    pub fn read_release(json: Option<Json>) -> Result<Self> {
        let mut options = Self::default();
        let object = match json {
            None => return Ok(options),
            Some(Json::Object(object)) => object,
            Some(_) => return Err(invalid("options must be a JSON object")),
        };
        for (key, value) in object {
            match key.as_str() {
                "wait_ms" => {
                    let millis =
                        value.as_u64().ok_or_else(|| invalid("option \"wait_ms\" must be a whole number"))?;
                    options.wait = Duration::from_millis(millis);
                }
                "live_schema" => {
                    let name =
                        value.as_str().ok_or_else(|| invalid("option \"live_schema\" must be a string"))?;
                    options.live_schema = Some(LiveSchema::parse(name).map_err(reported)?);
                }
                "plan" => {
                    let digest = value.as_str().ok_or_else(|| invalid("option \"plan\" must be a string"))?;
                    options.plan = Some(PlanDigest::parse(digest).map_err(reported)?);
                }
                "confirm" => {
                    let name =
                        value.as_str().ok_or_else(|| invalid("option \"confirm\" must be a string"))?;
                    options.confirm = Some(name.to_owned());
                }
                "unverified" => {
                    options.unverified = value.as_bool().ok_or_else(|| not_a_flag(&key))?;
                }
                "retire_s" => {
                    let period = value.as_u64().and_then(GracePeriod::of_seconds);
                    options.retire_for = Some(period.ok_or_else(|| {
                        invalid("option \"retire_s\" must be a number of seconds, at most ten years")
                    })?);
                }
                "prune" => {
                    options.prune = Some(value.as_bool().ok_or_else(|| not_a_flag(&key))?);
                }
                _ => return Err(invalid(format!("unknown option \"{key}\""))),
            }
        }
        Ok(options)
    }

    /// What becomes of functions that a release to the environment leaves out.
    pub fn removal(&self, spi: &Connection, environment: &Environment) -> Result<Removal> {
        let period = self.retire_for.or(environment.retire_for).filter(|period| period.seconds() > 0);
        let (now, until) = clock::from_now(spi, period)?;
        Ok(Removal::InTime { now, until, keeps_expired: !self.prune.unwrap_or(true) })
    }

    /// Refuses a switch of a protected environment that was not confirmed by its name.
    ///
    /// Errors: 55000.
    pub fn check_confirmed(&self, environment: &Environment) -> Result<()> {
        // A plan names what it is for: its digest covers the environment.
        if !environment.protected
            || self.plan.is_some()
            || self.confirm.as_deref() == Some(environment.env.as_str())
        {
            return Ok(());
        }
        Err(Box::new(
            ErrorReport::new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                format!("environment \"{}\" is protected", environment.env),
            )
            .with_hint("Give its name in the option confirm."),
        ))
    }
}

fn invalid(message: impl Into<String>) -> Box<ErrorReport> {
    Box::new(ErrorReport::new(SqlState::INVALID_PARAMETER_VALUE, message))
}

/// Takes an option out that only some functions have: false when it is not there.
///
/// Errors: 22023 when it is neither true nor false.
pub fn take_flag(json: &mut Option<Json>, key: &str) -> Result<bool> {
    match json.as_mut().and_then(Json::as_object_mut).and_then(|options| options.remove(key)) {
        None => Ok(false),
        Some(Json::Bool(wish)) => Ok(wish),
        Some(_) => Err(not_a_flag(key)),
    }
}

fn not_a_flag(key: &str) -> Box<ErrorReport> {
    invalid(format!("option \"{key}\" must be true or false"))
}

/// An argument that must not be NULL is.
pub fn null_argument(name: &str) -> Box<ErrorReport> {
    Box::new(ErrorReport::new(SqlState::NULL_VALUE_NOT_ALLOWED, format!("{name} must not be null")))
}

/// The report of a typed error, boxed.
pub fn reported(error: impl plts_core::Reportable) -> Box<ErrorReport> {
    Box::new(error.into())
}
