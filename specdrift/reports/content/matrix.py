"""The matrix of operations by identities: promise and outcome of each cell. Pure.

It judges nothing: a cell contradicts its promise only if a drift says so. Only the verdict on the certificate colours
it: a bypass, or input that is not validated, is a finding about the operation, whose plain request may be as required.
"""

from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.exchange.observation import Ending
from specdrift.model.promise import Promise, promise
from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.result import OperationResult, ProbeRecord, Result
from specdrift.model.result.verdict import Basis, Enforcement, IdentityOutcome, Outcome
from specdrift.rules import rule_of
from specdrift.rules.rule import Fault


class Agreement(StrEnum):
    """How the outcome relates to the promise."""

    KEPT = "as required"
    BROKEN = "drift"
    UNDECIDED = "undecided"
    INCONCLUSIVE = "inconclusive"
    """A refusal that shows nothing: its control is not admitted either."""
    NO_PROMISE = "no promise to this caller"
    NOT_PROBED = "not probed"


_SHOWN_FIRST = {Agreement.BROKEN, Agreement.UNDECIDED}
SYMBOLS: Mapping[Agreement, str] = {
    Agreement.KEPT: "✓",
    Agreement.BROKEN: "✗",
    Agreement.UNDECIDED: "?",
    Agreement.INCONCLUSIVE: "~",
    Agreement.NO_PROMISE: "·",
    Agreement.NOT_PROBED: "\N{EN DASH}",
}
WORDS: Mapping[Outcome, str] = {
    Outcome.ADMITTED: "admitted",
    Outcome.REFUSED_IN_TLS: "refused",
    Outcome.REFUSED_BY_APPLICATION: "refused",
    Outcome.UNREACHABLE: "unreachable",
    Outcome.INCONCLUSIVE: "unclear",
}


class Cell(Struct, frozen=True, kw_only=True):
    """A cell of the matrix."""

    agreement: Agreement
    promise: Promise
    outcome: Outcome | None = None
    detail: str = ""
    """The status code, or ``TLS`` for a refusal before HTTP."""
    evidence: Basis = Basis.PROBED
    reason: str = ""
    drift: Drift | None = None
    """The drift about this cell."""

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
        self._usual: dict[tuple[object, ...], Cell] = {}
        """The cells of operations without drift: thousands are equal."""
        self._drifts: dict[OperationKey, list[Drift]] = defaultdict(list)
        for drift in result.drifts:
            if drift.operation:
                self._drifts[drift.operation].append(drift)
        admitted = _admitted_somewhere(result)
        self._without_control = {
            who.name for who in result.identities if who.beside and who.beside not in admitted
        }
        self.rows = {item.operation.key: self._row(item) for item in result.operations}
        """The cells of each operation, in the order of the result's identities."""
        generated = [p for p, who in enumerate(result.identities) if who.kind is IdentityKind.GENERATED]
        met = {place: {row[place].agreement for row in self.rows.values()} for place in generated}
        # Identities that are only compared with others, as imitators are, were probed and have no outcome.
        probed = {r.probe.identity for r in result.probes if r.observation.attempts}
        self.not_probed = tuple(
            place
            for place in generated
            if met[place] <= {Agreement.NOT_PROBED} and result.identities[place].name not in probed
        )
        """Indexes of generated identities that no probe was sent with."""
        quiet = [p for p in generated if p not in self.not_probed and not met[p] & _SHOWN_FIRST]
        controlled = any(who.is_control and who.name in admitted for who in result.identities)
        self.inconclusive = tuple(
            p
            for p in quiet
            if Agreement.INCONCLUSIVE in met[p] or not (controlled or Agreement.KEPT in met[p])
        )
        """Indexes of generated identities with refusals whose control is not admitted either."""
        unclear = _only_unclear(result)
        self.unclear = tuple(
            p
            for p in quiet
            if p not in self.inconclusive
            and met[p] <= {Agreement.NOT_PROBED}
            and result.identities[p].name in unclear
        )
        """Indexes of generated identities that are only compared with others, and were never admitted or refused."""
        apart = {*self.inconclusive, *self.unclear}
        self.as_required = tuple(p for p in quiet if p not in apart)
        """Indexes of generated identities whose outcomes are all as required."""
        self.folded = (*self.as_required, *sorted(apart), *self.not_probed)
        """Indexes of the generated identities that need no column of their own."""
        folded = set(self.folded)
        self.shown = tuple(place for place in range(len(result.identities)) if place not in folded)
        """Indexes of the other identities: anonymous, configured, and generated ones with other outcomes."""

    def _row(self, item: OperationResult) -> tuple[Cell, ...]:
        outcomes = {outcome.identity: outcome for outcome in item.outcomes}
        drifts = self._drifts.get(item.operation.key, [])
        cells = tuple(self._cell(item.operation, who, outcomes, drifts) for who in self._identities)
        refuses_all = item.enforcement is Enforcement.INDETERMINATE and not any(
            outcome.outcome is Outcome.ADMITTED for outcome in item.outcomes
        )
        if not (refuses_all or self._without_control):
            return cells
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
        expected, outcome = promise(identity, operation), outcomes.get(identity.name)
        if outcome is not None and not drifts:
            return self._without_drift(expected, outcome)
        own = [drift for drift in drifts if drift.identity == identity.name]
        if outcome is None:
            drift = next(filter(_is_verdict, own), None)
            agreement = Agreement.BROKEN if drift else Agreement.NOT_PROBED
            return Cell(agreement=agreement, promise=expected, drift=drift)
        agreement = _agreement(expected, outcome.outcome)
        drift = _claiming(own, outcome.outcome) if agreement is Agreement.UNDECIDED else None
        if drift is None and agreement is Agreement.UNDECIDED:
            drift = _covering(outcome, outcomes, drifts)
        return Cell(
            agreement=Agreement.BROKEN if drift else agreement,
            promise=expected,
            outcome=outcome.outcome,
            detail=self._detail(outcome),
            evidence=outcome.basis,
            reason=outcome.reason,
            drift=drift,
        )

    def _without_drift(self, expected: Promise, outcome: IdentityOutcome) -> Cell:
        key = (expected, outcome.outcome, detail := self._detail(outcome), outcome.basis, outcome.reason)
        found = self._usual.get(key)
        if found is None:
            found = self._usual[key] = Cell(
                agreement=_agreement(expected, outcome.outcome),
                promise=expected,
                outcome=outcome.outcome,
                detail=detail,
                evidence=outcome.basis,
                reason=outcome.reason,
            )
        return found

    def other_findings(self, key: OperationKey) -> tuple[Drift, ...]:
        """Return the drifts of an operation that no cell shows, accepted ones left out."""
        shown = {id(cell.drift) for cell in self.rows[key]}
        drifts = self._drifts.get(key, [])
        return tuple(d for d in drifts if id(d) not in shown and d.status is not DriftStatus.SUPPRESSED)

    def _detail(self, outcome: IdentityOutcome) -> str:
        if outcome.outcome is Outcome.REFUSED_IN_TLS:
            return "TLS"
        observation = next((r.observation for p in outcome.probes if (r := self._records.get(p))), None)
        if observation is None:
            return ""
        if observation.ending is Ending.CONTINUE:
            return "100"
        return str(observation.http.status) if observation.http else ""


