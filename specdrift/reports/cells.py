"""One cell of the matrix of operations by identities: what was promised, what was seen.

Pure; it judges nothing: a cell stands against the promise only where a drift says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from specdrift.model.drift import Drift
from specdrift.model.identity import Expect, Identity, IdentityKind
from specdrift.model.operation import Operation
from specdrift.model.requirement import Demand
from specdrift.model.result import OperationResult, ProbeRecord, Result
from specdrift.model.verdict import Evidence, IdentityOutcome, Outcome

CellKey = tuple[str, str, str]
"""Path, method, identity."""


class Promise(StrEnum):
    """What the document says of a caller."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    NONE = "no promise about the certificate"


class Agreement(StrEnum):
    """How what was seen stands to what was promised."""

    KEPT = "as promised"
    BROKEN = "against the promise"
    UNDECIDED = "undecided"
    NO_PROMISE = "not about the certificate"
    NOT_ASKED = "not asked"


SYMBOLS: Mapping[Agreement, str] = {
    Agreement.KEPT: "✓",
    Agreement.BROKEN: "✗",
    Agreement.UNDECIDED: "?",
    Agreement.NO_PROMISE: "·",
    Agreement.NOT_ASKED: "\N{EN DASH}",
}
WORDS: Mapping[Outcome, str] = {
    Outcome.ADMITTED: "admitted",
    Outcome.REFUSED_IN_TLS: "refused",
    Outcome.REFUSED_BY_APPLICATION: "refused",
    Outcome.UNREACHABLE: "unreachable",
    Outcome.INCONCLUSIVE: "unclear",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """``detail`` is the status code, or ``TLS`` for a refusal before HTTP; ``drift`` names this cell."""

    agreement: Agreement
    promise: Promise
    outcome: Outcome | None = None
    detail: str = ""
    evidence: Evidence = Evidence.PROBED
    probe: str = ""
    reason: str = ""
    drift: Drift | None = None

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.agreement]

    @property
    def word(self) -> str:
        return WORDS[self.outcome] if self.outcome else ""


def promised(operation: Operation, identity: Identity) -> Promise:
    """What the document promises this caller, as far as the client certificate decides it."""
    requirement = operation.requirement
    if identity.kind is IdentityKind.ANONYMOUS:
        if requirement.demand is Demand.REQUIRED:
            return Promise.REFUSED
        return Promise.ADMITTED if requirement.anonymous_allowed else Promise.NONE
    if identity.expect is Expect.REFUSED:
        return Promise.REFUSED if requirement.demand is Demand.REQUIRED else Promise.NONE
    if operation.roles and not operation.roles & identity.roles:
        return Promise.REFUSED
    free = requirement.certificate_alone_suffices or requirement.anonymous_allowed
    return Promise.ADMITTED if free else Promise.NONE


class Matrix:
    """Looks up cells of one result."""

    def __init__(self, result: Result) -> None:
        self.records: Mapping[str, ProbeRecord] = {record.probe.id: record for record in result.probes}
        self._drifts: dict[CellKey, Drift] = {}
        for drift in result.drifts:
            if drift.operation and drift.identity:
                key = (drift.operation.path, drift.operation.method, drift.identity)
                self._drifts.setdefault(key, drift)

    def row(self, result: OperationResult, identities: tuple[Identity, ...]) -> tuple[Cell, ...]:
        """The cells of an operation, one for each identity, in their order."""
        outcomes = {outcome.identity: outcome for outcome in result.outcomes}
        return tuple(self._cell(result.operation, who, outcomes.get(who.name)) for who in identities)

    def _cell(self, operation: Operation, identity: Identity, seen: IdentityOutcome | None) -> Cell:
        drift = self._drifts.get((operation.key.path, operation.key.method, identity.name))
        promise = promised(operation, identity)
        if seen is None:
            agreement = Agreement.BROKEN if drift else Agreement.NOT_ASKED
            return Cell(agreement=agreement, promise=promise, drift=drift)
        return Cell(
            agreement=Agreement.BROKEN if drift else _agreement(promise, seen.outcome),
            promise=promise,
            outcome=seen.outcome,
            detail=self._detail(seen),
            evidence=seen.evidence,
            probe=next(iter(seen.probes), ""),
            reason=seen.reason,
            drift=drift,
        )

    def _detail(self, seen: IdentityOutcome) -> str:
        if seen.outcome is Outcome.REFUSED_IN_TLS:
            return "TLS"
        http = next((r.observation.http for p in seen.probes if (r := self.records.get(p))), None)
        return str(http.status) if http else ""


def _agreement(promise: Promise, outcome: Outcome) -> Agreement:
    if not (outcome.refused or outcome is Outcome.ADMITTED):
        return Agreement.UNDECIDED
    if promise is Promise.NONE:
        return Agreement.NO_PROMISE
    kept = outcome.refused == (promise is Promise.REFUSED)
    # A difference that no drift claims was not sure enough to be one.
    return Agreement.KEPT if kept else Agreement.UNDECIDED
