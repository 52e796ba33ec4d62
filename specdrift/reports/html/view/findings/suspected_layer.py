"""Guesses which layer should have refused (or admitted), from what the same run saw elsewhere."""

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
    """The same caller at another operation, where it was refused as it should be."""

    operation: OperationKey
    record: ProbeRecord
    count: int
    """How many operations refused it in this way."""


class LayerEvidence:
    """What one run tells about layers."""

    def __init__(self, result: Result) -> None:
        self._records = {record.probe.id: record for record in result.probes}
        self._refusals: dict[str, list[Refusal]] = defaultdict(list)
        wrong = {
            (drift.operation, drift.identity)
            for drift in result.drifts
            if rule_of(drift.rule).fault is Fault.TOO_STRICT
        }
        for item in result.operations:
            # Who refuses everybody tells nothing about whom it looks at.
            if not any(outcome.outcome is Outcome.ADMITTED for outcome in item.outcomes):
                continue
            for outcome in item.outcomes:
                record = next((self._records[p] for p in outcome.probes if p in self._records), None)
                promised = (item.operation.key, outcome.identity) not in wrong
                if record and promised and record.outcome.refused:
                    self._refusals[outcome.identity].append((item.operation.key, record))

    def suspected(self, cause: RootCause) -> str:
        """A sentence that names the layer and why it is suspected; empty where nothing can be said."""
        seen, rule = self.shown(cause), rule_of(cause.rule)
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
        """The most usual way in which this caller is refused by operations that do not drift so."""
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
        beside = self.refusal_elsewhere(cause, seen.probe.identity)
        if beside and beside.record.outcome is Outcome.REFUSED_BY_APPLICATION:
            example = printable(str(beside.operation), limit=200)
            return (
                f"The guard in front of the routes: it refused {caller} at {plural(beside.count, 'other operation')} "
                f"({example}: {_status(beside.record)}), and this is not behind it."
            )
        if beside:
            return f"The listener: it refused {caller} in TLS elsewhere, and not on the way that leads here."
        if seen.probe.identity != ANONYMOUS.name:
            return (
                "The verification in the listener: it takes a certificate, and who signed it, whether it is "
                "valid and what it is for is not looked at. No operation refused this one."
            )
        if not seen.observation.tls.certificate_requested:
            return "The listener: it never asks for a client certificate, and nothing behind it can miss one."
        return (
            "The guard: the listener asks for a certificate and goes on without one, as it may, and no "
            "operation looks whether there was one."
        )


def _too_strict(seen: ProbeRecord) -> str:
    if seen.outcome is Outcome.REFUSED_IN_TLS:
        if seen.probe.identity == ANONYMOUS.name:
            return "The listener: it demands a certificate of everybody, before any route is known."
        return "The listener: its client CA, or its revocation list, does not let this certificate through."
    if seen.probe.identity == ANONYMOUS.name:
        return "The guard: it also covers this route, which the document leaves open."
    return "The guard or the handler: TLS took the certificate, and the application refused its holder."


def _status(record: ProbeRecord) -> str:
    http = record.observation.http
    return f"HTTP {http.status}" if http else "refused"
