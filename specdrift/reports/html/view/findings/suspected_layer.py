"""Names the layer that is probably at fault: by the rule, or by what the same run observed on other operations."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import OperationResult, ProbeRecord, Result
from specdrift.model.result.verdict import IdentityOutcome, Outcome, Verdict
from specdrift.reports.content.root_causes import RootCause
from specdrift.result.printable import printable
from specdrift.rules import rule_of
from specdrift.rules.rule import Fault
from specdrift.rules.verification import ASPECTS, VerifiedAspect

Refusal = tuple[OperationKey, ProbeRecord]


class RefusalElsewhere(Struct, frozen=True, kw_only=True):
    """A correct refusal of the same caller on another operation."""

    operation: OperationKey
    record: ProbeRecord
    count: int
    """Number of operations with a refusal of this kind."""


class LayerEvidence:
    """The exchanges of one run that show which layer decides."""

    def __init__(self, result: Result) -> None:
        self._records = {record.probe.id: record for record in result.probes}
        self._identities = {identity.name: identity for identity in result.identities}
        self._operations = {item.operation.key: item for item in result.operations}
        self._requested = any(r.observation.tls.certificate_requested for r in result.probes)
        self._refusals: dict[str, list[Refusal]] = defaultdict(list)
        wrong = {
            (drift.operation, drift.identity)
            for drift in result.drifts
            if rule_of(drift.rule).fault is Fault.TOO_STRICT
        }
        for item in result.operations:
            # An operation that refuses every caller does not show what it checks.
            if not any(outcome.outcome is Outcome.ADMITTED for outcome in item.outcomes):
                continue
            by_role = self._refuses_valid_identities(item)
            for outcome in item.outcomes:
                if by_role and self._may_be_for_its_role(outcome):
                    continue
                record = next((self._records[p] for p in outcome.probes if p in self._records), None)
                promised = (item.operation.key, outcome.identity) not in wrong
                if record and promised and record.outcome.refused:
                    self._refusals[outcome.identity].append((item.operation.key, record))

    def _refuses_valid_identities(self, item: OperationResult) -> bool:
        """Whether the application refuses a valid certificate here: then it decides by more than the certificate."""
        return any(
            outcome.outcome is Outcome.REFUSED_BY_APPLICATION
            for outcome in item.outcomes
            if self._is_control(outcome.identity)
        )

    def _may_be_for_its_role(self, outcome: IdentityOutcome) -> bool:
        in_application = outcome.outcome is Outcome.REFUSED_BY_APPLICATION
        return in_application and outcome.identity != ANONYMOUS.name

    def _is_control(self, name: str) -> bool:
        identity = self._identities.get(name)
        return identity is not None and identity.is_control

    def suspected(self, cause: RootCause) -> str:
        """Name the layer that is probably at fault, and why; empty if nothing suggests one."""
        rule, observed = rule_of(cause.rule), self.shown(cause)
        if rule.layer_hint or observed is None:
            return rule.layer_hint
        if rule.fault is Fault.TOO_STRICT and observed.outcome.refused:
            return _role_check(observed) if self._decides_by_role(observed) else _too_strict(observed)
        if rule.fault is Fault.TOO_LAX and observed.outcome is Outcome.ADMITTED:
            return self._too_lax(cause, observed)
        return ""

    def shown(self, cause: RootCause) -> ProbeRecord | None:
        """The first exchange that shows the cause."""
        return next(self._of(cause.drifts), None)

    def _of(self, drifts: tuple[Drift, ...]) -> Iterator[ProbeRecord]:
        return (self._records[p] for drift in drifts for p in drift.probes if p in self._records)

    def refusal_elsewhere(self, cause: RootCause, identity: str) -> RefusalElsewhere | None:
        """Find the most frequent kind of refusal of this caller on operations without this cause."""
        drifting = set(cause.operations)
        refused: dict[Outcome, list[Refusal]] = defaultdict(list)
        for key, record in self._refusals.get(identity, []):
            if key not in drifting:
                refused[record.outcome].append((key, record))
        if not refused:
            return None
        usual = max(refused.values(), key=len)
        key, record = next((one for one in usual if self._is_consistent(one[0])), usual[0])
        return RefusalElsewhere(operation=key, record=record, count=len(usual))

    def _is_consistent(self, key: OperationKey) -> bool:
        """Whether an operation is a good example: nothing else is wrong with it."""
        return self._operations[key].verdict is Verdict.CONSISTENT

    def _decides_by_role(self, observed: ProbeRecord) -> bool:
        """Whether the operation has roles, and the application admits another valid identity than this one."""
        item = self._operations.get(observed.probe.operation) if observed.probe.operation else None
        if item is None or not item.operation.roles or observed.outcome is not Outcome.REFUSED_BY_APPLICATION:
            return False
        return any(
            outcome.outcome is Outcome.ADMITTED and self._is_control(outcome.identity)
            for outcome in item.outcomes
            if outcome.identity != observed.probe.identity
        )

    def _verification(self, cause: RootCause) -> str:
        """Name what the verifier does not check, and what it does: by the certificates of this run."""
        names = {drift.identity for drift in cause.drifts if drift.identity}
        profiles = {self._identities[name].profile for name in names if name in self._identities} - {""}
        refused = {
            identity.profile: name
            for name in self._refusals
            if (identity := self._identities.get(name)) and identity.profile
        }
        checked = {ASPECTS[profile] for profile in refused if profile in ASPECTS}
        missing = {ASPECTS[profile] for profile in profiles if profile in ASPECTS} - checked
        accepted = printable(", ".join(sorted(profiles or names)), limit=200)
        parts = [f"The certificate verification of the listener: it accepts {accepted}"]
        if missing:
            parts.append(f" and does not check {_listed(missing)}")
        if refused:
            rejected = printable(", ".join(sorted(refused)), limit=200)
            lead = ". It checks" if missing else ", although it checks"
            parts.append(f"{lead} {_listed(checked)}: it rejected {rejected}")
        return "".join(parts) + "."

    def _too_lax(self, cause: RootCause, observed: ProbeRecord) -> str:
        caller = printable(observed.probe.identity, limit=80)
        elsewhere = self.refusal_elsewhere(cause, observed.probe.identity)
        if elsewhere and elsewhere.record.outcome is Outcome.REFUSED_BY_APPLICATION:
            example = printable(str(elsewhere.operation), limit=200)
            return (
                f"The guard of the routes: it rejected {caller} on {plural(elsewhere.count, 'other operation')} "
                f"({example}: {_status(elsewhere.record)}) and does not cover this one."
            )
        if elsewhere:
            return f"The listener: it rejected {caller} in TLS on another connection, and not on this one."
        if observed.probe.identity != ANONYMOUS.name:
            return self._verification(cause)
        if not self._requested:
            return (
                "The listener: it never requests a client certificate, and no layer behind it checks for one."
            )
        return (
            "The guard: the listener requests a certificate and accepts connections without one, and no operation "
            "checks whether there was one."
        )


def _listed(aspects: Iterable[VerifiedAspect]) -> str:
    return ", ".join(sorted(aspects)) or "something else"


def _role_check(observed: ProbeRecord) -> str:
    caller = printable(observed.probe.identity, limit=80)
    return f"The check of roles: the application admits another valid certificate here, and not {caller}."


def _too_strict(observed: ProbeRecord) -> str:
    anonymous = observed.probe.identity == ANONYMOUS.name
    if observed.outcome is Outcome.REFUSED_IN_TLS:
        if anonymous:
            return "The listener: it requires a certificate for every route."
        return "The listener: its client CA or its revocation list rejects this certificate."
    if anonymous:
        return "The guard: it also covers this route, for which the document requires no certificate."
    return "The guard or the handler: TLS accepted the certificate, and the application rejected the caller."


def _status(record: ProbeRecord) -> str:
    http = record.observation.http
    return f"HTTP {http.status}" if http else "refused"
