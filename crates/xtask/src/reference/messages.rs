//! The errors that plts and stopgap raise themselves, read from the sources: each SQLSTATE with the messages it comes with.
//!
//! Read are the error enums (`#[error("…")]` of a variant, and what `sqlstate` of its `Reportable` answers for it) and the
//! reports that are made in place (`ErrorReport::new(SqlState::…, "…")`). What stands in a message's gaps shows as `…`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};

use super::cell;
use crate::shell::{self, Result, refused};
use crate::workspace::Workspace;

/// The crates whose errors reach a client of the server.
const CRATES: [&str; 7] =
    ["plts-core", "plts-compile", "plts-js", "pg-boundary", "plts", "stopgap-core", "stopgap"];

/// What was read so far.
#[derive(Default)]
struct Messages {
    /// Names of constants of `SqlState`, with their codes.
    codes: BTreeMap<String, String>,
    /// Enums: variant → message.
    variants: BTreeMap<String, BTreeMap<String, String>>,
    /// Enums, and what their `sqlstate` answers.
    states: BTreeMap<String, States>,
    /// Reports made in place: constant or code, and message.
    reports: BTreeSet<(String, String)>,
}

/// What a `sqlstate` function answers: constants of `SqlState`, where it says one.
#[derive(Default)]
struct States {
    of_variant: BTreeMap<String, Option<String>>,
    /// Of all others.
    rest: Option<String>,
}

/// The page.
pub fn page(workspace: &Workspace) -> Result<String> {
    let mut messages = Messages::default();
    for name in CRATES {
        messages.read(&workspace.path(format!("crates/{name}/src")))?;
    }
    Ok(messages.page())
}

impl Messages {
    fn read(&mut self, folder: &Path) -> Result<()> {
        for path in shell::list_dir(folder)? {
            if path.is_dir() {
                self.read(&path)?;
            } else if shell::has_extension(&path, "rs") && !is_test(&path) {
                let file = syn::parse_file(&shell::read_text(&path)?)
                    .map_err(|error| refused(format!("{}: {error}", path.display())))?;
                self.visit_file(&file);
            }
        }
        Ok(())
    }

    fn page(&self) -> String {
        let mut by_code: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut add = |state: &str, message| {
            let code = self.codes.get(state).map(String::as_str);
            if let Some(code) =
                code.or_else(|| self.codes.values().map(String::as_str).find(|code| *code == state))
            {
                by_code.entry(code).or_default().insert(message);
            }
        };
        for (state, message) in &self.reports {
            add(state, message);
        }
        for (name, variants) in &self.variants {
            let Some(states) = self.states.get(name) else { continue };
            for (variant, message) in variants {
                if let Some(state) = states.of_variant.get(variant).unwrap_or(&states.rest) {
                    add(state, message);
                }
            }
        }
        let mut page = "# Messages\n\nThe errors that plts and stopgap raise themselves, by SQLSTATE; `…` stands for what differs from case to case.\nWhen they come is in [errors](../errors.md).\n\n| SQLSTATE | message |\n|---|---|\n".to_owned();
        for (code, messages) in by_code {
            for message in messages {
                page.push_str(&format!("| {code} | {} |\n", cell(message)));
            }
        }
        page
    }
}

fn is_test(path: &Path) -> bool {
    shell::file_name(path) == "tests.rs"
}

