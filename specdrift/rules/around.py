"""Rules about ways around the certificate: another method, path, name or door."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

RULES = (
    Rule(
        id="method-not-enforced",
        severity=Severity.ERROR,
        title="Another method needs no client certificate",
        summary="A caller without a certificate is refused by the documented method, and admitted by another: "
        "HEAD, a method in lower case or of nobody's definition, an undeclared one, or a safe method with an "
        "override header or `_method` parameter.",
        why="The guard is bound to the methods that somebody thought of. HEAD tells what exists, how large it is and "
        "when it changed; an override reaches the handler itself, reading or writing.",
        remedy="Guard the path, and let the method be looked at behind the guard.",
        references=(
            "CWE-650",
            "CWE-288",
            "CWE-306",
            "RFC 9110 §9.3.2",
            "OWASP API5:2023",
            "OWASP API8:2023",
            "CVE-2010-0738",
            "CVE-2026-43515",
            "CVE-2026-55956",
        ),
    ),
    Rule(
        id="path-variant-bypass",
        severity=Severity.ERROR,
        title="Another spelling of the path needs no client certificate",
        summary="A caller without a certificate is refused at the documented path, and gets the operation's "
        "own answer when the path is written another way, or through a header that rewrites it "
        "(X-Original-URL and its like).",
        why="The guard compares what was written, the router finds what was meant. Anybody who knows one spelling has "
        "the whole operation.",
        remedy="Guard the route and not the string: decide after the router has, or normalise once in front "
        "and pass on only the normal form. Delete X-Original-URL and X-Rewrite-URL from what clients send.",
        references=(
            "CWE-22",
            "CWE-41",
            "CWE-289",
            "CWE-436",
            "CWE-647",
            "RFC 3986 §6.2.2",
            "OWASP API5:2023",
            "OWASP API8:2023",
            "CVE-2021-31920",
            "CVE-2018-14773",
        ),
    ),
    Rule(
        id="plaintext-listener",
        severity=Severity.ERROR,
        title="The operation can be had at a door without the certificate",
        summary="An operation that demands a certificate answers without TLS on the same port, or without a "
        "certificate on a further listener or another server of the document on the same host, as it answers "
        "a good certificate.",
        why="Who finds the second door needs no certificate at all, and without TLS everybody on the way reads along.",
        remedy="Close the door, or demand the certificate there too. Bind what must stay open to 127.0.0.1.",
        references=(
            "CWE-319",
            "CWE-420",
            "CWE-306",
            "RFC 9110 §4.2.2",
            "OWASP API8:2023",
            "OWASP API9:2023",
        ),
    ),
    Rule(
        id="host-sni-confusion",
        severity=Severity.ERROR,
        title="Names that do not belong together step around the certificate",
        summary="A caller without a certificate is refused, and gets the operation's own answer by names that "
        "do not belong together: SNI, Host, `:authority`, X-Forwarded-Host or an address.",
        why="One name chooses whether a certificate is demanded, another what is served. Who sends both chooses both.",
        remedy="Serve a request only by the name under which its connection was opened, and answer 421 (RFC "
        "9110 §15.5.20) otherwise; refuse unknown names; let the application ask for the certificate of this "
        "connection.",
        references=(
            "CWE-290",
            "CWE-346",
            "CWE-436",
            "RFC 6066 §3",
            "RFC 9110 §7.4",
            "RFC 9113 §9.1.2",
            "OWASP API2:2023",
            "OWASP API8:2023",
            "CVE-2022-23632",
            "CVE-2025-66614",
            "CVE-2026-27588",
            "CVE-2026-32305",
            "CVE-2026-48491",
            "CVE-2026-48928",
            "CVE-2026-53622",
        ),
    ),
)
