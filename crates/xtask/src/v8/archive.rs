//! The prebuilt V8 archive in `third_party/v8`: checks its digest and puts it where the crate `v8` looks first.
//!
//! With the archive in place a plain `cargo build` needs no download from outside the registries.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::shell::{self, Result, about, refused};
use crate::workspace::Workspace;

/// The version of the crate `v8` that the archive belongs to.
pub const V8_VERSION: &str = "150.4.0";
/// The only target that the archive serves; others download theirs.
pub const TARGET: &str = "x86_64-unknown-linux-gnu";
/// The archive's name, as the crate's own releases call it.
pub const NAME: &str = "librusty_v8_ptrcomp_simdutf_release_x86_64-unknown-linux-gnu.a.gz";

/// Whether the seed was already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seeded {
    /// The same file was in place.
    Already,
    /// It was put there now.
    Now,
    /// This machine's target has no archive here; the crate downloads its own.
    OtherTarget,
}

/// The name under which the crate's build script looks for the release download in its cache directory:
/// the address with everything but letters and digits replaced by underscores.
pub fn cache_key() -> String {
    let address = format!("https://github.com/denoland/rusty_v8/releases/download/v{V8_VERSION}/{NAME}");
    address.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Checks the archive's digest and puts it in `$CARGO_HOME/.rusty_v8`, by hard link when that is possible.
pub fn seed(workspace: &Workspace) -> Result<Seeded> {
    if workspace.host_triple()? != TARGET {
        return Ok(Seeded::OtherTarget);
    }
    let folder = workspace.path("third_party/v8");
    let archive = folder.join(NAME);
    let expected = expected_digest(&shell::read_text(&folder.join("SHA256SUMS"))?, NAME)?;
    let bytes = shell::read(&archive)?;
    let found = digest(&bytes);
    if found != expected {
        return Err(refused(format!(
            "\"{}\" is not the file that SHA256SUMS names\nexpected {expected}\nfound    {found}",
            archive.display()
        )));
    }
    let cache = workspace.cargo_home()?.join(".rusty_v8");
    let place = cache.join(cache_key());
    if place.is_file() && shell::read(&place)? == bytes {
        return Ok(Seeded::Already);
    }
    shell::make_dir(&cache)?;
    // Through a neighbour and a rename: a build that runs now sees the old file or the new one, never half.
    let neighbour = cache.join(format!("{}.{}", cache_key(), std::process::id()));
    if fs::hard_link(&archive, &neighbour).is_err() {
        fs::copy(&archive, &neighbour).map_err(about("write", &neighbour))?;
    }
    fs::rename(&neighbour, &place).map_err(about("rename", &neighbour))?;
    Ok(Seeded::Now)
}

/// The SHA-256 of `bytes` in lower-case hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of a whole file.
pub fn file_digest(path: &Path) -> Result<String> {
    shell::read(path).map(|bytes| digest(&bytes))
}

/// The digest that a `SHA256SUMS` file gives for `name`.
fn expected_digest(sums: &str, name: &str) -> Result<String> {
    sums.lines()
        .filter_map(|line| line.split_once(char::is_whitespace))
        .find(|(_, file)| file.trim_start_matches([' ', '*']) == name)
        .map(|(digest, _)| digest.to_owned())
        .ok_or_else(|| refused(format!("SHA256SUMS has no line for {name}")))
}

/// Where the archive of the repository is.
pub fn shipped(workspace: &Workspace) -> PathBuf {
    workspace.path("third_party/v8").join(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_key_is_the_escaped_address() {
        assert_eq!(
            cache_key(),
            "https___github_com_denoland_rusty_v8_releases_download_v150_4_0_\
             librusty_v8_ptrcomp_simdutf_release_x86_64_unknown_linux_gnu_a_gz"
        );
    }

    #[test]
    fn the_workspace_uses_the_archives_version() {
        let lock = include_str!("../../../../Cargo.lock");
        assert!(
            lock.contains(&format!("name = \"v8\"\nversion = \"{V8_VERSION}\"\n")),
            "build the archive anew"
        );
    }

    #[test]
    fn digests_are_looked_up_by_name() {
        let sums = "aa  other.gz\nbb  wanted.gz\ncc *binary.gz\n";
        assert_eq!(expected_digest(sums, "wanted.gz").unwrap(), "bb");
        assert_eq!(expected_digest(sums, "binary.gz").unwrap(), "cc");
        assert!(expected_digest(sums, "absent.gz").is_err());
    }

    #[test]
    fn the_digest_is_sha_256() {
        assert_eq!(digest(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
