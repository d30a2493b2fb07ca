//! The compiler's name and version, part of every artifact hash.

/// Names everything that decides the JavaScript made from a source: this crate, the compiler library, and the
/// language level. A change of any of them makes an artifact "recompiled".
pub fn fingerprint() -> &'static str {
    "plts-compile@0.1.0;swc_core@83.0.0;es2023"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_versions_in_use() {
        let lock = include_str!("../../../Cargo.lock");
        let locked = lock
            .split("[[package]]")
            .find(|package| package.contains("\nname = \"swc_core\"\n"))
            .and_then(|package| package.split("\nversion = \"").nth(1))
            .and_then(|rest| rest.split('"').next())
            .unwrap();
        let expected = format!("plts-compile@{};swc_core@{locked};es2023", env!("CARGO_PKG_VERSION"));
        assert_eq!(fingerprint(), expected);
    }
}
