//! The faults that can be planted: their names here, their code beside.

pub mod connection;
pub mod extractor;
pub mod files;
pub mod headers;
pub mod hosts;
pub mod methods;
pub mod order;
pub mod plain;
pub mod rewriting;
pub mod sessions;
pub mod undocumented;
pub mod verifiers;
pub mod wiring;

use std::collections::HashSet;
use std::str::FromStr;

/// One way of getting it wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// See [`TABLE`], as for the others.
    AdminOutsideLayer,
    /// A nested router outside the layer, with a fallback of its own.
    NestedFallback,
    /// A certificate in a header counts as one that was presented.
    TrustForwarded,
    /// Verification that verifies nothing.
    AcceptAnyCertificate,
    /// Verification without the end of validity.
    IgnoreExpiry,
    /// A certificate taken for the proof that its key is held.
    KeyUnproven,
    /// Authentication taken for authorization.
    RoleNotChecked,
    /// Endpoints that the document does not have.
    Undocumented,
    /// A layer on one method of a route.
    OnlyGetGuarded,
    /// An identity in the request believed without the certificate.
    IdentityNotRevalidated,
    /// The guard around what was to be open.
    PublicGuarded,
    /// A role demanded that no document mentions.
    ValidRefused,
    /// The client's own word about where it comes from.
    InternalHost,
    /// The first request of a connection speaks for the others.
    ConnectionRemembered,
    /// A header where the certificate is missing, read by the handler's own extractor.
    HeaderExtractor,
    /// A parameter of the path joined into the path of a file.
    JoinedPath,
    /// The input looked at before the caller.
    ValidationFirst,
    /// A list of guarded paths, in front of what reads paths leniently.
    GuardByPath,
    /// The method looked at by the guard is not the one that is served.
    OverrideAfterGuard,
    /// Sites chosen by Host, one of them without the guard.
    HostRouted,
    /// A resumed session taken for a verified one.
    SessionTrusted,
    /// A further listener, without TLS and without the guard.
    PlainListener,
}

/// A fault of the command line and of `--list-faults`.
struct Entry {
    fault: Fault,
    name: &'static str,
    /// The effect for an outsider.
    story: &'static str,
    /// Rules that find it, separated by commas.
    rules: &'static str,
}

