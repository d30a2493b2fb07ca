//! A module, compiled or analysed.

use crate::analysis::catch::can_catch;
use crate::analysis::commonjs;
use crate::analysis::exports::{Exports, exports};
use crate::analysis::imports::{Import, imports};
use crate::body;
use crate::diagnostic::Diagnostic;
use crate::emit::{Emitted, emit};
use crate::form::{BodyForm, form_of};
use crate::guard::guarded;
use crate::options::{Language, Options};
use crate::source::SourceText;
use crate::{parse, transform, unsupported};
use swc_core::ecma::ast::Program;

/// A compiled module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    pub js: String,
    /// Empty for JavaScript, which is kept as it is; else JSON, version 3; its only source is the filename of the options; it has no `sourcesContent`.
    pub source_map: String,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// In the order of the text; those that only types use are gone.
    pub imports: Vec<Import>,
    /// The names it exports itself; `default` is one too.
    pub exports: Vec<String>,
    /// The specifiers of `export * from "x"`.
    pub star_exports: Vec<String>,
    /// True when the code could observe a failing statement; its imports do not count.
    pub can_catch: bool,
}

/// What a text tells without being run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    pub form: BodyForm,
    pub imports: Vec<Import>,
    pub exports: Vec<String>,
    pub star_exports: Vec<String>,
    pub can_catch: bool,
}

/// Compiles a module to JavaScript.
///
/// Errors: at least one diagnostic of severity error, in the order of the text.
pub fn compile_module(source: &str, options: &Options) -> Result<Compiled, Vec<Diagnostic>> {
    compile_with_exports(source, options).map(|(compiled, _)| compiled)
}

/// A compiled module, and where its exports come from.
pub(crate) fn compile_with_exports(
    source: &str,
    options: &Options,
) -> Result<(Compiled, Exports), Vec<Diagnostic>> {
    guarded(|| {
        let stripped = strip_module(source, options)?;
        finish_module(stripped, options)
    })
}

/// Imports, exports, form, and whether the text can catch, of a module or a function body.
///
/// Errors: as [`compile_module`]; a body is analysed as if it had no parameters.
pub fn analyze(source: &str, options: &Options) -> Result<Analysis, Vec<Diagnostic>> {
    guarded(|| {
        let is_typescript = options.language().map_err(|error| vec![error])? == Language::TypeScript;
        if is_typescript && form_of(source, options)? == BodyForm::Body {
            return body::analyze_body(source, options);
        }
        let stripped = strip_module(source, options)?;
        let analysed = stripped.analysed;
        Ok(Analysis {
            form: BodyForm::Module,
            imports: analysed.imports,
            exports: analysed.exports.names,
            star_exports: analysed.exports.stars,
            can_catch: analysed.can_catch,
        })
    })
}

struct Analysed {
    imports: Vec<Import>,
    warnings: Vec<Diagnostic>,
    exports: Exports,
    can_catch: bool,
}

struct Stripped {
    text: SourceText,
    program: Program,
    language: Language,
    analysed: Analysed,
}

fn strip_module(source: &str, options: &Options) -> Result<Stripped, Vec<Diagnostic>> {
    let language = options.language().map_err(|error| vec![error])?;
    let text = parse::module_text(source, options)?;
    let module = parse::parse_module(&text, language)?;
    unsupported::check(&text, &module)?;
    let mut program = Program::Module(module);
    let names = transform::resolve(&mut program, language);
    commonjs::check(&text, &program, names.free())?;
    let can_catch = can_catch(&program, names.free());
    transform::strip(&mut program, names, language);
    let (imports, warnings) = imports(&text, &program);
    let exports = program.as_module().map(exports).unwrap_or_default();
    let analysed = Analysed { imports, warnings, exports, can_catch };
    Ok(Stripped { text, program, language, analysed })
}

fn finish_module(stripped: Stripped, options: &Options) -> Result<(Compiled, Exports), Vec<Diagnostic>> {
    let Stripped { text, mut program, language, analysed } = stripped;
    transform::finish(&mut program, language);
    let emitted = match language {
        // JavaScript is kept to the letter: its own lines are the author's lines.
        Language::JavaScript => Emitted { js: text.text().to_owned(), source_map: String::new() },
        Language::TypeScript | Language::Declarations => {
            emit(&text, &options.filename, &program).map_err(|error| {
                vec![Diagnostic::error(format!("cannot print the compiled module: {error}"), 1, 1)]
            })?
        }
    };
    let compiled = Compiled {
        js: emitted.js,
        source_map: emitted.source_map,
        diagnostics: analysed.warnings,
        imports: analysed.imports,
        exports: analysed.exports.names.clone(),
        star_exports: analysed.exports.stars.clone(),
        can_catch: analysed.can_catch,
    };
    Ok((compiled, analysed.exports))
}
