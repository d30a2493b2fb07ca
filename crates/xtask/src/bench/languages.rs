//! The languages that are compared, and the SQL of each row.
//!
//! The text here and in `bench/README.md` is the same; a test holds them together.

/// A procedural language with the bodies of the functions that are measured.
pub struct Language {
    /// Its name in SQL, and the extension's.
    pub name: &'static str,
    add: &'static str,
    counting: &'static str,
}

/// All compared languages; the first is ours, the second is what ratios refer to.
pub const LANGUAGES: &[Language] = &[
    Language {
        name: "plts",
        add: "return a + b",
        counting: "let sum = 0; for (let i = 0; i < n; i++) sum += i % 7; return sum",
    },
    Language {
        name: "plpgsql",
        add: "BEGIN RETURN a + b; END",
        counting: "DECLARE sum bigint := 0; BEGIN FOR i IN 0..n - 1 LOOP sum := sum + i % 7; END LOOP; RETURN sum; END",
    },
    Language {
        name: "plperl",
        add: "return $_[0] + $_[1];",
        counting: "my $sum = 0; for (my $i = 0; $i < $_[0]; $i++) { $sum += $i % 7; } return $sum;",
    },
    Language {
        name: "plpython3u",
        add: "return a + b",
        counting: "sum = 0\nfor i in range(n):\n    sum += i % 7\nreturn sum",
    },
];

impl Language {
    /// Creates the functions of this language.
    pub fn functions(&self) -> String {
        let Language { name, add, counting } = self;
        format!(
            "CREATE FUNCTION add_{name}(a int, b int) RETURNS int LANGUAGE {name} AS $body${add}$body$;\n\
             CREATE FUNCTION loop_{name}(n int) RETURNS bigint LANGUAGE {name} AS $body${counting}$body$;\n"
        )
    }
}

/// A row that is measured inside one session.
pub struct Work {
    /// What the table calls it.
    pub title: &'static str,
    /// The unit of the table.
    pub unit: &'static str,
    /// The measured time is divided by this.
    pub per: u32,
    /// The query for one language; its single value must be `answer`.
    pub query: fn(&str) -> String,
    /// The same work without a function of any language.
    pub baseline: Option<&'static str>,
    /// The one right result, as text.
    pub answer: &'static str,
}

/// A million calls in one query: what a call costs.
pub const ADD: Work = Work {
    title: "add(int, int), 1 M calls in a query, per call",
    unit: "ns",
    per: 1_000_000,
    query: |name| format!("SELECT sum(add_{name}(i, 1))::text FROM generate_series(1, 1000000) AS i"),
    baseline: Some("SELECT sum(i + 1)::text FROM generate_series(1, 1000000) AS i"),
    answer: "500001500000",
};

/// Ten million rounds of a loop in one call: what the language itself costs.
pub const LOOP: Work = Work {
    title: "loop of 10 M rounds in one call",
    unit: "ms",
    per: 1,
    query: |name| format!("SELECT loop_{name}(10000000)::text"),
    baseline: None,
    answer: "29999994",
};

/// The first statement of a new session.
pub fn first_call(name: &str) -> String {
    format!("SELECT add_{name}(1, 2)::text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_are_right() {
        let sum: u64 = (1..=1_000_000_u64).map(|i| i + 1).sum();
        assert_eq!(sum.to_string(), ADD.answer);
        let counted: u64 = (0..10_000_000_u64).map(|i| i % 7).sum();
        assert_eq!(counted.to_string(), LOOP.answer);
    }

    #[test]
    fn the_document_shows_what_runs() {
        let document = include_str!("../../../../bench/README.md");
        for language in LANGUAGES {
            assert!(document.contains(language.functions().trim_end()), "functions of {}", language.name);
        }
        for query in [(ADD.query)("plts"), (LOOP.query)("plts"), first_call("plts")] {
            assert!(document.contains(&query), "{query}");
        }
        assert!(ADD.baseline.is_some_and(|query| document.contains(query)));
    }
}
