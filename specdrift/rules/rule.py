"""One rule of the catalogue."""

from dataclasses import dataclass

from specdrift.model.result.drift import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``summary`` says when it is reported, ``why`` why that matters, ``remedy`` what to do; ``references`` are
    standards and weakness ids (``CWE-306``, ``RFC 8446 §4.4.2.4``, ``OWASP API2:2023``).
    """

    id: str
    severity: Severity
    title: str
    summary: str
    why: str
    remedy: str
    references: tuple[str, ...] = ()
