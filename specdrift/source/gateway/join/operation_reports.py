"""What is reported of operations behind gateways: findings, and what is not decided."""

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.result.drift import Severity
from specdrift.model.result.gateway import GatewayCaller, GatewayView, Passage
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.source import SourceFinding
from specdrift.model.result.verdict import Confidence
from specdrift.source.gateway.exchange import Decision
from specdrift.source.gateway.join.open_aliases import OpenAlias
from specdrift.source.gateway.join.service_behind import ServiceBehind
from specdrift.source.gateway.truth import Unknown
from specdrift.source.gateway.views import DecidedRoute

PROBE = "Probe the server with specdrift check."
NAME_THE_SERVICE = (
    "Name what decides it, the service behind the gateway or a further file, as a source as well, "
    "or probe the server with specdrift check."
)
ANONYMOUS = GatewayCaller.ANONYMOUS


class JoinedGateways(Struct):
    """What the gateways decide, beside the document and the service."""

    views: tuple[GatewayView, ...] = ()
    findings: list[SourceFinding] = field(default_factory=list)
    undecided: list[UndecidedOperation] = field(default_factory=list)
    guarded: dict[OperationKey, SourceLocation] = field(default_factory=dict)
    """Operations that only clients with a certificate reach through the gateways, with a guard of each."""
    aliases: dict[OperationKey, OpenAlias] = field(default_factory=dict)
    """Routes beside the document that give what a gateway guards at documented paths, by path and first method."""
    judged: set[OperationKey] = field(default_factory=set)
    """Operations whose requirement was compared with gateway and service together."""


class OperationReports(Struct, frozen=True):
    """Adds what is found about one operation."""

    joined: JoinedGateways
    operation: Operation
    service: ServiceBehind

    def missing(self, one: DecidedRoute) -> None:
        """Report that no client gets the operation."""
        decision = one.valid
        self.joined.findings.append(
            SourceFinding(
                rule="documented-route-missing",
                message="The gateway serves this operation to no client: "
                f"{one.route.entry} {_answer_of(decision)}.",
                location=self.operation.declared_at,
                confidence=Confidence.MEDIUM,
                operation=self.operation.key,
                related=places(decision.at),
            )
        )

    def without_listener(self) -> None:
        """Leave the operation undecided, because no server was read."""
        self.joined.undecided.append(
            UndecidedOperation(
                operation=self.operation.key,
                kind=UndecidedReason.SOURCE_NOT_READ,
                reason="The gateway has no listener on the network that was read",
                how_to_decide="Name the file that has its listeners.",
            )
        )

    def needlessly_guarded(self, one: DecidedRoute) -> None:
        """Report that the gateway rejects clients without a certificate, whom the document allows."""
        decision = one.decisions[ANONYMOUS]
        self.joined.findings.append(
            SourceFinding(
                rule="open-route-guarded",
                message="The document allows anonymous callers, and the gateway rejects them.",
                location=decision.at or one.route.entry.location,
                operation=self.operation.key,
                related=places(one.route.location, self.operation.location),
                subject=one.route.entry.names[0] if one.route.entry.names else "",
            )
        )

    def undecided(self, one: DecidedRoute, what: str, place: SourceLocation | None) -> None:
        """Leave the operation undecided at one server."""
        self.joined.undecided.append(
            UndecidedOperation(
                operation=self.operation.key,
                kind=UndecidedReason.SOURCE_NOT_READ,
                reason=f"{one.route.entry} decides by {what}{_named(place, what)}"
                if not one.gets(ANONYMOUS).admitted
                else f"{one.route.entry} forwards it without a certificate ({place}), and {what}",
                how_to_decide=PROBE if self.service.view is not None else NAME_THE_SERVICE,
            )
        )

    def report(
        self,
        rule: str,
        one: DecidedRoute,
        message: str,
        twin: DecidedRoute | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Report one server; ``twin`` is one that keeps the operation."""
        decision = one.decisions[ANONYMOUS]
        self.joined.findings.append(
            SourceFinding(
                rule=rule,
                message=message,
                location=one.route.location or decision.at or one.route.entry.location,
                severity=severity,
                confidence=Confidence.HIGH,
                operation=self.operation.key,
                related=places(
                    decision.at,
                    twin.decisions[ANONYMOUS].at if twin else None,
                    one.route.entry.location,
                    *(route.location for route in self.service.routes),
                    self.operation.location,
                ),
                subject=str(one.route.entry),
            )
        )

    def report_all(self, every: Iterable[SourceFinding | Unknown], guarded: Sequence[DecidedRoute]) -> None:
        """Report other requests that get the operation past a guarded server."""
        found = tuple(every)
        findings = [each for each in found if isinstance(each, SourceFinding)]
        unknown = next((each for each in found if isinstance(each, Unknown)), None)
        self.joined.findings += findings
        if unknown is not None and all(each.severity is Severity.NOTE for each in findings):
            named = f"{unknown.what} ({unknown.at})"
            passed = (
                f"another request may pass {named}"
                if guarded[0].gets(ANONYMOUS).admitted
                else f"{named}, which another request may pass"
            )
            self.undecided(guarded[0], passed, unknown.at)


def _answer_of(decision: Decision) -> str:
    if decision.status is not None:
        return f"answers {decision.status}"
    return "refuses every connection, since it can verify no certificate"


def _named(place: SourceLocation | None, what: str) -> str:
    """Return a place in brackets, unless the text has it."""
    return f" ({place})" if place is not None and str(place) not in what else ""


def gets(one: DecidedRoute) -> str:
    """Return what a server does with the operation for clients without a certificate."""
    decision = one.decisions[ANONYMOUS]
    sent = (copy for copy in decision.copies if copy.passage is not Passage.UNKNOWN)
    copied = ", ".join(sorted({address for copy in sent for address in copy.upstream}))
    further = f", with a copy for {copied}," if copied else ""
    if decision.passage is Passage.FORWARDED:
        return f"forwards it to {', '.join(sorted(decision.upstream))}{further}"
    return f"answers it{further}"


def places(*found: SourceLocation | None) -> tuple[SourceLocation, ...]:
    """Return the places that are known, each of them once."""
    return tuple(dict.fromkeys(place for place in found if place is not None))
