"""Methods in Allow headers that the document does not declare. Requested before they are reported. Pure."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import DESTRUCTIVE, SAFE_METHODS, PlanContext
from specdrift.checks.undocumented.candidates import tag_of
from specdrift.checks.undocumented.endpoint_answers import HANDLED, allowed
from specdrift.checks.undocumented.wordlist import EndpointKind
from specdrift.classify.exchange import Exchange
from specdrift.classify.likeness import related_answer, same_answer
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.templates import fits
from specdrift.model.exchange.probe import Control, Phase, Probe
from specdrift.model.result.drift import Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped, Undocumented
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import UNDOCUMENTED_ENDPOINT

NOT_OPERATIONS = frozenset({"HEAD", "OPTIONS", "TRACE", "CONNECT"})
"""Methods that servers offer by themselves."""
NAMED = 3
"""Number of methods that the reason of a skipped check names."""


class OfferedMethod(Struct, frozen=True, kw_only=True):
    """An undeclared method in the Allow header of a documented path."""

    method: str
    operation: OperationKey
    """One documented operation of the path."""
    options: Exchange
    """The OPTIONS request."""
    may_be_sent: bool

    control_target: str
    """A target that does not exist."""

    @property
    def probe(self) -> Probe:
        """The probe that requests it."""
        request = self.options.probe.request
        assert request is not None  # noqa: S101 - it has a response
        return self._probe(request.target, None, f"whether {self.method}, which Allow names, exists")

    @property
    def control(self) -> Probe:
        """The same method on a path that does not exist."""
        return self._probe(
            self.control_target, Control.NEGATIVE, f"{self.method} on a path that does not exist"
        )

    def _probe(self, target: str, control: Control | None, why: str) -> Probe:
        probe = self.options.probe
        assert probe.request is not None  # noqa: S101 - it has a response
        return replace(
            probe,
            operation=None,
            request=replace(probe.request, method=self.method, target=target),
            phase=Phase.CONFIRM,
            variant=f"{self.method} {target}",
            tag=tag_of(self.method, target, control),
            why=why,
        )


def unknown_target(context: PlanContext) -> str:
    """Return the target whose Allow header is the control."""
    return f"{context.base_path}/{context.nonce}"


def offered_methods(context: PlanContext, options: Sequence[Exchange]) -> Iterator[OfferedMethod]:
    """Yield undeclared methods in Allow, except those that Allow names for a path that does not exist.

    ``options`` are the exchanges of OPTIONS, with documented paths and one that does not exist.
    """
    declared: dict[str, set[str]] = {}
    templates: dict[str, set[str]] = {}
    bases = {planned.key: context.base_of(planned) for planned in context.operations}
    for key in (*context.declared, *bases):
        declared.setdefault(key.path, set()).add(key.method)
        templates.setdefault(key.method, set()).add(bases.get(key, context.base_path) + key.path)
    unsafe_allowed = {planned.key.path for planned in context.operations if planned.unsafe_allowed}
    destructive = {planned.key.path for planned in context.operations if planned.destructive_allowed}
    unknown = tag_of("OPTIONS", unknown_target(context))
    answers = [(exchange, http) for exchange in options if (http := exchange.observation.http)]
    blanket = {method for entry, http in answers if entry.probe.tag == unknown for method in allowed(http)}
    for exchange, http in answers:
        operation, request = exchange.probe.operation, exchange.probe.request
        if operation is None or request is None:
            continue
        for method in sorted(allowed(http) - declared[operation.path] - blanket - NOT_OPERATIONS):
            if any(fits(template, request.target) for template in templates.get(method, ())):
                continue  # another template of the document matches the path and has the method
            permitted = destructive if method in DESTRUCTIVE else unsafe_allowed
            sent = method in SAFE_METHODS or operation.path in unsafe_allowed & permitted
            yield OfferedMethod(
                method=method,
                operation=operation,
                options=exchange,
                may_be_sent=sent,
                control_target=unknown_target(context),
            )


def confirmed(
    offered: OfferedMethod, answers: Sequence[Exchange], controls: Sequence[Exchange]
) -> Undocumented | None:
    """Return the endpoint if the method exists: a success, or an error of a handler, unlike those of the control.

    ``answers`` are the exchanges of ``offered.probe``, ``controls`` those of ``offered.control``.
    """
    others = [http for exchange in controls if (http := exchange.observation.http)]
    probe = offered.options.probe
    for exchange in answers:
        http = exchange.observation.http
        if http is None or not (200 <= http.status < 300 or http.status in HANDLED):
            continue
        if any(same_answer(http, other) or related_answer(http, other) for other in others):
            continue
        return Undocumented(
            method=offered.method,
            path=offered.operation.path,
            kind=EndpointKind.SERVES.value,
            status=http.status,
            admitted=(probe.identity,),
            probes=(exchange.probe.id, probe.id),
            source=f"Allow of {offered.operation.path}",
        )
    return None


def method_finding(endpoint: Undocumented) -> Finding:
    """Return a warning: the method answers, and was not tried without a certificate."""
    return Finding(
        rule=UNDOCUMENTED_ENDPOINT,
        severity=Severity.WARNING,
        message=f"{endpoint.method} {endpoint.path} answers {endpoint.status} and is in the server's Allow header, and "
        "the document does not have it.",
        identity=endpoint.admitted[0],
        confidence=Confidence.HIGH,
        probes=endpoint.probes,
        subject=f"{endpoint.method} {endpoint.path}",
    )


def not_requested(check: str, offered: Sequence[OfferedMethod]) -> Iterator[Skipped]:
    """Yield one entry for the methods that Allow names and that may not be sent."""
    names = list(dict.fromkeys(f"{o.method} {o.operation.path}" for o in offered if not o.may_be_sent))
    if names:
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        reason = (
            f"Allow names {', '.join(names[:NAMED])}{more}, which the document does not have; not requested, and so "
            "not reported (--unsafe-methods send requests them)"
        )
        yield Skipped(check=check, kind=SkipReason.UNDECIDABLE, reason=reason)
