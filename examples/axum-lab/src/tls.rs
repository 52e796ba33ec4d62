//! TLS as it should be: one explicit provider, a real verifier, ALPN for HTTP/2 and HTTP/1.1.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use crate::StartError;
use crate::args::{ClientAuth, Options, TlsVersions};
use crate::faults::verifiers;

/// The configuration of the listener.
pub fn server_config(options: &Options) -> Result<Arc<ServerConfig>, StartError> {
    // Explicit on the verifier too, so that it does not matter which provider is the default.
    let provider = Arc::new(ring::default_provider());
    let verifier = client_verifier(options, &provider)?;
    let verifier = verifiers::plant(&options.faults, verifier, &provider);
    let key = PrivateKeyDer::from_pem_file(&options.key).map_err(named(&options.key))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(options.tls))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(&options.cert)?, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn versions(offered: TlsVersions) -> Vec<&'static SupportedProtocolVersion> {
    match offered {
        TlsVersions::Both => vec![&TLS12, &TLS13],
        TlsVersions::Only12 => vec![&TLS12],
        TlsVersions::Only13 => vec![&TLS13],
    }
}

/// Chain to `--ca`, validity, purpose and (with `--crl`) revocation; required or optional.
fn client_verifier(
    options: &Options,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, StartError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&options.ca)? {
        roots.add(certificate)?;
    }
    let mut builder =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    if let Some(path) = &options.crl {
        // A list for the issuing CA is no list for the CAs above it: without the second call,
        // every client below an intermediate would be refused for want of the others.
        builder = builder.with_crls(revocations(path)?).allow_unknown_revocation_status();
    }
    if options.client_auth == ClientAuth::Optional {
        builder = builder.allow_unauthenticated();
    }
    // No usable anchor in --ca, or a list in --crl that is not version 2.
    Ok(builder.build().map_err(|error| format!("--ca, --crl: {error}"))?)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    Ok(found.map_err(named(path))?)
}

fn revocations(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, StartError> {
    let found = CertificateRevocationListDer::pem_file_iter(path).and_then(Iterator::collect);
    Ok(found.map_err(named(path))?)
}

/// Says which file it was.
fn named(path: &Path) -> impl Fn(pem::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}
