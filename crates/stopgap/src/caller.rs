//! Whose rights count where: the catalog and the live schemas are written as `stopgap_owner`; everything that is the
//! caller's own affair (reading a source schema, building, evaluating) is done as the caller.

use pg_boundary::error::Result;
use pg_boundary::identity::{AssumedRole, Identity, LocalSettings};
use pg_boundary::pg_sys::Oid;
use pg_boundary::spi::Connection;
use pg_boundary::{ErrorReport, session};
use plts_core::SqlState;
use stopgap_core::EnvName;

use crate::catalog::Environment;

/// The role that owns live schemas and their functions.
pub const OWNER: &str = "stopgap_owner";
/// The role that may deploy to an environment that names no other.
pub const DEPLOYER: &str = "stopgap_deployer";

/// Who called, and the settings under which our statements run.
pub struct Caller {
    role: Oid,
    owner: Oid,
    identity: Identity,
    /// As they were when we were called.
    search_path: String,
    jit: String,
    _settings: LocalSettings,
}

impl Caller {
    /// Looks who is calling.
    ///
    /// Errors: 42704 when `stopgap_owner` is gone.
    pub fn identify() -> Result<Self> {
        Ok(Self {
            role: session::current_user(),
            owner: role(OWNER)?,
            identity: Identity::current(),
            search_path: session::setting("search_path")?.unwrap_or_default(),
            jit: session::setting("jit")?.unwrap_or_else(|| "on".to_owned()),
            _settings: LocalSettings::with_safe_search_path()?,
        })
    }

    /// Does `work` with the rights of `stopgap_owner`.
    pub fn as_owner<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _assumed = AssumedRole::assume(self.owner);
        work()
    }

    /// Does `work` as the caller would, with the caller's rights and `search_path`, also inside [`Self::as_owner`].
    pub fn as_caller<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _resumed = self.identity.resume();
        let _settings = LocalSettings::with_search_path(&self.search_path, &self.jit)?;
        work()
    }

    /// Does `work` with the caller's rights, and with names that nobody can plant in the way, also inside
    /// [`Self::as_owner`].
    pub fn with_rights<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _resumed = self.identity.resume();
        work()
    }

    /// The name of the role whose rights count.
    pub fn name(&self) -> Result<String> {
        session::role_name(self.role)
    }

    /// The name of who had logged in.
    pub fn session_name(&self) -> Result<String> {
        session::role_name(session::session_user())
    }

    /// Whether the caller is a member of a role.
    pub fn is_member_of(&self, role_name: &str) -> Result<bool> {
        session::is_member_of(self.role, role(role_name)?)
    }

    /// Refuses a caller who may neither release to an environment nor administer all of them.
    ///
    /// Errors: 42501.
    pub fn must_see(&self, environment: &Environment) -> Result<()> {
        if self.is_member_of(DEPLOYER)? {
            return Ok(());
        }
        self.must_be_member_of(
            environment.deployer_role.as_str(),
            &format!("look at environment \"{}\"", environment.env),
        )
    }

    /// The environment as it is now, for a caller who may release to it.
    ///
    /// Errors: 42704 when there is none; 42501.
    pub fn must_release_to(&self, spi: &Connection, env: &EnvName, to_do: &str) -> Result<Environment> {
        let environment = self.as_owner(|| Environment::get(spi, env))?;
        self.must_be_member_of(environment.deployer_role.as_str(), to_do)?;
        Ok(environment)
    }

    /// As [`Self::must_release_to`], of an environment that a release may make: that is for deployers.
    ///
    /// Errors: 42501.
    pub fn must_release_to_new(
        &self,
        spi: &Connection,
        env: &EnvName,
        to_do: &str,
    ) -> Result<Option<Environment>> {
        let environment = self.as_owner(|| Environment::find(spi, env))?;
        let role = environment.as_ref().map_or(DEPLOYER, |environment| environment.deployer_role.as_str());
        self.must_be_member_of(role, to_do)?;
        Ok(environment)
    }

    /// Refuses a caller who is not a member of a role.
    ///
    /// Errors: 42501.
    pub fn must_be_member_of(&self, role_name: &str, to_do: &str) -> Result<()> {
        if self.is_member_of(role_name)? {
            return Ok(());
        }
        Err(Box::new(
            ErrorReport::new(SqlState::INSUFFICIENT_PRIVILEGE, format!("permission denied to {to_do}"))
                .with_detail(format!("Role \"{}\" is not a member of role \"{role_name}\".", self.name()?)),
        ))
    }
}

/// Errors: 42704 when there is no such role.
pub fn role(name: &str) -> Result<Oid> {
    session::role_by_name(name)?.ok_or_else(|| {
        Box::new(ErrorReport::new(SqlState::UNDEFINED_OBJECT, format!("role \"{name}\" does not exist")))
    })
}
