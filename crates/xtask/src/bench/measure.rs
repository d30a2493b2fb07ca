//! Taking times: every language in turn, again and again, so that a slow moment of the machine hits all alike. What is
//! compared is what was measured in the same round, one right after the other.

use std::fs;
use std::time::{Duration, Instant};

use postgres::{Client, SimpleQueryMessage};

use super::series::{Reading, Series};
use crate::shell::{Result, refused};

/// The time that a row may take, and the rounds that it takes in any case and at most. One more round goes before them and
/// does not count.
const BUDGET: Duration = Duration::from_secs(16);
const FEWEST_ROUNDS: usize = 5;
const MOST_ROUNDS: usize = 61;
/// Rounds in which those take part that no bar is about.
const ROUNDS_OF_OTHERS: usize = 3;
/// Rounds of new sessions whose memory is asked for.
const ROUNDS_OF_MEMORY: usize = 9;

/// What one language does in a row.
pub struct Task {
    /// The language.
    pub name: String,
    /// Whether the bar is about it: ours, and the one that ours is compared with.
    pub is_compared: bool,
    /// Run first; its time does not count.
    pub before: Option<String>,
    /// What is timed.
    pub query: String,
}

/// Seconds of each query in `session`. Fails when one does not give `answer`.
pub fn in_session(session: &mut Client, tasks: &[Task], answer: &str) -> Result<Vec<Series>> {
    let pid = number(session, "SELECT pg_backend_pid()")? as u32;
    rounds(tasks, |task| timed(session, pid, task, answer))
}

/// Seconds of each query as the first statement of new sessions; connecting does not count. `observer` is a session that
/// says which process serves the newest other one.
pub fn in_new_sessions(
    connect: impl Fn() -> Result<Client>,
    observer: &mut Client,
    tasks: &[Task],
    answer: &str,
) -> Result<Vec<Series>> {
    rounds(tasks, |task| {
        let mut session = connect()?;
        let pid = number(observer, NEWEST)? as u32;
        timed(&mut session, pid, task, answer)
    })
}

/// The process of the newest session but this one.
const NEWEST: &str = "SELECT pid FROM pg_stat_activity \
                      WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY backend_start DESC LIMIT 1";

/// What `memory`, a query for a number, grows by with each query as the first of a new session.
pub fn memory_gained(
    connect: impl Fn() -> Result<Client>,
    memory: &str,
    tasks: &[Task],
    answer: &str,
) -> Result<Vec<Series>> {
    let mut series: Vec<Series> = tasks.iter().map(|task| Series::new(&task.name)).collect();
    for _ in 0..ROUNDS_OF_MEMORY {
        for (task, series) in tasks.iter().zip(&mut series) {
            let mut session = connect()?;
            // The first time it is asked, the question itself takes memory.
            number(&mut session, memory)?;
            let before = number(&mut session, memory)?;
            prepare(&mut session, task)?;
            check(task, value(&mut session, &task.query)?, answer)?;
            series.push(Some(Reading { value: number(&mut session, memory)? - before, cpu: None }));
        }
    }
    Ok(series)
}

/// Measures every task, round by round. Those that are compared follow each other, and take turns in being the first.
fn rounds(tasks: &[Task], mut measure: impl FnMut(&Task) -> Result<Reading>) -> Result<Vec<Series>> {
    let mut series: Vec<Series> = tasks.iter().map(|task| Series::new(&task.name)).collect();
    let begin = Instant::now();
    for round in 0..=MOST_ROUNDS {
        if round > FEWEST_ROUNDS && begin.elapsed() >= BUDGET {
            break;
        }
        let mut readings = vec![None; tasks.len()];
        for index in order(tasks, round) {
            readings[index] = Some(measure(&tasks[index])?);
        }
        if round > 0 {
            for (series, reading) in series.iter_mut().zip(readings) {
                series.push(reading);
            }
        }
    }
    Ok(series)
}

/// Who takes part in a round, in which order.
fn order(tasks: &[Task], round: usize) -> Vec<usize> {
    let of = |compared: bool| (0..tasks.len()).filter(move |index| tasks[*index].is_compared == compared);
    let mut order: Vec<usize> = of(true).collect();
    if round % 2 == 1 {
        order.reverse();
    }
    if round <= ROUNDS_OF_OTHERS {
        order.extend(of(false));
    }
    order
}

fn timed(session: &mut Client, pid: u32, task: &Task, answer: &str) -> Result<Reading> {
    prepare(session, task)?;
    let before = processor_seconds(pid);
    let start = Instant::now();
    let value = value(session, &task.query)?;
    let time = start.elapsed();
    let cpu = before.zip(processor_seconds(pid)).map(|(before, after)| after - before);
    check(task, value, answer)?;
    Ok(Reading { value: time.as_secs_f64(), cpu })
}

/// Seconds that the process has spent on a processor; `None` where the kernel does not say.
fn processor_seconds(pid: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/schedstat")).ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

fn prepare(session: &mut Client, task: &Task) -> Result<()> {
    if let Some(before) = &task.before {
        session.batch_execute(before)?;
    }
    Ok(())
}

fn check(task: &Task, value: Option<String>, answer: &str) -> Result<()> {
    match value {
        Some(value) if value == answer => Ok(()),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn task(name: &str, is_compared: bool) -> Task {
        Task { name: name.to_owned(), is_compared, before: None, query: String::new() }
    }

    #[test]
    fn those_compared_follow_each_other_and_take_turns() {
        let tasks = [task("plts", true), task("plperl", false), task("plpgsql", true)];
        assert_eq!(order(&tasks, 0), [0, 2, 1]);
        assert_eq!(order(&tasks, 1), [2, 0, 1]);
        assert_eq!(order(&tasks, ROUNDS_OF_OTHERS + 1), [0, 2]);
    }

    #[test]
    fn a_row_has_rounds_enough_and_the_first_does_not_count() {
        let tasks = [task("plts", true), task("plperl", false)];
        let mut count = 0.0;
        let series = rounds(&tasks, |_| {
            count += 1.0;
            Ok(Reading { value: count, cpu: None })
        })
        .unwrap();
        assert_eq!(series[0].len(), MOST_ROUNDS);
        assert_eq!(series[1].len(), ROUNDS_OF_OTHERS);
        assert_eq!(series[1].minimum(), Some(4.0));
    }
}
