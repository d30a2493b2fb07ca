//! The modules that a module imports, in the order of the text.

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceText;
use serde::{Deserialize, Serialize};
use swc_core::common::Span;
use swc_core::ecma::ast::{
    CallExpr, Callee, ExportAll, ExportSpecifier, Expr, ImportDecl, ImportSpecifier, Lit, ModuleExportName,
    NamedExport, ObjectLit, Str,
};
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

/// How a module is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImportKind {
    /// `import … from "x"` and `import "x"`
    Static,
    /// `export … from "x"`
    Reexport,
    /// `import("x")`
    Dynamic,
}

/// A name that an import asks another module for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedName {
    /// As the other module exports it; `default` is one too.
    pub name: String,
    /// Counted from 1.
    pub line: u32,
    /// In UTF-16 code units, counted from 1.
    pub column: u32,
}

/// An import that is left when the types are gone. A specifier imported twice is listed twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    pub specifier: String,
    pub kind: ImportKind,
    /// The names it asks for: none for a namespace, a bare or a dynamic import.
    pub names: Vec<ImportedName>,
    /// It has attributes. The only one that is not refused is `type: "json"`.
    pub is_json: bool,
    /// Of the specifier, counted from 1.
    pub line: u32,
    /// Of the specifier, in UTF-16 code units, counted from 1.
    pub column: u32,
}

/// The imports of a tree whose types are stripped, and a warning for each import that cannot be followed.
pub(crate) fn imports<N>(text: &SourceText, tree: &N) -> (Vec<Import>, Vec<Diagnostic>)
where
    N: for<'a> VisitWith<Collector<'a>>,
{
    let mut collector = Collector { text, imports: Vec::new(), warnings: Vec::new() };
    tree.visit_with(&mut collector);
    (collector.imports, collector.warnings)
}

/// The text of a string that is written in the source; a lone surrogate in it becomes U+FFFD.
pub(super) fn string(text: &Str) -> String {
    text.value.to_string_lossy().into_owned()
}

pub(crate) fn export_name(name: &ModuleExportName) -> (String, Span) {
    match name {
        ModuleExportName::Ident(ident) => (ident.sym.to_string(), ident.span),
        ModuleExportName::Str(text) => (string(text), text.span),
    }
}

fn has_attributes(attributes: Option<&ObjectLit>) -> bool {
    attributes.is_some_and(|attributes| !attributes.props.is_empty())
}

pub(crate) struct Collector<'a> {
    text: &'a SourceText,
    imports: Vec<Import>,
    warnings: Vec<Diagnostic>,
}

impl Collector<'_> {
    fn add(
        &mut self,
        specifier: String,
        kind: ImportKind,
        names: Vec<ImportedName>,
        is_json: bool,
        span: Span,
    ) {
        let (line, column) = self.text.line_column(span);
        self.imports.push(Import { specifier, kind, names, is_json, line, column });
    }

    fn name(&self, name: (String, Span)) -> ImportedName {
        let (line, column) = self.text.line_column(name.1);
        ImportedName { name: name.0, line, column }
    }
}

impl Visit for Collector<'_> {
    noop_visit_type!();

    fn visit_import_decl(&mut self, import: &ImportDecl) {
        let names = import
            .specifiers
            .iter()
            .filter_map(|specifier| match specifier {
                ImportSpecifier::Named(named) => Some(match &named.imported {
                    Some(imported) => export_name(imported),
                    None => (named.local.sym.to_string(), named.local.span),
                }),
                ImportSpecifier::Default(default) => Some(("default".to_owned(), default.span)),
                ImportSpecifier::Namespace(_) => None,
            })
            .map(|name| self.name(name))
            .collect();
        self.add(
            string(&import.src),
            ImportKind::Static,
            names,
            has_attributes(import.with.as_deref()),
            import.src.span,
        );
    }

    fn visit_named_export(&mut self, export: &NamedExport) {
        let Some(source) = &export.src else { return };
        let names = export
            .specifiers
            .iter()
            .filter_map(|specifier| match specifier {
                ExportSpecifier::Named(named) => Some(export_name(&named.orig)),
                ExportSpecifier::Default(default) => Some(("default".to_owned(), default.exported.span)),
                ExportSpecifier::Namespace(_) => None,
            })
            .map(|name| self.name(name))
            .collect();
        self.add(
            string(source),
            ImportKind::Reexport,
            names,
            has_attributes(export.with.as_deref()),
            source.span,
        );
    }

    fn visit_export_all(&mut self, export: &ExportAll) {
        let is_json = has_attributes(export.with.as_deref());
        self.add(string(&export.src), ImportKind::Reexport, Vec::new(), is_json, export.src.span);
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        if let Callee::Import(import) = &call.callee {
            match call.args.first().map(|argument| &*argument.expr) {
                Some(Expr::Lit(Lit::Str(specifier))) => {
                    self.add(string(specifier), ImportKind::Dynamic, Vec::new(), false, specifier.span);
                }
                Some(Expr::Tpl(template)) if template.exprs.is_empty() && template.quasis.len() == 1 => {
                    let quasi = &template.quasis[0];
                    let specifier = quasi
                        .cooked
                        .as_ref()
                        .map(|text| text.to_string_lossy().into_owned())
                        .unwrap_or_default();
                    self.add(specifier, ImportKind::Dynamic, Vec::new(), false, template.span);
                }
                _ => self.warnings.push(self.text.diagnostic(
                    Severity::Warning,
                    import.span,
                    "import() of a computed specifier cannot be resolved before it runs",
                )),
            }
        }
        call.visit_children_with(self);
    }
}
