"""Vulnerable versions that a check was run on, each beside its fix; else why none was. `tests/servers/controls` runs them."""

from collections.abc import Mapping

RUN: Mapping[str, str] = {
    "CVE-2022-25640": "wolfSSL 4.1.0 is reported, 5.5.4 is not",
    "CVE-2025-68121": "Go 1.25.6 is reported, 1.25.7 is not",
    "CVE-2026-48710": "Starlette 0.46.2 and 1.0.0 are reported, 1.0.1 is not",
}
"""By vulnerability: the versions, and what the check of each reports."""

_REASONS: Mapping[str, tuple[str, ...]] = {
    "not run: no registry serves it": (
        "CVE-2010-0738",
        "CVE-2018-14773",
        "CVE-2026-21945",
        "CVE-2026-24513",
        "CVE-2026-33308",
        "CVE-2026-35616",
        "CVE-2026-46579",
    ),
    "not run: a program that no control builds in an older version": (
        "CVE-2019-11248",
        "CVE-2021-31920",
        "CVE-2021-32813",
        "CVE-2022-23632",
        "CVE-2022-46153",
        "CVE-2024-45410",
        "CVE-2025-6037",
        "CVE-2026-27586",
        "CVE-2026-27588",
        "CVE-2026-31838",
        "CVE-2026-32305",
        "CVE-2026-39388",
        "CVE-2026-39858",
        "CVE-2026-48491",
        "CVE-2026-53622",
    ),
    "not run: Debian serves 2.4.71 only, which has the fixes": (
        "CVE-2021-41773",
        "CVE-2022-31813",
        "CVE-2025-23048",
    ),
    "not run: no control has an older version": (
        "CVE-2022-21656",
        "CVE-2022-21657",
        "CVE-2025-23419",
        "CVE-2026-47778",
        "CVE-2026-48928",
    ),
    "not run: Maven serves older versions, and no control is built with them": (
        "CVE-2022-22947",
        "CVE-2023-2422",
        "CVE-2025-66614",
        "CVE-2026-22747",
        "CVE-2026-24733",
        "CVE-2026-28368",
        "CVE-2026-28369",
        "CVE-2026-29145",
        "CVE-2026-43515",
        "CVE-2026-47838",
        "CVE-2026-55956",
    ),
    "not run: nothing is sent for it": ("CVE-2025-61727",),
    "not run: no control has a policy by path": ("CVE-2026-33186",),
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
