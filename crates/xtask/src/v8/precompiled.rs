//! Precompiled headers for the V8 build: parsing the same headers for every file is most of its time.
//!
//! A group is a set of GN targets with the same flags, and one header text for all of them. The precompiled
//! file is made with those flags and then named in each target's ninja file.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Result, refused};

/// The targets that share one precompiled header.
pub struct Group {
    /// The name of the header, and of what is made from it.
    pub name: &'static str,
    /// GN targets of `//v8`; the first one's flags are used.
    pub targets: &'static [&'static str],
    headers: Headers,
}

enum Headers {
    /// Every `#include` line of the file that Torque writes for one source; they are the same in all.
    GeneratedBy(&'static str),
    /// These files, in this order.
    Listed(&'static [&'static [&'static str]]),
}

/// What nearly every file of V8's run time includes, directly or not.
const RUNTIME: &[&str] = &[
    "src/api/api-inl.h",
    "src/execution/isolate-inl.h",
    "src/heap/factory-inl.h",
    "src/heap/heap-inl.h",
    "src/objects/objects-inl.h",
    "src/handles/handles-inl.h",
    "src/logging/counters.h",
    "src/logging/log.h",
    "src/codegen/assembler-inl.h",
    "src/codegen/macro-assembler.h",
    "src/execution/frames-inl.h",
    "src/deoptimizer/deoptimizer.h",
];

/// What the optimising compilers include besides.
const COMPILER: &[&str] = &[
    "src/compiler/js-heap-broker-inl.h",
    "src/compiler/node-matchers.h",
    "src/compiler/pipeline-data-inl.h",
    "src/compiler/turboshaft/assembler.h",
    "src/compiler/turboshaft/graph.h",
    "src/compiler/turboshaft/operations.h",
    "src/compiler/turboshaft/phase.h",
];

/// All groups. The three sets of targets are disjoint.
pub const GROUPS: &[Group] = &[
    Group {
        name: "initializers",
        targets: &["torque_generated_initializers", "v8_initializers", "mksnapshot"],
        headers: Headers::GeneratedBy("array-at"),
    },
    Group {
        name: "runtime",
        targets: &["v8_base_without_compiler", "v8_snapshot"],
        headers: Headers::Listed(&[RUNTIME]),
    },
    Group { name: "compiler", targets: &["v8_compiler"], headers: Headers::Listed(&[RUNTIME, COMPILER]) },
];

/// Makes the group's precompiled header in `out` (GN's output directory) and names it in its targets' ninja files.
/// A header that is there already is kept, so an interrupted build goes on.
pub fn prepare(group: &Group, out: &Path, compiler: &Path) -> Result<()> {
    let folder = out.join("precompiled");
    shell::make_dir(&folder)?;
    let header = folder.join(format!("{}.h", group.name));
    let precompiled = folder.join(format!("{}.pch", group.name));
    if !precompiled.is_file() {
        shell::write(&header, header_text(group, out)?)?;
        let ninja = shell::read_text(&ninja_file(out, group.targets[0]))?;
        let mut words = vec![shell::quote(&compiler.to_string_lossy())];
        for variable in ["defines", "include_dirs", "cflags", "cflags_cc"] {
            words.push(variable_of(&ninja, variable)?.replace("$ ", " ").replace("$$", "$"));
        }
        let unfinished = precompiled.with_extension("part");
        words.push(format!(
            "-x c++-header -Xclang -emit-pch -c {} -o {}",
            shell::quote(&header.to_string_lossy()),
            shell::quote(&unfinished.to_string_lossy()),
        ));
        // The flags are written for a shell (quotes inside defines), so a shell reads them.
        shell::run(Command::new("sh").arg("-c").arg(words.join(" ")).current_dir(out))?;
        std::fs::rename(&unfinished, &precompiled).map_err(shell::about("rename", &unfinished))?;
    }
    for target in group.targets {
        let file = ninja_file(out, target);
        let text = with_precompiled(&shell::read_text(&file)?, &precompiled)?;
        shell::write(&file, text)?;
    }
    Ok(())
}

/// The ninja targets that must be built before the headers can be parsed: everything generated.
pub fn prerequisites() -> Vec<String> {
    GROUPS
        .iter()
        .flat_map(|group| group.targets)
        .filter(|target| **target != "v8_snapshot")
        .map(|target| format!("phony/v8/{target}.inputdeps"))
        .collect()
}

fn ninja_file(out: &Path, target: &str) -> PathBuf {
    out.join("obj/v8").join(format!("{target}.ninja"))
}

fn header_text(group: &Group, out: &Path) -> Result<String> {
    let lines: Vec<String> = match group.headers {
        Headers::GeneratedBy(source) => {
            let file = out.join(format!("gen/v8/torque-generated/src/builtins/{source}-tq-csa.cc"));
            shell::read_text(&file)?
                .lines()
                .filter(|line| line.starts_with("#include"))
                .map(str::to_owned)
                .collect()
        }
        Headers::Listed(lists) => {
            lists.iter().flat_map(|list| *list).map(|file| format!("#include \"{file}\"")).collect()
        }
    };
    if lines.is_empty() {
        return Err(refused(format!("found no header for the precompiled \"{}\"", group.name)));
    }
    Ok(lines.join("\n") + "\n")
}

fn variable_of<'a>(ninja: &'a str, name: &str) -> Result<&'a str> {
    ninja
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
        .ok_or_else(|| refused(format!("a ninja file of V8 sets no \"{name}\"")))
}

fn with_precompiled(ninja: &str, precompiled: &Path) -> Result<String> {
    let flag = format!(" -include-pch {}", precompiled.display());
    variable_of(ninja, "cflags_cc")?;
    let line = |line: &str| {
        if line.starts_with("cflags_cc = ") && !line.contains("-include-pch") {
            format!("{line}{flag}\n")
        } else {
            format!("{line}\n")
        }
    };
    Ok(ninja.lines().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_added_once() {
        let ninja = "cflags = -Wall\ncflags_cc = -std=c++23\nbuild a: cxx b\n";
        let once = with_precompiled(ninja, Path::new("out/x.pch")).unwrap();
        assert_eq!(once, "cflags = -Wall\ncflags_cc = -std=c++23 -include-pch out/x.pch\nbuild a: cxx b\n");
        assert_eq!(with_precompiled(&once, Path::new("out/x.pch")).unwrap(), once);
    }

    #[test]
    fn a_missing_variable_is_an_error() {
        assert!(variable_of("cflags = -Wall\n", "cflags_cc").is_err());
        assert_eq!(variable_of("cflags = -Wall\n", "cflags").unwrap(), "-Wall");
    }

    #[test]
    fn no_target_is_in_two_groups() {
        let mut targets: Vec<_> = GROUPS.iter().flat_map(|group| group.targets).collect();
        let all = targets.len();
        targets.sort();
        targets.dedup();
        assert_eq!(targets.len(), all);
    }
}
