//! Unified diffs of source texts, as `diff -u` writes them: hunks with three lines around each change.
//!
//! Shortest edit scripts by Myers' algorithm (E. Myers, "An O(ND) Difference Algorithm", 1986), within a bound on the work;
//! texts that differ more than that are shown as one text replaced by the other.

/// How many lines stand around a change.
const CONTEXT: usize = 3;
/// How many insertions and deletions are looked for before a text counts as replaced.
const MAX_EDITS: usize = 800;

/// One line of an edit script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edit<'a> {
    Keep(&'a str),
    Delete(&'a str),
    Insert(&'a str),
}

/// The unified diff of two texts, without file names; empty when they are equal.
pub fn unified(before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (lines(before), lines(after));
    hunks(&edits(&old, &new))
}

/// Lines with their ends, so that a missing last one shows.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn edits<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Edit<'a>> {
    let start = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let end = old[start..]
        .iter()
        .rev()
        .zip(new[start..].iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let (old_middle, new_middle) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    let middle = shortest(old_middle, new_middle).unwrap_or_else(|| {
        old_middle
            .iter()
            .map(|line| Edit::Delete(line))
            .chain(new_middle.iter().map(|line| Edit::Insert(line)))
            .collect()
    });
    let kept = |lines: &[&'a str]| lines.iter().map(|line| Edit::Keep(line)).collect::<Vec<_>>();
    [kept(&old[..start]), middle, kept(&old[old.len() - end..])].concat()
}

/// None when more than [`MAX_EDITS`] are needed.
fn shortest<'a>(old: &[&'a str], new: &[&'a str]) -> Option<Vec<Edit<'a>>> {
    let reach = (old.len() + new.len()).min(MAX_EDITS);
    let offset = reach + 1;
    // furthest[k]: how far into `old` one gets on diagonal k (position in old minus position in new).
    let mut furthest = vec![0_usize; 2 * offset + 1];
    let mut trace: Vec<Vec<usize>> = Vec::new();
    for distance in 0..=reach {
        trace.push(furthest[offset - distance.min(offset)..=offset + distance].to_vec());
        for step in 0..=distance {
            let index = offset + 2 * step - distance;
            let down = step == 0 || (step != distance && furthest[index - 1] < furthest[index + 1]);
            let mut x = if down { furthest[index + 1] } else { furthest[index - 1] + 1 };
            // On the diagonals at the rim, `x` may lie before or behind the texts.
            let Some(mut y) = (x + offset).checked_sub(index) else { continue };
            while x < old.len() && y < new.len() && old[x] == new[y] {
                x += 1;
                y += 1;
            }
            furthest[index] = x;
            if x >= old.len() && y >= new.len() {
                return Some(walk_back(old, new, &trace, distance));
            }
        }
    }
    None
}

fn walk_back<'a>(old: &[&'a str], new: &[&'a str], trace: &[Vec<usize>], distance: usize) -> Vec<Edit<'a>> {
    let (mut x, mut y) = (old.len(), new.len());
    let mut edits = Vec::new();
    for distance in (1..=distance).rev() {
        // What was furthest before this round: diagonals from -distance to distance, this round's own not yet set.
        let furthest = &trace[distance];
        let at = |diagonal: isize| {
            usize::try_from(diagonal + distance.cast_signed())
                .ok()
                .and_then(|index| furthest.get(index))
                .copied()
        };
        let (diagonal, edge) = (x.cast_signed() - y.cast_signed(), distance.cast_signed());
        let (below, above) = (at(diagonal - 1).unwrap_or(0), at(diagonal + 1).unwrap_or(0));
        let down = diagonal == -edge || (diagonal != edge && below < above);
        let from_x = if down { above } else { below };
        let from_diagonal = if down { diagonal + 1 } else { diagonal - 1 };
        let from_y = usize::try_from(from_x.cast_signed() - from_diagonal).unwrap_or(0);
        let (edit_x, edit_y) = if down { (from_x, from_y + 1) } else { (from_x + 1, from_y) };
        while x > edit_x && y > edit_y {
            x -= 1;
            y -= 1;
            edits.push(Edit::Keep(old[x]));
        }
        edits.push(if down { Edit::Insert(new[from_y]) } else { Edit::Delete(old[from_x]) });
        (x, y) = (from_x, from_y);
    }
    while x > 0 {
        x -= 1;
        edits.push(Edit::Keep(old[x]));
    }
    edits.reverse();
    edits
}

fn hunks(edits: &[Edit<'_>]) -> String {
    let mut out = String::new();
    let changed: Vec<usize> = edits
        .iter()
        .enumerate()
        .filter(|(_, edit)| !matches!(edit, Edit::Keep(_)))
        .map(|(at, _)| at)
        .collect();
    let mut next = 0;
    while let Some(&first) = changed.get(next) {
        let mut last = first;
        while let Some(&following) = changed.get(next).filter(|at| **at <= last + 2 * CONTEXT + 1) {
            last = following;
            next += 1;
        }
        let (from, to) = (first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(edits.len()));
        let count = |edits: &[Edit<'_>], old: bool| {
            edits
                .iter()
                .filter(|edit| match edit {
                    Edit::Keep(_) => true,
                    Edit::Delete(_) => old,
                    Edit::Insert(_) => !old,
                })
                .count()
        };
        let position = |old: bool| {
            let (before, inside) = (count(&edits[..from], old), count(&edits[from..to], old));
            let start = if inside == 0 { before } else { before + 1 };
            if inside == 1 { format!("{start}") } else { format!("{start},{inside}") }
        };
        out.push_str(&format!("@@ -{} +{} @@\n", position(true), position(false)));
        for edit in &edits[from..to] {
            let (sign, line) = match edit {
                Edit::Keep(line) => (' ', line),
                Edit::Delete(line) => ('-', line),
                Edit::Insert(line) => ('+', line),
            };
            out.push(sign);
            out.push_str(line);
            if !line.ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    out
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

    /// The text after, put together from the text before and the script.
    fn applied(old: &[&str], edits: &[Edit<'_>]) -> (String, String) {
        let mut position = 0;
        let mut after = String::new();
        for edit in edits {
            match edit {
                Edit::Keep(line) => {
                    assert_eq!(old[position], *line);
                    position += 1;
                    after.push_str(line);
                }
                Edit::Delete(line) => {
                    assert_eq!(old[position], *line);
                    position += 1;
                }
                Edit::Insert(line) => after.push_str(line),
            }
        }
        (old[..position].concat(), after)
    }

    /// The length of the shortest script, by the plain table.
    fn distance(old: &[&str], new: &[&str]) -> usize {
        let mut row: Vec<usize> = (0..=new.len()).collect();
        for (i, one) in old.iter().enumerate() {
            let mut next = vec![i + 1];
            for (j, other) in new.iter().enumerate() {
                next.push(if one == other { row[j] } else { 1 + row[j + 1].min(next[j]) });
            }
            row = next;
        }
        row[new.len()]
    }

    #[test]
    fn every_script_leads_from_one_to_the_other_and_is_shortest() {
        let mut seed: u64 = 42;
        let mut random = |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        for _ in 0..2000 {
            let mut text = |most: u64| {
                let length = random(most);
                (0..length).map(|_| ["a\n", "b\n", "c\n"][random(3) as usize]).collect::<Vec<_>>()
            };
            let (old, new) = (text(12), text(12));
            let script = edits(&old, &new);
            assert_eq!(applied(&old, &script), (old.concat(), new.concat()));
            let changes = script.iter().filter(|edit| !matches!(edit, Edit::Keep(_))).count();
            assert_eq!(changes, distance(&old, &new), "{old:?} {new:?}");
        }
    }
}
