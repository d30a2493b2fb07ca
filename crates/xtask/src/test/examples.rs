//! The examples in the documents: SQL that a reader can paste into `psql`, and what it prints.
//!
//! A block fenced as `sql run` is input; the next block of the page, if it is fenced as `text output`, is all that
//! `psql -X -q` prints for it, and without one it must print nothing. The blocks of a page run in order in one session
//! of a superuser, in a database of their own that has both extensions. Spaces at the ends of lines do not count.

use std::fs::File;

use super::outcome::Outcome;
use crate::docs;
use crate::postgres::cluster::{Cluster, SUPERUSER};
use crate::postgres::install;
use crate::shell::{self, Result, about};
use crate::workspace::Workspace;

const INPUT: &str = "sql run";
const OUTPUT: &str = "text output";
const OUTPUT_FENCE: &str = "```text output";

/// What to do about an example that prints something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// It has failed.
    Fails,
    /// What it prints is written into the page.
    IsWritten,
}

/// An input block of a page and the output that stands there.
#[derive(Debug, PartialEq, Eq)]
struct Example {
    /// The line of its first fence, from 1.
    line: usize,
    input: String,
    /// The lines between the fences of its output block, from 0; none when there is no such block.
    expected: Option<std::ops::Range<usize>>,
}

/// Runs the examples of every document. Each is one check.
pub fn check(workspace: &Workspace, cluster: &Cluster, difference: Difference) -> Result<Outcome> {
    let mut total = Outcome::default();
    for (number, document) in docs::documents(workspace)?.iter().enumerate() {
        let text = shell::read_text(document)?;
        let examples = examples_in(&text);
        if examples.is_empty() {
            continue;
        }
        let name = document.strip_prefix(&workspace.root).unwrap_or(document).display();
        println!("{name}: {} examples", examples.len());
        let database = format!("documents_{number}");
        prepare(cluster, &database)?;
        let printed = run(cluster, &database, &examples)?;
        cluster.execute("postgres", &format!("DROP DATABASE {database} WITH (FORCE)"))?;
        let lines: Vec<&str> = text.lines().collect();
        let mut differs = false;
        for (index, example) in examples.iter().enumerate() {
            let expected = example.expected.clone().map_or(&[][..], |range| &lines[range]);
            let Some(found) = printed.get(index) else {
                println!("{name}:{}: the example before this one did not end", example.line);
                total += Outcome::failed();
                continue;
            };
            let same = expected.iter().map(|line| line.trim_end()).eq(found.iter().map(String::as_str));
            differs |= !same;
            total += Outcome::of(same || difference == Difference::IsWritten);
            if !same && difference == Difference::Fails {
                println!("{name}:{}: prints\n{}", example.line, found.join("\n"));
            }
        }
        if differs && difference == Difference::IsWritten && printed.len() == examples.len() {
            shell::write(document, rewritten(&lines, &examples, &printed))?;
            println!("{name}: written");
        }
    }
    Ok(total)
}

fn prepare(cluster: &Cluster, database: &str) -> Result<()> {
    cluster.execute("postgres", &format!("CREATE DATABASE {database}"))?;
    for extension in install::EXTENSIONS {
        cluster.execute(database, &format!("CREATE EXTENSION {extension}"))?;
    }
    Ok(())
}

/// What each example prints, messages included, in the order in which psql says it.
fn run(cluster: &Cluster, database: &str, examples: &[Example]) -> Result<Vec<Vec<String>>> {
    let folder = cluster.private_dir(database)?;
    let (input, output) = (folder.join("input.sql"), folder.join("output.txt"));
    let script: String =
        examples.iter().enumerate().map(|(index, example)| script_of(index, &example.input)).collect();
    shell::write(&input, script)?;
    let open = |file: File| file.try_clone().map(|twin| (file, twin)).map_err(about("open", &output));
    let (out, err) = open(File::create(&output).map_err(about("create", &output))?)?;
    let mut psql = cluster.psql(SUPERUSER, database);
    psql.args(["-v", "ON_ERROR_STOP=0", "-v", "VERBOSITY=default"]);
    psql.stdin(File::open(&input).map_err(about("open", &input))?).stdout(out).stderr(err);
    shell::run(&mut psql)?;
    Ok(parts_of(&shell::read_text(&output)?))
}

