"""The rule about TLS sessions that are resumed where a certificate is due."""

from specdrift.model.drift import Severity
from specdrift.rules.rule import Rule

RULES = (
    Rule(
        id="resumption-bypass",
        severity=Severity.ERROR,
        title="A resumed TLS session needs no client certificate",
        summary="A caller who is refused with a full handshake is admitted when the connection resumes a TLS session "
        "that the caller made elsewhere: under another name of the listener (`server.names`), under an unknown one or "
        "none, or at a path that is open. Callers are nobody, the identities that must be refused, and a certificate "
        "that nobody trusts; each resumes its own sessions, over TLS 1.2 and 1.3. An attempt counts only where the "
        "connection was really resumed and the answer is the operation's own. A correct server makes a full handshake, "
        "answers 421, or ends the connection. Whether a session outlives the revocation of its certificate is not "
        "tried: within one run nothing is revoked.",
        why="On resumption no certificate is sent and none is verified: the session stands for the check that was made "
        "when it began. Where that was another site's check, or none, anybody who can reach the open site has this one.",
        remedy="Bind sessions to the virtual host that made them, or make none where certificates differ. Axum: one "
        "`ServerConfig` for each client policy, each with its own `session_storage` and `ticketer`, and the certificate "
        "asked of every connection. nginx 1.27.4 or later, or `ssl_session_tickets off` and a `ssl_session_cache` of "
        "its own in each server. Envoy: `disable_stateless_session_resumption` and "
        "`disable_stateful_session_resumption`, or session ticket keys for each filter chain. HAProxy: `no-tls-tickets` "
        "on the bind line, and `ssl_c_used` with `ssl_c_verify` in the rules. Apache 2.4.64 or later; before, "
        "`SSLSessionTickets off` and `SSLSessionCache none`. Spring: no session cache shared among connectors with "
        "different trust. Go 1.25.7 or later; `VerifyConnection` and not `VerifyPeerCertificate`, which resumed "
        "connections skip; `SetSessionTicketKeys` for each `Config` that `GetConfigForClient` returns. Node: "
        "`socket.authorized` at each request, `ticketKeys` and `sessionIdContext` for each server.",
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
    ),
)
