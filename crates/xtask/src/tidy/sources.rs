//! Rules about the text of the sources: heads, sizes, `unsafe`, words that must not stay, paths of one machine.

use std::path::{Path, PathBuf};

use super::Finding;
use super::lexer::{self, Split};
use crate::shell::{self, Result, refused};
use crate::workspace::Workspace;

/// Files should be shorter than this.
pub const AIM: usize = 300;
/// Files must not be longer than this.
const LIMIT: usize = 800;
/// The only places for `unsafe`.
const UNSAFE_ROOMS: [&str; 2] = ["crates/pg-boundary", "crates/plts-js/src/raw"];
/// Crates that decide and do nothing else: no `unsafe`, no input or output.
const PURE_CRATES: [&str; 3] = ["crates/plts-core", "crates/stopgap-core", "crates/plts-compile"];
/// Modules of the standard library that read or change the world.
const WORLD: [&str; 5] = ["std::fs", "std::net", "std::process", "std::env", "std::thread"];
/// Rooms where a path of the machine is part of the work.
const PATH_ROOMS: [&str; 2] = ["crates/xtask", "tests"];
/// Kinds of text files that are looked at for machine paths besides Rust.
const TEXTS: [&str; 10] = ["md", "sql", "ts", "mts", "js", "mjs", "json", "toml", "c", "h"];
/// Directories that are not ours or not written by hand.
const FOREIGN: [&str; 5] = ["target", "node_modules", ".git", "dist", "results"];
/// Where Rust is not ours, and only looked at for machine paths.
const THIRD_PARTY: &str = "third_party";

/// What a check of all sources found.
#[derive(Default)]
pub struct Report {
    /// How many files were read.
    pub files: usize,
    /// Broken rules.
    pub findings: Vec<Finding>,
    /// Rust files over the aim, with their lines.
    pub long: Vec<(PathBuf, usize)>,
}

/// Checks every source of the workspace.
pub fn check(workspace: &Workspace) -> Result<Report> {
    let mut files = Vec::new();
    collect(&workspace.root, &mut files)?;
    let mut report = Report::default();
    for path in files {
        let relative = path.strip_prefix(&workspace.root).map_err(|error| refused(error.to_string()))?;
        report.files += 1;
        let text = shell::read_text(&path)?;
        if shell::has_extension(&path, "rs") && !relative.starts_with(THIRD_PARTY) {
            check_rust(relative, &text, &mut report);
        } else {
            check_text(relative, &text, &mut report);
        }
    }
    Ok(report)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for path in shell::list_dir(folder)? {
        let name = shell::file_name(&path);
        if path.is_symlink() || FOREIGN.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else if shell::has_extension(&path, "rs")
            || TEXTS.iter().any(|kind| shell::has_extension(&path, kind))
        {
            files.push(path);
        }
    }
    Ok(())
}

fn is_in(file: &Path, rooms: &[&str]) -> bool {
    rooms.iter().any(|room| file.starts_with(room))
}

fn check_rust(file: &Path, text: &str, report: &mut Report) {
    let mut find = |line: usize, message: String| {
        report.findings.push(Finding { file: Some(file.to_owned()), line, message });
    };
    if !text.starts_with("//!") {
        find(1, "the file does not begin with \"//!\": what it is and what it guarantees".to_owned());
    }
    let lines = text.lines().count();
    if lines > LIMIT {
        find(0, format!("{lines} lines; {LIMIT} is the limit"));
    } else if lines > AIM {
        report.long.push((file.to_owned(), lines));
    }
    let split = lexer::split(text);
    for (line, message) in words(file, &split) {
        find(line, message);
    }
    for line in machine_paths(file, text, &split) {
        find(line, "a path of one machine".to_owned());
    }
}

fn words(file: &Path, split: &Split) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let code = &split.code;
    if !is_in(file, &UNSAFE_ROOMS) {
        let lines: Vec<&str> = code.lines().collect();
        for line in lexer::lines_with_word(code, "unsafe") {
            // An attribute is not a block: the symbol's name is all that it promises.
            if !lines[line - 1].trim_start().starts_with("#[unsafe(") {
                found.push((line, format!("unsafe belongs in {}", UNSAFE_ROOMS.join(" and "))));
            }
        }
    }
    for word in ["todo", "unimplemented", "dbg"] {
        let call = format!("{word}!");
        for line in lexer::lines_with_word(code, word) {
            if code.lines().nth(line - 1).is_some_and(|text| text.contains(&call)) {
                found.push((line, format!("{call} must not stay")));
            }
        }
    }
    for (index, line) in code.lines().enumerate() {
        if line.replace(' ', "").contains("#[ignore") {
            found.push((index + 1, "a test that is ignored tests nothing".to_owned()));
        }
    }
    if is_in(file, &PURE_CRATES) {
        if file.ends_with("src/lib.rs") && !code.contains("#![forbid(unsafe_code)]") {
            found.push((0, "a pure crate says #![forbid(unsafe_code)]".to_owned()));
        }
        let production = &code[..tests_begin(code)];
        for module in WORLD {
            if file.components().any(|part| part.as_os_str() == "src") {
                let lines = lexer::lines_with_word(production, module);
                found.extend(
                    lines.map(|line| (line, format!("a pure crate does no input or output: {module}"))),
                );
            }
        }
    }
    found
}