def _admitted_somewhere(result: Result) -> set[str]:
    outcomes = (outcome for item in result.operations for outcome in item.outcomes)
    return {outcome.identity for outcome in outcomes if outcome.outcome is Outcome.ADMITTED}


def _only_unclear(result: Result) -> set[str]:
    """Return the names of the identities whose answers are all neither an admission nor a refusal."""
    met: dict[str, set[bool]] = defaultdict(set)
    for record in result.probes:
        if record.observation.attempts and record.probe.operation is not None:
            decided = record.outcome is Outcome.ADMITTED or record.outcome.refused
            met[record.probe.identity].add(decided)
    return {name for name, decided in met.items() if decided == {False}}


def _is_verdict(drift: Drift) -> bool:
    """Return whether a drift is about the answer to the plain request."""
    return rule_of(drift.rule).fault in (Fault.TOO_LAX, Fault.TOO_STRICT)


def _claiming(own: list[Drift], outcome: Outcome) -> Drift | None:
    """Return the drift of a caller that says that its outcome contradicts the promise; ``None`` if none does.

    Besides the verdicts on the plain request, any finding about the caller claims a decided answer, such as that of a
    role; findings about input do not.
    """
    decided = outcome is Outcome.ADMITTED or outcome.refused
    others = [drift for drift in own if decided and rule_of(drift.rule).fault is not Fault.INPUT]
    return next((drift for drift in (*filter(_is_verdict, own), *others)), None)


def _covering(
    outcome: IdentityOutcome, outcomes: Mapping[str, IdentityOutcome], drifts: list[Drift]
) -> Drift | None:
    """Return a drift of the same operation with the same outcome for another caller.

    An operation that admits everyone is not reported once for each invalid certificate.
    """
    claims = (
        (drift, outcomes.get(drift.identity or ""))
        for drift in drifts
        if rule_of(drift.rule).fault is not Fault.INPUT
    )
    return next((drift for drift, other in claims if other and other.outcome is outcome.outcome), None)


def _agreement(promise: Promise, outcome: Outcome) -> Agreement:
    if not (outcome.refused or outcome is Outcome.ADMITTED):
        return Agreement.UNDECIDED
    if promise is Promise.NONE:
        return Agreement.NO_PROMISE
    kept = outcome.refused == (promise is Promise.REFUSED)
    # A difference that no drift claims was not sure enough to be one.
    return Agreement.KEPT if kept else Agreement.UNDECIDED
