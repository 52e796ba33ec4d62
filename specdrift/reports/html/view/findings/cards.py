"""A card for each drift: claim, the document's lines, the evidence beside its control, a command to show it again."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import ProbeRecord, Result
from specdrift.model.result.verdict import Outcome
from specdrift.reports.content import badges, summary
from specdrift.reports.content.evidence import rests_on
from specdrift.reports.html.view import wording
from specdrift.reports.html.view.anchors import Anchors
from specdrift.reports.html.view.findings.drift_markdown import markdown
from specdrift.reports.html.view.findings.evidence_types import Card, ExchangeView
from specdrift.reports.html.view.findings.exchanges import claimed, comparison, exchange
from specdrift.reports.html.view.findings.quotation import quote
from specdrift.reports.html.view.findings.similar_exchanges import further
from specdrift.reports.html.view.inline import inline
from specdrift.reports.html.view.sections.command_line import lint_command
from specdrift.reports.html.view.sections.matrix import tag_list
from specdrift.result.printable import printable
from specdrift.rules import source


class CardBuilder:
    """Deals the cards of one result. ``ids`` are those of its drifts, by the drift's own ``id()``."""

    def __init__(self, result: Result, anchors: Anchors, owners: Callable[[str], tuple[str, ...]]) -> None:
        self._document = result.document.source
        self._owners = owners
        self._records = {record.probe.id: record for record in result.probes}
        self._identities = {identity.name: identity for identity in result.identities}
        self._operations = {item.operation.key: item.operation for item in result.operations}
        self._controls = _controls(result.probes)
        self._status = wording.STATUS if result.previous else wording.STATUS_ALONE
        self._lint = lint_command(result)
        self.subjects = summary.Subjects(result)
        self.ids: Mapping[int, str] = {
            id(drift): anchors.of_drift(drift, self.subjects.of(drift)) for drift in summary.active(result)
        }

    def card(self, drift: Drift) -> Card:
        """The whole card."""
        return self._card(drift, tuple(self._evidence(drift)))

    def row(self, drift: Drift) -> Card:
        """A card without evidence."""
        return self._card(drift, ())

    def _card(self, drift: Drift, exchanges: tuple[ExchangeView, ...]) -> Card:
        operation = self._operations.get(drift.operation) if drift.operation else None
        place = quote(drift, operation)
        subject = self.subjects.of(drift)
        others = max(len(drift.probes) - 1, 0)
        return Card(
            id=self.ids[id(drift)],
            severity=badges.SEVERITY[drift.severity],
            confidence=drift.confidence.value,
            status=self._status[drift.status],
            change=wording.CHANGE[drift.status],
            rule=printable(drift.rule),
            title=printable(drift.title),
            subject=printable(subject, limit=400),
            place=printable(str(drift.location), limit=200) if drift.location else "",
            method=drift.operation.method if drift.operation else "",
            identity=printable(drift.identity or ""),
            tags=tag_list(operation.tags) if operation else "",
            owners=tag_list(self._owners(drift.location.file if drift.location else self._document)),
            message=inline(drift.message),
            quote=place,
            evidence=comparison(*exchanges[:2]) if exchanges else None,
            further=further(self._records[p] for p in drift.probes[1:] if p in self._records)
            if exchanges
            else (),
            further_label=f"{plural(others, 'more exchange')} with this finding",
            basis=printable(rests_on(drift.evidence), limit=400),
            reproduce=printable(drift.reproduce, limit=4000) or self._again(drift),
            fingerprint=printable(drift.fingerprint),
            markdown=markdown(drift, subject, place, exchanges[:2]),
        )

    def _again(self, drift: Drift) -> str:
        """The command for a finding about the document; empty for one about the source or the configuration."""
        of_document = drift.location is not None and drift.location.pointer and not drift.probes
        return self._lint if of_document and drift.rule not in source.IDS else ""

    def _evidence(self, drift: Drift) -> Iterator[ExchangeView]:
        """The exchange that shows it, and the control beside it."""
        found = [self._records[probe] for probe in drift.probes if probe in self._records]
        if not found:
            return
        control = self.control(drift, found[0])
        badge = badges.SEVERITY[drift.severity]
        first = self._exchange(found[0], "Evidence", control)
        yield claimed(first, badge.tone, badge.symbol)
        if control:
            yield self._exchange(control, "Control", None)

    def _exchange(self, record: ProbeRecord, role: str, beside: ProbeRecord | None) -> ExchangeView:
        identity: ClientIdentity | None = self._identities.get(record.probe.identity)
        return exchange(record, identity=identity, role=role, beside=beside)

    def control(self, drift: Drift, shown: ProbeRecord) -> ProbeRecord | None:
        """A positive control of the same operation by another caller.

        Best one that got through, and over the same TLS versions.
        """
        candidates = self._controls.get(drift.operation, []) if drift.operation else []
        others = [record for record in candidates if record.probe.identity != shown.probe.identity]
        offered = shown.probe.connection.tls
        return min(
            others,
            key=lambda r: (r.outcome is not Outcome.ADMITTED, r.probe.connection.tls is not offered),
            default=None,
        )


def _controls(records: tuple[ProbeRecord, ...]) -> Mapping[OperationKey, list[ProbeRecord]]:
    controls: dict[OperationKey, list[ProbeRecord]] = defaultdict(list)
    for record in records:
        if record.probe.control and record.probe.operation:
            controls[record.probe.operation].append(record)
    return controls
