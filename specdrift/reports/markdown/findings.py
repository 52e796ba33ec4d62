"""The drifts, by their root causes, worst first."""

from collections.abc import Iterator

from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Result
from specdrift.reports.content import comparison, sentences, summary
from specdrift.reports.content.badges import EXTENT, SEVERITY
from specdrift.reports.content.evidence import rests_on
from specdrift.reports.content.repository_locations import RepositoryLocations
from specdrift.reports.content.root_causes import RootCause, causes
from specdrift.reports.markdown.commonmark import fence, prose, span
from specdrift.reports.markdown.limited_text import LimitedText
from specdrift.result.printable import printable
from specdrift.rules import RULES

SHOWN = 10
"""Maximum number of lines of one cause."""
NAMES = 10
LONGEST = 600


def write(sheet: LimitedText, result: Result, places: RepositoryLocations) -> None:
    """Write each cause: what drifts and where; folded: why it matters, how to fix it, how to reproduce it."""
    writer = _CauseWriter(result, places)
    for cause in causes(result):
        sheet.add(writer.write(cause), noun="cause")


class _CauseWriter:
    def __init__(self, result: Result, places: RepositoryLocations) -> None:
        self._places = places
        self._subjects = summary.Subjects(result)
        self._labels = comparison.labels(result)

    def write(self, cause: RootCause) -> str:
        return "\n\n".join(self._parts(cause))

    def _parts(self, cause: RootCause) -> Iterator[str]:
        first = cause.drifts[0]
        badge = SEVERITY[first.severity]
        yield f"### {badge.symbol} {badge.word}: {prose(first.title, limit=200)}"
        if len(cause.drifts) > 1:
            yield f"{plural(len(cause.drifts), 'drift')}{_reach(cause)}:"
        groups = sentences.together(cause.drifts, self._subjects)
        yield "\n".join(map(self._line, groups[:SHOWN]))
        if len(groups) > SHOWN:
            rest = dict.fromkeys(self._subjects.of(group[0]) for group in groups[SHOWN:])
            drifts = sum(map(len, groups[SHOWN:]))
            yield f"And {drifts:,} more: {_listed(tuple(rest))}."
        yield _folded(first)

    def _line(self, group: tuple[Drift, ...]) -> str:
        """Return the line of an operation or endpoint: its callers, and the first one's outcome."""
        drift = group[0]
        subject = self._subjects.of(drift)
        callers = sentences.callers(group)
        caller = f" as {_listed(callers)}" if callers else ""
        place = f" · {span(str(self._places.of_drift(drift)), limit=200)}" if drift.location else ""
        labels = dict.fromkeys(label for each in group for label in self._labels_of(each) if label)
        note = f" *({prose(', '.join(labels), limit=200)})*" if labels else ""
        message = drift.message.removeprefix(f"{subject}: ")
        return f"- **{span(subject, limit=200)}**{caller}{place}{note}: {prose(message, limit=LONGEST)}"

    def _labels_of(self, drift: Drift) -> tuple[str, str]:
        confidence = "" if drift.confidence.value == "high" else f"{drift.confidence.value} confidence"
        return self._labels.get(drift.fingerprint, ""), confidence


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
    return ", ".join(span(name, limit=100) for name in names[:NAMES]) + more


def _reach(cause: RootCause) -> str:
    known = EXTENT.get(cause.extent)
    return f", {prose(known.format(name=cause.name), limit=200)}" if known else ""


def _folded(drift: Drift) -> str:
    """Return the folded part: why, the fix, the command, and the page of the rule."""
    rule = RULES.get(drift.rule)
    parts = ["<details><summary>Why it matters, how to fix it, how to reproduce it</summary>"]
    if rule:
        parts.append(f"**Why:** {prose(rule.why)}")
    if drift.remediation:
        parts.append(f"**Fix:** {prose(drift.remediation)}")
    if basis := rests_on(drift.evidence):
        parts.append(f"**Rests on:** {prose(basis, limit=400)}.")
    if drift.reproduce:
        parts.append(fence(printable(drift.reproduce, limit=4000), "sh"))
    explain = f"More: {span(f'specdrift explain {drift.rule}', limit=200)}" if rule else ""
    return "\n\n".join(filter(None, (*parts, explain, "</details>")))
