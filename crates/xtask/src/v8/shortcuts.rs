//! Our own C++ inside the archive: `crates/plts-js/v8/shortcuts.cc`, compiled as if it were one of V8's sources.

use std::path::Path;
use std::process::Command;

use super::sources;
use crate::shell::{self, Result, refused};
use crate::workspace::Workspace;

/// The source of V8's with whose command ours is compiled: the interface to embedders, for which it stands in.
const MODEL: (&str, &str) = ("../v8/src/api/api.cc", "obj/v8/v8_base_without_compiler/api.o");
/// The object's name in the archive.
const OBJECT: &str = "obj/plts_shortcuts.o";

/// Compiles it in `out`, GN's output directory, in which the headers have been generated, and puts the object into
/// `library`, or in the place of an older one.
pub fn add(workspace: &Workspace, out: &Path, clang: &Path, library: &Path) -> Result<()> {
    let source = sources::shortcuts(workspace);
    let commands = shell::capture(Command::new("ninja").args(["-t", "commands", MODEL.1]).current_dir(out))?;
    let command = command(&commands, &source, &sources::digest(workspace)?)?;
    shell::run(Command::new("sh").arg("-c").arg(command).current_dir(out))?;
    shell::run(Command::new(clang.join("bin/llvm-ar")).arg("rcs").arg(library).arg(OBJECT).current_dir(out))
}

/// The last of ninja's commands, for `source` in place of the model. What it makes says of which sources of ours V8 was made.
fn command(commands: &str, source: &Path, digest: &str) -> Result<String> {
    let last = commands.lines().last().unwrap_or_default();
    if !last.contains(MODEL.0) || !last.contains(MODEL.1) {
        return Err(refused(format!("ninja has no command that compiles {}", MODEL.0)));
    }
    let ours = last.replace(MODEL.0, &shell::quote(&source.to_string_lossy())).replace(MODEL.1, OBJECT);
    Ok(format!("{ours} '-DPLTS_V8_SOURCES=\"{digest}\"'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_that_of_the_model() {
        let commands = "touch a\nclang++ -MD -MF obj/v8/v8_base_without_compiler/api.o.d -O3 -c ../v8/src/api/api.cc -o obj/v8/v8_base_without_compiler/api.o\n";
        assert_eq!(
            command(commands, Path::new("/w/shortcuts.cc"), "12ab").unwrap(),
            "clang++ -MD -MF obj/plts_shortcuts.o.d -O3 -c /w/shortcuts.cc -o obj/plts_shortcuts.o \
             '-DPLTS_V8_SOURCES=\"12ab\"'"
        );
    }

    #[test]
    fn another_command_is_refused() {
        assert!(command("touch a\n", Path::new("/w/shortcuts.cc"), "12ab").is_err());
        assert!(command("", Path::new("/w/shortcuts.cc"), "12ab").is_err());
    }
}
