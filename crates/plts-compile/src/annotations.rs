//! Annotations: JSDoc tags of ours before an export, which the release manager enforces.
//!
//! ```text
//! /**
//!  * Lists open orders.
//!  * @timeout 500ms
//!  * @role reporting, support
//!  */
//! export const list = query(…);
//! ```
//!
//! The block must be the last comment before the export, or before the declaration that `export { name }` exports. A tag of
//! ours with a value that makes no sense is an error with its place, and so is a tag that is nearly one of ours (one letter
//! away, or in another case or with another hyphen). Any other tag is none of our business: JSDoc has many.

use std::collections::{BTreeMap, BTreeSet};

use swc_core::common::comments::{CommentKind, Comments, SingleThreadedComments};
use swc_core::common::{BytePos, Span, Spanned};
use swc_core::ecma::ast::{
    Decl, DefaultDecl, ExportSpecifier, Expr, Module, ModuleDecl, ModuleItem, Pat, Stmt,
};

use crate::analysis::imports::export_name;
use crate::diagnostic::{Diagnostic, ordered};
use crate::guard::guarded;
use crate::options::Options;
use crate::parse;
use crate::source::SourceText;
use plts_core::body::LogParams;

/// What the annotations of one export say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// `@timeout`: how long a call may take, in milliseconds; at least 1.
    pub timeout_ms: Option<u32>,
    /// `@deprecated`: why, and what to call instead; may be empty.
    pub deprecated: Option<String>,
    /// `@role`: who may call it, in place of the application role.
    pub roles: BTreeSet<String>,
    /// `@cache`: what PostgreSQL may take for granted.
    pub cache: Option<Cache>,
    /// `@readonly`: it has to be a query.
    pub readonly: bool,
    /// `@log-params`: which parameters the server's log gets.
    pub log_params: Option<LogParams>,
}

/// What PostgreSQL may take for granted of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// The same for the same arguments, for ever.
    Immutable,
    /// The same for the same arguments within a statement.
    Stable,
}

impl Cache {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Immutable => "immutable",
            Self::Stable => "stable",
        }
    }
}

/// The names of ours.
const OURS: [&str; 6] = ["timeout", "deprecated", "role", "cache", "readonly", "log-params"];
/// Tags of JSDoc and TSDoc that are one letter away from one of ours.
const OTHERS: [&str; 1] = ["rule"];

/// The annotations of a module's own exports; those without any are left out.
///
/// Errors: what is wrong with annotations; a module that does not parse has none.
pub fn annotations(
    source: &str,
    options: &Options,
) -> Result<BTreeMap<String, Annotations>, Vec<Diagnostic>> {
    // Most modules have none, and need not be parsed for that.
    if !source.contains("/**") || !source.contains('@') {
        return Ok(BTreeMap::new());
    }
    guarded(|| {
        let language = options.language().map_err(|error| vec![error])?;
        let text = parse::module_text(source, options)?;
        let comments = SingleThreadedComments::default();
        let Ok(module) = parse::module_with_comments(&text, language, &comments) else {
            return Ok(BTreeMap::new());
        };
        let mut reader = Reader { text: &text, comments: &comments, problems: Vec::new() };
        let mut found = BTreeMap::new();
        for (name, places) in exports(&module) {
            let block = places.into_iter().find_map(|place| reader.block_before(place));
            if let Some((start, block)) = block {
                let annotations = reader.read(start, &block);
                if annotations != Annotations::default() {
                    found.insert(name, annotations);
                }
            }
        }
        if reader.problems.is_empty() { Ok(found) } else { Err(ordered(reader.problems)) }
    })
}

