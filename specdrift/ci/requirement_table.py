"""The requirements before and after a change, as a table for reviewers."""

from collections.abc import Iterable, Sequence

from specdrift.differ.contract_changes import Direction, RequirementChange
from specdrift.model.plural import plural
from specdrift.reports.markdown.commonmark import cell, prose, row

_MOST = 100
_ROOM = 20_000
"""Maximum size of the rows in bytes: the findings need the rest of a comment."""
_EFFECTS = {
    Direction.WEAKER: "❌ weaker",
    Direction.UNDECIDED: "❓ undecided",
    Direction.OTHER: "⚠️ other",
    None: "",
    Direction.STRONGER: "✅ stricter",
    Direction.SAME: "same callers",
    Direction.GONE: "",
    Direction.HIDDEN: "",
}
"""The worst first; None stands for new and removed operations."""


def requirement_table(changes: Sequence[RequirementChange]) -> str:
    """Format as Markdown; empty without changes. Lists the weaker ones first, and at most a hundred operations."""
    if not changes:
        return ""
    rows = sorted(changes, key=_rank)
    lines = ["", "## Requirements", "", "| operation | before | after | |", "| --- | --- | --- | --- |"]
    shown = _fitting(_row(change) for change in rows[:_MOST])
    lines += shown
    if len(rows) > len(shown):
        lines += ["", f"{plural(len(rows) - len(shown), 'more operation')}: `lint.md` has the findings."]
    return "\n".join((*lines, ""))


def _fitting(rows: Iterable[str]) -> list[str]:
    """Return the first rows that fit."""
    found: list[str] = []
    room = _ROOM
    for one in rows:
        room -= len(one.encode())
        if room < 0:
            break
        found.append(one)
    return found


def _rank(change: RequirementChange) -> int:
    return list(_EFFECTS).index(change.direction)


def _row(change: RequirementChange) -> str:
    name = f"{change.operation}" + (f" (was {change.was.path})" if change.was else "")
    before, after = (prose(text, code=cell) for text in (change.before or "-", change.after or "-"))
    return row((cell(name), before, after, _effect(change)))


def _effect(change: RequirementChange) -> str:
    if change.direction is not None:
        return _EFFECTS[change.direction]
    return "new" if change.after else "removed"
