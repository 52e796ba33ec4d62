"""Methods in Allow headers that the document does not declare. Pure."""

from collections.abc import Iterator, Sequence

from specdrift.checks.core.base import PlanContext
from specdrift.checks.undocumented.answers import allowed
from specdrift.checks.undocumented.candidates import tag_of
from specdrift.checks.undocumented.wordlist import EndpointKind
from specdrift.classify.exchange import Exchange
from specdrift.model.result.drift import Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import Undocumented
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import UNDOCUMENTED_ENDPOINT

NOT_OPERATIONS = frozenset({"HEAD", "OPTIONS", "TRACE", "CONNECT"})
"""Methods that servers offer by themselves."""


def unknown_target(context: PlanContext) -> str:
    """Return the target whose Allow header is the control."""
    return f"{context.base_path}/{context.nonce}"


def undeclared_methods(context: PlanContext, options: Sequence[Exchange]) -> Iterator[Undocumented]:
    """Yield undeclared methods in Allow, except those that Allow names for a path that does not exist.

    ``options`` are the exchanges of OPTIONS, with documented paths and one that does not exist.
    """
    declared: dict[str, set[str]] = {}
    for key in (*context.declared, *(planned.key for planned in context.operations)):
        declared.setdefault(key.path, set()).add(key.method)
    unknown = tag_of("OPTIONS", unknown_target(context))
    answers = [(exchange.probe, http) for exchange in options if (http := exchange.observation.http)]
    blanket = {method for probe, http in answers if probe.tag == unknown for method in allowed(http)}
    for probe, http in answers:
        if probe.operation is None:
            continue
        path = probe.operation.path
        for method in sorted(allowed(http) - declared[path] - blanket - NOT_OPERATIONS):
            yield Undocumented(
                method=method,
                path=path,
                kind=EndpointKind.ADMINISTERS.value,
                status=http.status,
                admitted=(probe.identity,),
                probes=(probe.id,),
                source=f"Allow of {path}",
            )


def method_finding(endpoint: Undocumented) -> Finding:
    """Return a warning: the method was not sent."""
    return Finding(
        rule=UNDOCUMENTED_ENDPOINT,
        severity=Severity.WARNING,
        message=f"{endpoint.method} {endpoint.path} is in the server's Allow header, and the document "
        "does not have it.",
        identity=endpoint.admitted[0],
        confidence=Confidence.MEDIUM,
        probes=endpoint.probes,
        subject=f"{endpoint.method} {endpoint.path}",
    )
