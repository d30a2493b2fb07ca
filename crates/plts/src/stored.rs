//! Stored modules as imports see them: looked up by `schema.name`, with the right of whoever imports, and remembered
//! with the version they had.

use pg_boundary::error::Result;
use pg_boundary::function::{FunctionRow, RowVersion};
use pg_boundary::pg_sys::Oid;
use pg_boundary::{ErrorReport, module, session};
use plts_compile::graph::{Importer, ModuleDiagnostic, StoredModules, stored_module_not_found};
use plts_core::SqlState;

/// A stored module that something was compiled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    schema: String,
    name: String,
    oid: Oid,
    owner: Oid,
    version: RowVersion,
}

impl Used {
    /// Whether the module is still what it was. Its rights are part of its row: a change of them is a change.
    pub fn is_current(&self) -> Result<bool> {
        if module::find(&self.schema, &self.name)? != Some(self.oid) {
            return Ok(false);
        }
        Ok(FunctionRow::lookup(self.oid)?.version == self.version)
    }
}

/// The stored modules of the database, for one compilation.
pub struct StoredCatalog {
    /// Whose right to import counts for what is compiled.
    role: Oid,
    used: Vec<(String, Used)>,
    /// A failure that is more than a diagnostic.
    failure: Option<Box<ErrorReport>>,
}

impl StoredCatalog {
    pub fn of(role: Oid) -> Self {
        Self { role, used: Vec::new(), failure: None }
    }

    /// What was used.
    pub fn into_used(self) -> Vec<Used> {
        self.used.into_iter().map(|(_, used)| used).collect()
    }

    /// The error behind failed imports, when it is one that diagnostics cannot hold: a missing right, with the place of
    /// the import in DETAIL, or a failure of the database.
    pub fn take_failure(&mut self, diagnostics: &[ModuleDiagnostic]) -> Option<Box<ErrorReport>> {
        let mut report = self.failure.take()?;
        if let Some(place) = diagnostics.iter().find(|diagnostic| diagnostic.message == report.message) {
            let (module, line, column) = (&place.module, place.line, place.column);
            let place = format!("It is imported by {module} at line {line}, column {column}.");
            report.detail = Some(match report.detail {
                Some(detail) => format!("{detail}\n{place}"),
                None => place,
            });
        }
        Some(report)
    }

    fn look_up(&mut self, specifier: &str, importer: Importer<'_>) -> Result<Option<String>> {
        let Some((schema, name)) = specifier.split_once('.') else { return Ok(None) };
        let Some(oid) = module::find(schema, name)? else { return Ok(None) };
        let role = match importer {
            Importer::Bundle => self.role,
            Importer::Stored(importer) => {
                let of = self.used.iter().find(|(known, _)| known == importer);
                of.map_or(self.role, |(_, used)| used.owner)
            }
        };
        if !module::may_import(oid, role)? {
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::INSUFFICIENT_PRIVILEGE,
                    format!("permission denied for module {specifier}"),
                )
                .with_detail(format!(
                    "Role {} needs EXECUTE on the function, granted by name, and USAGE on its schema.",
                    session::role_name(role)?
                )),
            ));
        }
        let row = FunctionRow::lookup(oid)?;
        if !self.used.iter().any(|(known, _)| known == specifier) {
            let used = Used {
                schema: schema.to_owned(),
                name: name.to_owned(),
                oid,
                owner: row.owner,
                version: row.version,
            };
            self.used.push((specifier.to_owned(), used));
        }
        Ok(Some(row.source))
    }
}

impl StoredModules for StoredCatalog {
    fn source(&mut self, name: &str, importer: Importer<'_>) -> std::result::Result<String, String> {
        match self.look_up(name, importer) {
            Ok(Some(source)) => Ok(source),
            Ok(None) if !name.contains('.') => Err(format!(
                "{}; write it with its schema, as \"plts:schema.{name}\"",
                stored_module_not_found(name)
            )),
            Ok(None) => Err(stored_module_not_found(name)),
            Err(report) => {
                let message = report.message.clone();
                self.failure.get_or_insert(report);
                Err(message)
            }
        }
    }
}