const TABLE: [Entry; 22] = [
    Entry {
        fault: Fault::AdminOutsideLayer,
        name: "admin-outside-layer",
        story: "/v1/admin is merged after the guard layer and answers anyone",
        rules: "mtls-not-enforced",
    },
    Entry {
        fault: Fault::NestedFallback,
        name: "nested-fallback",
        story: "/v1/reports is nested after the guard layer, and its fallback answers any path below",
        rules: "mtls-not-enforced,undocumented-endpoint",
    },
    Entry {
        fault: Fault::TrustForwarded,
        name: "trust-forwarded",
        story: "without a certificate, one in Client-Cert, X-Forwarded-Client-Cert or X-SSL-Client-Cert will do",
        rules: "forwarded-certificate-trusted",
    },
    Entry {
        fault: Fault::AcceptAnyCertificate,
        name: "accept-any-certificate",
        story: "any client certificate is accepted, whatever its issuer and validity",
        rules: "invalid-certificate-accepted",
    },
    Entry {
        fault: Fault::IgnoreExpiry,
        name: "ignore-expiry",
        story: "an expired client certificate is accepted",
        rules: "invalid-certificate-accepted",
    },
    Entry {
        fault: Fault::KeyUnproven,
        name: "key-unproven",
        story: "a valid client certificate is accepted without proof of its private key",
        rules: "invalid-certificate-accepted",
    },
    Entry {
        fault: Fault::RoleNotChecked,
        name: "role-not-checked",
        story: "/v1/admin admits any valid certificate, with or without the role admin",
        rules: "role-not-enforced",
    },
    Entry {
        fault: Fault::Undocumented,
        name: "undocumented",
        story: "/metrics and /debug/config answer anyone and are undocumented",
        rules: "undocumented-endpoint",
    },
    Entry {
        fault: Fault::OnlyGetGuarded,
        name: "only-get-guarded",
        story: "on /v1/invoices GET is guarded, HEAD and POST answer anyone",
        rules: "method-not-enforced,mtls-not-enforced",
    },
    Entry {
        fault: Fault::IdentityNotRevalidated,
        name: "identity-not-revalidated",
        story: "X-Forwarded-User and X-Forwarded-Groups identify the caller, with or without a certificate",
        rules: "forwarded-certificate-trusted,forwarded-identity-override",
    },
    Entry {
        fault: Fault::PublicGuarded,
        name: "public-guarded",
        story: "/health, declared open, requires a certificate",
        rules: "mtls-over-enforced",
    },
    Entry {
        fault: Fault::ValidRefused,
        name: "valid-refused",
        story: "/v1/reports/totals answers 403 to every valid certificate",
        rules: "valid-certificate-refused",
    },
    Entry {
        fault: Fault::InternalHost,
        name: "internal-host",
        story: "a request with Host localhost is taken for the monitoring, with or without a certificate",
        rules: "host-sni-confusion",
    },
    Entry {
        fault: Fault::ConnectionRemembered,
        name: "connection-remembered",
        story: "after an open request the same connection is admitted to guarded routes",
        rules: "enforcement-inconsistent",
    },
    Entry {
        fault: Fault::HeaderExtractor,
        name: "header-extractor",
        story: "/v1/me takes X-SSL-Client-S-DN where the certificate is missing",
        rules: "forwarded-certificate-trusted",
    },
    Entry {
        fault: Fault::JoinedPath,
        name: "joined-path",
        story: "/v1/invoices/{id} reads the file of that name, wherever it is",
        rules: "input-not-validated",
    },
    Entry {
        fault: Fault::ValidationFirst,
        name: "validation-first",
        story: "/v1/invoices validates query and body before it authorizes the caller",
        rules: "denial-after-validation",
    },
    Entry {
        fault: Fault::GuardByPath,
        name: "guard-by-path",
        story: "the guard has a list of paths, which lacks //v1/reports/totals",
        rules: "path-variant-bypass",
    },
    Entry {
        fault: Fault::OverrideAfterGuard,
        name: "override-after-guard",
        story: "OPTIONS passes the guard, and X-HTTP-Method-Override makes it GET",
        rules: "method-not-enforced",
    },
    Entry {
        fault: Fault::HostRouted,
        name: "host-routed",
        story: "every Host except localhost and 127.0.0.1 selects the partners' site, which has no guard",
        rules: "host-sni-confusion",
    },
    Entry {
        fault: Fault::SessionTrusted,
        name: "session-trusted",
        story: "a resumed TLS session is admitted as if its handshake had verified a certificate",
        rules: "resumption-bypass",
    },
    Entry {
        fault: Fault::PlainListener,
        name: "plain-listener",
        story: "a further listener without TLS, meant for the platform's probes, serves the whole API",
        rules: "plaintext-listener",
    },
];

/// The faults of this run; by default none.
#[derive(Default)]
pub struct Faults(HashSet<Fault>);

impl Faults {
    /// Whether this fault is enabled.
    pub fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    /// Whether this is the correct service.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Faults {
    type Err = String;

    /// `none`, or names with commas between.
    fn from_str(names: &str) -> Result<Self, String> {
        if names == "none" {
            return Ok(Self::default());
        }
        names.split(',').map(named).collect::<Result<_, _>>().map(Self)
    }
}

fn named(name: &str) -> Result<Fault, String> {
    let entry = TABLE.iter().find(|entry| entry.name == name);
    entry.map(|entry| entry.fault).ok_or(format!("no fault is called {name}; see --list-faults"))
}

/// The table for `--list-faults`: name, story, rules; tabs between, a line each.
pub fn listing() -> String {
    TABLE
        .iter()
        .map(|entry| format!("{}\t{}\t{}\n", entry.name, entry.story, entry.rules))
        .collect()
}
