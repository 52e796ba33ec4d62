"""One rule of the catalogue."""

from dataclasses import dataclass

from specdrift.model.result.drift import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a rule reports, in texts for users."""

    id: str
    """Stable id in kebab case, part of the public contract."""
    severity: Severity
    """Default severity; a finding may have another one."""
    title: str
    """Headline, without a full stop."""
    summary: str
    """When the rule is reported."""
    why: str
    """Why it matters."""
    remedy: str
    """How to fix it."""
    references: tuple[str, ...] = ()
    """Standards, weaknesses and vulnerabilities: ``CWE-306``, ``RFC 8446 §4.4.2.4``, ``OWASP API2:2023``."""
