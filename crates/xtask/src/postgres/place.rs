//! Where a private cluster keeps its things, and stopping the server that runs there.
//!
//! A server is known by the process id in its data directory's own file, and only when that process works in that
//! very directory: a number that another process got since, or another cluster, is never touched.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::account::Account;
use crate::shell::{self, Result, about, refused};
use crate::workspace::Workspace;

/// The longest socket directory: the system's limit is 107 bytes with the socket's own name.
const SOCKET_DIR_LIMIT: usize = 85;
/// How long a server may take to stop before it is asked less kindly.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// Servers to stop when a signal ends us.
static RUNNING: Mutex<Vec<Place>> = Mutex::new(Vec::new());
static HANDLER: Once = Once::new();

/// The directories of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Everything but, with a long path, the socket.
    pub dir: PathBuf,
    /// The socket's directory, short enough for the system.
    pub socket_dir: PathBuf,
}

impl Place {
    /// The place for a new cluster of this process, with its directories made. Leftovers of the same purpose go.
    pub fn make(workspace: &Workspace, account: Account, purpose: &str) -> Result<Place> {
        let base = base(workspace, account)?;
        remove_leftovers(&base, purpose)?;
        let place = Place::of(base.join(format!("{purpose}-{}", std::process::id())));
        account.make_private_dir(&place.dir)?;
        account.make_private_dir(&place.socket_dir)?;
        stop_on_signals();
        running().push(place.clone());
        Ok(place)
    }

    /// Sockets have short names only, so a deep directory gets its socket elsewhere.
    fn of(dir: PathBuf) -> Place {
        let inside = dir.join("socket");
        let socket_dir = if inside.as_os_str().len() <= SOCKET_DIR_LIMIT {
            inside
        } else {
            std::env::temp_dir().join(format!("plts-{}", shell::file_name(&dir)))
        };
        Place { dir, socket_dir }
    }

    /// The cluster's data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Whether the server accepts connections, as it says itself.
    pub fn is_ready(&self) -> bool {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        text.lines().nth(7).is_some_and(|status| status.trim() == "ready")
    }

    /// Whether this place is still ours to stop.
    pub fn is_running(&self) -> bool {
        running().contains(self)
    }

    /// From now on nobody stops it.
    pub fn forget(&self) {
        running().retain(|other| other != self);
    }

    /// Removes the directories.
    pub fn remove(&self) -> Result<()> {
        shell::remove_dir(&self.socket_dir)?;
        shell::remove_dir(&self.dir)
    }

    /// The server's process, when one runs in this very data directory.
    fn server(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        let pid = Pid::from_raw(text.lines().next()?.trim().parse().ok()?)?;
        test_kill_process(pid).ok()?;
        let works_in = fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero())).ok()?;
        (works_in == self.data().canonicalize().ok()?).then_some(pid)
    }

    /// Stops the server if one runs here.
    fn stop_server(&self, signal: Signal) -> Result<()> {
        match self.server() {
            Some(pid) => stop_process(pid, signal, || self.server().is_none()),
            None => Ok(()),
        }
    }
}

