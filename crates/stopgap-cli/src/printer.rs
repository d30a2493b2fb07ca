//! The only writer. Data goes to standard output; remarks, progress and errors go to standard error.
//!
//! With `--json`, standard output gets exactly one JSON document on success and nothing on failure; the error is then a
//! JSON document on standard error. Colour and progress appear on a terminal only, and no meaning hangs on them;
//! `NO_COLOR` turns colour off.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::args::GlobalArgs;
use crate::error::CliError;

/// An error in JSON mode.
#[derive(Serialize)]
struct ErrorDocument<'a> {
    error: ErrorFields<'a>,
}

#[derive(Serialize)]
struct ErrorFields<'a> {
    message: String,
    sqlstate: Option<&'a str>,
    detail: Option<String>,
    hint: Option<String>,
    context: Option<&'a str>,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// How much is said beside the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verbosity {
    Quiet,
    Normal,
    Verbose,
}

/// What a line of data means; the terminal shows it in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Added,
    Changed,
    Removed,
    /// Headers.
    Strong,
    /// What is around the data.
    Frame,
}

impl Colour {
    const fn code(self) -> &'static str {
        match self {
            Self::Added => "32",
            Self::Changed => "33",
            Self::Removed => "31",
            Self::Strong => "1",
            Self::Frame => "36",
        }
    }

    /// The colour of a word that tables use, if it has one.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        match word {
            "added" | "active" | "ok" => Some(Self::Added),
            "changed" | "recompiled" | "extra" => Some(Self::Changed),
            "removed" | "failed" | "failed deploy" | "missing" | "damaged" => Some(Self::Removed),
            "pruned" => Some(Self::Frame),
            _ => None,
        }
    }
}

/// How wide a terminal is taken to be when it does not say.
const USUAL_WIDTH: usize = 120;

/// Writes for one command.
#[derive(Debug)]
pub(crate) struct Printer {
    pub(crate) format: Format,
    verbosity: Verbosity,
    /// Colour on standard error.
    colour: bool,
    /// Colour on standard output.
    colour_of_data: bool,
    /// Progress on standard error.
    progress: bool,
}

impl Printer {
    /// A printer as the arguments and the terminal ask for.
    pub(crate) fn new(global: &GlobalArgs) -> Self {
        let verbosity = match (global.quiet, global.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        let on_terminal = io::stderr().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            format: if global.json { Format::Json } else { Format::Text },
            verbosity,
            colour: on_terminal && !no_colour,
            colour_of_data: io::stdout().is_terminal() && !no_colour,
            progress: on_terminal && !global.json && verbosity != Verbosity::Quiet,
        }
    }

    /// A line of data, in text mode.
    pub(crate) fn line(&self, text: &str) -> io::Result<()> {
        if self.format == Format::Json {
            return Ok(());
        }
        write_line(&mut io::stdout().lock(), text)
    }

    /// Rows of data with their columns aligned, in text mode. A row is in the colour of the first word that has one.
    pub(crate) fn table(&self, rows: &[Vec<String>]) -> io::Result<()> {
        let colours = rows.iter().map(|row| row.iter().find_map(|cell| Colour::of_word(cell)));
        colours.zip(align(rows)).try_for_each(|(colour, line)| self.coloured(colour, &line))
    }

    /// As [`Printer::table`], with a line of names above.
    pub(crate) fn table_with_header(&self, header: &[&str], rows: Vec<Vec<String>>) -> io::Result<()> {
        let mut all = vec![header.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()];
        all.extend(rows);
        let lines = align(&all);
        for (index, (row, line)) in all.iter().zip(lines).enumerate() {
            let colour = if index == 0 {
                Some(Colour::Strong)
            } else {
                row.iter().find_map(|cell| Colour::of_word(cell))
            };
            self.coloured(colour, &line)?;
        }
        Ok(())
    }

    /// A line of data in a colour, in text mode.
    pub(crate) fn coloured(&self, colour: Option<Colour>, text: &str) -> io::Result<()> {
        match colour {
            Some(colour) if self.colour_of_data => {
                self.line(&format!("\u{1b}[{}m{text}\u{1b}[0m", colour.code()))
            }
            _ => self.line(text),
        }
    }

