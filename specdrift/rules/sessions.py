"""The rule about resumed TLS sessions."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

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
)