/// The module's own exports, each with the places before which its comment may stand.
fn exports(module: &Module) -> Vec<(String, Vec<BytePos>)> {
    let mut declared: BTreeMap<String, BytePos> = BTreeMap::new();
    let mut found = Vec::new();
    for item in &module.body {
        match item {
            ModuleItem::Stmt(Stmt::Decl(declaration)) => {
                for name in names(declaration) {
                    declared.insert(name, declaration.span().lo);
                }
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => {
                found.extend(names(&export.decl).into_iter().map(|name| (name, None, export.span.lo)));
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => {
                let local = match &export.decl {
                    DefaultDecl::Fn(function) => function.ident.as_ref().map(|ident| ident.sym.to_string()),
                    _ => None,
                };
                found.push(("default".to_owned(), local, export.span.lo));
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) => {
                let local = match &*export.expr {
                    Expr::Ident(ident) => Some(ident.sym.to_string()),
                    _ => None,
                };
                found.push(("default".to_owned(), local, export.span.lo));
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportNamed(export)) if export.src.is_none() => {
                for specifier in &export.specifiers {
                    if let ExportSpecifier::Named(named) = specifier {
                        let name = export_name(named.exported.as_ref().unwrap_or(&named.orig)).0;
                        found.push((name, Some(export_name(&named.orig).0), named.span.lo));
                    }
                }
            }
            _ => {}
        }
    }
    found
        .into_iter()
        .map(|(name, local, place)| {
            let declaration = local.and_then(|local| declared.get(&local).copied());
            (name, std::iter::once(place).chain(declaration).collect())
        })
        .collect()
}

fn names(declaration: &Decl) -> Vec<String> {
    match declaration {
        Decl::Fn(function) => vec![function.ident.sym.to_string()],
        Decl::Var(variables) => variables
            .decls
            .iter()
            .filter_map(|declarator| match &declarator.name {
                Pat::Ident(binding) => Some(binding.sym.to_string()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

struct Reader<'a> {
    text: &'a SourceText,
    comments: &'a SingleThreadedComments,
    problems: Vec<Diagnostic>,
}

/// A tag, its value and where it stands.
struct Tag {
    name: String,
    value: String,
    place: BytePos,
}

impl Reader<'_> {
    /// The text of the JSDoc block that ends right before a place, and where the text begins.
    fn block_before(&self, place: BytePos) -> Option<(BytePos, String)> {
        let leading = self.comments.get_leading(place)?;
        let last = leading.last()?;
        let is_documentation = last.kind == CommentKind::Block && last.text.starts_with('*');
        is_documentation.then(|| (BytePos(last.span.lo.0 + 2), last.text.to_string()))
    }

    fn read(&mut self, start: BytePos, block: &str) -> Annotations {
        let mut annotations = Annotations::default();
        let mut seen = BTreeSet::new();
        for tag in tags(start, block) {
            if !OURS.contains(&tag.name.as_str()) {
                if let Some(meant) = nearly_ours(&tag.name) {
                    self.refuse(&tag, format!("unknown annotation @{}; @{meant} is one", tag.name));
                }
                continue;
            }
            if !seen.insert(tag.name.clone()) {
                self.refuse(&tag, format!("@{} is given twice", tag.name));
            } else if let Err(problem) = annotations.take(&tag) {
                self.refuse(&tag, format!("@{} {problem}", tag.name));
            }
        }
        annotations
    }

    fn refuse(&mut self, tag: &Tag, message: String) {
        self.problems.push(self.text.error(Span::new(tag.place, tag.place), message));
    }
}

impl Annotations {
    fn take(&mut self, tag: &Tag) -> Result<(), &'static str> {
        match tag.name.as_str() {
            "timeout" => {
                self.timeout_ms = Some(
                    milliseconds(&tag.value).ok_or("takes a time from 1ms to 24d, as 500ms, 2s or 5min")?,
                );
            }
            "deprecated" => self.deprecated = Some(tag.value.clone()),
            "role" => {
                let roles: Option<BTreeSet<String>> = tag.value.split(',').map(role).collect();
                self.roles = roles.ok_or("takes names of roles, with commas between them")?;
            }
            "cache" => {
                self.cache = Some(match tag.value.as_str() {
                    "immutable" => Cache::Immutable,
                    "stable" => Cache::Stable,
                    _ => return Err("takes immutable or stable"),
                });
            }
            "log-params" if tag.value.is_empty() => self.log_params = Some(LogParams::All),
            "log-params" => {
                let names: Option<BTreeSet<String>> = tag.value.split(',').map(parameter).collect();
                let names = names.ok_or("takes names of parameters, with commas between them, or nothing")?;
                self.log_params = Some(LogParams::Named(names));
            }
            _ if tag.value.is_empty() => self.readonly = true,
            _ => return Err("takes no value"),
        }
        Ok(())
    }
}

/// The tags of a block: a line that begins with `@`, and what follows until the next.
fn tags(start: BytePos, block: &str) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    let mut offset = 0;
    for line in block.split_inclusive('\n') {
        let trimmed = line.trim_start_matches(|one: char| one.is_whitespace() || one == '*');
        let place = offset + (line.len() - trimmed.len());
        offset += line.len();
        let trimmed = trimmed.trim_end();
        if let Some(tag) = trimmed.strip_prefix('@') {
            let end = tag
                .find(|one: char| !(one.is_alphanumeric() || one == '-' || one == '_'))
                .unwrap_or(tag.len());
            let (name, value) = tag.split_at(end);
            let place = BytePos(start.0 + u32::try_from(place).unwrap_or(0));
            tags.push(Tag { name: name.to_owned(), value: value.trim().to_owned(), place });
        } else if let Some(last) = tags.last_mut().filter(|_| !trimmed.is_empty()) {
            last.value = format!("{} {trimmed}", last.value).trim().to_owned();
        }
    }
    tags
}

/// The name of ours that an author meant.
fn nearly_ours(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_'], "");
    let given = plain(name);
    if OTHERS.contains(&given.as_str()) {
        return None;
    }
    OURS.into_iter().find(|ours| is_one_edit_away(&given, &plain(ours)))
}

/// Whether one text becomes another by changing, adding, dropping or swapping one letter, or none.
fn is_one_edit_away(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let same_start = left.iter().zip(&right).take_while(|(one, other)| one == other).count();
    let (left, right) = (&left[same_start..], &right[same_start..]);
    match (left, right) {
        ([], []) | ([_], []) | ([], [_]) => true,
        ([], _) | (_, []) => false,
        ([a, b, left_rest @ ..], [c, d, right_rest @ ..]) if a == d && b == c && left_rest == right_rest => {
            true
        }
        (left, right) => left[1..] == *right || *left == right[1..] || left[1..] == right[1..],
    }
}

fn milliseconds(value: &str) -> Option<u32> {
    let digits = value.find(|one: char| !one.is_ascii_digit())?;
    let (number, unit) = value.split_at(digits);
    let unit: u64 = match unit.trim() {
        "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let total = number.parse::<u64>().ok()?.checked_mul(unit)?;
    // What the clock of a call can count.
    u32::try_from(total).ok().filter(|total| (1..=i32::MAX.unsigned_abs()).contains(total))
}

fn parameter(name: &str) -> Option<String> {
    let name = name.trim();
    if let Some(quoted) = quoted(name) {
        return quoted;
    }
    let is_part = |one: char| one.is_alphanumeric() || one == '_' || one == '$';
    (!name.is_empty() && name.chars().all(is_part)).then(|| name.to_owned())
}

/// The name in a text that begins and ends with a quote; `Some(None)` when it can be none.
fn quoted(name: &str) -> Option<Option<String>> {
    let quoted = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))?;
    Some((!quoted.is_empty() && !quoted.contains('"')).then(|| quoted.to_owned()))
}

fn role(name: &str) -> Option<String> {
    let name = name.trim();
    if let Some(quoted) = quoted(name) {
        return quoted;
    }
    let is_plain = |one: char| one.is_alphanumeric() || one == '_' || one == '$' || one == '-';
    (!name.is_empty() && name.chars().all(is_plain)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Result<BTreeMap<String, Annotations>, Vec<String>> {
        annotations(source, &Options::typescript("m.ts"))
            .map_err(|all| all.iter().map(ToString::to_string).collect())
    }

    fn of(source: &str, name: &str) -> Annotations {
        read(source).unwrap().remove(name).unwrap_or_default()
    }

    #[test]
    fn every_annotation_is_read() {
        let all = of(
            "/**\n * Text with an @example in it.\n * @timeout 2s\n * @deprecated use\n *   listAll\n * @role a, \"B c\"\n * @cache stable\n * @readonly\n * @log-params id, \"the kind\"\n * @param x anything\n */\nexport const list = query(x);",
            "list",
        );
        let expected = Annotations {
            timeout_ms: Some(2000),
            deprecated: Some("use listAll".to_owned()),
            roles: BTreeSet::from(["a".to_owned(), "B c".to_owned()]),
            cache: Some(Cache::Stable),
            readonly: true,
            log_params: Some(LogParams::Named(BTreeSet::from(["id".to_owned(), "the kind".to_owned()]))),
        };
        assert_eq!(all, expected);
        assert_eq!(of("/** @log-params */ export const f = 1;", "f").log_params, Some(LogParams::All));
    }

    #[test]
    fn they_stand_before_the_export_or_what_it_exports() {
        for source in [
            "/** @readonly */ export const f = 1;",
            "/** @readonly */\nexport function f() {}",
            "/** @readonly */\nconst f = 1;\nexport { f };",
            "/** @readonly */\nconst g = 1;\nexport { g as f };",
            "const f = 1;\nexport {\n  /** @readonly */\n  f,\n};",
            "/** @timout */\nconst other = 1;\n/** @readonly */ export const f = 1;",
        ] {
            assert!(of(source, "f").readonly, "{source}");
        }
        for source in [
            "/** @readonly */ export default 1;",
            "/** @readonly */\nconst f = 1;\nexport default f;",
            "/** @readonly */ export default async function () {}",
        ] {
            assert!(of(source, "default").readonly, "{source}");
        }
        for source in [
            "/* @readonly */ export const f = 1;",
            "// @readonly\nexport const f = 1;",
            "/** @readonly */\n// another\nexport const f = 1;",
            "export const f = '/** @readonly */';",
        ] {
            assert_eq!(of(source, "f"), Annotations::default(), "{source}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_an_error_with_its_place() {
        let problem = |tag: &str| {
            read(&format!("/**\n * é {{}}\n * @{tag}\n */\nexport const f = 1;")).unwrap_err().join("|")
        };
        assert_eq!(problem("timout 5s"), "3:4: error: unknown annotation @timout; @timeout is one");
        assert_eq!(problem("Role a"), "3:4: error: unknown annotation @Role; @role is one");
        assert_eq!(problem("read-only"), "3:4: error: unknown annotation @read-only; @readonly is one");
        for (tag, start) in [
            ("timeout", "@timeout takes"),
            ("timeout 5", "@timeout takes"),
            ("timeout 0ms", "@timeout takes"),
            ("timeout 25d", "@timeout takes"),
            ("role", "@role takes"),
            ("role a,,b", "@role takes"),
            ("role a b", "@role takes"),
            ("cache forever", "@cache takes"),
            ("readonly yes", "@readonly takes no value"),
            ("log-params a b", "@log-params takes names"),
            ("log-params a,", "@log-params takes names"),
            ("log_params", "unknown annotation @log_params; @log-params is one"),
        ] {
            assert!(problem(tag).starts_with(&format!("3:4: error: {start}")), "{tag}: {}", problem(tag));
        }
        assert_eq!(problem("cache stable\n * @cache stable"), "4:4: error: @cache is given twice");
    }

    #[test]
    fn other_tags_are_left_alone() {
        for tag in [
            "param x",
            "returns y",
            "example",
            "see z",
            "throws",
            "template T",
            "todo",
            "since 1",
            "rule r",
            "x",
        ] {
            let source = format!("/** @{tag} */ export const f = 1;");
            assert_eq!(read(&source), Ok(BTreeMap::new()), "{tag}");
        }
    }
}
