//! Text in, syntax tree out: the parser's options, and its errors as diagnostics.

use crate::diagnostic::{Diagnostic, ordered};
use crate::nesting;
use crate::options::{Language, Options};
use crate::source::SourceText;
use swc_core::common::comments::SingleThreadedComments;
use swc_core::common::input::StringInput;
use swc_core::common::{BytePos, Span, Spanned};
use swc_core::ecma::ast::{EsVersion, Expr, FnExpr, Module, Script, Stmt};
use swc_core::ecma::parser::error::{Error, SyntaxError};
use swc_core::ecma::parser::{EsSyntax, Lexer, Parser, Syntax, TsSyntax};

/// The tail of the function that a body is put into. The line break ends a comment on the body's last line.
const BODY_END: &str = "\n})";

fn syntax(language: Language) -> Syntax {
    match language {
        Language::TypeScript => Syntax::Typescript(TsSyntax::default()),
        Language::Declarations => Syntax::Typescript(TsSyntax { dts: true, ..TsSyntax::default() }),
        Language::JavaScript => Syntax::Es(EsSyntax {
            import_attributes: true,
            explicit_resource_management: true,
            ..EsSyntax::default()
        }),
    }
}

/// The text of a module, ready to parse.
///
/// Errors: text that is nested too deeply to parse safely.
pub(crate) fn module_text(source: &str, options: &Options) -> Result<SourceText, Vec<Diagnostic>> {
    let text = SourceText::new(source, &options.filename, 0);
    nesting::check(&text)?;
    Ok(text)
}

/// Parses a module.
///
/// Errors: everything the parser found, in the order of the text.
pub(crate) fn parse_module(text: &SourceText, language: Language) -> Result<Module, Vec<Diagnostic>> {
    module_attempt(text, language).map_err(|errors| diagnostics(text, &errors))
}

/// Parses a module, keeping the parser's own errors.
pub(crate) fn module_attempt(text: &SourceText, language: Language) -> Result<Module, Vec<Error>> {
    let lexer = Lexer::new(syntax(language), EsVersion::EsNext, StringInput::from(&*text.file), None);
    let mut parser = Parser::new_from(lexer);
    let parsed = parser.parse_module();
    finish(parsed, parser.take_errors())
}

/// Parses a module, and gives its comments by what they stand before.
pub(crate) fn module_with_comments(
    text: &SourceText,
    language: Language,
    comments: &SingleThreadedComments,
) -> Result<Module, Vec<Error>> {
    let input = StringInput::from(&*text.file);
    let mut parser = Parser::new_from(Lexer::new(syntax(language), EsVersion::EsNext, input, Some(comments)));
    let parsed = parser.parse_module();
    finish(parsed, parser.take_errors())
}

/// The text of a function body with the function put around it.
pub(crate) struct BodyText {
    pub(crate) text: SourceText,
    wrapped: String,
}

impl BodyText {
    /// `parameters` must be valid JavaScript identifiers.
    ///
    /// Errors: text that is nested too deeply to parse safely.
    pub(crate) fn new(source: &str, parameters: &[&str], options: &Options) -> Result<Self, Vec<Diagnostic>> {
        // An asynchronous generator allows both await and yield; what the body uses of them is seen afterwards.
        let start = format!("(async function* ({}) {{\"use strict\";", parameters.join(", "));
        let text = SourceText::new(source, &options.filename, start.len() + 1);
        nesting::check(&text)?;
        let wrapped = [start.as_str(), text.text(), BODY_END].concat();
        Ok(Self { text, wrapped })
    }

    /// Parses the body. The function of the result has the parameters, the directive, and the user's statements.
    ///
    /// Errors: everything the parser found, in the order of the text.
    pub(crate) fn parse(&self) -> Result<Script, Vec<Diagnostic>> {
        let script = self.attempt().map_err(|errors| diagnostics(&self.text, &errors))?;
        match function_of(&script) {
            Some(_) => Ok(script),
            // A closing brace ended the function early, and the rest happened to parse.
            None => Err(vec![self.text.error(self.end_of_first(&script), "unbalanced \"}\"")]),
        }
    }

    /// Parses the body, keeping the parser's own errors.
    pub(crate) fn attempt(&self) -> Result<Script, Vec<Error>> {
        let start = BytePos(
            self.text.file.start_pos.0
                - (self.wrapped.len() - self.text.text().len() - BODY_END.len()) as u32,
        );
        let end = BytePos(start.0 + self.wrapped.len() as u32);
        let input = StringInput::new(&self.wrapped, start, end);
        let lexer = Lexer::new(syntax(Language::TypeScript), EsVersion::EsNext, input, None);
        let mut parser = Parser::new_from(lexer);
        let parsed = parser.parse_script();
        finish(parsed, parser.take_errors())
    }

    /// The brace that ended the function too early: the last character of the first function in the script.
    fn end_of_first(&self, script: &Script) -> Span {
        let mut span = script.body.first().map(Spanned::span).unwrap_or(script.span);
        let mut next =
            script.body.first().and_then(|statement| statement.as_expr()).map(|statement| &*statement.expr);
        while let Some(expression) = next {
            span = expression.span();
            next = match expression {
                Expr::Paren(inner) => Some(&*inner.expr),
                Expr::Seq(sequence) => sequence.exprs.first().map(|first| &**first),
                Expr::Call(call) => call.callee.as_expr().map(|callee| &**callee),
                Expr::Member(member) => Some(&*member.obj),
                Expr::Bin(binary) => Some(&*binary.left),
                Expr::Cond(condition) => Some(&*condition.test),
                _ => None,
            };
        }
        span.lo = BytePos(span.hi.0.saturating_sub(1));
        span
    }
}

/// The function that a parsed body is in, when the whole script is that one function.
pub(crate) fn function_of(script: &Script) -> Option<&FnExpr> {
    let [Stmt::Expr(statement)] = script.body.as_slice() else { return None };
    let Expr::Paren(inner) = &*statement.expr else { return None };
    inner.expr.as_fn_expr()
}

fn finish<T>(parsed: Result<T, Error>, mut errors: Vec<Error>) -> Result<T, Vec<Error>> {
    match parsed {
        Ok(tree) if errors.is_empty() => Ok(tree),
        Ok(_) => Err(errors),
        Err(error) => {
            errors.push(error);
            Err(errors)
        }
    }
}

/// The parser's errors as diagnostics.
pub(crate) fn diagnostics(text: &SourceText, errors: &[Error]) -> Vec<Diagnostic> {
    let diagnostics = errors.iter().map(|error| {
        // What is behind the text is the function put around a body.
        let is_at_end = error.span().lo >= text.file.end_pos;
        let message = match error.kind() {
            _ if is_at_end => "unexpected end of text".to_owned(),
            SyntaxError::ImportExportInScript | SyntaxError::NonTopLevelImportExport => {
                "import and export are allowed at the top level of a module only".to_owned()
            }
            kind => lower_case_first(&kind.msg()),
        };
        text.error(error.span(), message)
    });
    ordered(diagnostics.collect())
}

/// `Expected a semicolon` as `expected a semicolon`; words such as `TS1005` stay.
fn lower_case_first(message: &str) -> String {
    let message = message.trim_end_matches('.');
    let mut characters = message.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if first.is_ascii_uppercase() && !second.is_ascii_uppercase() => {
            first.to_ascii_lowercase().to_string() + characters.as_str()
        }
        _ => message.to_owned(),
    }
}
