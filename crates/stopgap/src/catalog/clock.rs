//! The server's clock, as manifests write times.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::Value;
use stopgap_core::{GracePeriod, Moment};

use super::row::Row;
use crate::options::reported;

/// The time now, and, with a period, its end.
pub fn from_now(spi: &Connection, period: Option<GracePeriod>) -> Result<(Moment, Option<Moment>)> {
    let seconds = period.map_or(Value::Null, |period| Value::BigInt(period.seconds().into()));
    let rows = spi.run(
        "SELECT to_char(t.now, t.form), to_char(t.now + $1::bigint::float8 * interval '1 second', t.form) \
         FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS t (now, form)",
        &[seconds],
    )?;
    let Some(row) = rows.into_iter().next() else {
        return Err(Box::new(ErrorReport::internal("the clock gave no time")));
    };
    let mut row = Row::new(row);
    let now = Moment::try_from(row.text()?).map_err(reported)?;
    let end = row.optional_text()?.map(Moment::try_from).transpose().map_err(reported)?;
    Ok((now, end))
}
