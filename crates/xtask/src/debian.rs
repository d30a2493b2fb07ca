//! Debian packages: installs them when it may, otherwise says which command to run.
//!
//! Only names are decided elsewhere; a package is asked for when what it brings is missing on the machine.

use std::process::Command;

use crate::shell::{self, Error, Result, display};

/// Installs `packages` through apt: directly as root, through `sudo` when that asks no password.
/// Fails with the one command to run when neither is possible; `what` says what is missing.
pub fn install(what: &str, packages: &[String]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let by_hand = || Error::NeedsCommand {
        what: what.to_owned(),
        command: format!("sudo apt-get update && sudo apt-get install -y {}", packages.join(" ")),
    };
    if shell::find_program("apt-get").is_none() {
        return Err(Error::Refused(format!(
            "{what}\nthis machine has no apt-get; install what Debian calls: {}",
            packages.join(" ")
        )));
    }
    println!("installing {}", packages.join(" "));
    if !update()? {
        return Err(by_hand());
    }
    let Some(mut install) = as_root("apt-get") else { return Err(by_hand()) };
    install.args(["install", "-q", "-y", "--no-install-recommends"]).args(packages);
    shell::capture(&mut install).map(drop)
}

/// Reads apt's package lists anew. Returns whether we may at all.
fn update() -> Result<bool> {
    let Some(mut update) = as_root("apt-get") else { return Ok(false) };
    let updated = shell::output(update.args(["update", "-q"]))?;
    if !updated.status.success() {
        // Not the end: the lists at hand may know every package, and the install says if not.
        let said = String::from_utf8_lossy(&updated.stderr).into_owned();
        println!("warning: \"{}\" failed: {}", display(&update), said.trim_end());
    }
    Ok(true)
}

/// What `apt-cache show` prints about a package; reads the lists first on a machine that has none yet.
/// None when apt does not know the package.
pub fn show(package: &str) -> Result<Option<String>> {
    if shell::find_program("apt-cache").is_none() {
        return Ok(None);
    }
    let ask = || shell::output(Command::new("apt-cache").args(["show", package]));
    let mut found = ask()?;
    if !found.status.success() && update()? {
        found = ask()?;
    }
    Ok(found.status.success().then(|| String::from_utf8_lossy(&found.stdout).into_owned()))
}

/// A command that runs `program` as root without asking anything, or none.
pub fn as_root(program: &str) -> Option<Command> {
    if shell::is_root() {
        let mut command = Command::new(program);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        return Some(command);
    }
    if !shell::succeeds(Command::new("sudo").args(["-n", "true"])) {
        return None;
    }
    let mut command = Command::new("sudo");
    command.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive", program]);
    Some(command)
}
