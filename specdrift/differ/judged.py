"""Whether a run checked for a drift that it does not have: only then the drift is fixed. Pure."""

from collections.abc import Sequence

from specdrift.errors import ExitStatus
from specdrift.model.exchange.observation import Ending
from specdrift.model.result.problem import ProblemKind
from specdrift.model.result.result import OperationResult, ProbeRecord, Result, Suppression
from specdrift.model.result.verdict import Basis, Outcome, Verdict
from specdrift.rules import RULES, rule_of, source
from specdrift.rules.rule import Fault

CERTIFICATE = "certificate"
"""The check whose probes the outcomes of an operation rest on."""
ANSWERED = frozenset(
    {
        *(Ending.RESPONSE, Ending.SILENCE, Ending.ALERT, Ending.CLOSED, Ending.NOT_HTTP),
        *(Ending.STREAM_RESET, Ending.STREAM_REFUSED),
    }
)
"""Conclusive endings: the server responded, rejected or closed, or kept a handshake without a request open."""
BUSY = 429
GRPC_TROUBLE = frozenset({"2", "4", "8", "13", "14", "15"})
"""gRPC statuses of a server that is in trouble: unknown, late, exhausted, internal, unavailable, data loss."""


class Judge:
    """Tells for one run which drifts it checked for."""

    def __init__(self, result: Result) -> None:
        lost = result.problem is not None and result.problem.kind is not ProblemKind.NO_REQUIREMENT
        self._complete = not (lost or result.interrupted)
        self._document_read = result.exit_status != ExitStatus.USAGE
        self._source = result.source is not None or bool(result.gateways)
        self._rules = frozenset(result.rules)
        self._operations = {item.operation.key: item for item in result.operations}
        self._admitted = {
            outcome.identity
            for item in result.operations
            for outcome in item.outcomes
            if outcome.outcome is Outcome.ADMITTED
        }
        """Identities that some operation admits. Generated controls are sent to one operation."""
        self._skipped = {item.operation: frozenset({""}) for item in result.undecided}
        for item in result.skipped:
            if item.operation:
                self._skipped[item.operation] = self._skipped.get(item.operation, frozenset()) | {item.check}
        self._identities = {identity.name: identity for identity in result.identities}
        self._records: dict[tuple[str, str], list[ProbeRecord]] = {}
        for record in result.probes:
            self._records.setdefault((record.probe.check, record.probe.identity), []).append(record)

    def checked_for(self, entry: Suppression) -> bool:
        """Return whether the run would have found the drift of this entry if it were present.

        False if the operation is undecided or skipped, the identity is not configured, the check did not run, or a
        probe has no response.
        """
        if rule_of(entry.rule).needs_older_document or entry.rule not in RULES:
            return False
        if entry.rule in source.IDS:
            return self._source
        if rule_of(entry.rule).needs_other_target:
            return entry.rule in self._rules and self._complete and self._decided(entry)
        if not entry.check:
            return self._document_read
        if not self._complete or entry.rule not in self._rules or not self._is_configured(entry.identity):
            return False
        return self._decided(entry) and self._probed(entry)

    def _is_configured(self, identity: str) -> bool:
        """Return whether the identity is configured. A drift of the listener has none."""
        return not identity or identity in self._identities

    def _decided(self, entry: Suppression) -> bool:
        """Return whether the operation is decided, and neither it nor the check on it was skipped."""
        if entry.operation is None:
            return True
        found = self._operations.get(entry.operation)
        skipped = self._skipped.get(entry.operation, frozenset())
        return (
            found is not None and found.verdict is not Verdict.UNDECIDED and not skipped & {"", entry.check}
        )

    def _probed(self, entry: Suppression) -> bool:
        records = self._sent(entry)
        here = [record for record in records if record.probe.operation == entry.operation]
        if rule_of(entry.rule).sampled:
            return _all_answered(here or records)
        operation = self._operations.get(entry.operation) if entry.operation else None
        if operation and entry.check == CERTIFICATE:
            return self._concluded(operation, entry.identity, here)
        same = [record for record in here if _is_about(record, entry.subject)]
        if any(record.probe.tag and record.probe.tag.per_subject for record in here):
            return _all_answered(same)
        if here or operation is None:
            return _all_answered(same or here)
        return rule_of(entry.rule).fault is not Fault.TOO_STRICT and _rejected_by_listener(
            operation, entry.identity
        )

    def _sent(self, entry: Suppression) -> Sequence[ProbeRecord]:
        """Return the exchanges of the entry's check by its identity; by all identities if it names none."""
        if entry.identity:
            return self._records.get((entry.check, entry.identity), [])
        return [record for (check, _), own in self._records.items() if check == entry.check for record in own]

    def _concluded(self, operation: OperationResult, name: str, records: Sequence[ProbeRecord]) -> bool:
        """Return whether the identity was admitted or refused. A refusal counts only if its control is admitted."""
        outcomes = {outcome.identity: outcome.outcome for outcome in operation.outcomes}
        got, beside = outcomes.get(name), self._identities[name].beside
        if beside and beside not in self._admitted:
            return False
        if got is None:  # imitating identities are not among the outcomes
            return _all_answered(records)
        return got is Outcome.ADMITTED or got.refused


def _is_about(record: ProbeRecord, subject: str) -> bool:
    return not subject or (record.probe.tag is not None and record.probe.tag.subject == subject)


def _all_answered(records: Sequence[ProbeRecord]) -> bool:
    return bool(records) and all(map(_answered, records))


def _answered(record: ProbeRecord) -> bool:
    observation = record.observation
    http = observation.http
    if http is None:
        return observation.ending in ANSWERED
    in_trouble = http.status == 200 and http.header("grpc-status") in GRPC_TROUBLE
    return observation.ending in ANSWERED and http.status < 500 and http.status != BUSY and not in_trouble


def _rejected_by_listener(operation: OperationResult, identity: str) -> bool:
    """Return whether the listener rejects every connection of this identity."""
    return any(
        outcome.identity == identity
        and outcome.basis is Basis.LISTENER
        and outcome.outcome is Outcome.REFUSED_IN_TLS
        for outcome in operation.outcomes
    )
