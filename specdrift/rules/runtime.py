"""Rules about the server's enforcement."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Fault, Precision, Prober, Rule

RULES = (
    Rule(
        id="certificate-never-requested",
        severity=Severity.ERROR,
        title="The listener never requests a client certificate",
        summary="Operations require mutual TLS, and the listener requested a client certificate in no handshake of the "
        "run: neither at the start of a connection nor later, for a path.",
        why="A client sends a certificate only on request, so this listener authenticates no client by one. The "
        "operations are open, or something else decides: a token, a header, the network.",
        remedy="Configure the listener that terminates TLS to request and verify client certificates. If another proxy "
        "in front does that, check its address instead. If no certificate is meant to be needed, correct the document.",
        references=(
            "CWE-306",
            "CWE-287",
            "RFC 8446 §4.3.2",
            "RFC 8446 §4.6.2",
            "RFC 5246 §7.4.4",
            "OWASP API2:2023",
            "OWASP API8:2023",
        ),
        layer_hint="The listener: its TLS configuration requests no client certificate.",
        sampled=True,
        security_score="9.1",
        precision=Precision.VERY_HIGH,
        prober=Prober.HANDSHAKE,
    ),
    Rule(
        id="mtls-not-enforced",
        severity=Severity.ERROR,
        title="No client certificate is needed",
        summary="The document requires mutual TLS for this operation, and a caller without a certificate is admitted.",
        why="Anybody who can reach the listener can call this operation. Clients, auditors and gateways that "
        "trust the document assume that only certificate holders can.",
        remedy="Put the operation behind the same check as the others, or require the certificate for the whole "
        "listener. If the operation is open on purpose, declare `security: []`.",
        references=(
            "CWE-306",
            "CWE-862",
            "OWASP API2:2023",
            "OWASP API5:2023",
            "CVE-2022-46153",
            "CVE-2026-24513",
            "CVE-2026-55956",
        ),
        fault=Fault.TOO_LAX,
        hides_others=True,
        security_score="9.1",
        precision=Precision.VERY_HIGH,
        prober=Prober.ANONYMOUS,
    ),
    Rule(
        id="data-in-refusal",
        severity=Severity.ERROR,
        title="A refusal carries the data",
        summary="A caller without a valid certificate, or without the role, is refused by status, and the same response "
        "carries values that only a valid certificate of the role should get: in the body, in an error object, or in a "
        "header.",
        why="Clients follow the status; an attacker reads the whole response. Data in an error object, a debug header "
        "or the body after a redirect is disclosed all the same.",
        remedy="Decide about the caller before the data is read, and end the request there: no handler may run after "
        "the refusal was written. Make the error response from constants only.",
        references=("CWE-200", "CWE-209", "CWE-698", "OWASP API2:2023", "OWASP API3:2023"),
        despite_refusal=True,
    ),
    Rule(
        id="data-elsewhere",
        severity=Severity.ERROR,
        title="Another answer carries the data",
        summary="A caller whom an operation refuses gets data of this operation in the answer to another request: to a "
        "path that does not exist, to a method that the document does not have, or in the refusal of another operation "
        "(error); or most of the data from an operation that the document lets the caller use (warning: it may be "
        "intended).",
        why="The guard of an operation protects its data only where they are in no other answer. A page that suggests "
        "names, the choices of a field and leftovers of debugging pass by every guard, and no test of the operation "
        "shows it.",
        remedy="Remove the data from the other answer, or guard it as the operation is guarded. If an open operation "
        "shows the same data on purpose, open the operation in the document too, or accept the warning in the baseline.",
        references=("CWE-200", "CWE-209", "CWE-863", "OWASP API3:2023", "OWASP API8:2023"),
        despite_refusal=True,
    ),
    Rule(
        id="effect-despite-refusal",
        severity=Severity.ERROR,
        title="A refused request takes effect",
        summary="A caller without a certificate, or without the role, is refused, and what it sent is stored all the same: a "
        'valid certificate reads it afterwards. It is tried with `unsafe-methods = "send"` only, where a valid '
        "certificate can read what it writes itself.",
        why="The status protects nothing: the handler runs before the guard, or the guard looks at the response alone. "
        "Anybody who can reach the listener can change the data, and tests that compare statuses do not see it.",
        remedy="Decide about the caller before the handler runs. Check the order of middleware and filters, and remove "
        "guards that work on responses.",
        references=(
            "CWE-696",
            "CWE-862",
            "CWE-306",
            "OWASP API2:2023",
            "OWASP API5:2023",
            "RFC 9110 §15.5.2",
        ),
        layer_hint="The application: the handler runs before the caller is refused.",
        bypass=True,
        despite_refusal=True,
        security_score="8.6",
    ),
    Rule(
        id="invalid-certificate-accepted",
        severity=Severity.ERROR,
        title="A certificate that must be refused is admitted",
        summary="A client certificate that does not chain to the server's client CA, is not valid now, or must be "
        "refused for another reason gets the same answer as a valid one.",
        why="Anybody can make a certificate that no trusted CA signed, with any name in it. Certificates that are "
        "expired, revoked or of a CA that is trusted no longer are still in use somewhere. A server that "
        "requests a certificate without verifying it does not authenticate clients.",
        remedy="Verify the chain against the client CA, the validity and the purpose, and refuse certificates that "
        "fail. The presence of a certificate alone does not authenticate a client.",
        references=(
            "CWE-295",
            "CWE-296",
            "CWE-298",
            "RFC 5280 §6.1",
            "OWASP API2:2023",
            "CVE-2022-21657",
            "CVE-2023-2422",
            "CVE-2025-6037",
            "CVE-2026-27586",
            "CVE-2026-29145",
            "CVE-2026-47838",
            "RUSTSEC-2026-0098",
            "RUSTSEC-2026-0099",
            "CVE-2026-33308",
        ),
        fault=Fault.TOO_LAX,
        bypass=True,
        security_score="9.8",
        precision=Precision.VERY_HIGH,
        prober=Prober.INVALID,
    ),
    Rule(
        id="certificate-policy-not-enforced",
        severity=Severity.WARNING,
        title="A certificate with a weak algorithm is admitted",
        summary="The listener admits a client certificate that chains to its client CA and is valid, with a key or "
        "signature that RFC 9325 or RFC 9155 advise against. Reported once for the listener; `[battery]` "
        "accepts the certificate, or makes its admission an error.",
        why="Keys of 1,024 bits and SHA-1 signatures can be forged with enough effort. Path validation (RFC 5280) does "
        "not forbid them, and several TLS stacks accept them by default: the client CA's policy must exclude them.",
        remedy="Issue no such certificates, and set the minimum in the TLS stack. If they are intended, write "
        '`weak-key = "accept"` (or the name of the other profile) under `[battery]`.',
        references=("CWE-326", "CWE-327", "RFC 9325 §4.5", "RFC 9155", "OWASP API8:2023"),
        layer_hint="The TLS stack of the listener: its default accepts this algorithm.",
        sampled=True,
        security_score="3.7",
        prober=Prober.POLICY,
    ),
    Rule(
        id="enforcement-inconsistent",
        severity=Severity.ERROR,
        title="Some attempts without a certificate are admitted, others refused",
        summary="A caller without a client certificate is refused on some attempts and admitted on others, depending "
        "on the address, the TLS version, the protocol (HTTP/3 too) or its form, the back end that answers, the media "
        "type, or the value of a declared parameter.",
        why="One unguarded back end of four, or one unguarded value of a parameter, is enough: an attacker finds it. "
        "Tests that send one request miss it.",
        remedy="If the message names a media type or a parameter, put the guard before the code that distinguishes them. "
        "Else find the listener, virtual host or replica that lacks the guard (a rolling deployment that stopped "
        "half-way, a TLS 1.2, HTTP/2 or HTTP/3 listener with its own configuration, a forgotten IPv6 address) and "
        "configure it like the others.",
        references=(
            "CWE-1188",
            "CWE-288",
            "CWE-306",
            "OWASP API8:2023",
            "CVE-2026-24733",
            "CVE-2026-32305",
            "CVE-2026-53622",
        ),
        layer_hint="The listener or a replica: their configurations differ.",
    ),
    Rule(
        id="mtls-over-enforced",
        severity=Severity.WARNING,
        title="A client certificate is required although the document does not require one",
        summary="The document admits callers without a certificate, and the server refuses them.",
        why="Clients that follow the document cannot call this operation; generated clients and monitors fail.",
        remedy="Declare the requirement (`security: [{<mutualTLS scheme>: []}]`) if the server is right. Otherwise "
        "make the certificate optional on this listener and check it on the operations that need it.",
        references=(
            "OpenAPI Security Requirement Object",
            "CWE-1059",
            "OWASP API9:2023",
        ),
        fault=Fault.TOO_STRICT,
        prober=Prober.ANONYMOUS,
    ),
    Rule(
        id="valid-certificate-refused",
        severity=Severity.WARNING,
        title="A valid client certificate is refused",
        summary="An identity that the document admits is refused.",
        why="Legitimate clients are locked out, or the document promises access that does not exist.",
        remedy="Check that the server trusts the issuing CA (and receives the intermediate), that the certificate is "
        "valid now and not revoked, and that its role is allowed on this operation; or correct the document.",
        references=(
            "OpenAPI Security Requirement Object",
            "RFC 5280 §6.1",
            "CWE-863",
            "OWASP API8:2023",
        ),
        fault=Fault.TOO_STRICT,
        hides_others=True,
        prober=Prober.VALID,
    ),
    Rule(
        id="role-not-enforced",
        severity=Severity.ERROR,
        title="A certificate of another role is admitted",
        summary="The operation names the roles that may call it, and a valid certificate without any of them gets the "
        "same answer as one with a role.",
        why="Authentication is not authorization: every certificate of the CA has the administrator's "
        "permissions.",
        remedy="Check the role on this operation, from the certificate of this connection, after the check that "
        "requires one.",
        references=(
            "CWE-285",
            "CWE-862",
            "CWE-863",
            "RFC 9110 §15.5.4",
            "OWASP API5:2023",
            "OWASP API1:2023",
            "CVE-2022-21656",
            "CVE-2026-22747",
            "CVE-2026-47778",
            "CVE-2026-47838",
        ),
        layer_hint="The handler, or the guard in front of it: it verifies the certificate and does not check the role.",
        security_score="8.1",
    ),
    Rule(
        id="role-over-enforced",
        severity=Severity.WARNING,
        title="A certificate of the declared role is refused",
        summary="The operation names a role, and the application refuses a valid certificate with that role, while "
        "another valid certificate is admitted there, or the same one elsewhere.",
        why="Clients rely on access that does not exist, or the document names the wrong role.",
        remedy="Compare the role in the document (the array of the mutualTLS scheme, or `allow-roles`) with the role "
        "that the server reads from the certificate (spelling, case, OU or SAN instead of CN), and with the "
        "identity's roles in specdrift's configuration; correct the wrong one.",
        references=(
            "OpenAPI Security Requirement Object",
            "CWE-863",
            "OWASP API5:2023",
        ),
        fault=Fault.TOO_STRICT,
        layer_hint="The handler, or the guard in front of it: its list of roles differs from the document.",
        security_score="",
    ),
    Rule(
        id="combination-not-enforced",
        severity=Severity.ERROR,
        title="Part of a combined requirement is enough",
        summary="The document requires a client certificate together with another credential (an API key, a password, "
        "a token), and a valid certificate is admitted although the other credential is missing or invalid.",
        why="Members of one Security Requirement Object are ANDed, because none is enough alone. Every holder of "
        "the certificate (each instance of a client, a proxy, anyone with a stolen laptop) has full access.",
        remedy="Check every member on this operation, and let no check skip another. If one is enough, declare them "
        "as two list items: items are ORed.",
        references=("OpenAPI Security Requirement Object", "CWE-306", "CWE-287", "OWASP API2:2023"),
        layer_hint="The guard: it accepts a part of the required combination.",
        security_score="7.4",
    ),
    Rule(
        id="public-ca-requested",
        severity=Severity.WARNING,
        title="The listener asks for certificates of public CAs",
        summary="A certificate request of the listener names roots that web browsers trust among the acceptable issuers "
        "(RFC 8446 §4.2.4, RFC 5246 §7.4.4).",
        why="A public CA issues a certificate to anyone who controls a domain name. Where the root store of the operating "
        "system stands in for the owner's CA, often because a CA file is missing or a default was kept, every holder "
        "of such a certificate passes the handshake.",
        remedy="Trust only the CA that issues your clients' certificates, from a file of its own.",
        references=("CWE-295", "CWE-296", "RFC 8446 §4.2.4", "OWASP API2:2023"),
        layer_hint="The listener: its trust store for client certificates has public roots.",
        sampled=True,
        security_score="6.5",
        prober=Prober.HANDSHAKE,
    ),
    Rule(
        id="token-not-bound",
        severity=Severity.ERROR,
        title="A token works without the certificate that it is bound to",
        summary="A token of one identity is admitted with another identity's certificate, or with none, and the same "
        "caller without a token is refused.",
        why="A bound token is useless without the private key it is bound to (RFC 8705 §3), but only if the "
        "server compares it with the connection's certificate.",
        remedy="Compare `cnf.x5t#S256` (of the JWT, or of the introspection response) with the base64url SHA-256 of "
        "the DER certificate of this connection, and refuse a bound token on a connection without one.",
        references=("RFC 8705 §3", "RFC 8705 §6", "CWE-294", "CWE-346", "OWASP API2:2023", "CVE-2026-39388"),
        layer_hint="The guard: it verifies the token and does not compare its certificate with that of the connection.",
        security_score="7.4",
    ),
    Rule(
        id="undocumented-endpoint",
        severity=Severity.ERROR,
        title="An undocumented endpoint answers",
        summary="A path or method outside the document has an answer of its own. It is an error if its name suggests "
        "administration or disclosure, a warning if it serves data, a note if it informs (health, versions, "
        "API descriptions).",
        why="Undocumented endpoints are not reviewed, not tested and often not guarded: debug, metrics and "
        "administration routes disclose configuration or give control.",
        remedy="Remove it, move it to another listener, guard it like the documented operations, or document it.",
        references=(
            "CWE-1059",
            "OWASP API9:2023",
            "CVE-2019-11248",
            "CVE-2022-22947",
        ),
        layer_hint="The router: it serves a route that the document does not have.",
        beside_document=True,
        precision=Precision.MEDIUM,
    ),
    Rule(
        id="target-differs",
        severity=Severity.ERROR,
        title="Two targets of one document decide differently",
        summary="With `--beside URL`, a caller is admitted by one target and refused by the other. It is an error if "
        "the checked target admits, a warning if it refuses.",
        why="A migration to another gateway or framework keeps the document and replaces what enforces it. A default "
        "that changes on the way opens or closes operations, and the document does not say which behaviour "
        "clients rely on where both are allowed.",
        remedy="Decide which target is right, and configure the other one likewise.",
        references=("CWE-1188", "OWASP API8:2023"),
        layer_hint="What was replaced: the gateway, proxy or framework in front of the operation.",
        needs_other_target=True,
    ),
)
