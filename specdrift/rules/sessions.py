"""Rules about what was decided earlier or elsewhere: sessions, renewals of certificates, issuers of tokens."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Precision, Prober, Rule

RULES = (
    Rule(
        id="resumption-bypass",
        severity=Severity.ERROR,
        title="A resumed TLS session bypasses the guard",
        summary="A caller is refused with a full handshake, and admitted when it resumes a TLS session that it made "
        "elsewhere: under another name of the listener (`server.names`, and `names` of an identity that is "
        "accepted there), under an unknown name or none, on an open path, or before its certificate had to be "
        "refused (`session-file`). The caller may have a certificate that lacks the operation's role.",
        why="On resumption no certificate is sent or verified: the session stands for the check at its start. If "
        "another site made that check, or none was made, everybody who can reach the open site can reach this "
        "one.",
        remedy="Bind sessions to the virtual host that made them, or disable them where certificates differ; and "
        "check the certificate of every connection, resumed or not.",
        references=(
            "CWE-287",
            "CWE-295",
            "CWE-305",
            "CWE-613",
            "RFC 8446 §4.6.1",
            "RFC 8446 §2.2",
            "RFC 5077 §5",
            "OWASP API2:2023",
            "OWASP API8:2023",
            "CVE-2025-23419",
            "CVE-2025-23048",
            "CVE-2025-68121",
        ),
        layer_hint="The listener: it does not apply the policy of a full handshake to a resumed session.",
        security_score="8.1",
    ),
    Rule(
        id="key-proof-not-required",
        severity=Severity.ERROR,
        title="A client is admitted without proof of its key",
        summary="A handshake is completed, and the operation answers, although the client did not send CertificateVerify: "
        "it shows the certificate of a valid identity and signs nothing, or sends no Certificate message at all.",
        why="A certificate is public: it is sent in clear in TLS 1.2, and stands in logs, tickets and transparency lists. "
        "CertificateVerify alone proves that the client has the key. A server that does not insist on it takes "
        "everybody for everybody.",
        remedy="Update the TLS library of the listener; until then, terminate TLS with another one.",
        references=(
            "CWE-287",
            "CWE-295",
            "RFC 8446 §4.4.3",
            "RFC 5246 §7.4.8",
            "OWASP API2:2023",
            "CVE-2022-25640",
            "CVE-2026-55962",
        ),
        layer_hint="The TLS library of the listener: its state machine takes Finished for the next message.",
        security_score="9.8",
    ),
    Rule(
        id="session-replaces-certificate",
        severity=Severity.ERROR,
        title="A session replaces the certificate",
        summary="A client without a certificate is refused, and admitted with a cookie, a token or a link that "
        "a client with a valid certificate was given before, with a token that a refusal or an open operation gives "
        "everyone, or with made-up values of it. The document declares no alternative to the certificate. A client whose "
        "own certificate is refused, as it lacks the role, is admitted with what another identity was given.",
        why="What the server hands out is a bearer credential: it stands in browsers, logs and proxies, and a client that has "
        "it needs no key. It also outlives the certificate and its revocation. Frameworks make such cookies by default.",
        remedy="Create no sessions for clients that authenticate by certificate, or compare the certificate of the "
        "connection with that of the session or token on each request (RFC 8705 §3); or declare the cookie or token in the "
        "document.",
        references=(
            "CWE-287",
            "CWE-613",
            "RFC 6265 §8.4",
            "RFC 6750 §5.2",
            "RFC 8705 §3",
            "OWASP API2:2023",
        ),
        layer_hint="The application: it authenticates by the session before it looks for a certificate.",
        sampled=True,
        security_score="7.4",
    ),
    Rule(
        id="session-outlives-certificate",
        severity=Severity.WARNING,
        title="A session outlives its certificate",
        summary="A client is admitted after its certificate has expired, on a resumed TLS session or (a note) on a "
        "connection that is kept alive, while a new connection with the same certificate is refused. It is tried with "
        "`[client-ca] short-validity` only: the run waits for the end of the validity.",
        why="Short-lived certificates replace revocation only if their end is enforced. A client that keeps its "
        "connection or its session stays in for as long as the server keeps them: hours or days.",
        remedy="Limit the lifetime of sessions and connections to less than the shortest validity of client "
        "certificates, or compare the end of the validity on each request.",
        references=(
            "CWE-298",
            "CWE-613",
            "RFC 8446 §4.6.1",
            "RFC 5077 §5.6",
            "RFC 9325 §3.4",
            "OWASP API2:2023",
            "OWASP API8:2023",
        ),
        layer_hint="The listener: sessions and connections last longer than certificates.",
        sampled=True,
        security_score="4.2",
    ),
    Rule(
        id="session-outlives-revocation",
        severity=Severity.ERROR,
        title="A session outlives the revocation of its certificate",
        summary="A certificate is revoked, or its issuer is no longer trusted, and new connections with it are refused. Its "
        "client is still admitted on a resumed TLS session or (a warning) on a connection that is kept alive. It is "
        "tried with `revoke-command` of an identity only.",
        why="A certificate is revoked because its key may be stolen, or its holder must leave. A client that has a "
        "connection or a session then keeps its access: servers read revocation lists in full handshakes, and each "
        "resumption over TLS 1.3 gives a new ticket, so that no full handshake ever has to follow.",
        remedy="With each new revocation list or set of trusted CAs, replace the keys of session tickets, empty the "
        "session cache and end open connections; or compare the certificate with the list on each request.",
        references=(
            "CWE-299",
            "CWE-613",
            "RFC 8446 §4.6.1",
            "RFC 5077 §5.6",
            "RFC 9325 §3.4",
            "OWASP API2:2023",
            "OWASP API8:2023",
            "CVE-2025-68121",
        ),
        layer_hint="The listener: sessions and connections survive the change of its revocation list or trusted CAs.",
        sampled=True,
        security_score="7.1",
    ),
    Rule(
        id="issuer-endpoint-without-mtls",
        severity=Severity.WARNING,
        title="An issuer's endpoint for mutual TLS requests no client certificate",
        summary="The metadata of a token issuer announce certificate-bound tokens, client authentication by certificate "
        "or `mtls_endpoint_aliases`, and an endpoint that clients use for them requests no certificate.",
        why="Without a certificate in the handshake the issuer can neither authenticate the client by it nor bind a "
        "token to it (RFC 8705 §2, §3): clients fail, or get bearer tokens that work for everyone who has them.",
        remedy="Request client certificates on the listener of the announced endpoints, or announce the endpoints that "
        "do so.",
        references=("RFC 8705 §3.3", "RFC 8705 §5", "RFC 8414 §2", "CWE-295", "CWE-306", "OWASP API2:2023"),
        layer_hint="The issuer's listener, or a proxy in front of it that ends TLS.",
        security_score="5.3",
        prober=Prober.HANDSHAKE,
        precision=Precision.MEDIUM,
    ),
    Rule(
        id="issuer-binding-unused",
        severity=Severity.NOTE,
        title="The issuer can bind tokens, and the token in use is not bound",
        summary="Operations require a client certificate together with a token, the issuer's metadata announce "
        "certificate-bound tokens, and the configured token names no certificate (`cnf`, RFC 8705 §3.1).",
        why="A token that is not bound works with every valid certificate, also with that of an attacker who has "
        "copied it.",
        remedy="Register the client for bound tokens (`tls_client_certificate_bound_access_tokens`), and let it request "
        "them with its certificate at the endpoint that the metadata announce.",
        references=("RFC 8705 §3", "RFC 8705 §3.4", "CWE-294", "OWASP API2:2023"),
        layer_hint="The registration of the client at the issuer.",
        precision=Precision.MEDIUM,
    ),
    Rule(
        id="renewal-without-client-auth",
        severity=Severity.WARNING,
        title="The renewal of a client certificate will be refused",
        summary="A configured client certificate is of a public CA, and the server refuses a certificate whose extended "
        "key usage is serverAuth only (profile `wrong-eku`), as such CAs will issue it.",
        why="From 2027-03-15 public CAs that browsers trust issue leaves for servers only (Chrome Root Program Policy "
        "1.8). The client works until its certificate is renewed, and is then refused in the handshake, or does not "
        "send the certificate at all.",
        remedy="Issue client certificates from a CA of your own before the renewal. If the server is to accept such "
        "certificates for a while, set `[client-ca] server-only-until` to its end.",
        references=("CWE-298", "RFC 5280 §4.2.1.12", "OWASP API8:2023"),
        layer_hint="The client's certificate; the server is right.",
        security_score="",
        prober=Prober.VALID,
    ),
)
