//! From the certificate of the connection to the caller of the request.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{HandshakeKind, ServerConnection};
use serde::Serialize;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::AttributeTypeAndValue;

/// The certificate that the client of this connection proved to hold, if it sent one, now or when
/// the session began that this connection resumes. In the extensions of every request.
#[derive(Clone, Default)]
pub struct Peer {
    certificate: Option<Arc<CertificateDer<'static>>>,
    resumed: bool,
}

impl Peer {
    /// From the TLS session. Only the first certificate is the client's: the others in the
    /// list are claims about the issuer, and any client can append any.
    pub fn of(session: &ServerConnection) -> Self {
        let leaf = session.peer_certificates().and_then(<[_]>::first);
        Self {
            certificate: leaf.map(|leaf| Arc::new(leaf.clone().into_owned())),
            resumed: session.handshake_kind() == Some(HandshakeKind::Resumed),
        }
    }

    /// Whether the client has no certificate.
    pub fn is_anonymous(&self) -> bool {
        self.certificate.is_none()
    }

    /// Whether the handshake was that of an earlier connection, so that nothing was verified now.
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// The identity in the certificate.
    pub fn identity(&self) -> Option<Identity> {
        self.certificate.as_deref().and_then(Identity::from_certificate)
    }
}

impl From<CertificateDer<'static>> for Peer {
    fn from(certificate: CertificateDer<'static>) -> Self {
        Self { certificate: Some(Arc::new(certificate)), resumed: false }
    }
}

/// A caller: the subject's common name, and a role for each of its organizational units.
#[derive(Clone, Serialize)]
pub struct Identity {
    /// `CN` of the subject.
    pub name: String,
    /// Every `OU` of the subject.
    pub roles: Vec<String>,
}

impl Identity {
    /// `None` when the certificate cannot be read or its subject has no common name.
    pub fn from_certificate(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let subject = parsed.subject();
        Some(Self {
            name: subject.iter_common_name().find_map(text)?,
            roles: subject.iter_organizational_unit().filter_map(text).collect(),
        })
    }

    /// Whether the caller has `role`: the whole word, in the same case.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own == role)
    }
}

fn text(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    attribute.as_str().ok().map(str::to_owned)
}
