//! What is measured: the SQL of each row, the languages that do it, and the bar.
//!
//! The functions stand in `bench/work/*.sql`; the queries stand here and in `bench/README.md`, and a test holds the two
//! together.

/// Functions that several rows use, in the order they are created.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("add.sql", include_str!("../../../../bench/work/add.sql")),
    ("text.sql", include_str!("../../../../bench/work/text.sql")),
    ("timestamptz.sql", include_str!("../../../../bench/work/timestamptz.sql")),
    ("jsonb.sql", include_str!("../../../../bench/work/jsonb.sql")),
    ("loop.sql", include_str!("../../../../bench/work/loop.sql")),
    ("lookup.sql", include_str!("../../../../bench/work/lookup.sql")),
    ("rows.sql", include_str!("../../../../bench/work/rows.sql")),
    ("trigger.sql", include_str!("../../../../bench/work/trigger.sql")),
    ("set.sql", include_str!("../../../../bench/work/set.sql")),
    ("deployed.sql", include_str!("../../../../bench/work/deployed.sql")),
    ("bundle.sql", include_str!("../../../../bench/work/bundle.sql")),
];

/// Every language that takes part somewhere; the first is ours.
pub const LANGUAGES: &[&str] = &["plts", "plpgsql", "plperl", "plpython3u"];

/// The most that plts may take, as a multiple of another language's time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// The other language.
    pub than: &'static str,
    /// The multiple.
    pub at_most: f64,
}

/// A row that is measured inside one session.
pub struct Work {
    /// What the table calls it.
    pub title: &'static str,
    /// The unit of the table.
    pub unit: &'static str,
    /// The measured time is divided by this.
    pub per: u32,
    /// Who takes part.
    pub languages: &'static [&'static str],
    /// Run before each time that is taken, `%` standing for the language; its own time does not count.
    pub before: Option<&'static str>,
    /// The query, `%` standing for the language. Its single value must be `answer`.
    pub query: &'static str,
    /// The same work without a function of any language.
    pub baseline: Option<&'static str>,
    /// The one right result, as text.
    pub answer: &'static str,
    /// What plts must reach.
    pub bar: Bar,
}

/// The SQL for one language.
pub fn for_language(sql: &str, language: &str) -> String {
    sql.replace('%', language)
}

const ALL: &[&str] = LANGUAGES;
const WITH_PLPGSQL: &[&str] = &["plts", "plpgsql"];
const WITH_PYTHON: &[&str] = &["plts", "plpgsql", "plpython3u"];

const fn plpgsql(at_most: f64) -> Bar {
    Bar { than: "plpgsql", at_most }
}

const fn python(at_most: f64) -> Bar {
    Bar { than: "plpython3u", at_most }
}

