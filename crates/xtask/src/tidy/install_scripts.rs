//! Rules about the scripts that `CREATE EXTENSION` and `ALTER EXTENSION … UPDATE` run, most often as a superuser, in a
//! database where others may have put objects of any name: nothing that a script or its functions name may be theirs.
//!
//! Most are those of pgspot (PS001 to PS017), which needs Python; some are this project's own.

use std::collections::BTreeSet;
use std::path::Path;

use super::Finding;
use super::sql::{self, Kind, Token};
use crate::shell::{self, Result, refused};
use crate::workspace::Workspace;

/// What a script begins with, and every function has that looks up names when it runs.
const SAFE: &str = "SET search_path = pg_catalog, pg_temp";

/// Checks every script of the workspace.
pub fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for crate_folder in shell::list_dir(&workspace.path("crates"))? {
        let folder = crate_folder.join("sql");
        if !folder.is_dir() {
            continue;
        }
        for path in shell::list_dir(&folder)? {
            if !shell::has_extension(&path, "sql") {
                continue;
            }
            let relative = path.strip_prefix(&workspace.root).map_err(|error| refused(error.to_string()))?;
            let found = inspect(&shell::read_text(&path)?, is_upgrade(&path));
            findings.extend(found.into_iter().map(|(line, message)| Finding {
                file: Some(relative.to_owned()),
                line,
                message,
            }));
        }
    }
    Ok(findings)
}

/// `name--A--B.sql` takes an extension from one version to another.
fn is_upgrade(path: &Path) -> bool {
    shell::file_name(path).matches("--").count() > 1
}

type Found = Vec<(usize, String)>;

