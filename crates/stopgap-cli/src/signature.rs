//! Signatures of archives: ed25519, with keys as `openssl genpkey -algorithm ed25519` writes them.
//!
//! Guarantee: nothing of a private key is ever part of a message.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::error::CliError;

/// What comes before the 32 bytes of a public key (RFC 8410, section 4).
const PUBLIC_KEY_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A key or a signature that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignatureError {
    #[error("`{path}` holds no ed25519 {what} key in PEM")]
    Key { path: String, what: &'static str },
    #[error("the file is not signed")]
    None,
    #[error("the signature is not by that key, or the file was changed after it was signed")]
    Wrong,
}

/// A private key.
pub(crate) struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Reads a PEM file.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let unusable = || SignatureError::Key { path: path.display().to_string(), what: "private" };
        let bytes = pem(path, "PRIVATE KEY")?.ok_or_else(unusable)?;
        Ok(Self(Ed25519KeyPair::from_pkcs8_maybe_unchecked(&bytes).map_err(|_| unusable())?))
    }

    /// The public key, in base64.
    pub(crate) fn public(&self) -> String {
        STANDARD.encode(self.0.public_key().as_ref())
    }

    /// A signature, in base64.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(self.0.sign(message).as_ref())
    }
}

/// A public key.
pub(crate) struct VerifyingKey(Vec<u8>);

impl VerifyingKey {
    /// Reads a PEM file.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let unusable = || SignatureError::Key { path: path.display().to_string(), what: "public" };
        let bytes = pem(path, "PUBLIC KEY")?.ok_or_else(unusable)?;
        match bytes.strip_prefix(&PUBLIC_KEY_PREFIX) {
            Some(key) if key.len() == 32 => Ok(Self(key.to_vec())),
            _ => Err(unusable().into()),
        }
    }

    /// Refuses what this key did not sign.
    pub(crate) fn check(&self, message: &[u8], signature: Option<&str>) -> Result<(), SignatureError> {
        let signature = signature.ok_or(SignatureError::None)?;
        let bytes = STANDARD.decode(signature).map_err(|_| SignatureError::Wrong)?;
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, &bytes).map_err(|_| SignatureError::Wrong)
    }
}

/// The bytes between the lines of a PEM file; None when it has no part of that name.
fn pem(path: &Path, name: &str) -> Result<Option<Vec<u8>>, CliError> {
    let text = fs::read_to_string(path).map_err(|source| CliError::Read { path: path.to_owned(), source })?;
    let (begin, end) = (format!("-----BEGIN {name}-----"), format!("-----END {name}-----"));
    let part = text.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end));
    let base64: Option<String> = part.map(|(part, _)| part.split_whitespace().collect());
    Ok(base64.and_then(|text| STANDARD.decode(text).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first test key of RFC 8032, section 7.1.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

    #[test]
    fn signs_what_it_checks() {
        let folder = tempfile::tempdir().unwrap();
        let (private, public) = (folder.path().join("key.pem"), folder.path().join("public.pem"));
        fs::write(&private, PRIVATE).unwrap();
        let key = SigningKey::read(&private).unwrap();
        assert_eq!(key.public(), "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
        let mut der = PUBLIC_KEY_PREFIX.to_vec();
        der.extend(STANDARD.decode(key.public()).unwrap());
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
        fs::write(&public, pem).unwrap();
        let check = VerifyingKey::read(&public).unwrap();
        let signature = key.sign(b"one");
        assert!(check.check(b"one", Some(&signature)).is_ok());
        assert!(matches!(check.check(b"two", Some(&signature)), Err(SignatureError::Wrong)));
        assert!(matches!(check.check(b"one", Some("?")), Err(SignatureError::Wrong)));
        assert!(matches!(check.check(b"one", None), Err(SignatureError::None)));
        assert!(VerifyingKey::read(&private).is_err());
        assert!(SigningKey::read(&public).is_err());
    }
}