    /// How many columns standard output has.
    pub(crate) fn width(&self) -> usize {
        match console::Term::stdout().size_checked() {
            Some((_, columns)) if io::stdout().is_terminal() => usize::from(columns),
            _ => USUAL_WIDTH,
        }
    }

    /// The result, in JSON mode.
    pub(crate) fn document(&self, document: &impl Serialize) -> io::Result<()> {
        if self.format == Format::Text {
            return Ok(());
        }
        write_line(&mut io::stdout().lock(), &serde_json::to_string(document)?)
    }

    /// A remark on what goes on.
    pub(crate) fn note(&self, text: &str) -> io::Result<()> {
        if self.verbosity == Verbosity::Quiet {
            return Ok(());
        }
        write_line(&mut io::stderr().lock(), text)
    }

    /// A remark that only `--verbose` asks for.
    pub(crate) fn detail(&self, text: &str) -> io::Result<()> {
        if self.verbosity < Verbosity::Verbose { Ok(()) } else { self.note(text) }
    }

    /// A warning or notice of the server or the compiler.
    pub(crate) fn remark(&self, severity: &str, message: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.to_stderr(&format!("{} {message}", self.paint("33", &format!("{severity}:"))));
        }
    }

    /// The error a command ends with.
    pub(crate) fn error(&self, error: &CliError) {
        if self.format == Format::Json {
            let document = ErrorDocument {
                error: ErrorFields {
                    message: error.to_string(),
                    sqlstate: error.sqlstate(),
                    detail: error.detail(),
                    hint: error.hint(),
                    context: error.context().filter(|_| self.verbosity == Verbosity::Verbose),
                },
            };
            match serde_json::to_string(&document) {
                Ok(text) => self.to_stderr(&text),
                Err(_) => self.to_stderr(&error.to_string()),
            }
            return;
        }
        self.to_stderr(&format!("{} {error}", self.paint("1;31", "error:")));
        if let Some(detail) = error.detail() {
            self.to_stderr(&format!("detail: {detail}"));
        }
        if let Some(hint) = error.hint() {
            self.to_stderr(&format!("{} {hint}", self.paint("36", "hint:")));
        }
        if self.verbosity == Verbosity::Verbose
            && let Some(context) = error.context()
        {
            self.to_stderr(&format!("context: {context}"));
        }
    }

    /// What the argument parser has to say: help and version are data, the rest is an error.
    pub(crate) fn usage(error: &clap::Error) -> io::Result<()> {
        let text = error.render().to_string();
        let text = text.trim_end();
        if error.use_stderr() {
            write_line(&mut io::stderr().lock(), text)
        } else {
            write_line(&mut io::stdout().lock(), text)
        }
    }

    /// Shows that something goes on, until the guard is dropped. On a terminal only.
    pub(crate) fn progress(&self, message: String) -> Progress {
        let bar = self.progress.then(|| {
            let bar = ProgressBar::new_spinner().with_message(message);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Progress { bar }
    }

    /// Standard error is the last resort: when it is gone too, there is nobody to tell, and the exit code remains.
    fn to_stderr(&self, text: &str) {
        let _gone = write_line(&mut io::stderr().lock(), text);
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Something that goes on; it vanishes from the terminal when this is dropped.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Writes a line. A reader that went away, as `head` does, is no error.
fn write_line(stream: &mut impl Write, text: &str) -> io::Result<()> {
    match writeln!(stream, "{text}").and_then(|()| stream.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Rows as lines, each column as wide as its widest cell, two spaces between.
fn align(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let lines = align(&[row(&["added", "api.größe.get", "x"]), row(&["changed", "a", ""]), row(&[])]);
        assert_eq!(lines, ["added    api.größe.get  x", "changed  a", ""]);
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        struct Closed(io::ErrorKind);
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(write_line(&mut Closed(io::ErrorKind::BrokenPipe), "x").is_ok());
        assert!(write_line(&mut Closed(io::ErrorKind::StorageFull), "x").is_err());
    }
}
