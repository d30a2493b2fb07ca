//! `cargo xtask setup`: what the machine needs, found or installed, and the V8 archive in its place.
//!
//! Every other verb begins with it. It asks for what is missing by what it brings, not by package name, so a
//! PostgreSQL built from source or from another repository is as good as Debian's.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::debian;
use crate::postgres::config::{Major, PgConfig};
use crate::shell::{self, Result, refused};
use crate::v8::archive::{self, Seeded};
use crate::workspace::Workspace;

/// What a prepared machine offers.
pub struct Setup {
    /// The checkout.
    pub workspace: Workspace,
    /// The PostgreSQL to build for.
    pub postgres: PgConfig,
}

/// How extensions are compiled; decides cargo's flag and where the result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Development, tests and the demo.
    Dev,
    /// The bench.
    Release,
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Profile::Dev => "debug",
            Profile::Release => "release",
        }
    }
}

impl Setup {
    /// Prepares the machine; silent but for what it changes.
    pub fn prepare() -> Result<Setup> {
        let workspace = Workspace::find()?;
        let postgres = postgres()?;
        let missing = missing(&postgres);
        if !missing.is_empty() {
            let what: Vec<&str> = missing.iter().map(|need| need.what).collect();
            debian::install(&format!("not found on this machine: {}", what.join(", ")), &packages(&missing))?;
            still_missing(&postgres)?;
        }
        match archive::seed(&workspace)? {
            Seeded::Already => {}
            Seeded::Now => println!("put the V8 archive into cargo's cache"),
            Seeded::OtherTarget => {
                println!("no V8 archive here for this target; cargo will download its own")
            }
        }
        Ok(Setup { workspace, postgres })
    }

    /// `cargo`, told which PostgreSQL it builds for. A `PGRX_PG_CONFIG_PATH` that is set already stays: a copy of a
    /// PostgreSQL has the same headers, and another path would compile the bindings anew.
    pub fn cargo(&self) -> Command {
        let mut cargo = self.workspace.cargo();
        if std::env::var_os("PGRX_PG_CONFIG_PATH").is_none() {
            cargo.env("PGRX_PG_CONFIG_PATH", &self.postgres.program);
        }
        cargo
    }

    /// `cargo <verb>` on the whole workspace, for this PostgreSQL. Every step selects the same packages and features:
    /// cargo compiles a dependency anew for each set of features that a selection asks of it, and V8's crate and the
    /// compiler's are too large for that.
    pub fn workspace_cargo(&self, verb: &str) -> Command {
        let mut cargo = self.cargo();
        cargo.args([verb, "--workspace", "--no-default-features", "--features"]);
        cargo.arg(self.postgres.major.features());
        cargo
    }

    /// Builds the two extensions and the command-line tool; returns the directory that holds them.
    pub fn build(&self, profile: Profile) -> Result<PathBuf> {
        let mut cargo = self.workspace_cargo("build");
        if profile == Profile::Release {
            cargo.arg("--release");
        }
        shell::run(&mut cargo)?;
        Ok(self.workspace.target.join(profile.folder()))
    }
}

/// Something the build or the tests call, and the Debian package that brings it.
struct Need {
    what: &'static str,
    package: String,
}

/// The PostgreSQL at hand; installs the distribution's own when there is none.
fn postgres() -> Result<PgConfig> {
    if let Some(program) = PgConfig::program() {
        return PgConfig::ask(&program);
    }
    let shown = debian::show("postgresql")?.ok_or_else(|| {
        refused("found no pg_config, and no apt that knows a package \"postgresql\"; set PG_CONFIG to a pg_config")
    })?;
    let major = Major::new(distribution_default(&shown)?)?;
    let mut wanted = packages_of(major).to_vec();
    wanted.extend(packages(&missing_tools()));
    debian::install("no PostgreSQL found", &wanted)?;
    let program = PgConfig::program()
        .ok_or_else(|| refused("PostgreSQL is installed, but pg_config is not on PATH"))?;
    PgConfig::ask(&program)
}

/// The major version that the package `postgresql` depends on, as `apt-cache show` prints it.
fn distribution_default(shown: &str) -> Result<u32> {
    shown
        .lines()
        .filter_map(|line| line.strip_prefix("Depends: "))
        .flat_map(|depends| depends.split(", "))
        .find_map(|package| package.strip_prefix("postgresql-")?.split(' ').next()?.parse().ok())
        .ok_or_else(|| refused("apt's package \"postgresql\" names no version"))
}

/// The server, what builds against it, and the two languages that the bench compares with.
fn packages_of(major: Major) -> [String; 4] {
    [
        format!("postgresql-{major}"),
        format!("postgresql-server-dev-{major}"),
        format!("postgresql-plperl-{major}"),
        format!("postgresql-plpython3-{major}"),
    ]
}

