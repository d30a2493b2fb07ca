//! Unified diffs of source texts, as `diff -u` writes them: hunks with three lines around each change.
//!
//! By `similar`, which bounds its work as git does: texts that have little in common are not compared to the end.

use similar::TextDiff;

/// How many lines stand around a change.
const CONTEXT: usize = 3;

/// The unified diff of two texts, without file names; empty when they are equal.
pub fn unified(before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after).unified_diff().context_radius(CONTEXT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_as_diff_writes_them() {
        assert_eq!(unified("a\n", "a\n"), "");
        assert_eq!(unified("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(unified("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
        assert_eq!(unified("a\nb\nc\n", "a\nx\nc\n"), "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
        assert_eq!(unified("a", "a\n"), "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
        let before: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let after = before.replace("\n2\n", "\ntwo\n").replace("\n18\n", "\neighteen\n");
        assert_eq!(
            unified(&before, &after),
            "@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n@@ -15,6 +15,6 @@\n 15\n 16\n 17\n-18\n+eighteen\n 19\n 20\n"
        );
    }

    #[test]
    fn texts_without_anything_in_common_are_replaced() {
        let text = |word: &str| (0..2000).map(|n| format!("{word} {n}\n")).collect::<String>();
        let diff = unified(&text("a"), &text("b"));
        assert!(diff.starts_with("@@ -1,2000 +1,2000 @@\n-a 0\n"));
        assert_eq!(diff.lines().count(), 4001);
    }
}
