//! Domains: converted as what they are over, and checked.

use pgrx::pg_sys::{Datum, Oid};
use plts_core::Value;

use super::{Codec, Use};
use crate::error::{Result, check};
use crate::raw;

/// How values of a domain are converted.
pub struct DomainCodec {
    base: Codec,
    oid: Oid,
}

impl DomainCodec {
    pub fn new(oid: Oid, described: &raw::PgType, purpose: Use) -> Result<Self> {
        Ok(Self { base: Codec::new(described.base, described.base_typmod, purpose)?, oid })
    }

    /// How values of its base type are converted.
    pub fn base(&self) -> &Codec {
        &self.base
    }

    /// A datum that meets the domain's constraints.
    ///
    /// Errors: those of the base type, 23502 and 23514, and whatever a constraint's function raises.
    pub fn encode(&self, value: &Value<'_>) -> Result<Option<Datum>> {
        let datum = self.base.encode(value)?;
        // SAFETY: a datum of the base type, or none; the shim catches errors.
        unsafe { check(raw::pgb_domain_check(datum.unwrap_or(Datum::null()), datum.is_none(), self.oid))? };
        Ok(datum)
    }
}
