"""One cell of the matrix of operations by identities: what was promised, what was seen.

Pure; it judges nothing: a cell stands against the promise only where a drift says so.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.exchange.observation import Ending
from specdrift.model.promise import Promise, promise
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import OperationResult, ProbeRecord, Result
from specdrift.model.result.verdict import Basis, Enforcement, IdentityOutcome, Outcome


class Agreement(StrEnum):
    """How what was seen stands to what was promised."""

    KEPT = "as required"
    BROKEN = "drift"
    UNDECIDED = "undecided"
    INCONCLUSIVE = "inconclusive"
    """A refusal that shows nothing: its control is not admitted either."""
    NO_PROMISE = "no certificate requirement"
    NOT_ASKED = "not probed"


_LOUD = {Agreement.BROKEN, Agreement.UNDECIDED}
SYMBOLS: Mapping[Agreement, str] = {
    Agreement.KEPT: "✓",
    Agreement.BROKEN: "✗",
    Agreement.UNDECIDED: "?",
    Agreement.INCONCLUSIVE: "~",
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
    evidence: Basis = Basis.PROBED
    reason: str = ""
    drift: Drift | None = None

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.agreement]

    @property
    def decided(self) -> bool:
        """Whether the outcome is an admission or a refusal."""
        return self.outcome is Outcome.ADMITTED or (self.outcome is not None and self.outcome.refused)

    @property
    def is_kept_refusal(self) -> bool:
        """Whether a caller was refused as required."""
        refused = self.outcome is not None and self.outcome.refused
        return refused and self.agreement is Agreement.KEPT

    @property
    def word(self) -> str:
        return WORDS[self.outcome] if self.outcome else ""


class Matrix:
    """All cells of one result; those of an operation have the order of the result's identities."""

    def __init__(self, result: Result) -> None:
        self._identities = result.identities
        self._records: Mapping[str, ProbeRecord] = {record.probe.id: record for record in result.probes}
        self._drifts: dict[OperationKey, list[Drift]] = defaultdict(list)
        for drift in result.drifts:
            if drift.operation and drift.identity:
                self._drifts[drift.operation].append(drift)
        admitted = {
            seen.identity
            for item in result.operations
            for seen in item.outcomes
            if seen.outcome is Outcome.ADMITTED
        }
        self._without_control = {
            who.name for who in result.identities if who.beside and who.beside not in admitted
        }
        self.rows = {item.operation.key: self._row(item) for item in result.operations}
        generated = [p for p, who in enumerate(result.identities) if who.kind is IdentityKind.GENERATED]
        met = {place: {row[place].agreement for row in self.rows.values()} for place in generated}
        # Identities that are only compared with others, as imitators are, were probed and have no outcome.
        probed = {r.probe.identity for r in result.probes if r.observation.attempts}
        self.not_probed = tuple(
            place
            for place in generated
            if met[place] <= {Agreement.NOT_ASKED} and result.identities[place].name not in probed
        )
        """Indexes of generated identities that no probe was sent with."""
        quiet = [p for p in generated if p not in self.not_probed and not met[p] & _LOUD]
        self.inconclusive = tuple(p for p in quiet if Agreement.INCONCLUSIVE in met[p])
        """Indexes of generated identities with refusals whose control is not admitted either."""
        self.as_required = tuple(p for p in quiet if p not in self.inconclusive)
        """Indexes of generated identities whose outcomes are all as required."""
        self.folded = (*self.as_required, *self.inconclusive, *self.not_probed)
        """Indexes of the generated identities that need no column of their own."""
        folded = set(self.folded)
        self.shown = tuple(place for place in range(len(result.identities)) if place not in folded)
        """Indexes of the other identities: anonymous, configured, and generated ones with other outcomes."""

    def _row(self, item: OperationResult) -> tuple[Cell, ...]:
        seen = {outcome.identity: outcome for outcome in item.outcomes}
        drifts = self._drifts.get(item.operation.key, [])
        cells = (self._cell(item.operation, who, seen, drifts) for who in self._identities)
        refuses_all = item.enforcement is Enforcement.INDETERMINATE and not any(
            outcome.outcome is Outcome.ADMITTED for outcome in item.outcomes
        )
        return tuple(
            replace(cell, agreement=Agreement.INCONCLUSIVE)
            if cell.is_kept_refusal and (refuses_all or who.name in self._without_control)
            else cell
            for who, cell in zip(self._identities, cells, strict=True)
        )

    def _cell(
        self,
        operation: Operation,
        identity: ClientIdentity,
        outcomes: Mapping[str, IdentityOutcome],
        drifts: list[Drift],
    ) -> Cell:
        own = next((drift for drift in drifts if drift.identity == identity.name), None)
        expected, seen = promise(identity, operation), outcomes.get(identity.name)
        if seen is None:
            agreement = Agreement.BROKEN if own else Agreement.NOT_ASKED
            return Cell(agreement=agreement, promise=expected, drift=own)
        agreement = Agreement.BROKEN if own else _agreement(expected, seen.outcome)
        drift = own or (_covering(seen, outcomes, drifts) if agreement is Agreement.UNDECIDED else None)
        return Cell(
            agreement=Agreement.BROKEN if drift else agreement,
            promise=expected,
            outcome=seen.outcome,
            detail=self._detail(seen),
            evidence=seen.basis,
            reason=seen.reason,
            drift=drift,
        )

    def _detail(self, seen: IdentityOutcome) -> str:
        if seen.outcome is Outcome.REFUSED_IN_TLS:
            return "TLS"
        observation = next((r.observation for p in seen.probes if (r := self._records.get(p))), None)
        if observation is None:
            return ""
        if observation.ending is Ending.CONTINUE:
            return "100"
        return str(observation.http.status) if observation.http else ""


def _covering(
    seen: IdentityOutcome, outcomes: Mapping[str, IdentityOutcome], drifts: list[Drift]
) -> Drift | None:
    """Return a drift of the same operation with the same outcome for another caller: an operation that admits
    everybody is not reported once for each invalid certificate.
    """
    claims = ((drift, outcomes.get(drift.identity or "")) for drift in drifts)
    return next((drift for drift, other in claims if other and other.outcome is seen.outcome), None)


def _agreement(promise: Promise, outcome: Outcome) -> Agreement:
    if not (outcome.refused or outcome is Outcome.ADMITTED):
        return Agreement.UNDECIDED
    if promise is Promise.NONE:
        return Agreement.NO_PROMISE
    kept = outcome.refused == (promise is Promise.REFUSED)
    # A difference that no drift claims was not sure enough to be one.
    return Agreement.KEPT if kept else Agreement.UNDECIDED