impl<'ast> Visit<'ast> for Messages {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        // `pub const NAME: Self = Self(*b"38000");`
        if let syn::Expr::Call(call) = &item.expr
            && let Some(syn::Expr::Unary(code)) = call.args.first()
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::ByteStr(code), .. }) = &*code.expr
            && let Ok(code) = String::from_utf8(code.value())
            && code.len() == 5
        {
            self.codes.insert(item.ident.to_string(), code);
        }
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        for variant in &item.variants {
            let message = variant.attrs.iter().find(|attribute| attribute.path().is_ident("error")).and_then(
                |attribute| match &attribute.meta {
                    syn::Meta::List(list) => first_literal(&list.tokens.to_string()),
                    _ => None,
                },
            );
            if let Some(message) = message {
                let variants = self.variants.entry(item.ident.to_string()).or_default();
                variants.insert(variant.ident.to_string(), shown(&message));
            }
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let is_reportable =
            item.trait_.as_ref().is_some_and(|(_, path, _)| last(path).as_deref() == Some("Reportable"));
        if let (true, syn::Type::Path(owner)) = (is_reportable, &*item.self_ty)
            && let Some(owner) = last(&owner.path)
        {
            for member in &item.items {
                if let syn::ImplItem::Fn(function) = member
                    && function.sig.ident == "sqlstate"
                    && let Some(syn::Stmt::Expr(answer, None)) = function.block.stmts.last()
                {
                    self.states.insert(owner.clone(), states_of(answer));
                }
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(function) = &*call.func
            && function
                .path
                .segments
                .iter()
                .rev()
                .take(2)
                .map(|one| one.ident.to_string())
                .eq(["new", "ErrorReport"])
            && let (Some(state), Some(message)) = (call.args.first(), call.args.get(1))
            && let (Some(state), Some(message)) = (state_of(state), message_of(message))
        {
            self.reports.insert((state, shown(&message)));
        }
        visit::visit_expr_call(self, call);
    }
}

fn states_of(answer: &syn::Expr) -> States {
    let mut states = States::default();
    let syn::Expr::Match(chosen) = answer else {
        states.rest = state_of(answer);
        return states;
    };
    for arm in &chosen.arms {
        let state = state_of(&arm.body);
        let mut variants = Vec::new();
        variants_of(&arm.pat, &mut variants);
        if variants.is_empty() {
            states.rest.clone_from(&state);
        }
        for variant in variants {
            // Of several arms for one variant the first without a condition would decide; one is enough to show.
            states.of_variant.entry(variant).or_insert_with(|| state.clone());
        }
    }
    states
}

fn variants_of(pattern: &syn::Pat, into: &mut Vec<String>) {
    match pattern {
        syn::Pat::Or(or) => or.cases.iter().for_each(|case| variants_of(case, into)),
        syn::Pat::Struct(one) => into.extend(last(&one.path)),
        syn::Pat::TupleStruct(one) => into.extend(last(&one.path)),
        syn::Pat::Path(one) => into.extend(last(&one.path)),
        _ => {}
    }
}

/// The constant, or the code, that an expression of type `SqlState` names.
fn state_of(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Path(path) if path.path.segments.iter().any(|one| one.ident == "SqlState") => {
            last(&path.path)
        }
        // `SqlState::parse("22021").unwrap_or(…)`
        syn::Expr::MethodCall(call) => state_of(&call.receiver),
        syn::Expr::Call(call) => match call.args.first() {
            Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(code), .. })) => Some(code.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The text of a message that is a literal or made by `format!`.
fn message_of(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        syn::Expr::Macro(one) if one.mac.path.is_ident("format") => {
            first_literal(&one.mac.tokens.to_string())
        }
        syn::Expr::MethodCall(call) => message_of(&call.receiver),
        _ => None,
    }
}

/// The string literal that a list of arguments begins with.
fn first_literal(tokens: &str) -> Option<String> {
    let first = |input: syn::parse::ParseStream<'_>| {
        let text: syn::LitStr = input.parse()?;
        // The rest is of no interest, but must be taken.
        input.step(|cursor| {
            let mut rest = *cursor;
            while let Some((_, next)) = rest.token_tree() {
                rest = next;
            }
            Ok(((), rest))
        })?;
        Ok(text.value())
    };
    syn::parse::Parser::parse_str(first, tokens).ok()
}

/// A template with its gaps as `…`.
fn shown(template: &str) -> String {
    let mut out = String::new();
    let mut characters = template.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '{' | '}' if characters.peek() == Some(&character) => {
                characters.next();
                out.push(character);
            }
            '{' => {
                for inside in characters.by_ref() {
                    if inside == '}' {
                        break;
                    }
                }
                out.push('…');
            }
            _ => out.push(character),
        }
    }
    out
}

fn last(path: &syn::Path) -> Option<String> {
    path.segments.last().map(|one| one.ident.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_with_their_states() {
        let source = r#"
            impl SqlState { pub const INVALID_NAME: Self = Self(*b"42602"); pub const INTERNAL: Self = Self(*b"XX000"); }
            enum Fault {
                #[error("invalid name {}", shown(name))] Name { name: String },
                #[error("bad")] Shape,
                #[error(transparent)] Other(Inner),
            }
            impl Reportable for Fault {
                fn sqlstate(&self) -> SqlState {
                    match self { Self::Name { .. } => SqlState::INVALID_NAME, Self::Other(one) => one.sqlstate(), _ => SqlState::INTERNAL }
                }
            }
            fn raise() { ErrorReport::new(SqlState::INVALID_NAME, format!("no {name} of {{}}", name = 1)).with_detail("D"); }
        "#;
        let mut messages = Messages::default();
        messages.visit_file(&syn::parse_file(source).unwrap());
        let page = messages.page();
        let table: Vec<&str> =
            page.lines().filter(|line| line.starts_with("| ") && !line.contains("SQLSTATE")).collect();
        assert_eq!(table, ["| 42602 | invalid name … |", "| 42602 | no … of {} |", "| XX000 | bad |"]);
    }
}