fn marker(index: usize) -> String {
    format!("== example {index} ==")
}

fn script_of(index: usize, input: &str) -> String {
    format!("\\echo {}\n{input}", marker(index))
}

/// Cuts what psql printed at the markers. Fewer parts than examples: one left a statement open.
fn parts_of(output: &str) -> Vec<Vec<String>> {
    let mut parts: Vec<Vec<String>> = Vec::new();
    for line in output.lines() {
        if line == marker(parts.len()) {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(line.trim_end().to_owned());
        }
    }
    for part in &mut parts {
        while part.last().is_some_and(String::is_empty) {
            part.pop();
        }
    }
    parts
}

fn examples_in(text: &str) -> Vec<Example> {
    let lines: Vec<&str> = text.lines().collect();
    let mut examples: Vec<Example> = Vec::new();
    let mut may_take_output = false;
    let mut at = 0;
    while at < lines.len() {
        let Some(info) = lines[at].strip_prefix("```") else {
            at += 1;
            continue;
        };
        let end = (at + 1..lines.len()).find(|line| lines[*line] == "```").unwrap_or(lines.len());
        match info.trim() {
            INPUT => {
                let input = lines[at + 1..end].iter().flat_map(|line| [*line, "\n"]).collect();
                examples.push(Example { line: at + 1, input, expected: None });
                may_take_output = true;
            }
            OUTPUT if may_take_output => {
                if let Some(example) = examples.last_mut() {
                    example.expected = Some(at + 1..end);
                }
                may_take_output = false;
            }
            _ => may_take_output = false,
        }
        at = end + 1;
    }
    examples
}

/// The page with what its examples print in the place of what stood there.
fn rewritten(lines: &[&str], examples: &[Example], printed: &[Vec<String>]) -> String {
    let mut page: Vec<&str> = Vec::with_capacity(lines.len());
    let mut copied = 0;
    for (example, found) in examples.iter().zip(printed) {
        let found = found.iter().map(String::as_str);
        match &example.expected {
            Some(expected) => {
                page.extend(&lines[copied..expected.start]);
                page.extend(found);
                copied = expected.end;
            }
            None if found.len() > 0 => {
                // Behind the closing fence of the input.
                let behind = (example.line + example.input.lines().count() + 1).min(lines.len());
                page.extend(&lines[copied..behind]);
                page.extend(["", OUTPUT_FENCE]);
                page.extend(found);
                page.push("```");
                copied = behind;
            }
            None => {}
        }
    }
    page.extend(&lines[copied..]);
    let mut page = page.join("\n");
    page.push('\n');
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Page\n\n```sql run\nselect 1;\n```\n\ntext\n\n```text output\none\n```\n\n\
                        ```sql\nnot run\n```\n```text output\nnobody's\n```\n\n```sql run\nselect 2;\nselect 3;\n```\nend\n";

    #[test]
    fn an_output_belongs_to_the_input_before_it() {
        let examples = examples_in(PAGE);
        assert_eq!(
            examples,
            [
                Example { line: 3, input: "select 1;\n".to_owned(), expected: Some(9..10) },
                Example { line: 20, input: "select 2;\nselect 3;\n".to_owned(), expected: None },
            ]
        );
    }

    #[test]
    fn what_is_printed_is_cut_at_the_markers() {
        let output = format!("{}\n a  \n---\n\n{}\n{}\nlast\n\n", marker(0), marker(1), marker(2));
        assert_eq!(parts_of(&output), [vec![" a", "---"], vec![], vec!["last"]]);
        assert_eq!(parts_of("noise\n").len(), 0);
    }

    #[test]
    fn a_page_is_rewritten_in_its_place() {
        let lines: Vec<&str> = PAGE.lines().collect();
        let examples = examples_in(PAGE);
        let printed = [vec!["two".to_owned(), "lines".to_owned()], vec!["three".to_owned()]];
        let page = rewritten(&lines, &examples, &printed);
        let expected = PAGE
            .replace("one\n", "two\nlines\n")
            .replace("select 3;\n```\n", "select 3;\n```\n\n```text output\nthree\n```\n");
        assert_eq!(page, expected);
        assert_eq!(rewritten(&page.lines().collect::<Vec<_>>(), &examples_in(&page), &printed), page);
    }
}
