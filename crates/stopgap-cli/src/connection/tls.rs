//! TLS as libpq's `sslmode` means it.
//!
//! `disable`: none. `prefer` (also when nothing is said): if the server can, whoever it is. `require`: always, whoever the
//! server is, unless `sslrootcert` names who vouches for it. `verify-ca`: its certificate must be vouched for.
//! `verify-full`: and be for the host that was asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::ConnectionError;
use super::parameters::Parameters;

/// How much of the server's certificate is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    Nothing,
    Authority,
    AuthorityAndHost,
}

/// How the driver is to use TLS, and the connector that does.
pub(super) fn connector(parameters: &Parameters) -> Result<(SslMode, MakeRustlsConnect), ConnectionError> {
    let root = parameters.get("sslrootcert");
    let (mode, check) = match parameters.get("sslmode").unwrap_or("prefer") {
        "disable" => (SslMode::Disable, Check::Nothing),
        // Trying without TLS first gains nothing; whoever allows it gets it when the server can.
        "allow" | "prefer" => (SslMode::Prefer, Check::Nothing),
        "require" if root.is_some() => (SslMode::Require, Check::Authority),
        "require" => (SslMode::Require, Check::Nothing),
        "verify-ca" => (SslMode::Require, Check::Authority),
        "verify-full" => (SslMode::Require, Check::AuthorityAndHost),
        _ => return Err(ConnectionError::Syntax),
    };
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConnectionError::Tls { reason: error.to_string() })?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier::new(provider, check, root)?));
    let config = match (parameters.get("sslcert"), parameters.get("sslkey")) {
        (Some(certificate), Some(key)) => {
            let key_path = PathBuf::from(key);
            let key =
                PrivateKeyDer::from_pem_file(&key_path).map_err(|error| unreadable(&key_path, &error))?;
            builder
                .with_client_auth_cert(certificates(Path::new(certificate))?, key)
                .map_err(|error| ConnectionError::Tls { reason: error.to_string() })?
        }
        (None, None) => builder.with_no_client_auth(),
        _ => return Err(ConnectionError::Tls { reason: "sslcert and sslkey go together".to_owned() }),
    };
    Ok((mode, MakeRustlsConnect::new(config)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectionError> {
    CertificateDer::pem_file_iter(path)
        .and_then(|certificates| certificates.collect())
        .map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> ConnectionError {
    ConnectionError::Tls { reason: format!("cannot read `{}`: {error}", path.display()) }
}

/// Checks a server's certificate as far as asked. Its signature of the handshake is always checked.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    check: Check,
    /// There when something is checked.
    authorities: Option<Arc<WebPkiServerVerifier>>,
}

impl Verifier {
    fn new(provider: Arc<CryptoProvider>, check: Check, root: Option<&str>) -> Result<Self, ConnectionError> {
        let authorities = match check {
            Check::Nothing => None,
            Check::Authority | Check::AuthorityAndHost => {
                let roots = authorities(root)?;
                let verifier =
                    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                        .build()
                        .map_err(|error| ConnectionError::Tls { reason: error.to_string() })?;
                Some(verifier)
            }
        };
        Ok(Self { provider, check, authorities })
    }
}

/// Who vouches: a file, else `~/.postgresql/root.crt`, else (also for `system`) whom the machine trusts.
fn authorities(root: Option<&str>) -> Result<RootCertStore, ConnectionError> {
    let own = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".postgresql/root.crt"));
    let file = match root {
        Some("system") => None,
        Some(path) => Some(PathBuf::from(path)),
        None => own.filter(|path| path.is_file()),
    };
    let found = match &file {
        Some(path) => certificates(path)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(found);
    if store.is_empty() {
        return Err(ConnectionError::Tls {
            reason: "there is no root certificate to check the server's with".to_owned(),
        });
    }
    Ok(store)
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authorities) = &self.authorities else { return Ok(ServerCertVerified::assertion()) };
        match authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is looked at last: whoever vouches has been found.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.check == Check::Authority => Ok(ServerCertVerified::assertion()),
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
