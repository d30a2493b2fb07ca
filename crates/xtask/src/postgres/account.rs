//! Who runs a private server: ourselves, or the user `postgres` when we are root, since PostgreSQL refuses root.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::shell::{self, Result, about, refused};

/// The operating system user that a private server runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// The user who runs the task.
    Own,
    /// Another user, whose identity root takes on.
    Other { uid: u32, gid: u32 },
}

impl Account {
    /// The account for servers: our own, or `postgres` when we are root.
    pub fn for_servers() -> Result<Account> {
        if !shell::is_root() {
            return Ok(Account::Own);
        }
        let id = |option: &str| -> Result<u32> {
            let text = shell::capture(Command::new("id").args([option, "postgres"]))?;
            text.parse().map_err(|_| refused(format!("\"id {option} postgres\" printed \"{text}\"")))
        };
        Ok(Account::Other { uid: id("-u")?, gid: id("-g")? })
    }

    /// A command that runs as this account, without our environment's home.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Account::Other { uid, gid } = *self {
            command.uid(uid).gid(gid).env("HOME", "/");
        }
        command
    }

    /// Makes a new directory that belongs to this account and is closed to others.
    /// Fails when the name is taken: what somebody else put there is never given away.
    pub fn make_private_dir(&self, path: &Path) -> Result<()> {
        fs::create_dir(path).map_err(about("create directory", path))?;
        self.give(path)?;
        shell::set_mode(path, 0o700)
    }

    /// Gives `path`, and all below it, to this account.
    pub fn give(&self, path: &Path) -> Result<()> {
        if let Account::Other { uid, gid } = *self {
            std::os::unix::fs::chown(path, Some(uid), Some(gid))
                .map_err(about("change the owner of", path))?;
            if path.is_dir() {
                for entry in shell::list_dir(path)? {
                    self.give(&entry)?;
                }
            }
        }
        Ok(())
    }

    /// Whether this account can enter `folder` and all directories above it.
    pub fn can_enter(&self, folder: &Path) -> bool {
        shell::succeeds(self.command("test").arg("-x").arg(folder).current_dir("/"))
    }
}
