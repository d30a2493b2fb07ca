//! The types that exports declare, looked up as who deploys would write them: with his rights and his `search_path`.
//!
//! What is found is written down as PostgreSQL writes it when only `pg_catalog` is on the path. `stopgap_owner` has to be
//! able to use the type as well, since it creates the function.

use std::collections::BTreeMap;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::identity::LocalSettings;
use pg_boundary::spi::{Connection, Subtransaction};
use plts_core::SqlState;
use stopgap_core::names::quote_literal;
use stopgap_core::signature::{KnownType, Literal, LiteralKind, TypeLookup, Types, Unknown, Wanted};

use crate::caller::{Caller, OWNER};
use crate::catalog::row::{Row, bigints, text, texts};

/// Looks up what a build's declarations name. It takes no lock and changes nothing.
///
/// Errors: those of the server; that a type is not there, or not to be used, is part of the answer.
pub fn look_up(caller: &Caller, spi: &Connection, wanted: &Wanted, unknown: Unknown) -> Result<Types> {
    let mut types = Types { unknown, ..Types::default() };
    if wanted.is_empty() {
        return Ok(types);
    }
    let names: Vec<&str> = wanted.names.iter().map(String::as_str).collect();
    // Most of the time all names are types: one statement. A name that is none raises, and does not say which it is.
    let found = match attempt(|| caller.as_caller(|| oids(spi, &names)))? {
        Ok(found) => found.into_iter().map(|(name, oid)| (name, Ok(oid))).collect(),
        Err(_) => one_by_one(caller, spi, &names)?,
    };
    let mut oids = BTreeMap::new();
    for (name, found) in found {
        let lookup = match found {
            Ok(Some(oid)) => {
                oids.insert(name, oid);
                continue;
            }
            Ok(None) => TypeLookup::Unknown,
            Err(report) => TypeLookup::Refused {
                sqlstate: report.sqlstate,
                message: report.message.clone(),
                hint: report.hint.clone(),
            },
        };
        types.found.insert(name, lookup);
    }
    let known = caller.with_rights(|| describe(spi, oids.values().copied().collect()))?;
    for (name, oid) in oids {
        let lookup = known.get(&oid).cloned().unwrap_or(TypeLookup::Unknown);
        types.found.insert(name, lookup);
    }
    read_literals(caller, spi, wanted, &mut types)?;
    Ok(types)
}

type Found = (String, Option<i64>);

/// The types of those names, on the path that is set now.
fn oids(spi: &Connection, names: &[&str]) -> Result<Vec<Found>> {
    let names = texts(names.iter().copied());
    spi.run(
        "SELECT wanted.name, pg_catalog.to_regtype(wanted.name)::pg_catalog.oid::pg_catalog.int8 \
         FROM pg_catalog.unnest($1::pg_catalog.text[]) AS wanted (name)",
        &[names],
    )?
    .into_iter()
    .map(|row| {
        let mut row = Row::new(row);
        Ok((row.text()?, row.optional_bigint()?))
    })
    .collect()
}

fn one_by_one(
    caller: &Caller,
    spi: &Connection,
    names: &[&str],
) -> Result<Vec<(String, Result<Option<i64>>)>> {
    let mut found = Vec::new();
    for name in names {
        let one = attempt(|| caller.as_caller(|| oids(spi, &[name])))?;
        found.push(((*name).to_owned(), one.map(|mut rows| rows.pop().and_then(|(_, oid)| oid))));
    }
    Ok(found)
}

/// Does what may fail, and undoes it then. What nobody may catch is raised.
fn attempt<T>(work: impl FnOnce() -> Result<T>) -> Result<Result<T>> {
    let attempt = Subtransaction::begin()?;
    match work() {
        Ok(value) => {
            attempt.commit()?;
            Ok(Ok(value))
        }
        Err(report) => {
            attempt.roll_back()?;
            if report.sqlstate.is_uncatchable() { Err(report) } else { Ok(Err(report)) }
        }
    }
}

