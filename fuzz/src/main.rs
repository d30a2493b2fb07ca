//! `fuzz [--target NAME] [--seconds N] [--random N]`: each target, or one, for so long; 60 seconds unless told otherwise. The last
//! line of each says how many inputs it had.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use fuzz::target::Target;
use fuzz::{STACK_BYTES, run};

fn main() -> ExitCode {
    match arguments() {
        Ok((targets, time, random)) => {
            for target in targets {
                let seeds = match seeds(target) {
                    Ok(seeds) => seeds,
                    Err(error) => {
                        eprintln!("error: no seeds of {}: {error}", target.name());
                        return ExitCode::FAILURE;
                    }
                };
                let thread = std::thread::Builder::new()
                    .stack_size(STACK_BYTES)
                    .spawn(move || run(target, &seeds, random, time));
                let Some(outcome) = thread.ok().and_then(|thread| thread.join().ok()) else {
                    eprintln!("error: {} failed; --random {random} gives the same inputs", target.name());
                    return ExitCode::FAILURE;
                };
                println!(
                    "{}: {} inputs, {} accepted, slowest {:?}, 0 failed",
                    target.name(),
                    outcome.inputs,
                    outcome.accepted,
                    outcome.slowest
                );
            }
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<(Vec<Target>, Duration, u64), String> {
    let (mut targets, mut seconds, mut random) = (Target::ALL.to_vec(), 60, 1);
    let mut given = std::env::args().skip(1);
    while let Some(option) = given.next() {
        let value = given.next().ok_or_else(|| format!("{option} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{option} needs a number, not {value}"));
        match option.as_str() {
            "--target" => {
                targets.retain(|target| target.name() == value);
                if targets.is_empty() {
                    return Err(format!("there is no target {value}"));
                }
            }
            "--seconds" => seconds = number()?,
            "--random" => random = number()?,
            other => return Err(format!("there is no option {other}")),
        }
    }
    Ok((targets, Duration::from_secs(seconds), random))
}

/// The texts of the target's folder.
fn seeds(target: Target) -> std::io::Result<Vec<String>> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("fuzz"), PathBuf::from);
    let mut paths: Vec<_> = std::fs::read_dir(Path::new(&package).join("seeds").join(target.name()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    paths.iter().map(std::fs::read_to_string).collect()
}
