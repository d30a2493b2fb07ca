//! CommonJS: a text without an import and an export that uses what Node's older module system puts in scope.

use crate::diagnostic::Diagnostic;
use crate::source::SourceText;
use swc_core::common::{Span, SyntaxContext};
use swc_core::ecma::ast::{Ident, MetaPropExpr, Program};
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

/// What Node puts in scope of a CommonJS module.
const NAMES: &[&str] = &["require", "module", "exports"];

/// Errors: a diagnostic at the first use of one of those names, when `program` is no ES module. `free` is the context
/// of its undeclared names.
pub(crate) fn check(
    text: &SourceText,
    program: &Program,
    free: SyntaxContext,
) -> Result<(), Vec<Diagnostic>> {
    let Some(module) = program.as_module() else { return Ok(()) };
    if module.body.iter().any(|item| item.is_module_decl()) {
        return Ok(());
    }
    let mut finder = Finder { free, first: None, is_module: false };
    module.visit_with(&mut finder);
    match finder.first {
        Some((name, span)) if !finder.is_module => {
            Err(vec![text.error(span, format!("CommonJS is not supported: an ES module has no \"{name}\""))])
        }
        _ => Ok(()),
    }
}

struct Finder {
    free: SyntaxContext,
    first: Option<(String, Span)>,
    /// `import.meta` is seen, which only an ES module has.
    is_module: bool,
}

impl Visit for Finder {
    noop_visit_type!();

    fn visit_ident(&mut self, name: &Ident) {
        if self.first.is_none() && name.ctxt == self.free && NAMES.contains(&name.sym.as_str()) {
            self.first = Some((name.sym.to_string(), name.span));
        }
    }

    fn visit_meta_prop_expr(&mut self, _: &MetaPropExpr) {
        self.is_module = true;
    }
}
