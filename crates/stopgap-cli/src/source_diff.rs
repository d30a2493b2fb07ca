//! Differences of sources, line by line: unified as `diff -u` shows them, or side by side.

use similar::{ChangeTag, TextDiff};

use crate::printer::Colour;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;
/// What stands between the two sides.
const GUTTER: usize = 3;

/// A line of output, and what it means.
pub(crate) type Line = (Option<Colour>, String);

/// The difference of one module as a unified diff.
pub(crate) fn unified(module: &str, from: Option<&str>, to: Option<&str>) -> Vec<Line> {
    let (before, after) = (from.unwrap_or_default(), to.unwrap_or_default());
    let diff = TextDiff::from_lines(before, after);
    let name =
        |side: Option<&str>, prefix| side.map_or("/dev/null".to_owned(), |_| format!("{prefix}/{module}"));
    let mut lines = vec![
        (Some(Colour::Strong), format!("--- {}", name(from, "a"))),
        (Some(Colour::Strong), format!("+++ {}", name(to, "b"))),
    ];
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push((Some(Colour::Frame), hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let (sign, colour) = match change.tag() {
                ChangeTag::Delete => ('-', Some(Colour::Removed)),
                ChangeTag::Insert => ('+', Some(Colour::Added)),
                ChangeTag::Equal => (' ', None),
            };
            lines.push((colour, format!("{sign}{}", without_end(change.value()))));
        }
    }
    lines
}

/// The difference of one module with the old source left and the new one right, in `width` columns.
pub(crate) fn side_by_side(module: &str, from: Option<&str>, to: Option<&str>, width: usize) -> Vec<Line> {
    let (before, after) = (from.unwrap_or_default(), to.unwrap_or_default());
    let diff = TextDiff::from_lines(before, after);
    let side = width.saturating_sub(GUTTER) / 2;
    let mut lines = vec![(Some(Colour::Strong), module.to_owned())];
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push((Some(Colour::Frame), "…".to_owned()));
        }
        for operation in group {
            let old: Vec<&str> =
                operation.old_range().filter_map(|line| diff.old_slices().get(line).copied()).collect();
            let new: Vec<&str> =
                operation.new_range().filter_map(|line| diff.new_slices().get(line).copied()).collect();
            for row in 0..old.len().max(new.len()) {
                let (left, right) = (old.get(row), new.get(row));
                let (sign, colour) = match (left, right) {
                    (Some(left), Some(right)) if left == right => (' ', None),
                    (Some(_), Some(_)) => ('|', Some(Colour::Changed)),
                    (Some(_), None) => ('<', Some(Colour::Removed)),
                    (None, _) => ('>', Some(Colour::Added)),
                };
                let shown = |line: Option<&&str>| fitted(line.map_or("", |line| without_end(line)), side);
                let line = format!("{} {sign} {}", shown(left), shown(right));
                lines.push((colour, line.trim_end().to_owned()));
            }
        }
    }
    lines
}

fn without_end(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
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
        let shown = unified("a.ts", Some("one\ntwo\nthree\n"), Some("one\n2\nthree\nfour\n"));
        assert_eq!(text(&shown), "--- a/a.ts\n+++ b/a.ts\n@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four\n");
        assert_eq!(
            text(&unified("a.ts", None, Some("x\n"))),
            "--- /dev/null\n+++ b/a.ts\n@@ -0,0 +1 @@\n+x\n"
        );
    }

    #[test]
    fn side_by_side_keeps_its_width() {
        let shown =
            side_by_side("a.ts", Some("one\ntwo\nthree\n"), Some("one\n2\na very long line\nthree\n"), 23);
        assert_eq!(
            text(&shown),
            "a.ts\none          one\ntwo        | 2\n           > a very lo…\nthree        three\n"
        );
        assert!(shown.iter().all(|(_, line)| line.chars().count() <= 23));
    }
}
