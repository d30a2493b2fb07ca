//! The commands of the tool, as its own help shows them.

use std::path::Path;
use std::process::Command;

use crate::shell::{self, Result};

/// The page.
pub fn page(tool: &Path) -> Result<String> {
    let mut page = "# Commands\n\nThe help of `stopgap` and of each of its commands. What they do in full is in [the stopgap command](../cli.md).\n".to_owned();
    write(tool, &[], &mut page)?;
    Ok(page)
}

/// Writes the help of a command, and then that of those below it.
fn write(tool: &Path, command: &[String], page: &mut String) -> Result<()> {
    let help = shell::capture(
        Command::new(tool).args(command).arg("--help").env_remove("STOPGAP_DB").env_remove("STOPGAP_ENV"),
    )?;
    let name = std::iter::once("stopgap".to_owned()).chain(command.iter().cloned()).collect::<Vec<_>>();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## {}\n\n```\n{}\n```\n", name.join(" "), lines.join("\n").trim_end()));
    for below in commands_in(&help) {
        write(tool, &[command, &[below]].concat(), page)?;
    }
    Ok(())
}

/// The commands that a help text lists.
fn commands_in(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        // Deeper lines go on with a description.
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_from_help() {
        let help =
            "Do\n\nCommands:\n  one    First\n  two    Second\n         and more\n\nOptions:\n  -h  Help\n";
        assert_eq!(commands_in(help), ["one", "two"]);
        assert!(commands_in("Options:\n  -h  Help\n").is_empty());
    }
}