fn inspect(script: &str, is_upgrade: bool) -> Found {
    let tokens = sql::tokens(script);
    let statements = sql::statements(&tokens);
    let mut found = Found::new();
    if !script.lines().any(|line| line.starts_with("\\echo ") && line.ends_with("\\quit")) {
        found.push((1, "psql would run it: a script of an extension has \"\\echo … \\quit\"".to_owned()));
    }
    if !statements.first().is_some_and(|first| is_local_path(first)) {
        let begins = SAFE.replace("SET ", "SET LOCAL ");
        found.push((1, format!("the first statement is not \"{begins}\"")));
    }
    let facts = Facts::of(&tokens, &statements);
    for (number, statement) in statements.iter().enumerate() {
        if number > 0 && statement[0].is("SET") && statement.iter().any(|token| token.is("SEARCH_PATH")) {
            found.push((statement[0].line, "search_path is set once, at the beginning".to_owned()));
        }
        definition(statement, is_upgrade, &facts, &mut found);
        if !statement[0].is("REVOKE") {
            relations(statement, &facts.named_here, &mut found);
        }
        for token in *statement {
            if let Kind::Body(text, line) = &token.kind {
                body(text, *line, &facts.named_here, &mut found);
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What one statement says that matters to others.
struct Facts {
    /// Tables whose rows pg_dump carries.
    dumped: BTreeSet<String>,
    /// Functions that PUBLIC may not call, and schemas of which it may call none.
    revoked: BTreeSet<String>,
    /// Names of rows that a trigger or a query gives itself.
    named_here: BTreeSet<String>,
}

impl Facts {
    fn of(tokens: &[Token], statements: &[&[Token]]) -> Self {
        let mut dumped = BTreeSet::new();
        for window in tokens.windows(3) {
            if let [call, open, Token { kind: Kind::Text(table), .. }] = window
                && call.is("PG_EXTENSION_CONFIG_DUMP")
                && open.is_mark('(')
            {
                dumped.insert(table.to_uppercase());
            }
        }
        let mut revoked = BTreeSet::new();
        for statement in statements {
            if statement[0].is("REVOKE") && statement.last().is_some_and(|last| last.is("PUBLIC")) {
                revoked.extend(names(statement));
                revoked.extend(
                    follows(statement, &["SCHEMA"]).and_then(|at| statement[at].word()).map(str::to_owned),
                );
            }
        }
        Self { dumped, revoked, named_here: named_here(tokens) }
    }
}

/// Common table expressions, and the transition tables of triggers.
fn named_here(tokens: &[Token]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1);
        if token.is("AS")
            && next.is_some_and(|next| next.is_mark('('))
            && let Some(name) = before_columns(&tokens[..index])
        {
            found.insert(name.to_owned());
        }
        let is_transition =
            token.is("TABLE") && index > 0 && (tokens[index - 1].is("OLD") || tokens[index - 1].is("NEW"));
        if is_transition && next.is_some_and(|next| next.is("AS")) {
            found.extend(tokens.get(index + 2).and_then(Token::word).map(str::to_owned));
        }
    }
    found
}

/// The name at the end, which a list of columns may follow.
fn before_columns(tokens: &[Token]) -> Option<&str> {
    let last = tokens.last()?;
    if !last.is_mark(')') {
        return last.word();
    }
    let open = tokens.iter().rposition(|token| token.is_mark('('))?;
    tokens[..open].last()?.word()
}

/// Qualified names, as `SCHEMA.NAME`.
fn names(statement: &[Token]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for window in statement.windows(3) {
        if let (Some(schema), true, Some(name)) = (window[0].word(), window[1].is_mark('.'), window[2].word())
        {
            found.insert(format!("{schema}.{name}"));
        }
    }
    found
}

/// The place after those words, one after the other.
fn follows(tokens: &[Token], words: &[&str]) -> Option<usize> {
    tokens
        .windows(words.len())
        .position(|window| window.iter().zip(words).all(|(token, word)| token.is(word)))
        .map(|at| at + words.len())
        .filter(|at| *at < tokens.len())
}

fn is_qualified(tokens: &[Token]) -> bool {
    matches!(tokens, [first, dot, ..] if first.word().is_some() && dot.is_mark('.'))
}

/// `SET LOCAL search_path = pg_catalog, pg_temp`.
fn is_local_path(statement: &[Token]) -> bool {
    statement[0].is("SET")
        && statement.get(1).is_some_and(|token| token.is("LOCAL"))
        && has_safe_path(statement)
}

fn has_safe_path(statement: &[Token]) -> bool {
    follows(statement, &["SEARCH_PATH"]).is_some_and(|at| match &statement[at..] {
        [to, catalog, comma, temporary, rest @ ..] => {
            (to.is_mark('=') || to.is("TO"))
                && catalog.is("PG_CATALOG")
                && comma.is_mark(',')
                && temporary.is("PG_TEMP")
                && !rest.first().is_some_and(|next| next.is_mark(','))
        }
        _ => false,
    })
}

/// Words between CREATE and what is created.
const BEFORE_KIND: [&str; 14] = [
    "OR",
    "REPLACE",
    "TRUSTED",
    "PROCEDURAL",
    "UNIQUE",
    "CONSTRAINT",
    "EVENT",
    "MATERIALIZED",
    "RECURSIVE",
    "FOREIGN",
    "UNLOGGED",
    "TEMP",
    "TEMPORARY",
    "DEFAULT",
];
/// What is made in a schema.
const IN_A_SCHEMA: [&str; 11] = [
    "TABLE",
    "VIEW",
    "FUNCTION",
    "PROCEDURE",
    "AGGREGATE",
    "SEQUENCE",
    "TYPE",
    "DOMAIN",
    "OPERATOR",
    "COLLATION",
    "STATISTICS",
];
/// What is made on a table.
const ON_A_TABLE: [&str; 4] = ["TRIGGER", "INDEX", "RULE", "POLICY"];

fn definition(statement: &[Token], is_upgrade: bool, facts: &Facts, found: &mut Found) {
    let line = statement[0].line;
    let mut find = |message: &str| found.push((line, message.to_owned()));
    if follows(statement, &["IF", "NOT", "EXISTS"]).is_some() {
        find("IF NOT EXISTS would take over what somebody else made before");
    }
    if !statement[0].is("CREATE") {
        return;
    }
    if !is_upgrade && follows(statement, &["CREATE", "OR", "REPLACE"]).is_some() {
        find("CREATE OR REPLACE would take over what somebody else made before");
    }
    let modifiers = statement[1..].iter().take_while(|token| BEFORE_KIND.iter().any(|word| token.is(word)));
    let kind_at = 1 + modifiers.clone().count();
    if modifiers.clone().any(|token| token.is("TEMP") || token.is("TEMPORARY")) {
        find("an extension has no temporary objects");
    }
    let is_event_trigger = modifiers.clone().any(|token| token.is("EVENT"));
    let Some(kind) = statement.get(kind_at).and_then(Token::word) else { return };
    let name_at = follows(statement, &["EXISTS"]).filter(|at| *at < kind_at + 5).unwrap_or(kind_at + 1);
    if kind == "SCHEMA" {
        find("the control file names the schema; another one may be there already");
    }
    if IN_A_SCHEMA.contains(&kind) && !is_qualified(&statement[name_at.min(statement.len())..]) {
        find("the name of what is created has no schema");
    }
    if ON_A_TABLE.contains(&kind) && !is_event_trigger {
        let on = follows(statement, &["ON"]).map(|at| at + usize::from(statement[at].is("ONLY")));
        if !on.is_some_and(|at| is_qualified(&statement[at..])) {
            find("the table's name has no schema");
        }
    }
    let name = match &statement[name_at.min(statement.len())..] {
        [schema, dot, name, ..] if dot.is_mark('.') => (schema.word(), name.word()),
        _ => (None, None),
    };
    let (Some(schema), Some(name)) = name else { return };
    if kind == "TABLE"
        && facts.dumped.contains(&format!("{schema}.{name}"))
        && follows(statement, &["REFERENCES"]).is_some()
    {
        find("a table that is dumped has a foreign key: pg_restore may load what it refers to later");
    }
    if kind == "FUNCTION" || kind == "PROCEDURE" {
        let is_revoked =
            facts.revoked.contains(schema) || facts.revoked.contains(&format!("{schema}.{name}"));
        function(statement, is_revoked, &mut find);
    }
}

fn function(statement: &[Token], is_revoked: bool, find: &mut dyn FnMut(&str)) {
    let language = follows(statement, &["LANGUAGE"]).and_then(|at| statement[at].word());
    let is_bound =
        matches!(language, Some("C" | "INTERNAL")) || statement.iter().any(|token| token.is("ATOMIC"));
    let is_definer = follows(statement, &["SECURITY", "DEFINER"]).is_some();
    if !has_safe_path(statement) {
        if is_definer {
            find(&format!("SECURITY DEFINER without \"{SAFE}\""));
        } else if !is_bound {
            find(&format!("a function that looks up names when it runs, without \"{SAFE}\""));
        }
    }
    let is_trigger =
        ["TRIGGER", "EVENT_TRIGGER"].iter().any(|word| follows(statement, &["RETURNS", word]).is_some());
    if is_definer && !is_trigger && !is_revoked {
        find("PUBLIC may call a SECURITY DEFINER function: REVOKE it");
    }
}

/// A body in SQL or PL/pgSQL.
fn body(text: &str, line: usize, named_here: &BTreeSet<String>, found: &mut Found) {
    let mut tokens = sql::tokens(text);
    for token in &mut tokens {
        token.line += line - 1;
    }
    let mut known = named_here.clone();
    known.extend(self::named_here(&tokens));
    relations(&tokens, &known, found);
    for (index, token) in tokens.iter().enumerate() {
        if token.is("EXECUTE") && !is_quoting(&tokens[index + 1..]) {
            let message = "dynamic SQL that is no plain string and no format() with %I and %L alone";
            found.push((token.line, message.to_owned()));
        }
    }
}

/// A plain string, or `format` of one whose every placeholder quotes.
fn is_quoting(tokens: &[Token]) -> bool {
    let rest = if is_qualified(tokens) && tokens[0].is("PG_CATALOG") { &tokens[2..] } else { tokens };
    match rest {
        [call, open, Token { kind: Kind::Text(template), .. }, ..]
            if call.is("FORMAT") && open.is_mark('(') =>
        {
            template
                .match_indices('%')
                .scan(0, |passed, (at, _)| {
                    let is_first = at >= *passed;
                    *passed = if is_first { at + 2 } else { *passed };
                    Some(!is_first || template[at + 1..].starts_with(['I', 'L', '%']))
                })
                .all(|quotes| quotes)
        }
        [Token { kind: Kind::Text(_), .. }, end, ..] => end.is_mark(';') || end.is("INTO") || end.is("USING"),
        _ => false,
    }
}

/// Tables that are read or written: without a schema, somebody's temporary table could be one.
fn relations(tokens: &[Token], named_here: &BTreeSet<String>, found: &mut Found) {
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &tokens[before]);
        let names_one = (token.is("FROM") && !before.is_some_and(|before| before.is("DISTINCT")))
            || token.is("JOIN")
            || (token.is("INTO") && before.is_some_and(|before| before.is("INSERT") || before.is("MERGE")))
            || (token.is("UPDATE")
                && before.is_none_or(|before| {
                    before.is_mark(';')
                        || ["BEGIN", "THEN", "ELSE", "LOOP"].iter().any(|word| before.is(word))
                }));
        if !names_one {
            continue;
        }
        let mut rest = &tokens[index + 1..];
        while let [first, after @ ..] = rest
            && (first.is("ONLY") || first.is("LATERAL"))
        {
            rest = after;
        }
        if let [first, after @ ..] = rest
            && let Some(name) = first.word()
            && !after.first().is_some_and(|next| next.is_mark('.') || next.is_mark('('))
            && !named_here.contains(name)
        {
            found.push((first.line, format!("\"{}\" has no schema", name.to_lowercase())));
        }
    }
}

#[cfg(test)]
mod tests;
