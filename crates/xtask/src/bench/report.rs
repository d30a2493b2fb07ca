//! The result of a bench run: a table for people, JSON for machines.
//!
//! A ratio is what plts took divided by what another language took in the same round, the median of all rounds: below 1
//! plts is faster. Each row has a bar: a ratio that plts must not exceed.

use std::fmt::Write;
use std::fs;

use serde_json::json;

use super::series::Series;
use super::work::Bar;

/// What the same work costs without a function.
pub const BASELINE: &str = "no function";
/// The language that all others are compared with.
pub const OURS: &str = "plts";

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
    /// The unit of what is printed: `ns`, `ms` or `kB`.
    pub unit: &'static str,
    /// How many times it was done within one measured time.
    pub per: u32,
    /// What plts must reach.
    pub bar: Bar,
    /// Of each language.
    pub series: Vec<Series>,
}

impl Row {
    fn in_unit(&self, measured: f64) -> f64 {
        let each = measured / f64::from(self.per);
        match self.unit {
            "ns" => each * 1e9,
            "ms" => each * 1e3,
            _ => each,
        }
    }

    fn of(&self, language: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.name == language)
    }

    /// What plts takes as a multiple of what another one takes.
    fn ratio_to(&self, other: &Series) -> Option<f64> {
        self.of(OURS)?.ratio_to(other)
    }

    fn cpu_ratio_to(&self, other: &Series) -> Option<f64> {
        self.of(OURS)?.cpu_ratio_to(other)
    }

    fn meets_bar(&self) -> Option<bool> {
        Some(self.ratio_to(self.of(self.bar.than)?)? <= self.bar.at_most)
    }
}

impl Report {
    /// The table, one block for each row.
    pub fn table(&self) -> String {
        let mut text = format!("{}\n{}\n", self.postgres, self.processor);
        for row in &self.rows {
            // Writing to a String does not fail.
            let _ = writeln!(text, "\n{}", row.title);
            let _ = writeln!(
                text,
                "  {:<12} {:>12} {:>12} {:>12} {:>9} {:>9} {:>6}",
                "", "median", "minimum", "processor", "plts ÷ it", "processor", "rounds"
            );
            for series in &row.series {
                let times = [series.median(), series.minimum(), series.median_cpu()].map(|measured| {
                    measured.map_or_else(
                        || "-".to_owned(),
                        |measured| format!("{:.2} {}", row.in_unit(measured), row.unit),
                    )
                });
                let ratios = [row.ratio_to(series), row.cpu_ratio_to(series)]
                    .map(|ratio| ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")));
                let ([median, minimum, cpu], [ratio, cpu_ratio]) = (times, ratios);
                let _ = writeln!(
                    text,
                    "  {:<12} {median:>12} {minimum:>12} {cpu:>12} {ratio:>9} {cpu_ratio:>9} {:>6}",
                    series.name,
                    series.len()
                );
            }
            let verdict = match row.meets_bar() {
                Some(true) => "met",
                Some(false) => "missed",
                None => "not measured",
            };
            let _ = writeln!(text, "  at most {:.2} x {}: {verdict}", row.bar.at_most, row.bar.than);
        }
        text
    }

    /// The same as JSON; times in the row's unit.
    pub fn json(&self) -> String {
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                let in_unit = |measured: Option<f64>| measured.map(|measured| row.in_unit(measured));
                let languages: serde_json::Map<_, _> = row
                    .series
                    .iter()
                    .map(|series| {
                        let times = json!({
                            "median": in_unit(series.median()),
                            "minimum": in_unit(series.minimum()),
                            "median_cpu": in_unit(series.median_cpu()),
                            "rounds": series.len(),
                            "plts_ratio": row.ratio_to(series),
                            "plts_cpu_ratio": row.cpu_ratio_to(series),
                        });
                        (series.name.clone(), times)
                    })
                    .collect();
                json!({
                    "title": row.title,
                    "unit": row.unit,
                    "languages": languages,
                    "bar": {"than": row.bar.than, "at_most": row.bar.at_most, "met": row.meets_bar()},
                })
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

    fn report() -> Report {
        let series = vec![Series::of("plts", &[0.2]), Series::of("plpgsql", &[0.4])];
        let bar = Bar { than: "plpgsql", at_most: 0.45 };
        let rows = vec![Row { title: "calls", unit: "ns", per: 1_000_000, bar, series }];
        Report { postgres: "PostgreSQL 15".to_owned(), processor: "2 x X".to_owned(), rows }
    }

    #[test]
    fn the_table_has_times_per_call_and_ratios() {
        let table = report().table();
        assert!(
            table.contains("plpgsql         400.00 ns    400.00 ns    200.00 ns      0.50      0.50      1"),
            "{table}"
        );
        assert!(table.contains("at most 0.45 x plpgsql: missed"), "{table}");
    }

    #[test]
    fn the_json_has_the_same() {
        let value: serde_json::Value = serde_json::from_str(&report().json()).unwrap();
        assert_eq!(value["rows"][0]["languages"]["plpgsql"]["plts_ratio"], 0.5);
        let median = value["rows"][0]["languages"]["plpgsql"]["median"].as_f64().unwrap();
        assert!((median - 400.0).abs() < 1e-6, "{median}");
    }
}