/// Asks a process to stop with `signal`, and less kindly each time it takes too long, until `is_gone`.
pub fn stop_process(pid: Pid, signal: Signal, mut is_gone: impl FnMut() -> bool) -> Result<()> {
    for signal in [signal, Signal::QUIT, Signal::KILL] {
        if kill_process(pid, signal).is_err() {
            return Ok(());
        }
        let start = Instant::now();
        while start.elapsed() < STOP_LIMIT {
            if is_gone() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
    Err(refused(format!("process {} does not stop", pid.as_raw_nonzero())))
}

fn running() -> MutexGuard<'static, Vec<Place>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// On ctrl-c or termination: stop every server at once, then end with the status of an interrupted program.
fn stop_on_signals() {
    HANDLER.call_once(|| {
        let installed = ctrlc::set_handler(|| {
            for place in running().iter() {
                if let Err(error) = place.stop_server(Signal::QUIT).and_then(|()| place.remove()) {
                    eprintln!("warning: {error}");
                }
            }
            std::process::exit(130);
        });
        if let Err(error) = installed {
            eprintln!("warning: ctrl-c will leave the private server running: {error}");
        }
    });
}

/// The directory for clusters: in cargo's target directory, unless the server's account cannot get there.
fn base(workspace: &Workspace, account: Account) -> Result<PathBuf> {
    let base = workspace.scratch().join("clusters");
    shell::make_dir(&base)?;
    if account.can_enter(&base) {
        return base.canonicalize().map_err(about("resolve", &base));
    }
    let base = std::env::temp_dir().join("plts-clusters");
    shell::make_dir(&base)?;
    let owner = fs::symlink_metadata(&base).map_err(about("read", &base))?.uid();
    if owner != rustix::process::geteuid().as_raw() {
        return Err(refused(format!("\"{}\" belongs to another user", base.display())));
    }
    if account.can_enter(&base) {
        Ok(base)
    } else {
        Err(refused(format!("the account of the server cannot enter \"{}\"", base.display())))
    }
}

/// Stops and removes clusters of `purpose` whose task is no longer there.
fn remove_leftovers(base: &Path, purpose: &str) -> Result<()> {
    for dir in shell::list_dir(base)? {
        let name = shell::file_name(&dir);
        let Some(task) = name.strip_prefix(purpose).and_then(|rest| rest.strip_prefix('-')) else { continue };
        let Some(task) = task.parse().ok().and_then(Pid::from_raw) else { continue };
        if is_task(task) && task != rustix::process::getpid() {
            continue;
        }
        let place = Place::of(dir);
        if place.server().is_some() {
            println!("stopping the {purpose} cluster of an earlier run");
        }
        place.stop_server(Signal::INT)?;
        place.remove()?;
    }
    Ok(())
}

/// Whether a process is a task of ours, and not a later process that got its number.
fn is_task(pid: Pid) -> bool {
    let program = fs::read_link(format!("/proc/{}/exe", pid.as_raw_nonzero()));
    program.is_ok_and(|path| shell::file_name(&path).starts_with("xtask"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        shell::remove_dir(&dir).unwrap();
        shell::make_dir(&dir).unwrap();
        dir
    }

    #[test]
    fn a_deep_directory_gets_a_short_socket() {
        let deep = PathBuf::from(format!("/{}/test-1", "x".repeat(90)));
        assert!(Place::of(deep).socket_dir.as_os_str().len() <= SOCKET_DIR_LIMIT);
        assert_eq!(Place::of("/a/test-1".into()).socket_dir, Path::new("/a/test-1/socket"));
    }

    #[test]
    fn a_foreign_process_id_is_not_our_server() {
        let place = Place::of(scratch("foreign"));
        shell::make_dir(&place.data()).unwrap();
        // Our own process lives, but does not work in that directory.
        shell::write(&place.data().join("postmaster.pid"), format!("{}\n", std::process::id())).unwrap();
        assert!(place.server().is_none());
        place.remove().unwrap();
    }

    #[test]
    fn a_server_left_behind_is_stopped_and_removed_and_others_are_not() {
        let base = scratch("leftovers");
        // A process that works in the data directory, as a server does; its task (process 1) is no task of ours.
        let data = base.join("demo-1/data");
        shell::make_dir(&data).unwrap();
        let mut server = std::process::Command::new("sleep").arg("600").current_dir(&data).spawn().unwrap();
        shell::write(&data.join("postmaster.pid"), format!("{}\n", server.id())).unwrap();
        for other in ["test-1", "demo-notes"] {
            shell::make_dir(&base.join(other)).unwrap();
        }
        remove_leftovers(&base, "demo").unwrap();
        assert!(!server.wait().unwrap().success());
        let left: Vec<_> =
            shell::list_dir(&base).unwrap().iter().map(|path| shell::file_name(path)).collect();
        assert_eq!(left, ["demo-notes", "test-1"]);
        shell::remove_dir(&base).unwrap();
    }

    #[test]
    fn a_running_task_is_recognised() {
        assert!(is_task(rustix::process::getpid()));
        assert!(!is_task(Pid::INIT));
    }
}
