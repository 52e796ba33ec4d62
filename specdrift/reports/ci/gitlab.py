"""GitLab: a Code Quality report, which a merge request shows beside the lines that it changes.

Fields as GitLab documents them (Code Quality report format): description, check_name, fingerprint, severity,
location.path and location.lines.begin. GitLab shows one finding for each fingerprint, so those are made unique.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.drift import Severity
from specdrift.model.result.result import Result
from specdrift.reports.content import headline, sentences, summary
from specdrift.reports.content.repository_locations import RepositoryLocations
from specdrift.reports.report_format import RenderOptions, ReportFormat
from specdrift.result.printable import json_without_commands, printable

SEVERITY: Mapping[Severity, str] = {
    Severity.ERROR: "critical",
    Severity.WARNING: "major",
    Severity.NOTE: "minor",
}
UNDECIDED = "undecided"
"""Undecided operations are no findings, but they are reported, at the lowest severity."""
NOT_JUDGED = "not-judged"
IN_PART = "judged-in-part"
Issue = dict[str, object]


def render(result: Result, options: RenderOptions) -> bytes:
    """Write a list of findings, the worst first, then what could not be judged. Accepted drifts are not listed."""
    issues = list(_numbered(_issues(result, options)))
    return json_without_commands(json.dumps(issues, indent=1) + "\n").encode("ascii")


def _issues(result: Result, options: RenderOptions) -> Iterator[Issue]:
    places, subjects = RepositoryLocations(result, options.locate), summary.Subjects(result)
    if result.problem:
        name, severity = (IN_PART, "major") if headline.judged_in_part(result) else (NOT_JUDGED, "critical")
        severity = severity if result.exit_status else "info"
        yield _issue(name, result.problem.text, severity, places.of_operation(None), name)
    for drift in summary.active(result):
        text = sentences.sentence(drift, subjects.of(drift))
        yield _issue(drift.rule, text, SEVERITY[drift.severity], places.of_drift(drift), drift.fingerprint)
    for item in sentences.unexplained(result):
        place, name = places.of_operation(item.operation), f"{UNDECIDED} {sentences.named(item.operation)}"
        yield _issue(UNDECIDED, sentences.undecided(item), "info", place, name)


def _issue(check: str, text: str, severity: str, place: SourceLocation, fingerprint: str) -> Issue:
    return {
        "description": printable(text),
        "check_name": printable(check),
        "fingerprint": printable(fingerprint),
        "severity": severity,
        "location": {"path": printable(place.file), "lines": {"begin": place.line}},
    }


def _numbered(issues: Iterator[Issue]) -> Iterator[Issue]:
    """The second taker of a fingerprint gets a number behind it."""
    taken: Counter[object] = Counter()
    for issue in issues:
        name = issue["fingerprint"]
        taken[name] += 1
        yield issue if taken[name] == 1 else {**issue, "fingerprint": f"{name}:{taken[name]}"}


FORMAT = ReportFormat(
    name="gitlab", media_type="application/json", extension="codequality.json", render=render
)
