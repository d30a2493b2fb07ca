//! Differences of sources, line by line: unified as `diff -u` shows them, or side by side.

use serde::Deserialize;
use stopgap_core::text_diff;

use crate::args::LayoutArgs;
use crate::error::CliError;
use crate::printer::{Colour, Printer};

/// What stands between the two sides.
const GUTTER: usize = 3;

/// A line of output, and what it means.
type Line = (Option<Colour>, String);

/// How the source of one module differs, as the server's plans tell it.
#[derive(Debug, Deserialize)]
pub(crate) struct SourceDiff {
    module: String,
    change: SourceChange,
    /// Hunks as `diff -u` writes them.
    diff: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SourceChange {
    Added,
    Changed,
    Removed,
}

impl SourceDiff {
    /// The difference between two sources; None where there is no module.
    pub(crate) fn between(module: &str, from: Option<&str>, to: Option<&str>) -> Self {
        let change = match (from, to) {
            (None, _) => SourceChange::Added,
            (_, None) => SourceChange::Removed,
            _ => SourceChange::Changed,
        };
        let diff = text_diff::unified(from.unwrap_or_default(), to.unwrap_or_default());
        Self { module: module.to_owned(), change, diff }
    }

    /// Prints it, laid out as asked.
    pub(crate) fn print(&self, layout: &LayoutArgs, printer: &Printer) -> Result<(), CliError> {
        if layout.no_source {
            return Ok(());
        }
        let lines = if layout.side_by_side { self.side_by_side(printer.width()) } else { self.unified() };
        for (colour, line) in lines {
            printer.coloured(colour, &line)?;
        }
        Ok(())
    }

    fn unified(&self) -> Vec<Line> {
        let name = |side: char, missing: SourceChange| {
            if self.change == missing { "/dev/null".to_owned() } else { format!("{side}/{}", self.module) }
        };
        let mut lines = vec![
            (Some(Colour::Strong), format!("--- {}", name('a', SourceChange::Added))),
            (Some(Colour::Strong), format!("+++ {}", name('b', SourceChange::Removed))),
        ];
        lines.extend(self.diff.lines().map(|line| {
            let colour = match line.as_bytes().first() {
                Some(b'-') => Some(Colour::Removed),
                Some(b'+') => Some(Colour::Added),
                Some(b'@') => Some(Colour::Frame),
                _ => None,
            };
            (colour, line.to_owned())
        }));
        lines
    }

    /// The old source left and the new one right, in `width` columns.
    fn side_by_side(&self, width: usize) -> Vec<Line> {
        let side = width.saturating_sub(GUTTER) / 2;
        let mut lines = vec![(Some(Colour::Strong), self.module.clone())];
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for line in self.diff.lines() {
            match line.split_at_checked(1) {
                Some(("-", text)) => old.push(text),
                Some(("+", text)) => new.push(text),
                Some((" ", text)) => {
                    pair(&mut lines, &mut old, &mut new, side);
                    lines.push((None, row(text, ' ', text, side)));
                }
                Some(("@", _)) => {
                    pair(&mut lines, &mut old, &mut new, side);
                    if lines.len() > 1 {
                        lines.push((Some(Colour::Frame), "…".to_owned()));
                    }
                }
                // That the last line does not end shows in a unified diff only.
                _ => {}
            }
        }
        pair(&mut lines, &mut old, &mut new, side);
        lines
    }
}

/// Puts lines that went beside those that came.
fn pair(lines: &mut Vec<Line>, old: &mut Vec<&str>, new: &mut Vec<&str>, side: usize) {
    for at in 0..old.len().max(new.len()) {
        let (sign, colour) = match (old.get(at), new.get(at)) {
            (Some(_), Some(_)) => ('|', Colour::Changed),
            (Some(_), None) => ('<', Colour::Removed),
            (None, _) => ('>', Colour::Added),
        };
        let shown = |lines: &[&str]| lines.get(at).copied().unwrap_or_default().to_owned();
        lines.push((Some(colour), row(&shown(old), sign, &shown(new), side)));
    }
    old.clear();
    new.clear();
}

fn row(left: &str, sign: char, right: &str, side: usize) -> String {
    format!("{} {sign} {}", fitted(left, side), fitted(right, side)).trim_end().to_owned()
}

/// Exactly `width` characters of a line; tabs are four.
fn fitted(line: &str, width: usize) -> String {
    let line = line.replace('\t', "    ");
    let count = line.chars().count();
    if count <= width {
        return format!("{line}{}", " ".repeat(width - count));
    }
    let mut cut: String = line.chars().take(width.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[Line]) -> String {
        lines.iter().map(|(_, line)| format!("{line}\n")).collect()
    }

    #[test]
    fn unified_as_diff_shows_it() {
        let shown =
            SourceDiff::between("a.ts", Some("one\ntwo\nthree\n"), Some("one\n2\nthree\nfour\n")).unified();
        assert_eq!(text(&shown), "--- a/a.ts\n+++ b/a.ts\n@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four\n");
        let colours: Vec<_> = shown.iter().map(|(colour, _)| *colour).collect();
        assert_eq!(colours[3..6], [None, Some(Colour::Removed), Some(Colour::Added)]);
        assert_eq!(
            text(&SourceDiff::between("a.ts", None, Some("x\n")).unified()),
            "--- /dev/null\n+++ b/a.ts\n@@ -0,0 +1 @@\n+x\n"
        );
        assert_eq!(
            text(&SourceDiff::between("a.ts", Some("x"), None).unified()),
            "--- a/a.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn side_by_side_keeps_its_width() {
        let (from, to) = ("one\ntwo\nthree\n", "one\n2\na very long line\nthree\n");
        let shown = SourceDiff::between("a.ts", Some(from), Some(to)).side_by_side(23);
        assert_eq!(
            text(&shown),
            "a.ts\none          one\ntwo        | 2\n           > a very lo…\nthree        three\n"
        );
        assert!(shown.iter().all(|(_, line)| line.chars().count() <= 23));
    }

    #[test]
    fn places_far_apart_are_set_off() {
        let from: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let to = from.replace("\n2\n", "\ntwo\n").replace("\n18\n", "\n");
        let shown = text(&SourceDiff::between("a.ts", Some(&from), Some(&to)).side_by_side(23));
        assert_eq!(shown.matches('…').count(), 1, "{shown}");
        assert!(shown.contains("2          | two\n"), "{shown}");
        assert!(shown.contains("18         <\n"), "{shown}");
    }
}
