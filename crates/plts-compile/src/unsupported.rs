//! Syntax that the parser takes and that cannot run: each is a diagnostic at its place, never JavaScript that fails
//! later or means something else.

use crate::diagnostic::{Diagnostic, ordered};
use crate::source::SourceText;
use swc_core::common::{Span, Spanned};
use swc_core::ecma::ast::{
    AutoAccessor, CallExpr, Callee, Decorator, ExportAll, ImportDecl, ImportPhase, ModuleDecl, ModuleItem,
    NamedExport, ObjectLit, Prop, PropName, PropOrSpread, TsExportAssignment, TsImportEqualsDecl,
    TsModuleBlock, TsModuleDecl, TsModuleRef,
};
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

/// Errors: one diagnostic for each use of unsupported syntax in `tree`.
pub(crate) fn check<N>(text: &SourceText, tree: &N) -> Result<(), Vec<Diagnostic>>
where
    N: for<'a, 'b> VisitWith<Finder<'a>>,
{
    let mut finder = Finder { text, found: Vec::new() };
    tree.visit_with(&mut finder);
    if finder.found.is_empty() { Ok(()) } else { Err(ordered(finder.found)) }
}

pub(crate) struct Finder<'a> {
    text: &'a SourceText,
    found: Vec<Diagnostic>,
}

impl Finder<'_> {
    fn refuse(&mut self, span: Span, message: &str) {
        self.found.push(self.text.error(span, message));
    }

    fn attributes(&mut self, attributes: Option<&ObjectLit>) {
        for property in attributes.map(|object| object.props.as_slice()).unwrap_or_default() {
            let is_json = matches!(property, PropOrSpread::Prop(property)
                if matches!(&**property, Prop::KeyValue(pair)
                    if is_named(&pair.key, "type")
                        && pair.value.as_lit().and_then(|literal| literal.as_str()).is_some_and(|value| value.value.as_str() == Some("json"))));
            if !is_json {
                self.refuse(property.span(), "unsupported import attribute; only type: \"json\" is known");
            }
        }
    }

    fn phase(&mut self, phase: ImportPhase, span: Span) {
        match phase {
            ImportPhase::Evaluation => {}
            ImportPhase::Source => self.refuse(span, "\"import source\" is not supported"),
            ImportPhase::Defer => self.refuse(span, "\"import defer\" is not supported"),
        }
    }
}

fn is_named(key: &PropName, name: &str) -> bool {
    match key {
        PropName::Ident(ident) => ident.sym == name,
        PropName::Str(text) => text.value.as_str() == Some(name),
        _ => false,
    }
}

impl Visit for Finder<'_> {
    noop_visit_type!();

    fn visit_decorator(&mut self, decorator: &Decorator) {
        self.refuse(decorator.span, "decorators are not supported");
    }

    fn visit_auto_accessor(&mut self, accessor: &AutoAccessor) {
        self.refuse(accessor.span, "the \"accessor\" keyword is not supported");
    }

    fn visit_import_decl(&mut self, import: &ImportDecl) {
        if !import.type_only {
            self.phase(import.phase, import.span);
            self.attributes(import.with.as_deref());
        }
    }

    fn visit_named_export(&mut self, export: &NamedExport) {
        if !export.type_only {
            self.attributes(export.with.as_deref());
        }
    }

    fn visit_export_all(&mut self, export: &ExportAll) {
        if !export.type_only {
            self.attributes(export.with.as_deref());
        }
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        if let Callee::Import(import) = &call.callee {
            self.phase(import.phase, call.span);
        }
        call.visit_children_with(self);
    }

    fn visit_ts_import_equals_decl(&mut self, import: &TsImportEqualsDecl) {
        if !import.is_type_only && matches!(import.module_ref, TsModuleRef::TsExternalModuleRef(_)) {
            self.refuse(import.span, "\"import = require()\" is not supported; write an import declaration");
        }
    }

    fn visit_ts_export_assignment(&mut self, export: &TsExportAssignment) {
        self.refuse(export.span, "\"export =\" is not supported; write \"export default\"");
    }

    fn visit_ts_module_decl(&mut self, module: &TsModuleDecl) {
        if !module.declare {
            module.visit_children_with(self);
        }
    }

    fn visit_ts_module_block(&mut self, block: &TsModuleBlock) {
        for item in &block.body {
            match item {
                ModuleItem::ModuleDecl(
                    ModuleDecl::Import(_)
                    | ModuleDecl::ExportNamed(_)
                    | ModuleDecl::ExportAll(_)
                    | ModuleDecl::ExportDefaultDecl(_)
                    | ModuleDecl::ExportDefaultExpr(_),
                ) => self.refuse(item.span(), "a namespace can only export its own declarations"),
                _ => item.visit_with(self),
            }
        }
    }
}
