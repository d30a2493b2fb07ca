//! Taking times: every language in turn, again and again, so that a slow moment of the machine hits all alike.

use std::time::{Duration, Instant};

use postgres::{Client, SimpleQueryMessage};

use crate::shell::{Result, refused};

/// Rounds inside a session; one more goes before them and does not count.
const ROUNDS: usize = 7;
/// New sessions for each language.
const SESSIONS: usize = 30;

/// What one language does in a row.
pub struct Task {
    /// The language.
    pub name: String,
    /// Run first; its time does not count.
    pub before: Option<String>,
    /// What is timed.
    pub query: String,
}

/// What was measured of one language in one row: seconds, or kB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Half of the rounds had less.
    pub median: f64,
    /// The round with the least.
    pub minimum: f64,
}

/// Seconds of each query in `session`. Fails when one does not give `answer`.
pub fn in_session(session: &mut Client, tasks: &[Task], answer: &str) -> Result<Vec<(String, Sample)>> {
    let mut found = vec![Vec::new(); tasks.len()];
    for round in 0..=ROUNDS {
        for (task, found) in tasks.iter().zip(&mut found) {
            let time = timed(session, task, answer)?;
            if round > 0 {
                found.push(time.as_secs_f64());
            }
        }
    }
    samples(tasks, found)
}

/// Seconds of each query as the first statement of new sessions; connecting does not count.
pub fn in_new_sessions(
    connect: impl Fn() -> Result<Client>,
    tasks: &[Task],
    answer: &str,
) -> Result<Vec<(String, Sample)>> {
    let mut found = vec![Vec::new(); tasks.len()];
    for round in 0..=SESSIONS {
        for (task, found) in tasks.iter().zip(&mut found) {
            let time = timed(&mut connect()?, task, answer)?;
            if round > 0 {
                found.push(time.as_secs_f64());
            }
        }
    }
    samples(tasks, found)
}

/// What `memory`, a query for a number, grows by with each query as the first of a new session.
pub fn memory_gained(
    connect: impl Fn() -> Result<Client>,
    memory: &str,
    tasks: &[Task],
    answer: &str,
) -> Result<Vec<(String, Sample)>> {
    let mut found = vec![Vec::new(); tasks.len()];
    for _ in 0..ROUNDS {
        for (task, found) in tasks.iter().zip(&mut found) {
            let mut session = connect()?;
            // The first time it is asked, the question itself takes memory.
            number(&mut session, memory)?;
            let before = number(&mut session, memory)?;
            timed(&mut session, task, answer)?;
            found.push(number(&mut session, memory)? - before);
        }
    }
    samples(tasks, found)
}

fn timed(session: &mut Client, task: &Task, answer: &str) -> Result<Duration> {
    if let Some(before) = &task.before {
        session.batch_execute(before)?;
    }
    let start = Instant::now();
    let value = value(session, &task.query)?;
    let time = start.elapsed();
    match value {
        Some(value) if value == answer => Ok(time),
        other => Err(refused(format!("{}: \"{}\" gave {other:?} and not {answer}", task.name, task.query))),
    }
}

fn number(session: &mut Client, query: &str) -> Result<f64> {
    let value = value(session, query)?;
    value
        .as_deref()
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| refused(format!("\"{query}\" gave {value:?} and no number")))
}

fn value(session: &mut Client, query: &str) -> Result<Option<String>> {
    let messages = session.simple_query(query)?;
    Ok(messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}

fn samples(tasks: &[Task], found: Vec<Vec<f64>>) -> Result<Vec<(String, Sample)>> {
    tasks
        .iter()
        .zip(found)
        .map(|(task, found)| {
            let sample =
                sample(found).ok_or_else(|| refused(format!("{}: nothing was measured", task.name)))?;
            Ok((task.name.clone(), sample))
        })
        .collect()
}

fn sample(mut found: Vec<f64>) -> Option<Sample> {
    found.sort_by(f64::total_cmp);
    Some(Sample { median: *found.get(found.len() / 2)?, minimum: *found.first()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let found = sample(vec![5.0, 1.0, 9.0, 2.0, 7.0]).unwrap();
        assert_eq!((found.median, found.minimum), (5.0, 1.0));
        assert_eq!(sample(Vec::new()), None);
    }
}
