//! Domains: converted as what they are over, and checked.

use pgrx::pg_sys::{Datum, Oid};
use plts_core::Value;

use super::{Codec, Use};
use crate::error::{Result, check};
use crate::raw;

/// How values of a domain are converted.
pub struct DomainCodec {
    base: Codec,
    domain: *mut raw::Domain,
}

impl DomainCodec {
    pub fn new(oid: Oid, described: &raw::PgType, purpose: Use) -> Result<Self> {
        let base = Codec::new(described.base, described.base_typmod, purpose)?;
        let mut domain = std::ptr::null_mut();
        // SAFETY: the shim catches errors; what it opens lives until it is closed.
        unsafe { check(raw::pgb_domain_open(oid, &mut domain))? };
        Ok(Self { base, domain })
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
        unsafe {
            check(raw::pgb_domain_check(self.domain, datum.unwrap_or(Datum::null()), datum.is_none()))?
        };
        Ok(datum)
    }
}

impl Drop for DomainCodec {
    fn drop(&mut self) {
        // SAFETY: opened by us, closed once; it only deletes a memory context, which cannot raise.
        unsafe { raw::pgb_domain_close(self.domain) };
    }
}
