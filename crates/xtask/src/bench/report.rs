//! The result of a bench run: a table for people, JSON for machines.
//!
//! A ratio is a language's median divided by that of plpgsql: below 1 is faster.

use std::fmt::Write;
use std::fs;

use serde_json::json;

use super::measure::Sample;

/// What the same work costs without a function.
pub const BASELINE: &str = "no function";
const REFERENCE: &str = "plpgsql";

/// Everything measured in a run.
pub struct Report {
    /// The server's version.
    pub postgres: String,
    /// The machine's processor.
    pub processor: String,
    /// In the order of measuring.
    pub rows: Vec<Row>,
}

/// One kind of work, in every language.
pub struct Row {
    /// What was done.
    pub title: &'static str,
    /// The unit of printed times: `ns` or `ms`.
    pub unit: &'static str,
    /// How many times it was done within one measured time.
    pub per: u32,
    /// Language and times.
    pub samples: Vec<(String, Sample)>,
}

impl Row {
    fn in_unit(&self, time: std::time::Duration) -> f64 {
        let seconds = time.as_secs_f64() / f64::from(self.per);
        if self.unit == "ns" { seconds * 1e9 } else { seconds * 1e3 }
    }

    fn ratio(&self, sample: &Sample) -> Option<f64> {
        let (_, reference) = self.samples.iter().find(|(name, _)| name == REFERENCE)?;
        Some(sample.median.as_secs_f64() / reference.median.as_secs_f64())
    }
}

impl Report {
    /// The table, one block for each row.
    pub fn table(&self) -> String {
        let mut text = format!("{}\n{}\n", self.postgres, self.processor);
        for row in &self.rows {
            // Writing to a String does not fail.
            let _ = writeln!(text, "\n{}", row.title);
            let _ = writeln!(text, "  {:<12} {:>12} {:>12} {:>9}", "", "median", "minimum", REFERENCE);
            for (name, sample) in &row.samples {
                let [median, minimum] = [sample.median, sample.minimum].map(|time| row.in_unit(time));
                let ratio = row.ratio(sample).map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2} x"));
                let unit = row.unit;
                let _ = writeln!(text, "  {name:<12} {median:>9.2} {unit} {minimum:>9.2} {unit} {ratio:>9}");
            }
        }
        text
    }

    /// The same as JSON; times in the row's unit.
    pub fn json(&self) -> String {
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                let languages: serde_json::Map<_, _> = row
                    .samples
                    .iter()
                    .map(|(name, sample)| {
                        let times = json!({
                            "median": row.in_unit(sample.median),
                            "minimum": row.in_unit(sample.minimum),
                            "ratio_to_plpgsql": row.ratio(sample),
                        });
                        (name.clone(), times)
                    })
                    .collect();
                json!({"title": row.title, "unit": row.unit, "languages": languages})
            })
            .collect();
        let report = json!({"postgres": self.postgres, "processor": self.processor, "rows": rows});
        format!("{report:#}\n")
    }
}

/// The processor's name, as the kernel gives it, and how many of them.
pub fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let names: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("model name"))
        .filter_map(|line| line.split(": ").nth(1))
        .collect();
    match names.first() {
        Some(name) => format!("{} x {name}", names.len()),
        None => "unknown processor".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn report() -> Report {
        let sample =
            |millis| Sample { median: Duration::from_millis(millis), minimum: Duration::from_millis(millis) };
        let samples = vec![("plts".to_owned(), sample(200)), ("plpgsql".to_owned(), sample(400))];
        let rows = vec![Row { title: "calls", unit: "ns", per: 1_000_000, samples }];
        Report { postgres: "PostgreSQL 15".to_owned(), processor: "2 x X".to_owned(), rows }
    }

    #[test]
    fn the_table_has_times_per_call_and_ratios() {
        let table = report().table();
        assert!(table.contains("plts            200.00 ns    200.00 ns    0.50 x"), "{table}");
    }

    #[test]
    fn the_json_has_the_same() {
        let value: serde_json::Value = serde_json::from_str(&report().json()).unwrap();
        assert_eq!(value["rows"][0]["languages"]["plts"]["ratio_to_plpgsql"], 0.5);
        let median = value["rows"][0]["languages"]["plpgsql"]["median"].as_f64().unwrap();
        assert!((median - 400.0).abs() < 1e-6, "{median}");
    }
}
