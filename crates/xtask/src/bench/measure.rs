//! Taking times: every language in turn, again and again, so that a slow moment of the machine hits all alike.

use std::time::{Duration, Instant};

use postgres::{Client, SimpleQueryMessage};

use crate::shell::{Result, refused};

/// Rounds inside a session; one more goes before them and does not count.
const ROUNDS: usize = 7;
/// New sessions for each language.
const SESSIONS: usize = 30;

/// The times of one language in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Half of the rounds were faster.
    pub median: Duration,
    /// The fastest round.
    pub minimum: Duration,
}

/// Times each query in `session`. Fails when one does not give `answer`.
pub fn in_session(
    session: &mut Client,
    queries: &[(&str, String)],
    answer: &str,
) -> Result<Vec<(String, Sample)>> {
    let mut times = vec![Vec::new(); queries.len()];
    for round in 0..=ROUNDS {
        for (index, (name, query)) in queries.iter().enumerate() {
            let time = timed(session, name, query, answer)?;
            if round > 0 {
                times[index].push(time);
            }
        }
    }
    samples(queries, times)
}

/// Times each query as the first statement of new sessions; connecting does not count.
pub fn in_new_sessions(
    connect: impl Fn() -> Result<Client>,
    queries: &[(&str, String)],
    answer: &str,
) -> Result<Vec<(String, Sample)>> {
    let mut times = vec![Vec::new(); queries.len()];
    for round in 0..=SESSIONS {
        for (index, (name, query)) in queries.iter().enumerate() {
            let mut session = connect()?;
            let time = timed(&mut session, name, query, answer)?;
            if round > 0 {
                times[index].push(time);
            }
        }
    }
    samples(queries, times)
}

fn timed(session: &mut Client, name: &str, query: &str, answer: &str) -> Result<Duration> {
    let start = Instant::now();
    let messages = session.simple_query(query)?;
    let time = start.elapsed();
    let value = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    match value {
        Some(value) if value == answer => Ok(time),
        other => Err(refused(format!("{name}: \"{query}\" gave {other:?} and not {answer}"))),
    }
}

fn samples(queries: &[(&str, String)], times: Vec<Vec<Duration>>) -> Result<Vec<(String, Sample)>> {
    queries
        .iter()
        .zip(times)
        .map(|((name, _), times)| {
            let sample = sample(times).ok_or_else(|| refused(format!("{name}: nothing was measured")))?;
            Ok(((*name).to_owned(), sample))
        })
        .collect()
}

fn sample(mut times: Vec<Duration>) -> Option<Sample> {
    times.sort();
    Some(Sample { median: *times.get(times.len() / 2)?, minimum: *times.first()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let times = [5, 1, 9, 2, 7].map(Duration::from_millis).to_vec();
        let found = sample(times).unwrap();
        assert_eq!((found.median, found.minimum), (Duration::from_millis(5), Duration::from_millis(1)));
        assert_eq!(sample(Vec::new()), None);
    }
}