/// Every row inside a session, in the order of the table.
pub const WORK: &[Work] = &[
    Work {
        title: "add(int, int), 1 M calls, per call",
        unit: "ns",
        per: 1_000_000,
        languages: ALL,
        before: None,
        query: "SELECT sum(add_%(i, 1))::text FROM generate_series(1, 1000000) AS i",
        baseline: Some("SELECT sum(i + 1)::text FROM generate_series(1, 1000000) AS i"),
        answer: "500001500000",
        bar: plpgsql(0.7),
    },
    Work {
        title: "join(text, text), 1 M calls, per call",
        unit: "ns",
        per: 1_000_000,
        languages: ALL,
        before: None,
        query: "SELECT sum(length(join_%('left', 'right')))::text FROM generate_series(1, 1000000) AS i",
        baseline: Some("SELECT sum(length('left' || 'right'))::text FROM generate_series(1, 1000000) AS i"),
        answer: "9000000",
        bar: plpgsql(1.0),
    },
    Work {
        title: "later(timestamptz, timestamptz), 1 M calls, per call",
        unit: "ns",
        per: 1_000_000,
        languages: WITH_PLPGSQL,
        before: None,
        query: "SELECT max(later_%(timestamptz '2026-01-01 00:00Z' + i * interval '1 s', '2026-01-02 00:00Z'))\
                 ::timestamptz(0) = '2026-01-12 13:46:40Z' FROM generate_series(1, 1000000) AS i",
        baseline: Some(
            "SELECT max(greatest(timestamptz '2026-01-01 00:00Z' + i * interval '1 s', '2026-01-02 00:00Z'))\
             ::timestamptz(0) = '2026-01-12 13:46:40Z' FROM generate_series(1, 1000000) AS i",
        ),
        answer: "t",
        bar: plpgsql(1.0),
    },
    Work {
        title: "one field of a jsonb of 200 B, 20,000 calls, per call",
        unit: "ns",
        per: 20_000,
        languages: WITH_PYTHON,
        before: None,
        query: "SELECT sum((bump_%(doc) ->> 'n')::int)::text FROM document, generate_series(1, 20000) WHERE size = 200",
        baseline: None,
        answer: "40000",
        bar: python(0.4),
    },
    Work {
        title: "one field of a jsonb of 1 KB, 10,000 calls, per call",
        unit: "ns",
        per: 10_000,
        languages: WITH_PYTHON,
        before: None,
        query: "SELECT sum((bump_%(doc) ->> 'n')::int)::text FROM document, generate_series(1, 10000) WHERE size = 1000",
        baseline: None,
        answer: "20000",
        bar: python(0.4),
    },
    Work {
        title: "one field of a jsonb of 100 KB, 100 calls, per call",
        unit: "ms",
        per: 100,
        languages: WITH_PYTHON,
        before: None,
        query: "SELECT sum((bump_%(doc) ->> 'n')::int)::text FROM document, generate_series(1, 100) WHERE size = 100000",
        baseline: None,
        answer: "200",
        bar: python(0.4),
    },
    Work {
        title: "loop of 10 M rounds in one call",
        unit: "ms",
        per: 1,
        languages: ALL,
        before: None,
        query: "SELECT loop_%(10000000)::text",
        baseline: None,
        answer: "29999994",
        bar: plpgsql(0.1),
    },
    Work {
        title: "one row by primary key, 10,000 in a loop, each",
        unit: "ns",
        per: 10_000,
        languages: WITH_PYTHON,
        before: None,
        query: "SELECT lookup_%(10000)::text",
        baseline: None,
        answer: "45000",
        bar: plpgsql(1.2),
    },
    Work {
        title: "one row by primary key, errors catchable, 10,000 in a loop, each",
        unit: "ns",
        per: 10_000,
        languages: WITH_PLPGSQL,
        before: None,
        query: "SELECT caught_%(10000)::text",
        baseline: None,
        answer: "45000",
        bar: plpgsql(1.2),
    },
    Work {
        title: "100,000 rows of (int4, int8, text, timestamptz, bool), one column summed",
        unit: "ms",
        per: 1,
        languages: WITH_PYTHON,
        before: None,
        query: "SELECT total_%()::text",
        baseline: None,
        answer: "5000050000",
        bar: python(0.4),
    },
    Work {
        title: "row trigger that changes one field, 100,000 inserts",
        unit: "ms",
        per: 1,
        languages: WITH_PYTHON,
        before: Some("TRUNCATE fired_%"),
        query: "WITH inserted AS (INSERT INTO fired_% SELECT i, 'new' FROM generate_series(1, 100000) AS i RETURNING note) \
                 SELECT count(*)::text FROM inserted WHERE note = 'seen'",
        baseline: None,
        answer: "100000",
        bar: plpgsql(1.2),
    },
    Work {
        title: "set of 1 M rows",
        unit: "ms",
        per: 1,
        languages: WITH_PYTHON,
        before: None,
        query: "SELECT sum(i)::text FROM count_%(1000000) AS i",
        baseline: Some("SELECT sum(i)::text FROM generate_series(1, 1000000) AS i"),
        answer: "500000500000",
        bar: python(0.3),
    },
    Work {
        title: "deployed query() with validator and one statement, 10,000 calls, per call",
        unit: "ns",
        per: 10_000,
        languages: WITH_PLPGSQL,
        before: None,
        query: "SELECT sum((item_%(jsonb_build_object('id', i)) ->> 'stock')::int)::text FROM generate_series(1, 10000) AS i",
        baseline: None,
        answer: "45000",
        bar: plpgsql(2.0),
    },
];

/// The first statement of a new session.
pub const FIRST_CALL: &str = "SELECT add_%(1, 2)::text";

/// The first call of a large bundle in a new session, by the one whose code was kept and the one that compiles.
pub const BUNDLE_CALL: &str = "SELECT bundle_%()::text";

/// What calls a bundle: plts with code that was kept, and without.
pub const BUNDLES: &[&str] = &["plts", "compiling"];

/// Run in the new session before the bundle is called: V8 has begun, which is what the row of first calls measures.
pub const BUNDLE_BEFORE: &str = "SELECT add_plts(1, 2)";

/// The kB of memory that a session has for itself; asked before and after the first call.
pub const PRIVATE_MEMORY: &str =
    "SELECT (regexp_match(pg_read_file('/proc/self/smaps_rollup'), 'Private_Dirty: +([0-9]+)'))[1]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_are_right() {
        let answer =
            |title: &str| WORK.iter().find(|work| work.title.starts_with(title)).map(|work| work.answer);
        let sum: u64 = (1..=1_000_000_u64).map(|i| i + 1).sum();
        assert_eq!(answer("add"), Some(sum.to_string().as_str()));
        let counted: u64 = (0..10_000_000_u64).map(|i| i % 7).sum();
        assert_eq!(answer("loop"), Some(counted.to_string().as_str()));
        let stock: u64 = (1..=10_000_u64).map(|i| i % 10).sum();
        assert_eq!(answer("one row by primary key"), Some(stock.to_string().as_str()));
    }

    #[test]
    fn the_document_shows_what_runs() {
        let document = include_str!("../../../../bench/README.md");
        for (file, functions) in FUNCTIONS {
            assert!(document.contains(functions.trim_end()), "{file}");
        }
        let queries = WORK.iter().flat_map(|work| [Some(work.query), work.baseline, work.before]).flatten();
        for query in queries.chain([FIRST_CALL, BUNDLE_CALL, BUNDLE_BEFORE, PRIVATE_MEMORY]) {
            assert!(document.contains(query), "{query}");
        }
    }
}
