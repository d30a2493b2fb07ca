//! `cargo xtask docs`: every relative link in the Markdown files leads to a file, and its `#part` to a heading.

use std::path::{Path, PathBuf};

use crate::shell::{self, Result};
use crate::workspace::Workspace;

/// Directories that are not ours.
const FOREIGN: [&str; 3] = ["target", "node_modules", ".git"];

/// A link as it stands in a document.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    line: usize,
    target: String,
}

/// Checks every document and prints dead links. Returns whether there is none.
pub fn check(workspace: &Workspace) -> Result<bool> {
    let documents = documents(workspace)?;
    let mut links = 0;
    let mut dead = 0;
    for document in &documents {
        let text = shell::read_text(document)?;
        let shown = document.strip_prefix(&workspace.root).unwrap_or(document);
        if unclosed_fence(&text) {
            dead += 1;
            println!("{}: a code block is not closed", shown.display());
        }
        for link in links_in(&text) {
            links += 1;
            if let Some(why) = dead_because(document, &link)? {
                dead += 1;
                println!("{}:{}: {}: {why}", shown.display(), link.line, link.target);
            }
        }
    }
    println!("{} documents, {links} links, {dead} faults", documents.len());
    Ok(dead == 0)
}

/// Every Markdown file of the checkout.
pub fn documents(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut documents = Vec::new();
    collect(&workspace.root, &mut documents)?;
    Ok(documents)
}

fn collect(folder: &Path, documents: &mut Vec<PathBuf>) -> Result<()> {
    for path in shell::list_dir(folder)? {
        if path.is_dir() && !path.is_symlink() {
            if !FOREIGN.contains(&shell::file_name(&path).as_str()) {
                collect(&path, documents)?;
            }
        } else if shell::has_extension(&path, "md") {
            documents.push(path);
        }
    }
    Ok(())
}

/// Lines outside code blocks, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            return None;
        }
        (!in_code).then_some((index + 1, line))
    })
}

fn unclosed_fence(text: &str) -> bool {
    text.lines().filter(|line| line.trim_start().starts_with("```")).count() % 2 == 1
}

/// Inline links, without those inside code spans.
fn links_in(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (line, content) in prose(text) {
        let without_code: String = content
            .split('`')
            .enumerate()
            .map(|(index, part)| if index % 2 == 0 { part } else { "code" })
            .collect();
        let mut rest = without_code.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let (target, next) = after.split_once(')').unwrap_or((after, ""));
            let target = target.split_whitespace().next().unwrap_or_default();
            links.push(Link { line, target: target.to_owned() });
            rest = next;
        }
    }
    links
}

fn dead_because(document: &Path, link: &Link) -> Result<Option<&'static str>> {
    if link.target.contains("://") || link.target.starts_with("mailto:") {
        return Ok(None);
    }
    let (path, part) = link.target.split_once('#').unwrap_or((&link.target, ""));
    let file = match (path, document.parent()) {
        ("", _) | (_, None) => document.to_owned(),
        (path, Some(folder)) => folder.join(path),
    };
    if !file.exists() {
        return Ok(Some("no such file"));
    }
    if part.is_empty() || !shell::has_extension(&file, "md") {
        return Ok(None);
    }
    let text = shell::read_text(&file)?;
    let found = prose(&text).any(|(_, line)| line.starts_with('#') && anchor(line) == part);
    Ok(if found { None } else { Some("no such heading") })
}

/// The name by which a heading is linked to: lower case, spaces as hyphens, no other punctuation.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_code() {
        let text =
            "see [a](x.md) and [b](y.md#part \"title\")\n```\n[no](z.md)\n```\n`[no](w.md)` [c](v.md)\n";
        let targets: Vec<_> = links_in(text).into_iter().map(|link| (link.line, link.target)).collect();
        assert_eq!(targets, [(1, "x.md".to_owned()), (1, "y.md#part".to_owned()), (5, "v.md".to_owned())]);
    }

    #[test]
    fn headings_become_anchors() {
        assert_eq!(anchor("## What is `ctx.db`, really?"), "what-is-ctxdb-really");
    }

    #[test]
    fn an_open_code_block_is_a_fault() {
        assert!(unclosed_fence("```sql\nselect 1\n"));
        assert!(!unclosed_fence("```sql\nselect 1\n```\n"));
    }

    #[test]
    fn dead_links_say_why() {
        let folder = std::env::temp_dir().join(format!("xtask-docs-{}", std::process::id()));
        shell::make_dir(&folder).unwrap();
        let document = folder.join("a.md");
        shell::write(&document, "# One thing\n").unwrap();
        let why =
            |target: &str| dead_because(&document, &Link { line: 1, target: target.to_owned() }).unwrap();
        assert_eq!(why("a.md"), None);
        assert_eq!(why("#one-thing"), None);
        assert_eq!(why("#another"), Some("no such heading"));
        assert_eq!(why("b.md"), Some("no such file"));
        assert_eq!(why("https://example.org/b.md"), None);
        shell::remove_dir(&folder).unwrap();
    }
}
