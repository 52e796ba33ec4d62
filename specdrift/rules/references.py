"""References of rules: weaknesses, risks, standards, and vulnerabilities of the same class.

Rules name ids; the titles are here, those of vulnerabilities in `vulnerabilities`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from specdrift.rules.advisories.vulnerabilities import VULNERABILITIES, Visibility, page_of


class ReferenceKind(StrEnum):
    CWE = "CWE"
    OWASP = "OWASP"
    CVE = "CVE"
    RFC = "RFC"
    OPENAPI = "OpenAPI"
    STANDARD = "standard"


class Reference(Struct, frozen=True, kw_only=True):
    """One reference of a rule."""

    kind: ReferenceKind
    id: str
    """The id as a rule names it: ``RFC 9110 §7.4``."""
    title: str
    """Title by the publisher, empty if unknown."""
    url: str
    """The publisher's page, empty if there is none."""


OWASP = "https://owasp.org/API-Security/editions/2023/en/"
OWASP_PAGES: Mapping[str, tuple[str, str]] = {
    "API1": ("Broken Object Level Authorization", "0xa1-broken-object-level-authorization/"),
    "API2": ("Broken Authentication", "0xa2-broken-authentication/"),
    "API3": (
        "Broken Object Property Level Authorization",
        "0xa3-broken-object-property-level-authorization/",
    ),
    "API4": ("Unrestricted Resource Consumption", "0xa4-unrestricted-resource-consumption/"),
    "API5": ("Broken Function Level Authorization", "0xa5-broken-function-level-authorization/"),
    "API6": (
        "Unrestricted Access to Sensitive Business Flows",
        "0xa6-unrestricted-access-to-sensitive-business-flows/",
    ),
    "API7": ("Server Side Request Forgery", "0xa7-server-side-request-forgery/"),
    "API8": ("Security Misconfiguration", "0xa8-security-misconfiguration/"),
    "API9": ("Improper Inventory Management", "0xa9-improper-inventory-management/"),
    "API10": ("Unsafe Consumption of APIs", "0xaa-unsafe-consumption-of-apis/"),
}

WEAKNESSES: Mapping[str, str] = {
    "CWE-20": "Improper Input Validation",
    "CWE-22": "Path Traversal",
    "CWE-41": "Improper Resolution of Path Equivalence",
    "CWE-200": "Exposure of Sensitive Information to an Unauthorized Actor",
    "CWE-204": "Observable Response Discrepancy",
    "CWE-209": "Generation of Error Message Containing Sensitive Information",
    "CWE-285": "Improper Authorization",
    "CWE-248": "Uncaught Exception",
    "CWE-287": "Improper Authentication",
    "CWE-288": "Authentication Bypass Using an Alternate Path or Channel",
    "CWE-289": "Authentication Bypass by Alternate Name",
    "CWE-290": "Authentication Bypass by Spoofing",
    "CWE-291": "Reliance on IP Address for Authentication",
    "CWE-294": "Authentication Bypass by Capture-replay",
    "CWE-295": "Improper Certificate Validation",
    "CWE-296": "Improper Following of a Certificate's Chain of Trust",
    "CWE-298": "Improper Validation of Certificate Expiration",
    "CWE-299": "Improper Check for Certificate Revocation",
    "CWE-305": "Authentication Bypass by Primary Weakness",
    "CWE-306": "Missing Authentication for Critical Function",
    "CWE-319": "Cleartext Transmission of Sensitive Information",
    "CWE-326": "Inadequate Encryption Strength",
    "CWE-327": "Use of a Broken or Risky Cryptographic Algorithm",
    "CWE-346": "Origin Validation Error",
    "CWE-348": "Use of Less Trusted Source",
    "CWE-420": "Unprotected Alternate Channel",
    "CWE-436": "Interpretation Conflict",
    "CWE-441": "Unintended Proxy or Intermediary ('Confused Deputy')",
    "CWE-489": "Active Debug Code",
    "CWE-613": "Insufficient Session Expiration",
    "CWE-636": "Not Failing Securely ('Failing Open')",
    "CWE-639": "Authorization Bypass Through User-Controlled Key",
    "CWE-647": "Use of Non-Canonical URL Paths for Authorization Decisions",
    "CWE-650": "Trusting HTTP Permission Methods on the Server Side",
    "CWE-674": "Uncontrolled Recursion",
    "CWE-694": "Use of Multiple Resources with Duplicate Identifier",
    "CWE-696": "Incorrect Behavior Order",
    "CWE-698": "Execution After Redirect (EAR)",
    "CWE-776": "Improper Restriction of Recursive Entity References ('XML Entity Expansion')",
    "CWE-807": "Reliance on Untrusted Inputs in a Security Decision",
    "CWE-862": "Missing Authorization",
    "CWE-863": "Incorrect Authorization",
    "CWE-918": "Server-Side Request Forgery",
    "CWE-1059": "Insufficient Technical Documentation",
    "CWE-1188": "Initialization of a Resource with an Insecure Default",
}

