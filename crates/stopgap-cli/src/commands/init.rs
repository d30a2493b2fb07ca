//! `stopgap init`: writes a starter project and never overwrites a file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::args::InitArgs;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::printer::Printer;

const FILES: [(&str, &str); 3] = [
    ("stopgap.toml", include_str!("../../starter/stopgap.toml")),
    ("stopgap/hello.ts", include_str!("../../starter/hello.ts")),
    ("tsconfig.json", include_str!("../../starter/tsconfig.json")),
];

/// The document of `--json`.
#[derive(serde::Serialize)]
struct Document {
    command: &'static str,
    directory: String,
    created: Vec<&'static str>,
    kept: Vec<&'static str>,
}

/// Writes the files that are not there.
pub(crate) fn run(args: &InitArgs, printer: &Printer) -> Result<ExitCode, CliError> {
    let mut created = Vec::new();
    let mut kept = Vec::new();
    for (name, text) in FILES {
        let path = args.directory.join(name);
        let was_created = create(&path, text).map_err(|source| CliError::Write { path, source })?;
        printer.line(&format!("{}  {name}", if was_created { "created" } else { "kept   " }))?;
        if was_created { created.push(name) } else { kept.push(name) }
    }
    printer.note("next: write `db` in `stopgap.toml`, then run `stopgap deploy`")?;
    printer.document(&Document {
        command: "init",
        directory: args.directory.display().to_string(),
        created,
        kept,
    })?;
    Ok(ExitCode::Success)
}

/// Writes a new file and its folders; false when there is one already.
fn create(path: &Path, text: &str) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
