//! How many tests passed and failed, read from what test programs print.

use std::fmt;
use std::ops::AddAssign;

/// Counted tests. A program that fails without a failed test counts as one failed test, and so does one that ran
/// no test at all: neither a failure nor a wrong filter passes unseen.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    passed: u64,
    failed: u64,
}

impl Outcome {
    /// One check that holds.
    pub fn passed() -> Outcome {
        Outcome { passed: 1, failed: 0 }
    }

    /// One check that does not.
    pub fn failed() -> Outcome {
        Outcome { passed: 0, failed: 1 }
    }

    /// One check.
    pub fn of(holds: bool) -> Outcome {
        if holds { Outcome::passed() } else { Outcome::failed() }
    }

    /// Whether nothing failed.
    pub fn is_pass(self) -> bool {
        self.failed == 0
    }

    /// Takes in the exit status of the program whose output was counted.
    pub fn with_status(mut self, success: bool) -> Outcome {
        let nothing_ran = self.passed == 0 && self.failed == 0;
        if nothing_ran || (!success && self.failed == 0) {
            self.failed = 1;
        }
        self
    }

    /// Counts a line of `cargo test`: `test result: ok. 12 passed; 0 failed; …`.
    pub fn see_cargo(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.passed += number_before(rest, " passed");
            self.failed += number_before(rest, " failed");
        }
    }

    /// Counts a closing line of our own programs: `12 passed, 0 failed`.
    pub fn see_closing(&mut self, line: &str) {
        if line.ends_with(" failed") && line.starts_with(|c: char| c.is_ascii_digit()) {
            self.passed += number_before(line, " passed");
            self.failed += number_before(line, " failed");
        }
    }

    /// Counts a closing line of `node --test` (`# pass 3` or `ℹ pass 3`).
    pub fn see_node(&mut self, line: &str) {
        let mut words = line.trim_start_matches(['#', 'ℹ', ' ']).split_whitespace();
        if let (Some(word), Some(Ok(number)), None) =
            (words.next(), words.next().map(str::parse::<u64>), words.next())
        {
            match word {
                "pass" => self.passed += number,
                "fail" => self.failed += number,
                _ => {}
            }
        }
    }

    /// Counts a closing line of `pg_regress`: `All 3 tests passed.` or `1 of 3 tests failed.`
    pub fn see_pg_regress(&mut self, line: &str) {
        let line = line.trim_start_matches(['#', ' ']);
        let mut words = line.split_whitespace();
        if let Some(rest) = line.strip_prefix("All ") {
            if rest.contains(" passed") {
                self.passed += number_before(rest, " test");
            }
        } else if line.contains(" failed")
            && let (Some(Ok(failed)), Some("of"), Some(Ok(all))) =
                (words.next().map(str::parse::<u64>), words.next(), words.next().map(str::parse::<u64>))
        {
            self.failed += failed;
            self.passed += all.saturating_sub(failed);
        }
    }
}

/// The whole number that stands right before `word`; 0 when there is none.
fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().unwrap_or_default();
    if before.len() == text.len() {
        return 0;
    }
    before.rsplit(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

impl AddAssign for Outcome {
    fn add_assign(&mut self, other: Outcome) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(see: impl Fn(&mut Outcome, &str), lines: &[&str]) -> (u64, u64) {
        let mut outcome = Outcome::default();
        for line in lines {
            see(&mut outcome, line);
        }
        (outcome.passed, outcome.failed)
    }

    #[test]
    fn cargo_lines_add_up() {
        let lines = [
            "running 12 tests",
            "test a::b ... ok",
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored",
        ];
        assert_eq!(count(Outcome::see_cargo, &lines), (13, 2));
    }

    #[test]
    fn closing_lines_of_our_own_programs() {
        let lines = ["transfers: 3 passed, 1 failed", "12 transfers committed", "12 passed, 2 failed"];
        assert_eq!(count(Outcome::see_closing, &lines), (12, 2));
    }

    #[test]
    fn node_lines_of_both_reporters() {
        assert_eq!(count(Outcome::see_node, &["# tests 4", "# pass 3", "# fail 1"]), (3, 1));
        assert_eq!(count(Outcome::see_node, &["ℹ pass 5", "ℹ fail 0", "✔ pass 7 things"]), (5, 0));
    }

    #[test]
    fn pg_regress_lines_of_all_versions() {
        assert_eq!(count(Outcome::see_pg_regress, &[" All 3 tests passed. "]), (3, 0));
        assert_eq!(count(Outcome::see_pg_regress, &["# All 3 tests passed."]), (3, 0));
        assert_eq!(count(Outcome::see_pg_regress, &[" 1 of 3 tests failed. "]), (2, 1));
        assert_eq!(count(Outcome::see_pg_regress, &["# 1 of 3 tests failed."]), (2, 1));
        assert_eq!(count(Outcome::see_pg_regress, &["test basics ... FAILED 12 ms"]), (0, 0));
    }

    #[test]
    fn a_failing_program_is_a_failure_even_without_a_count() {
        assert!(!Outcome::default().with_status(false).is_pass());
        assert!(!Outcome::default().with_status(true).is_pass(), "no test ran");
        assert_eq!(Outcome { passed: 2, failed: 0 }.with_status(true), Outcome { passed: 2, failed: 0 });
        assert_eq!(Outcome { passed: 2, failed: 1 }.with_status(false), Outcome { passed: 2, failed: 1 });
    }
}
