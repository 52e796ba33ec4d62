"""Rules about what the server does."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

RULES = (
    Rule(
        id="mtls-not-enforced",
        severity=Severity.ERROR,
        title="No client certificate is needed",
        summary="The document requires mutual TLS for this operation, and a caller without a certificate is admitted.",
        why="Anybody who can reach the listener can call this operation. Clients, auditors and gateways that trust "
        "the document believe that only certificate holders can.",
        remedy="Put the operation behind the check that guards the others, or demand the certificate for the "
        "whole listener. If the operation is meant to be open, say `security: []` in the document.",
        references=(
            "CWE-306",
            "CWE-862",
            "OWASP API2:2023",
            "OWASP API5:2023",
            "CVE-2022-46153",
        ),
    ),
    Rule(
        id="invalid-certificate-accepted",
        severity=Severity.ERROR,
        title="A certificate that must be refused is admitted",
        summary="A client certificate that does not chain to the server's client CA, is not valid now, or is otherwise "
        "to be refused gets the same answer as a good one.",
        why="Whoever holds it was to be shut out: anybody can make a certificate that no trusted CA signed, with any "
        "name in it, and one that is over, revoked or of a CA that is trusted no longer is still in somebody's hands. "
        "Asking for a certificate without verifying it authenticates nobody.",
        remedy="Verify the chain against the client CA, the dates and the purpose, and refuse what does not "
        "verify. Asking whether there is a certificate is not enough.",
        references=(
            "CWE-295",
            "CWE-296",
            "CWE-298",
            "RFC 5280 §6.1",
            "OWASP API2:2023",
            "CVE-2022-21657",
            "CVE-2023-2422",
            "CVE-2026-27586",
            "CVE-2026-29145",
        ),
    ),
    Rule(
        id="enforcement-inconsistent",
        severity=Severity.ERROR,
        title="The same request is admitted sometimes",
        summary="A caller without a client certificate is refused on some attempts and admitted on others: it depends "
        "on the address, the TLS version, the protocol and how it is spoken, or which back end answers.",
        why="A door that is open one time in four is open: an attacker asks four times. It also hides from tests that "
        "ask once.",
        remedy="Find the listener, virtual host or replica that lacks the guard (a rolling deployment that stopped "
        "half-way, a TLS 1.2 or HTTP/2 listener with its own configuration, a forgotten IPv6 address) and "
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
    ),
    Rule(
        id="mtls-over-enforced",
        severity=Severity.WARNING,
        title="A client certificate is demanded although the document does not ask for one",
        summary="The document lets callers in without a certificate, and the server does not.",
        why="Clients that follow the document cannot call this operation; generated clients and monitors fail.",
        remedy="Declare the requirement (`security: [{<mutualTLS scheme>: []}]`) if the server is right, or make the "
        "certificate optional on this listener and check it on the operations that need it.",
        references=(
            "OpenAPI Security Requirement Object",
            "CWE-1059",
            "OWASP API9:2023",
        ),
    ),
    Rule(
        id="valid-certificate-refused",
        severity=Severity.WARNING,
        title="A valid client certificate is refused",
        summary="An identity that should be admitted by what the document says is refused.",
        why="Legitimate clients are locked out, or the document promises access that does not exist.",
        remedy="Check that the server trusts the issuing CA (and got the intermediate), that the certificate is inside "
        "its validity and not revoked, and that its role is allowed on this operation; or correct the document.",
        references=(
            "OpenAPI Security Requirement Object",
            "RFC 5280 §6.1",
            "CWE-863",
            "OWASP API8:2023",
        ),
    ),
    Rule(
        id="role-not-enforced",
        severity=Severity.ERROR,
        title="A certificate of another role is admitted",
        summary="The operation names the roles that may call it, and the bearer of a valid certificate that "
        "has none of them gets the same answer as one who has.",
        why="Authentication is not authorization: every certificate of the CA is as good as the "
        "administrator's.",
        remedy="Check the role where the operation is served, from the certificate of this connection, inside "
        "the check that demands one.",
        references=(
            "CWE-285",
            "CWE-862",
            "CWE-863",
            "RFC 9110 §15.5.4",
            "OWASP API5:2023",
            "OWASP API1:2023",
            "CVE-2022-21656",
            "CVE-2026-22747",
            "CVE-2026-47838",
        ),
    ),
    Rule(
        id="role-over-enforced",
        severity=Severity.WARNING,
        title="A certificate of the declared role is refused",
        summary="The operation names a role, and a valid certificate that has it is refused by the application, where "
        "another good certificate gets in, or the same one gets in elsewhere.",
        why="Clients are promised an access that does not exist; or the document names a role that the server does "
        "not mean.",
        remedy="Compare the role in the document (the array of the mutualTLS scheme, or `allow-roles`) with the one "
        "that the server reads from the certificate (spelling, case, OU or SAN instead of CN), and with the roles of "
        "the identity in the configuration of specdrift; correct what is wrong.",
        references=(
            "OpenAPI Security Requirement Object",
            "CWE-863",
            "OWASP API5:2023",
        ),
    ),
    Rule(
        id="combination-not-enforced",
        severity=Severity.ERROR,
        title="Part of what is required together is enough",
        summary="The document asks for a client certificate and another credential (an API key, a password, a "
        "token) together, and a good certificate is admitted although the other one is missing or made up.",
        why="Members of one Security Requirement Object are ANDed: each is there because the others are not enough. "
        "Whoever has the certificate (every instance of a client, a proxy, a thief of a laptop) has it all.",
        remedy="Check every member where the operation is served, and let nothing that one check finds skip "
        "the next. If one is enough, write them as two list items in the document: items are ORed.",
        references=("OpenAPI Security Requirement Object", "CWE-306", "CWE-287", "OWASP API2:2023"),
    ),
    Rule(
        id="token-not-bound",
        severity=Severity.ERROR,
        title="A token works without the certificate that it is bound to",
        summary="A token of one identity is admitted with the certificate of another, or with none, where the "
        "same caller without a token is refused.",
        why="A bound token is useless to who steals it only if the server compares it with the certificate of "
        "the connection.",
        remedy="Compare `cnf.x5t#S256` (of the JWT, or of the introspection response) with the base64url "
        "SHA-256 of the DER certificate on this connection, and refuse a bound token without one.",
        references=("RFC 8705 §3", "RFC 8705 §6", "CWE-294", "CWE-346", "OWASP API2:2023"),
    ),
    Rule(
        id="undocumented-endpoint",
        severity=Severity.ERROR,
        title="Something answers that the document does not have",
        summary="A path or method outside the document gives an answer of its own. It is an error where its name says "
        "that it administers or leaks, a warning where it merely serves, a note where it informs (health, versions, "
        "descriptions of the API).",
        why="What is not in the document is not reviewed, not tested and often not guarded: debug, metrics and "
        "administration routes leak configuration or hand out control.",
        remedy="Remove it, bind it to another listener, guard it like the documented operations, or document it.",
        references=(
            "CWE-1059",
            "OWASP API9:2023",
            "CVE-2019-11248",
            "CVE-2022-22947",
        ),
    ),
)
