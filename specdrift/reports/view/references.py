"""Links for what a rule refers to. They are made from our own catalogue only, never from a document."""

import re

from specdrift.reports.view.types import Link

OWASP = "https://owasp.org/API-Security/editions/2023/en/"
OWASP_PAGES = {
    "API1": "0xa1-broken-object-level-authorization/",
    "API2": "0xa2-broken-authentication/",
    "API3": "0xa3-broken-object-property-level-authorization/",
    "API4": "0xa4-unrestricted-resource-consumption/",
    "API5": "0xa5-broken-function-level-authorization/",
    "API6": "0xa6-unrestricted-access-to-sensitive-business-flows/",
    "API7": "0xa7-server-side-request-forgery/",
    "API8": "0xa8-security-misconfiguration/",
    "API9": "0xa9-improper-inventory-management/",
    "API10": "0xaa-unsafe-consumption-of-apis/",
}
CWE_ID = re.compile(r"CWE-(\d+)")
RFC_ID = re.compile(r"RFC (\d+)(?: §([A-Z\d.]+))?")
OWASP_ID = re.compile(r"OWASP (API\d+):2023")


def link(reference: str) -> Link:
    """The reference, with the page where its publisher explains it, if we know it."""
    return Link(text=reference, url=_url(reference))


def _url(reference: str) -> str:
    if match := CWE_ID.fullmatch(reference):
        return f"https://cwe.mitre.org/data/definitions/{match[1]}.html"
    if match := RFC_ID.fullmatch(reference):
        section = f"#section-{match[2]}" if match[2] else ""
        return f"https://www.rfc-editor.org/rfc/rfc{match[1]}{section}"
    if (match := OWASP_ID.fullmatch(reference)) and match[1] in OWASP_PAGES:
        return OWASP + OWASP_PAGES[match[1]]
    return ""
