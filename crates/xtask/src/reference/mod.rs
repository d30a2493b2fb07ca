//! The pages of `docs/reference/generated/`: what the code itself says of its SQL functions, of the tool's commands, and of
//! the errors it raises.
//!
//! A page that is not what the code says fails the tests; `cargo xtask test docs --write` writes it anew.

mod commands;
mod functions;
mod messages;

use std::path::Path;

use crate::postgres::cluster::Cluster;
use crate::shell::{self, Result};
use crate::test::{Difference, Outcome};
use crate::workspace::Workspace;

const HEAD: &str =
    "<!-- Written from the code by `cargo xtask test docs --write`; changes by hand are lost. -->\n";

/// Makes each page and compares it with the one that is there. Each is one check.
pub fn check(
    workspace: &Workspace,
    cluster: &Cluster,
    tool: &Path,
    difference: Difference,
) -> Result<Outcome> {
    let pages = [
        ("functions.md", functions::page(cluster)?),
        ("commands.md", commands::page(tool)?),
        ("messages.md", messages::page(workspace)?),
    ];
    let folder = workspace.path("docs/reference/generated");
    let mut total = Outcome::default();
    for (name, page) in pages {
        let (path, page) = (folder.join(name), format!("{HEAD}\n{page}"));
        let is_current = path.is_file() && shell::read_text(&path)? == page;
        if !is_current && difference == Difference::IsWritten {
            shell::make_dir(&folder)?;
            shell::write(&path, &page)?;
            println!("{name}: written");
        } else if !is_current {
            println!("docs/reference/generated/{name} is not what the code says");
        }
        total += Outcome::of(is_current || difference == Difference::IsWritten);
    }
    Ok(total)
}

/// Text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
