"""Requirements of the configuration (``[contract]``), added to what the document declares."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from specdrift.loader.document_findings import DocumentFindings
from specdrift.loader.security.demand import Alternative, demand_of
from specdrift.model.contract.configured_requirement import ConfiguredRequirement
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import (
    Demand,
    Origin,
    Requirement,
    SchemeType,
    SchemeUse,
    SecurityScheme,
)
from specdrift.model.result.drift import Severity

_NAME = SchemeType.MUTUAL_TLS.value
_UNREADABLE = SchemeUse(scheme=SecurityScheme(name="security", type=SchemeType.UNKNOWN))
"""Stands for a ``security`` member that cannot be read: other credentials may be required too."""


class ConfiguredRequirements:
    """Adds the certificate of the last ``[contract]`` entry that matches an operation."""

    def __init__(
        self,
        entries: Sequence[ConfiguredRequirement],
        schemes: Iterable[SecurityScheme],
        findings: DocumentFindings,
    ) -> None:
        self._entries = entries
        self._findings = findings
        declared = (scheme for scheme in schemes if scheme.type is SchemeType.MUTUAL_TLS)
        self._scheme = next(declared, SecurityScheme(name=_NAME, type=SchemeType.MUTUAL_TLS))

    def in_force(
        self,
        declared: Requirement,
        location: SourceLocation,
        *,
        key: OperationKey,
        tags: tuple[str, ...],
        operation_id: str,
    ) -> tuple[Requirement, SourceLocation]:
        """Return the requirement of an operation and the place that decides it."""
        matching = (
            entry
            for entry in reversed(self._entries)
            if _matches(entry, key, tags=tags, operation_id=operation_id)
        )
        entry = next(matching, None)
        if entry is None:
            return declared, location
        if declared.demand is Demand.REQUIRED and not entry.roles:
            return declared, location
        self._report_contradiction(declared, location, entry)
        return self._with_certificate(declared, entry), entry.location or location

    def _with_certificate(self, declared: Requirement, entry: ConfiguredRequirement) -> Requirement:
        use = SchemeUse(scheme=self._scheme, scopes=tuple(sorted(entry.roles)))
        alternatives = tuple(_combined(one, use) for one in _alternatives(declared))
        return Requirement(
            alternatives=tuple(dict.fromkeys(alternatives)),
            origin=Origin.CONFIGURATION,
            demand=demand_of(alternatives),
        )

    def _report_contradiction(
        self, declared: Requirement, location: SourceLocation, entry: ConfiguredRequirement
    ) -> None:
        if declared.anonymous_allowed and declared.demand is not Demand.UNDECLARED:
            self._findings.add(
                "contradictory-security",
                f"the document admits callers without a certificate here, and {_named(entry)} requires one. The "
                "configuration applies. Exclude the operation there if it is public.",
                location,
                cause=("configuration", location, entry.location),
                severity=Severity.NOTE,
                related=[entry.location] if entry.location else [],
            )


def _alternatives(declared: Requirement) -> tuple[Alternative, ...]:
    if declared.alternatives:
        return declared.alternatives
    return ((_UNREADABLE,),) if declared.demand is Demand.UNKNOWN else ((),)


def _combined(alternative: Alternative, certificate: SchemeUse) -> Alternative:
    """Require the certificate in an alternative, once; its roles replace those of the document."""
    if not any(use.is_mutual_tls for use in alternative):
        return (certificate, *alternative)
    if not certificate.scopes:
        return alternative
    return tuple(replace(use, scopes=certificate.scopes) if use.is_mutual_tls else use for use in alternative)


def _matches(
    entry: ConfiguredRequirement, key: OperationKey, *, tags: tuple[str, ...], operation_id: str
) -> bool:
    include, exclude = (
        selector.matches(path=key.path, method=key.method, tags=tags, operation_id=operation_id)
        for selector in (entry.include, entry.exclude)
    )
    return include and (entry.exclude.empty or not exclude)


def _named(entry: ConfiguredRequirement) -> str:
    return str(entry.location) if entry.location else "[contract]"
