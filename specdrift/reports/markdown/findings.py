"""The drifts, by their root causes, worst first."""

from collections.abc import Iterator

from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Result
from specdrift.reports.content import comparison, sentences, summary
from specdrift.reports.content.badges import EXTENT, SEVERITY
from specdrift.reports.content.repository_locations import RepositoryLocations
from specdrift.reports.content.root_causes import RootCause, causes
from specdrift.reports.content.summary import plural
from specdrift.reports.markdown.commonmark import fence, prose, span
from specdrift.reports.markdown.limited_text import LimitedText
from specdrift.result.printable import printable
from specdrift.rules import RULES

SHOWN = 10
"""Lines of one cause, so that no cause takes the room of the others."""
NAMES = 10
LONGEST = 600


def write(sheet: LimitedText, result: Result, places: RepositoryLocations) -> None:
    """Every cause: what drifts, where, and folded away why that matters, how to fix it and how to see it again."""
    teller = _Teller(result, places)
    for cause in causes(result):
        sheet.add(teller.told(cause), noun="cause")


class _Teller:
    def __init__(self, result: Result, places: RepositoryLocations) -> None:
        self._places = places
        self._subjects = summary.Subjects(result)
        self._labels = comparison.labels(result)

    def told(self, cause: RootCause) -> str:
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
        """One operation or endpoint, with everybody who called, and what happened to the first of them."""
        drift = group[0]
        subject = self._subjects.of(drift)
        callers = sentences.callers(group)
        caller = f" as {_listed(callers)}" if callers else ""
        place = f" · {span(str(self._places.of_drift(drift)), limit=200)}" if drift.location else ""
        said = dict.fromkeys(label for each in group for label in self._said(each) if label)
        aside = f" *({prose(', '.join(said), limit=200)})*" if said else ""
        message = drift.message.removeprefix(f"{subject}: ")
        return f"- **{span(subject, limit=200)}**{caller}{place}{aside}: {prose(message, limit=LONGEST)}"

    def _said(self, drift: Drift) -> tuple[str, str]:
        confidence = "" if drift.confidence.value == "high" else f"{drift.confidence.value} confidence"
        return self._labels.get(drift.fingerprint, ""), confidence


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
    return ", ".join(span(name, limit=100) for name in names[:NAMES]) + more


def _reach(cause: RootCause) -> str:
    known = EXTENT.get(cause.extent)
    return f", {prose(known.format(name=cause.name), limit=200)}" if known else ""


def _folded(drift: Drift) -> str:
    """Why, how to fix it, and the command, behind one click; the rule's own page is named."""
    rule = RULES.get(drift.rule)
    parts = ["<details><summary>Why it matters, how to fix it, how to reproduce it</summary>"]
    if rule:
        parts.append(f"**Why:** {prose(rule.why)}")
    if drift.remediation:
        parts.append(f"**Fix:** {prose(drift.remediation)}")
    if drift.reproduce:
        parts.append(fence(printable(drift.reproduce, limit=4000), "sh"))
    explain = f"More: {span(f'specdrift explain {drift.rule}', limit=200)}" if rule else ""
    return "\n\n".join(filter(None, (*parts, explain, "</details>")))