/// What this PostgreSQL lacks for building, testing and comparing.
fn missing_parts(postgres: &PgConfig) -> Vec<Need> {
    let [server, server_dev, plperl, plpython] = packages_of(postgres.major);
    let client = format!("postgresql-client-{}", postgres.major);
    let extension = |name: &str| postgres.extension_dir().join(name).is_file();
    absent([
        ("the server (initdb, postgres)", server.clone(), postgres.tool("initdb").is_file()),
        ("the client (psql)", client, postgres.tool("psql").is_file()),
        ("the server's headers", server_dev.clone(), postgres.includedir_server.join("postgres.h").is_file()),
        ("pg_regress", server_dev, postgres.pg_regress().is_file()),
        // Part of the server package since version 10, and a separate thing where it is built from source.
        ("contrib", server, extension("hstore.control")),
        ("plperl", plperl, extension("plperl.control")),
        ("plpython3u", plpython, extension("plpython3u.control")),
    ])
}

/// What the machine lacks for compiling and testing.
fn missing_tools() -> Vec<Need> {
    let libclang = has_libclang();
    let gcc = shell::find_program("gcc").is_some() && Path::new("/usr/include/stdio.h").exists();
    absent([
        ("libclang", "libclang-dev".to_owned(), libclang),
        // With libclang come only some of the compiler's own headers.
        ("clang", "clang".to_owned(), libclang || shell::find_program("clang").is_some()),
        ("gcc", "gcc".to_owned(), gcc),
        ("pkg-config", "pkg-config".to_owned(), shell::find_program("pkg-config").is_some()),
        // The tests put it between clients and a server of theirs.
        ("pgbouncer", "pgbouncer".to_owned(), has_pgbouncer()),
    ])
}

/// Distributions put it where only root's `PATH` leads.
fn has_pgbouncer() -> bool {
    shell::find_program("pgbouncer").is_some() || Path::new("/usr/sbin/pgbouncer").is_file()
}

fn absent<const N: usize>(checks: [(&'static str, String, bool); N]) -> Vec<Need> {
    let absent = checks.into_iter().filter(|(_, _, present)| !present);
    absent.map(|(what, package, _)| Need { what, package }).collect()
}

fn missing(postgres: &PgConfig) -> Vec<Need> {
    let mut needs = missing_parts(postgres);
    needs.extend(missing_tools());
    needs
}

/// The packages to install, each once.
fn packages(needs: &[Need]) -> Vec<String> {
    let names: BTreeSet<&str> = needs.iter().map(|need| need.package.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

fn still_missing(postgres: &PgConfig) -> Result<()> {
    let missing = missing(postgres);
    if missing.is_empty() {
        return Ok(());
    }
    let what: Vec<&str> = missing.iter().map(|need| need.what).collect();
    Err(refused(format!("the packages are installed, but these are still not found: {}", what.join(", "))))
}

/// Whether the bindings generator will find libclang: where `LIBCLANG_PATH` says, or where distributions put it.
fn has_libclang() -> bool {
    if let Some(folder) = std::env::var_os("LIBCLANG_PATH") {
        return holds_libclang(Path::new(&folder));
    }
    let multiarch = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let versioned = shell::list_dir(Path::new("/usr/lib")).unwrap_or_default();
    let llvm = versioned
        .into_iter()
        .filter(|path| shell::file_name(path).starts_with("llvm"))
        .map(|path| path.join("lib"));
    llvm.chain([multiarch.into(), "/usr/lib64".into(), "/usr/lib".into(), "/usr/local/lib".into()])
        .any(|folder: PathBuf| holds_libclang(&folder))
}

fn holds_libclang(folder: &Path) -> bool {
    let is_library = |name: String| {
        name.starts_with("libclang.so") || (name.starts_with("libclang-") && name.contains(".so"))
    };
    shell::list_dir(folder).is_ok_and(|files| files.iter().any(|file| is_library(shell::file_name(file))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_brings_two_things_is_named_once() {
        let needs = absent([
            ("headers", "dev".to_owned(), false),
            ("pg_regress", "dev".to_owned(), false),
            ("gcc", "gcc".to_owned(), true),
        ]);
        assert_eq!(needs.len(), 2);
        assert_eq!(packages(&needs), ["dev"]);
    }

    #[test]
    fn the_distribution_says_its_version() {
        let shown =
            "Package: postgresql\nDepends: libc6, postgresql-15 (>= 15.3)\nSuggests: postgresql-doc\n";
        assert_eq!(distribution_default(shown).unwrap(), 15);
        let bare = "Depends: postgresql-16\n";
        assert_eq!(distribution_default(bare).unwrap(), 16);
        assert!(distribution_default("Depends: libc6\n").is_err());
    }
}