STANDARDS: Mapping[str, str] = {
    "RFC 3986": "Uniform Resource Identifier (URI): Generic Syntax",
    "RFC 6265": "HTTP State Management Mechanism",
    "RFC 5077": "TLS Session Resumption without Server-Side State",
    "RFC 5280": "Internet X.509 Public Key Infrastructure Certificate and CRL Profile",
    "RFC 6066": "TLS Extensions: Extension Definitions",
    "RFC 6750": "The OAuth 2.0 Authorization Framework: Bearer Token Usage",
    "RFC 6901": "JavaScript Object Notation (JSON) Pointer",
    "RFC 8120": "Mutual Authentication Protocol for HTTP",
    "RFC 8259": "The JavaScript Object Notation (JSON) Data Interchange Format",
    "RFC 5246": "The Transport Layer Security (TLS) Protocol Version 1.2",
    "RFC 8414": "OAuth 2.0 Authorization Server Metadata",
    "RFC 8446": "The Transport Layer Security (TLS) Protocol Version 1.3",
    "RFC 8705": "OAuth 2.0 Mutual-TLS Client Authentication and Certificate-Bound Access Tokens",
    "RFC 9110": "HTTP Semantics",
    "RFC 9113": "HTTP/2",
    "RFC 9155": "Deprecating MD5 and SHA-1 Signature Hashes in TLS 1.2 and DTLS 1.2",
    "RFC 9325": "Recommendations for Secure Use of TLS and DTLS",
    "RFC 9440": "Client-Cert HTTP Header Field",
    "YAML 1.2.2": "YAML Ain't Markup Language",
}

_RFC = re.compile(r"(RFC (\d+))(?: §([A-Z\d.]+))?")
_OWASP = re.compile(r"OWASP (API\d+):2023")
_YAML = re.compile(r"(YAML 1\.2\.2)(?: §[\d.]+)?")


def reference(text: str) -> Reference:
    """Parse a reference of a rule, and add its kind, title and page."""
    if text.startswith("CWE-"):
        url = f"https://cwe.mitre.org/data/definitions/{text.removeprefix('CWE-')}.html"
        return Reference(kind=ReferenceKind.CWE, id=text, title=WEAKNESSES.get(text, ""), url=url)
    if text.startswith("CVE-"):
        return Reference(kind=ReferenceKind.CVE, id=text, title=_vulnerability(text), url=page_of(text))
    if text.startswith("RUSTSEC-"):
        return Reference(kind=ReferenceKind.STANDARD, id=text, title=_vulnerability(text), url=page_of(text))
    if (match := _OWASP.fullmatch(text)) and match[1] in OWASP_PAGES:
        title, page = OWASP_PAGES[match[1]]
        return Reference(kind=ReferenceKind.OWASP, id=text, title=title, url=OWASP + page)
    if match := _RFC.fullmatch(text):
        section = f"#section-{match[3]}" if match[3] else ""
        url = f"https://www.rfc-editor.org/rfc/rfc{match[2]}{section}"
        return Reference(kind=ReferenceKind.RFC, id=text, title=STANDARDS.get(match[1], ""), url=url)
    return _elsewhere(text)


def _vulnerability(name: str) -> str:
    """Return the title, which says so if no probe finds the vulnerability."""
    if (known := VULNERABILITIES.get(name)) is None:
        return ""
    return f"{known.title} (not probed)" if known.visibility is Visibility.NOT_PROBED else known.title


def _elsewhere(text: str) -> Reference:
    """A part of the OpenAPI Specification, or another standard."""
    if text.startswith("OpenAPI "):
        return Reference(kind=ReferenceKind.OPENAPI, id=text, title="OpenAPI Specification", url="")
    match = _YAML.fullmatch(text)
    title = STANDARDS.get(match[1], "") if match else ""
    return Reference(kind=ReferenceKind.STANDARD, id=text, title=title, url="")
