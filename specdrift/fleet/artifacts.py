"""Makes the stored report of a service: files, summary, and the changes since its last run. Pure.

Workers do it, since it is the most expensive step after a scan.
"""

import json
from collections.abc import Callable, Iterator

from specdrift import reports
from specdrift.differ.baseline import entry_of
from specdrift.differ.compare import since
from specdrift.differ.judged import Judge
from specdrift.fleet.history.summary import summary_of
from specdrift.fleet.inventory.stored_drifts import entry, text_of
from specdrift.fleet.scheduler.outcome import NewDrift, ServiceReport, pack, unpack
from specdrift.fleet.scheduler.task import PriorState
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.result import Result
from specdrift.reports import RenderOptions

FORMATS = ("html", "json", "sarif")


def service_report(
    service: str, result: Result, prior: PriorState, locate: Callable[[str], str] = str
) -> ServiceReport:
    """Compare a result with the prior state, and render its files."""
    if prior.result:
        result = since(result, reports.read(unpack(prior.result)), source="the history")
    checked_for = Judge(result).checked_for
    now = {drift.fingerprint: drift.status is DriftStatus.SUPPRESSED for drift in result.drifts}
    return ServiceReport(
        summary=summary_of(service, result),
        files={name: pack(_file(service, result, name, RenderOptions(locate=locate))) for name in FORMATS},
        opened=tuple(_opened(result, prior)),
        fixed=tuple(
            name for name, text in prior.open.items() if name not in now and checked_for(entry(text))
        ),
        accepted=now,
    )


def _opened(result: Result, prior: PriorState) -> Iterator[NewDrift]:
    for name, drift in {drift.fingerprint: drift for drift in result.drifts}.items():
        if name not in prior.open:
            yield NewDrift(
                fingerprint=name,
                severity=drift.severity.value,
                title=drift.title,
                entry=text_of(entry_of(drift)),
            )


def _file(service: str, result: Result, name: str, options: RenderOptions) -> bytes:
    content = reports.render(result, name, options)
    return in_category(content, f"specdrift/{service}/{result.run_id}") if name == "sarif" else content


def in_category(log: bytes, category: str) -> bytes:
    """Set the category of a SARIF log's runs. Code scanning separates uploads by what precedes the last slash."""
    whole = json.loads(log)
    for run in whole["runs"]:
        run["automationDetails"] = {"id": category}
    return (json.dumps(whole, separators=(",", ":")) + "\n").encode("ascii")
