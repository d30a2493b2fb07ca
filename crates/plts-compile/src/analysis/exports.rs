//! The names that a module exports, in the order of the compiled text (namespaces come last).

use super::imports::{export_name, string};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use swc_core::ecma::ast::{Decl, ExportSpecifier, ImportSpecifier, Module, ModuleDecl, ModuleItem, Pat};
use swc_core::ecma::visit::{Visit, VisitWith};

/// What a module exports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exports {
    /// Each once; `default` is one too.
    pub(crate) names: Vec<String>,
    /// The specifiers of `export * from "x"`, each once.
    pub(crate) stars: Vec<String>,
    /// Of the names, those whose value is another module's.
    pub(crate) indirect: BTreeMap<String, Indirect>,
}

/// Where the value of an export comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Indirect {
    pub(crate) specifier: String,
    /// The name there; `None` for the whole namespace.
    pub(crate) name: Option<String>,
}

/// The exports of a module whose types are stripped.
pub(crate) fn exports(module: &Module) -> Exports {
    let mut exports = Exports::default();
    let imported = imported_bindings(module);
    for item in &module.body {
        let ModuleItem::ModuleDecl(declaration) = item else { continue };
        match declaration {
            ModuleDecl::ExportDecl(export) => declared(&export.decl, &mut exports.names),
            ModuleDecl::ExportNamed(export) => {
                for specifier in &export.specifiers {
                    let (name, original) = match specifier {
                        ExportSpecifier::Named(named) => (
                            export_name(named.exported.as_ref().unwrap_or(&named.orig)).0,
                            Some(export_name(&named.orig).0),
                        ),
                        ExportSpecifier::Namespace(namespace) => (export_name(&namespace.name).0, None),
                        ExportSpecifier::Default(default) => {
                            (default.exported.sym.to_string(), Some("default".to_owned()))
                        }
                    };
                    let indirect = match (&export.src, &original) {
                        (Some(source), _) => Some(Indirect { specifier: string(source), name: original }),
                        (None, Some(local)) => imported.get(local).cloned(),
                        (None, None) => None,
                    };
                    if let Some(indirect) = indirect {
                        exports.indirect.insert(name.clone(), indirect);
                    }
                    exports.names.push(name);
                }
            }
            ModuleDecl::ExportDefaultDecl(_) | ModuleDecl::ExportDefaultExpr(_) => {
                exports.names.push("default".to_owned());
            }
            ModuleDecl::ExportAll(export) => exports.stars.push(string(&export.src)),
            ModuleDecl::Import(_)
            | ModuleDecl::TsImportEquals(_)
            | ModuleDecl::TsExportAssignment(_)
            | ModuleDecl::TsNamespaceExport(_) => {}
        }
    }
    each_once(&mut exports.names);
    each_once(&mut exports.stars);
    exports
}

/// Local names that are imports.
fn imported_bindings(module: &Module) -> BTreeMap<String, Indirect> {
    let mut bindings = BTreeMap::new();
    for import in
        module.body.iter().filter_map(|item| item.as_module_decl()).filter_map(|item| item.as_import())
    {
        let specifier = string(&import.src);
        for binding in &import.specifiers {
            let (local, name) = match binding {
                ImportSpecifier::Named(named) => (
                    &named.local,
                    Some(
                        named
                            .imported
                            .as_ref()
                            .map_or_else(|| named.local.sym.to_string(), |name| export_name(name).0),
                    ),
                ),
                ImportSpecifier::Default(default) => (&default.local, Some("default".to_owned())),
                ImportSpecifier::Namespace(namespace) => (&namespace.local, None),
            };
            bindings.insert(local.sym.to_string(), Indirect { specifier: specifier.clone(), name });
        }
    }
    bindings
}

fn declared(declaration: &Decl, names: &mut Vec<String>) {
    match declaration {
        Decl::Class(class) => names.push(class.ident.sym.to_string()),
        Decl::Fn(function) => names.push(function.ident.sym.to_string()),
        Decl::Var(variables) => {
            let mut bindings = Bindings(names);
            for declarator in &variables.decls {
                declarator.name.visit_with(&mut bindings);
            }
        }
        Decl::Using(_)
        | Decl::TsInterface(_)
        | Decl::TsTypeAlias(_)
        | Decl::TsEnum(_)
        | Decl::TsModule(_) => {}
    }
}

/// The names that a pattern binds.
struct Bindings<'a>(&'a mut Vec<String>);

impl Visit for Bindings<'_> {
    fn visit_pat(&mut self, pattern: &Pat) {
        if let Pat::Ident(binding) = pattern {
            self.0.push(binding.sym.to_string());
        }
        pattern.visit_children_with(self);
    }

    fn visit_assign_pat_prop(&mut self, property: &swc_core::ecma::ast::AssignPatProp) {
        self.0.push(property.key.sym.to_string());
    }

    /// Defaults and computed keys bind nothing.
    fn visit_expr(&mut self, _: &swc_core::ecma::ast::Expr) {}
}

fn each_once(names: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
}
