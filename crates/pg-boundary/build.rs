//! Compiles the C shim against the headers of the server that `pg_config` names.

use std::env;
use std::path::Path;
use std::process::Command;

const SOURCES: &[&str] = &[
    "error.c",
    "deadline.c",
    "shared.c",
    "spi.c",
    "rows.c",
    "cursor.c",
    "transaction.c",
    "datum.c",
    "row.c",
    "range.c",
    "function.c",
    "session.c",
    "heap.c",
    "module.c",
    "worker.c",
    "set.c",
    "window.c",
    "trigger.c",
];

fn main() {
    println!("cargo:rerun-if-changed=shim");
    println!("cargo:rerun-if-env-changed=PGRX_PG_CONFIG_PATH");
    println!("cargo:rerun-if-env-changed=PG_CONFIG");
    let include = server_include();
    let mut build = cc::Build::new();
    // A function that no header declares would be found missing by the server alone, when it loads the library.
    build
        .include(include)
        .warnings(false)
        .flag("-fvisibility=hidden")
        .flag("-Werror=implicit-function-declaration");
    for source in SOURCES {
        build.file(Path::new("shim").join(source));
    }
    build.compile("pg_boundary_shim");
}

fn server_include() -> String {
    let program = ["PGRX_PG_CONFIG_PATH", "PG_CONFIG"]
        .iter()
        .find_map(|name| env::var(name).ok())
        .unwrap_or_else(|| "pg_config".to_owned());
    let output = Command::new(&program)
        .arg("--includedir-server")
        .output()
        .unwrap_or_else(|error| panic!("cannot run {program}: {error}; run `cargo xtask setup`"));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