/// What there is to know of types. As the caller, whose right to use them is asked for too.
fn describe(spi: &Connection, oids: Vec<i64>) -> Result<BTreeMap<i64, TypeLookup>> {
    let oids = bigints(&oids);
    spi.run(
        "WITH RECURSIVE wanted AS (SELECT DISTINCT oid::oid FROM unnest($1::bigint[]) AS oid), \
         base (wanted, oid, has_length) AS ( \
             SELECT oid, oid, false FROM wanted \
             UNION ALL SELECT b.wanted, t.typbasetype, b.has_length OR t.typtypmod <> -1 \
             FROM base AS b JOIN pg_type AS t ON t.oid = b.oid WHERE t.typtype = 'd') \
         SELECT w.oid::bigint, format_type(w.oid, NULL), format_type(b.oid, -1), \
             CASE b.oid WHEN 'bool'::regtype THEN 'boolean' WHEN 'int4'::regtype THEN 'integer' \
                 WHEN 'numeric'::regtype THEN 'numeric' ELSE 'other' END, \
             t.typtype = 'd', b.has_length, t.typtype = 'p', quote_ident(n.nspname), \
             has_type_privilege(w.oid, 'USAGE'), has_type_privilege($2, w.oid, 'USAGE'), \
             has_schema_privilege($2, n.oid, 'USAGE'), n.nspname LIKE 'pg\\_temp%' \
         FROM wanted AS w JOIN pg_type AS t ON t.oid = w.oid JOIN pg_namespace AS n ON n.oid = t.typnamespace \
         JOIN base AS b ON b.wanted = w.oid JOIN pg_type AS of_base ON of_base.oid = b.oid AND of_base.typtype <> 'd'",
        &[oids, text(OWNER)],
    )?
    .into_iter()
    .map(|row| {
        let mut row = Row::new(row);
        let oid = row.bigint()?;
        Ok((oid, describe_one(&mut row)?))
    })
    .collect()
}

fn describe_one(row: &mut Row) -> Result<TypeLookup> {
    let known = KnownType {
        name: row.text()?,
        label: row.text()?,
        literal: match row.text()?.as_str() {
            "boolean" => LiteralKind::Boolean,
            "integer" => LiteralKind::Integer,
            "numeric" => LiteralKind::Numeric,
            _ => LiteralKind::Other,
        },
        is_domain: row.boolean()?,
        has_length: row.boolean()?,
        is_pseudo: row.boolean()?,
    };
    let schema = row.text()?;
    let (caller_may, owner_may, owner_sees) = (row.boolean()?, row.boolean()?, row.boolean()?);
    if row.boolean()? {
        return Ok(TypeLookup::Refused {
            sqlstate: SqlState::FEATURE_NOT_SUPPORTED,
            message: format!("{} is temporary", known.name),
            hint: None,
        });
    }
    let refused = |message: String, hint: Option<String>| TypeLookup::Refused {
        sqlstate: SqlState::INSUFFICIENT_PRIVILEGE,
        message,
        hint,
    };
    Ok(if !caller_may {
        refused(format!("permission denied for type {}", known.name), None)
    } else if !owner_sees {
        refused(
            format!("{OWNER}, which creates the function, may not use schema {schema}"),
            Some(format!("GRANT USAGE ON SCHEMA {schema} TO {OWNER};")),
        )
    } else if !owner_may {
        refused(
            format!("{OWNER}, which creates the function, may not use type {}", known.name),
            Some(format!("GRANT USAGE ON TYPE {} TO {OWNER};", known.name)),
        )
    } else {
        TypeLookup::Known(known)
    })
}

/// Reads the defaults by the input functions of their types, and prints them by the output functions.
fn read_literals(caller: &Caller, spi: &Connection, wanted: &Wanted, types: &mut Types) -> Result<()> {
    for (type_name, literal) in &wanted.literals {
        let Some(TypeLookup::Known(known)) = types.found.get(type_name) else { continue };
        if known.is_pseudo {
            continue;
        }
        // The name is PostgreSQL's own, and a literal is nothing but a literal.
        let statement = format!("SELECT format('%s', CAST({} AS {}))", quote_literal(literal), known.name);
        let outcome = attempt(|| {
            caller.with_rights(|| {
                let _settings = LocalSettings::with_fixed_output()?;
                spi.run_once(&statement, &[])
            })
        })?;
        let read = match outcome {
            Ok(rows) => match rows.into_iter().next().map(|row| Row::new(row).text()) {
                Some(text) => Ok(Literal::Text(text?)),
                None => return Err(Box::new(ErrorReport::internal("a default cannot be read"))),
            },
            Err(report) => Err(report.message.clone()),
        };
        types.literals.insert((type_name.clone(), literal.clone()), read);
    }
    Ok(())
}
