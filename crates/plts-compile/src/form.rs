//! Which of the two TypeScript forms a function body has.

use crate::diagnostic::Diagnostic;
use crate::guard::guarded;
use crate::options::{Language, Options};
use crate::parse::{self, BodyText};
use swc_core::ecma::ast::Module;
use swc_core::ecma::parser::error::SyntaxError;

/// The form of a function body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyForm {
    /// It has a top-level `import` or `export`, a type-only one included.
    Module,
    /// It is the body of a function.
    Body,
}

/// The form of a TypeScript text.
///
/// Errors: the text parses as neither; the diagnostics are those of the form it comes nearest to.
pub fn body_form(source: &str) -> Result<BodyForm, Vec<Diagnostic>> {
    match form_at_a_glance(source) {
        Some(form) => Ok(form),
        None => guarded(|| form_of(source, &Options::default())),
    }
}

/// The form of a text that need not be parsed to tell.
fn form_at_a_glance(source: &str) -> Option<BodyForm> {
    // Such a line can only begin a file, after the mark of its encoding: within a function it is no comment.
    if source.strip_prefix('\u{feff}').unwrap_or(source).starts_with("#!") {
        return Some(BodyForm::Module);
    }
    (!may_be_module(source)).then_some(BodyForm::Body)
}

/// False when no `import` and no `export` can be in the text: neither keyword may be written with escapes.
pub(crate) fn may_be_module(source: &str) -> bool {
    source.contains("import") || source.contains("export")
}

pub(crate) fn form_of(source: &str, options: &Options) -> Result<BodyForm, Vec<Diagnostic>> {
    if let Some(form) = form_at_a_glance(source) {
        return Ok(form);
    }
    let text = parse::module_text(source, options)?;
    let module_errors = match parse::module_attempt(&text, Language::TypeScript) {
        Ok(module) => return Ok(form_of_tree(&module)),
        Err(errors) => errors,
    };
    let body = BodyText::new(source, &[], options)?;
    match body.attempt() {
        Ok(_) => Ok(BodyForm::Body),
        // What stops a module from being read as a body is its import or export.
        Err(body_errors) if body_errors.iter().any(|error| is_module_syntax(error.kind())) => {
            Err(parse::diagnostics(&text, &module_errors))
        }
        Err(body_errors) => Err(parse::diagnostics(&body.text, &body_errors)),
    }
}

fn form_of_tree(module: &Module) -> BodyForm {
    if module.body.iter().any(|item| item.is_module_decl()) { BodyForm::Module } else { BodyForm::Body }
}

fn is_module_syntax(kind: &SyntaxError) -> bool {
    matches!(kind, SyntaxError::ImportExportInScript | SyntaxError::NonTopLevelImportExport)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_a_shell_makes_a_module() {
        let options = Options::typescript("a.ts");
        assert_eq!(form_of("#!/usr/bin/env node\n1", &options), Ok(BodyForm::Module));
        assert!(crate::analyze("#!/usr/bin/env node\n1", &options).is_ok());
        let marked = "\u{feff}#!/usr/bin/env node\n1";
        assert_eq!(form_of(marked, &options), Ok(BodyForm::Module));
        assert!(crate::analyze(marked, &options).is_ok() && crate::compile_module(marked, &options).is_ok());
    }

    #[test]
    fn a_top_level_import_or_export_makes_a_module() {
        for source in [
            "import x from './x'",
            "import './x'",
            "import type { X } from './x'; return 1",
            "export default 1",
            "export {}",
            "export type X = 1",
            "export interface X {}",
            "export * from './x'",
            "const x = 1\nexport { x }",
            "import x = A.B",
            "import x = require('y')",
            "export = 1",
            "// hello\n/* world */ export const x = await 1",
        ] {
            let form = body_form(source);
            // A module with `return` does not parse as either.
            if source.contains("return") {
                let message = &form.unwrap_err()[0].message;
                assert!(message.starts_with("return statement"), "{message}");
            } else {
                assert_eq!(form, Ok(BodyForm::Module), "{source}");
            }
        }
    }

    #[test]
    fn everything_else_is_a_body() {
        for source in [
            "",
            "return a + b",
            "// export\nreturn 'import'",
            "const { x } = await import('./x'); return x",
            "return `export default ${a}`",
            "yield 'export'; yield 2",
            "const exported = 1; return exported",
            "type X = import('./x').X; return 1 as X",
            "syntax error here (",
        ] {
            assert_eq!(body_form(source), Ok(BodyForm::Body), "{source}");
        }
    }

    #[test]
    fn errors_are_those_of_the_nearest_form() {
        let errors = body_form("import x from './x'\nexport const y = ;\n").unwrap_err();
        assert_eq!((errors[0].line, errors[0].column), (2, 18), "{errors:?}");
        let errors = body_form("const x = await import('./x')\nreturn x +\n").unwrap_err();
        assert_eq!((errors[0].line, errors[0].column), (3, 1), "{errors:?}");
        assert_eq!(errors[0].message, "unexpected end of text");
        let errors = body_form("if (a) { export const x = 1 }").unwrap_err();
        assert_eq!(errors[0].message, "import and export are allowed at the top level of a module only");
    }
}
