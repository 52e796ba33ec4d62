//! `accept-any-certificate`, `ignore-expiry` and `key-unproven`: verifiers that skip a part of the verification.
//!
//! Only the last skips the signature over the handshake: the others still require the private key
//! of the presented certificate.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Fault, Faults};

/// The correct verifier, or one that overrides it.
pub fn plant(
    faults: &Faults,
    right: Arc<dyn ClientCertVerifier>,
    provider: &Arc<CryptoProvider>,
) -> Arc<dyn ClientCertVerifier> {
    let leniency = match faults {
        _ if faults.has(Fault::AcceptAnyCertificate) => Leniency::AnyCertificate,
        _ if faults.has(Fault::IgnoreExpiry) => Leniency::Expired,
        _ => Leniency::None,
    };
    let key_unproven = faults.has(Fault::KeyUnproven);
    if matches!(leniency, Leniency::None) && !key_unproven {
        return right;
    }
    Arc::new(Lenient { right, provider: Arc::clone(provider), leniency, key_unproven })
}

#[derive(Debug, Clone, Copy)]
enum Leniency {
    None,
    AnyCertificate,
    Expired,
}

#[derive(Debug)]
struct Lenient {
    right: Arc<dyn ClientCertVerifier>,
    provider: Arc<CryptoProvider>,
    leniency: Leniency,
    key_unproven: bool,
}

impl ClientCertVerifier for Lenient {
    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match self.leniency {
            Leniency::None => self.right.verify_client_cert(leaf, chain, now),
            Leniency::AnyCertificate => Ok(ClientCertVerified::assertion()),
            Leniency::Expired => {
                self.right.verify_client_cert(leaf, chain, now.min(end_of_validity(leaf, now)))
            }
        }
    }

    fn client_auth_mandatory(&self) -> bool {
        self.right.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.right.root_hint_subjects()
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.key_unproven {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, leaf, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.key_unproven {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, leaf, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The last moment at which the certificate was valid, or `now` when it cannot be read.
fn end_of_validity(leaf: &CertificateDer<'_>, now: UnixTime) -> UnixTime {
    let Ok((_, parsed)) = X509Certificate::from_der(leaf) else {
        return now;
    };
    let seconds = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}
