//! Running other programs, files, and what can go wrong with them.
//!
//! Every error names the command or the file it is about; nothing is retried and nothing is swallowed.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Why a task stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program could not be started at all.
    #[error("could not run \"{command}\": {source}")]
    NotStarted { command: String, source: io::Error },
    /// A program ran and reported failure; `output` holds what it said when that was not shown already.
    #[error("\"{command}\" failed: {status}{}", tail(output))]
    Failed { command: String, status: std::process::ExitStatus, output: String },
    /// A file or directory could not be read or written.
    #[error("could not {action} \"{}\": {source}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    /// The machine lacks something that only its owner can give.
    #[error("{what}\nrun this, then try again:\n    {command}")]
    NeedsCommand { what: String, command: String },
    /// The database answered with an error.
    #[error("database error: {}", .0.as_db_error().map_or_else(|| .0.to_string(), ToString::to_string))]
    Database(#[from] postgres::Error),
    /// Anything else; the text says what was expected and what was found.
    #[error("{0}")]
    Refused(String),
}

/// The result of a task.
pub type Result<T, E = Error> = std::result::Result<T, E>;

fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    if lines.is_empty() {
        return String::new();
    }
    let first = lines.len().saturating_sub(40);
    format!("\n{}", lines[first..].join("\n"))
}

/// Shorthand for [`Error::Refused`].
pub fn refused(text: impl Into<String>) -> Error {
    Error::Refused(text.into())
}

/// How a command is shown to people: program and arguments, those with spaces in quotes.
pub fn display(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| quote(&word.to_string_lossy()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// `word` as a POSIX shell reads it back.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn not_started(command: &Command) -> impl FnOnce(io::Error) -> Error + '_ {
    move |source| Error::NotStarted { command: display(command), source }
}

/// Runs `command` with our own input and output; fails unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(not_started(command))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Failed { command: display(command), status, output: String::new() })
    }
}

/// Runs `command`, shows its standard output as it comes and hands each line to `see`. Returns whether it succeeded.
pub fn run_lines(command: &mut Command, mut see: impl FnMut(&str)) -> Result<bool> {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(not_started(command))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.map_err(about("read the output of", command.get_program()))?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            see(&line);
        }
    }
    let status = child.wait().map_err(not_started(command))?;
    Ok(status.success())
}

/// Runs `command` and returns its output, whatever its status.
pub fn output(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().map_err(not_started(command))
}

/// Runs `command` silently and returns its standard output without the last line end; fails unless it succeeds.
pub fn capture(command: &mut Command) -> Result<String> {
    let found = output(command)?;
    if found.status.success() {
        Ok(String::from_utf8_lossy(&found.stdout).trim_end().to_owned())
    } else {
        let mut text = String::from_utf8_lossy(&found.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&found.stderr));
        Err(Error::Failed { command: display(command), status: found.status, output: text })
    }
}

/// Whether `command` can be started and succeeds; its output is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// The full path of `program`, when the search path has it.
pub fn find_program(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Turns an IO error about `path` into ours: `fs::read(p).map_err(about("read", p))`.
pub fn about<'a>(
    action: &'static str,
    path: &'a (impl AsRef<Path> + ?Sized),
) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| Error::File { action, path: path.as_ref().to_owned(), source }
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(about("read", path))
}

/// Reads a whole file as UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(about("read", path))
}

/// Writes a whole file.
pub fn write(path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
    fs::write(path, contents).map_err(about("write", path))
}

/// Makes a directory and those above it.
pub fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(about("create directory", path))
}

/// Removes a directory with all it holds; none there is fine.
pub fn remove_dir(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(about("remove", path)(error)),
        _ => Ok(()),
    }
}

/// The entries of a directory, sorted by name.
pub fn list_dir(path: &Path) -> Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(about("list", path))? {
        entries.push(entry.map_err(about("list", path))?.path());
    }
    entries.sort();
    Ok(entries)
}

/// Sets the permission bits of a path.
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(about("set the mode of", path))
}

/// Copies a directory with all it holds.
pub fn copy_dir(from: &Path, to: &Path) -> Result<()> {
    make_dir(to)?;
    for entry in list_dir(from)? {
        let target = to.join(file_name(&entry));
        if entry.is_dir() {
            copy_dir(&entry, &target)?;
        } else {
            fs::copy(&entry, &target).map_err(about("copy", &entry))?;
        }
    }
    Ok(())
}

/// The last part of a path as text.
pub fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Whether a path ends in `.extension`.
pub fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension() == Some(OsStr::new(extension))
}

/// Whether this process is root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The part of `start` until now as people read it: `0.42 s`, `1 m 05 s`.
pub fn since(start: Instant) -> String {
    duration(start.elapsed())
}

/// A duration as people read it.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.2} s", time.as_secs_f64())
    } else {
        format!("{} m {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_command_can_be_pasted() {
        let mut command = Command::new("psql");
        command.args(["-c", "select 'x'", "", "a=b"]);
        assert_eq!(display(&command), r"psql -c 'select '\''x'\''' '' a=b");
    }

    #[test]
    fn a_failed_command_shows_what_it_said() {
        let error = capture(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("out\nerr") && text.contains("exit status: 3"), "{text}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("no-such-program-here"), "{error}");
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(Duration::from_millis(420)), "0.42 s");
        assert_eq!(duration(Duration::from_secs(65)), "1 m 05 s");
    }
}
