"""Vulnerable versions that a check was run on, each beside its fix; else why none was. `tests/servers/controls` runs them."""

from collections.abc import Mapping

RUN: Mapping[str, str] = {
    "CVE-2022-25640": "wolfSSL 4.1.0 is reported, 5.5.4 is not",
    "CVE-2024-45410": "Traefik 3.0.4 is reported, 3.2.0 is not",
    "CVE-2025-66614": "Tomcat 10.1.49 is reported, 10.1.50 is not",
    "CVE-2025-68121": "Go 1.25.6 is reported, 1.25.7 is not",
    "RUSTSEC-2026-0098": "rustls-webpki 0.103.11 is reported, 0.103.12 is not",
    "RUSTSEC-2026-0099": "rustls-webpki 0.103.11 is reported, 0.103.12 is not",
    "CVE-2026-21945": "OpenJDK 21.0.8 is reported, 25.0.2 is not",
    "CVE-2026-27588": "Caddy 2.10.2 is reported, 2.11.1 is not",
    "CVE-2026-28368": "Undertow 2.3.24 is reported, 2.3.25 is not",
    "CVE-2026-28369": "Undertow 2.3.24 is reported, 2.3.25 is not",
    "CVE-2026-32305": "Traefik 3.6.10 is reported, 3.6.11 is not",
    "CVE-2026-33186": "grpc-go 1.79.2 is reported, 1.79.3 is not",
    "CVE-2026-39858": "Traefik 3.6.13 is reported, 3.6.14 is not",
    "CVE-2026-43515": "Tomcat 10.1.54 is reported, 10.1.55 is not",
    "CVE-2026-47838": "Spring Security 6.5.10 is reported, the class that replaces the faulty one in 7.0.5 is not",
    "CVE-2026-48491": "Traefik 3.7.1 is reported, 3.7.4 is not",
    "CVE-2026-48710": "Starlette 0.46.2 and 1.0.0 are reported, 1.0.1 is not",
    "CVE-2026-48928": "Node.js 22.22.3 is reported, 22.23.0 is not",
    "CVE-2026-53622": "Traefik 3.7.1 is reported, 3.7.4 is not",
    "CVE-2026-55956": "Tomcat 10.1.55 is reported, 10.1.56 is not",
}
"""By vulnerability: the versions, and what the check of each reports."""

_REASONS: Mapping[str, tuple[str, ...]] = {
    "not run: no registry serves it": (
        "CVE-2010-0738",
        "CVE-2018-14773",
        "CVE-2026-24513",
        "CVE-2026-33308",
        "CVE-2026-35616",
        "CVE-2026-46579",
    ),
    "not run: registries serve its parts as sources only, and no control builds them": (
        "CVE-2019-11248",
        "CVE-2021-31920",
        "CVE-2026-31838",
    ),
    "not run: PyPI serves Traefik from 3.0.4, the Go module proxy from 3.6.12": (
        "CVE-2021-32813",
        "CVE-2022-23632",
        "CVE-2022-46153",
    ),
    "not run: the Go module proxy serves Vault 1.1.2 and 1.21.4, and not 1.20.0 and 1.20.1": (
        "CVE-2025-6037",
    ),
    "not run: the Go module proxy does not serve OpenBao": ("CVE-2026-39388",),
    "not run: nothing is sent for it": (
        "CVE-2025-61727",
        "CVE-2026-22747",
        "CVE-2026-24733",
        "CVE-2026-27586",
        "CVE-2026-33248",
    ),
    "not run: Debian serves 2.4.68 and newer, which have the fixes": (
        "CVE-2021-41773",
        "CVE-2022-31813",
        "CVE-2025-23048",
    ),
    "not run: Debian and PyPI serve versions with the fix only": ("CVE-2025-23419",),
    "not run: PyPI serves Envoy from 1.36.2, which has the fix": ("CVE-2022-21656", "CVE-2022-21657"),
    "not run: the fault is in how Envoy checks its upstreams, not its clients": ("CVE-2026-47778",),
    "not run: the fix concerns what the endpoint executes; the rule reports that it is open": (
        "CVE-2022-22947",
    ),
    "not run: Maven serves it; needs a whole Keycloak": ("CVE-2023-2422",),
    "not run: Maven serves it; needs an OCSP responder and Tomcat's native library": ("CVE-2026-29145",),
    "not run: 5.5.4 refuses it, and no later version before 5.9.2 was to be had as a library": (
        "CVE-2026-55962",
    ),
}
"""Why no vulnerable version was run, and of which vulnerabilities."""

NOT_RUN: Mapping[str, str] = {name: reason for reason, names in _REASONS.items() for name in names}
"""By vulnerability: the reason."""


def run_of(vulnerability: str) -> str:
    """Return which versions were run for a vulnerability, or why none was; empty if neither is stated."""
    return RUN.get(vulnerability) or NOT_RUN.get(vulnerability, "")