/// Where the test module of a file begins; its end when there is none.
fn tests_begin(code: &str) -> usize {
    code.find("#[cfg(test)]").unwrap_or(code.len())
}

fn machine_paths(file: &Path, text: &str, split: &Split) -> Vec<usize> {
    if is_in(file, &PATH_ROOMS) || file.components().any(|part| part.as_os_str() == "tests") {
        return Vec::new();
    }
    let production_lines = split.code[..tests_begin(&split.code)].lines().count();
    let in_strings =
        split.strings.iter().filter(|(line, string)| *line <= production_lines && string.contains("/tmp/"));
    let mut lines: Vec<usize> = in_strings.map(|(line, _)| *line).collect();
    lines.extend(lines_with(text, "/work/"));
    lines
}

fn check_text(file: &Path, text: &str, report: &mut Report) {
    if is_in(file, &PATH_ROOMS) {
        return;
    }
    for line in lines_with(text, "/work/") {
        report.findings.push(Finding {
            file: Some(file.to_owned()),
            line,
            message: "a path of one machine".to_owned(),
        });
    }
}

/// The lines where an absolute path begins with `path`, not those where it is inside a longer one.
fn lines_with<'a>(text: &'a str, path: &'a str) -> impl Iterator<Item = usize> + 'a {
    let starts_path = move |line: &str| {
        line.match_indices(path)
            .any(|(start, _)| !line[..start].ends_with(|c: char| c.is_alphanumeric() || "._-/}".contains(c)))
    };
    text.lines().enumerate().filter(move |(_, line)| starts_path(line)).map(|(index, _)| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(file: &str, text: &str) -> Vec<String> {
        let mut report = Report::default();
        check_rust(Path::new(file), text, &mut report);
        report.findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_file_passes() {
        assert_eq!(findings("crates/plts/src/a.rs", "//! A thing.\nfn f() {}\n"), [""; 0]);
    }

    #[test]
    fn a_head_is_required() {
        assert_eq!(findings("crates/plts/src/a.rs", "fn f() {}\n").len(), 1);
    }

    #[test]
    fn size_is_limited_and_reported() {
        let of = |lines: usize| format!("//! Long.\n{}", "\n".repeat(lines - 1));
        assert_eq!(findings("a.rs", &of(801)).len(), 1);
        let mut report = Report::default();
        check_rust(Path::new("a.rs"), &of(301), &mut report);
        assert!(report.findings.is_empty());
        assert_eq!(report.long.len(), 1);
    }

    #[test]
    fn unsafe_has_its_rooms() {
        let text = "//! X.\nfn f() { unsafe {} }\n";
        assert_eq!(findings("crates/plts/src/a.rs", text).len(), 1);
        assert_eq!(findings("crates/pg-boundary/src/a.rs", text), [""; 0]);
        assert_eq!(findings("crates/plts-js/src/raw/a.rs", text), [""; 0]);
        assert_eq!(findings("crates/plts-js/src/a.rs", text).len(), 1);
        let mentioned = "//! No unsafe here.\n#[unsafe(no_mangle)]\n#[forbid(unsafe_code)]\nconst A: &str = \"unsafe\";\n";
        assert_eq!(findings("crates/plts/src/a.rs", mentioned), [""; 0]);
    }

    #[test]
    fn unfinished_work_is_found() {
        for line in ["todo!()", "unimplemented!(\"x\")", "dbg!(1)", "#[ignore]", "# [ ignore = \"slow\" ]"] {
            assert_eq!(findings("a.rs", &format!("//! X.\n{line}\n")).len(), 1, "{line}");
        }
        assert_eq!(findings("a.rs", "//! X.\nfn todo() {} // todo!\n"), [""; 0]);
    }

    #[test]
    fn pure_crates_stay_pure() {
        let text =
            "//! X.\n#![forbid(unsafe_code)]\nuse std::fs;\n#[cfg(test)]\nmod tests { use std::env; }\n";
        assert_eq!(findings("crates/plts-core/src/lib.rs", text).len(), 1);
        assert_eq!(findings("crates/plts/src/lib.rs", text), [""; 0]);
        assert_eq!(findings("crates/stopgap-core/src/lib.rs", "//! X.\n").len(), 1);
    }

    #[test]
    fn machine_paths_are_found() {
        let text =
            "//! X.\nconst A: &str = \"/tmp/a\";\n#[cfg(test)]\nmod tests { const B: &str = \"/tmp/b\"; }\n";
        assert_eq!(findings("crates/plts/src/a.rs", text).len(), 1);
        assert_eq!(findings("crates/plts/src/a.rs", "//! See /work/main.\n").len(), 1);
        assert_eq!(findings("crates/plts/src/a.rs", "//! See docs/work/plan.\n"), [""; 0]);
        assert_eq!(findings("crates/xtask/src/a.rs", text), [""; 0]);
    }
}
