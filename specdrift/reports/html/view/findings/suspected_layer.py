"""Names the layer that is probably at fault: by the rule, or by what the same run observed on other operations."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import ProbeRecord, Result
from specdrift.model.result.verdict import Outcome
from specdrift.reports.content.root_causes import RootCause
from specdrift.reports.content.summary import plural
from specdrift.result.printable import printable
from specdrift.rules import rule_of
from specdrift.rules.rule import Fault

Refusal = tuple[OperationKey, ProbeRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalElsewhere:
    """A correct refusal of the same caller on another operation."""

    operation: OperationKey
    record: ProbeRecord
    count: int
    """Number of operations with a refusal of this kind."""


class LayerEvidence:
    """The exchanges of one run that show which layer decides."""

    def __init__(self, result: Result) -> None:
        self._records = {record.probe.id: record for record in result.probes}
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
            for outcome in item.outcomes:
                record = next((self._records[p] for p in outcome.probes if p in self._records), None)
                promised = (item.operation.key, outcome.identity) not in wrong
                if record and promised and record.outcome.refused:
                    self._refusals[outcome.identity].append((item.operation.key, record))

    def suspected(self, cause: RootCause) -> str:
        """Name the layer that is probably at fault, and why; empty if nothing suggests one."""
        rule, seen = rule_of(cause.rule), self.shown(cause)
        if rule.layer_hint or seen is None:
            return rule.layer_hint
        if rule.fault is Fault.TOO_STRICT and seen.outcome.refused:
            return _too_strict(seen)
        if rule.fault is Fault.TOO_LAX and seen.outcome is Outcome.ADMITTED:
            return self._too_lax(cause, seen)
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
        return RefusalElsewhere(operation=usual[0][0], record=usual[0][1], count=len(usual))

    def _too_lax(self, cause: RootCause, seen: ProbeRecord) -> str:
        caller = printable(seen.probe.identity, limit=80)
        elsewhere = self.refusal_elsewhere(cause, seen.probe.identity)
        if elsewhere and elsewhere.record.outcome is Outcome.REFUSED_BY_APPLICATION:
            example = printable(str(elsewhere.operation), limit=200)
            return (
                f"The guard of the routes: it rejected {caller} on {plural(elsewhere.count, 'other operation')} "
                f"({example}: {_status(elsewhere.record)}) and does not cover this one."
            )
        if elsewhere:
            return f"The listener: it rejected {caller} in TLS on another connection, and not on this one."
        if seen.probe.identity != ANONYMOUS.name:
            return (
                "The certificate verification of the listener: no operation rejected this certificate, so issuer, "
                "validity or purpose are not verified."
            )
        if not seen.observation.tls.certificate_requested:
            return (
                "The listener: it never requests a client certificate, and no layer behind it checks for one."
            )
        return (
            "The guard: the listener requests a certificate and accepts connections without one, and no operation "
            "checks whether there was one."
        )


def _too_strict(seen: ProbeRecord) -> str:
    anonymous = seen.probe.identity == ANONYMOUS.name
    if seen.outcome is Outcome.REFUSED_IN_TLS:
        if anonymous:
            return "The listener: it requires a certificate for every route."
        return "The listener: its client CA or its revocation list rejects this certificate."
    if anonymous:
        return "The guard: it also covers this route, for which the document requires no certificate."
    return "The guard or the handler: TLS accepted the certificate, and the application rejected the caller."


def _status(record: ProbeRecord) -> str:
    http = record.observation.http
    return f"HTTP {http.status}" if http else "refused"
