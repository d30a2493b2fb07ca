//! Puts the built extensions where the server looks for them.
//!
//! A file that is there and identical stays untouched. A new one is written beside the old and renamed over it,
//! so that a running server keeps the file it has mapped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::config::PgConfig;
use crate::shell::{self, Error, Result, about, quote, refused};
use crate::workspace::Workspace;

/// The libraries, each the extension of the same name, in the order in which they are created. What else a room has a
/// control file of is an extension over the same library.
pub const EXTENSIONS: [&str; 2] = ["plts", "stopgap"];

/// One file to install.
#[derive(Debug, PartialEq, Eq)]
struct Copy {
    from: PathBuf,
    to: PathBuf,
    mode: u32,
}

/// Installs all extensions from `built` (cargo's output directory). Returns how many files changed.
/// Fails with the one command to run when the server's directories are not writable and `sudo` wants a password.
pub fn install(workspace: &Workspace, postgres: &PgConfig, built: &Path) -> Result<usize> {
    let mut changed = Vec::new();
    for copy in copies(workspace, postgres, built)? {
        if !is_installed(&copy)? {
            changed.push(copy);
        }
    }
    if changed.is_empty() {
        return Ok(0);
    }
    if changed.iter().all(|copy| copy.to.parent().is_some_and(is_writable)) {
        for copy in &changed {
            replace(copy)?;
        }
    } else {
        let script = shell_script(&changed);
        if !shell::succeeds(Command::new("sudo").args(["-n", "true"])) {
            return Err(Error::NeedsCommand {
                what: format!("the directories of {} are not writable for this user", postgres.version),
                command: format!("sudo sh -c {}", quote(&script)),
            });
        }
        shell::capture(Command::new("sudo").args(["-n", "sh", "-c", &script]))?;
    }
    Ok(changed.len())
}

fn copies(workspace: &Workspace, postgres: &PgConfig, built: &Path) -> Result<Vec<Copy>> {
    let mut copies = Vec::new();
    for extension in EXTENSIONS {
        let library = built.join(format!("lib{extension}.so"));
        copies.push(Copy {
            from: library,
            to: postgres.pkglibdir.join(format!("{extension}.so")),
            mode: 0o755,
        });
        let room = workspace.path("crates").join(extension);
        let scripts = shell::list_dir(&room.join("sql"))?;
        for control in controls(&room)? {
            let name = shell::file_name(&control.with_extension(""));
            let mut texts = vec![control];
            texts.extend(scripts.iter().filter(|file| is_script(&shell::file_name(file), &name)).cloned());
            if texts.len() == 1 {
                return Err(refused(format!("\"{}\" holds no {name}--*.sql", room.join("sql").display())));
            }
            for from in texts {
                let to = postgres.extension_dir().join(shell::file_name(&from));
                copies.push(Copy { from, to, mode: 0o644 });
            }
        }
    }
    Ok(copies)
}

/// The control files of a library's room: that of its own extension, and those of others over it.
fn controls(room: &Path) -> Result<Vec<PathBuf>> {
    let files = shell::list_dir(room)?;
    let controls: Vec<PathBuf> =
        files.into_iter().filter(|file| shell::has_extension(file, "control")).collect();
    if controls.is_empty() {
        return Err(refused(format!("\"{}\" holds no control file", room.display())));
    }
    Ok(controls)
}

fn is_script(name: &str, extension: &str) -> bool {
    name.strip_prefix(extension).is_some_and(|rest| rest.starts_with("--") && rest.ends_with(".sql"))
}

fn is_installed(copy: &Copy) -> Result<bool> {
    let source = fs::metadata(&copy.from).map_err(about("read", &copy.from))?;
    match fs::metadata(&copy.to) {
        Ok(target) if target.len() == source.len() => Ok(shell::read(&copy.from)? == shell::read(&copy.to)?),
        _ => Ok(false),
    }
}

fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

fn replace(copy: &Copy) -> Result<()> {
    let beside = beside(&copy.to);
    fs::copy(&copy.from, &beside).map_err(about("write", &beside))?;
    shell::set_mode(&beside, copy.mode)?;
    fs::rename(&beside, &copy.to).map_err(about("rename", &beside))
}

/// A name in the same directory, so that the rename is atomic.
fn beside(path: &Path) -> PathBuf {
    path.with_file_name(format!(".{}.new", shell::file_name(path)))
}

fn shell_script(copies: &[Copy]) -> String {
    let text = |path: &Path| quote(&path.to_string_lossy());
    let line = |copy: &Copy| {
        let (from, to, new) = (text(&copy.from), text(&copy.to), text(&beside(&copy.to)));
        format!("install -m {:o} {from} {new} && mv -f {new} {to}", copy.mode)
    };
    copies.iter().map(line).collect::<Vec<_>>().join(" && ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_extensions_own_scripts_are_installed() {
        assert!(is_script("plts--0.1.0.sql", "plts"));
        assert!(is_script("plts--0.1.0--0.2.0.sql", "plts"));
        assert!(!is_script("plts.sql", "plts"));
        assert!(!is_script("plts_plv8--0.1.0.sql", "plts"));
    }

    #[test]
    fn the_command_to_paste_replaces_by_rename() {
        let copy = Copy { from: "a b.so".into(), to: "/lib/x.so".into(), mode: 0o755 };
        assert_eq!(
            shell_script(&[copy]),
            "install -m 755 'a b.so' /lib/.x.so.new && mv -f /lib/.x.so.new /lib/x.so"
        );
    }

    #[test]
    fn a_replaced_file_is_a_new_one() {
        use std::os::unix::fs::MetadataExt;
        let folder = std::env::temp_dir().join(format!("xtask-install-{}", std::process::id()));
        shell::make_dir(&folder).unwrap();
        let copy = Copy { from: folder.join("from"), to: folder.join("to"), mode: 0o644 };
        shell::write(&copy.from, "new").unwrap();
        shell::write(&copy.to, "old").unwrap();
        let before = fs::metadata(&copy.to).unwrap().ino();
        assert!(!is_installed(&copy).unwrap());
        replace(&copy).unwrap();
        assert!(is_installed(&copy).unwrap());
        assert_ne!(fs::metadata(&copy.to).unwrap().ino(), before);
        shell::remove_dir(&folder).unwrap();
    }
}
