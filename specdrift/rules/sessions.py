"""The rule about TLS sessions that are resumed where a certificate is due."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

RULES = (
    Rule(
        id="resumption-bypass",
        severity=Severity.ERROR,
        title="A resumed TLS session needs no client certificate",
        summary="A caller who is refused with a full handshake is admitted when the connection resumes a TLS "
        "session that the caller made elsewhere: under another name of the listener (`server.names`, and "
        "`names` of an identity that is accepted there), under an unknown one or none, or at a path that is open; or before "
        "its certificate had to be refused (`session-file`).",
        why="On resumption no certificate is sent and none is verified: the session stands for the check that was made "
        "when it began. Where that was another site's check, or none, anybody who can reach the open site has this one.",
        remedy="Bind sessions to the virtual host that made them, or make none where certificates differ; and "
        "ask for the certificate of every connection, resumed or not.",
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
