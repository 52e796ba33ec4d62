"""The message about a fleet, of its ``fleet.json``. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from specdrift.errors import ExitStatus, UsageError
from specdrift.fleet.history.overview import SCHEMA_VERSION
from specdrift.model.plural import plural
from specdrift.reports.chat.message import JUDGED, WORST, Item, Message, Moved, line
from specdrift.reports.content.headline import Standing, standing_without_result


def message_of_fleet(content: bytes) -> Message:
    """Return the message about all services. Raises UsageError for content that is no ``fleet.json``."""
    try:
        found = json.loads(content)
        if found["schema_version"] != SCHEMA_VERSION:
            raise UsageError("it was written by another version of specdrift")
        return _message(found, [_Row(row) for row in found["services"]])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageError("it is not a fleet.json of specdrift") from None


class _Row:
    """A service. Raises KeyError, TypeError or ValueError for an invalid one."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        drifts, change = row["drifts"], row["change"]
        self.name = line(str(row["service"]))
        self.owner = line(str(row["owner"]))
        self.errors, self.warnings = int(drifts["error"]), int(drifts["warning"])
        self.judged = bool(row["judged"])
        status = ExitStatus(int(row["exit_status"]))
        self.standing = _standing_of(row["standing"], status, judged=self.judged)
        self.bad = status is not ExitStatus.OK
        self.complete = status in JUDGED
        self.moved = (int(change["new"]), int(change["fixed"])) if change else None
        self.reason = line(str(row["reason"]).partition("\n")[0])

    @property
    def item(self) -> Item:
        new, fixed = self.moved or (0, 0)
        parts = [_counts(self.errors, self.warnings)] if self.judged else []
        parts += [f"{new:,} new"] if new else []
        parts += [f"{fixed:,} fixed"] if fixed else []
        parts += [self.reason] if self.reason else []
        parts += [f"owner {self.owner}"] if self.owner else []
        return Item(severity=self.standing.value.lower(), title=self.name, where="; ".join(parts))


def _message(found: Mapping[str, Any], rows: list[_Row]) -> Message:
    status = ExitStatus(int(found["exit_status"]))
    bad = [row for row in rows if row.bad]
    drifting = sum(row.standing in (Standing.DRIFT, Standing.FINDINGS) for row in rows)
    missing = sum(not row.judged for row in rows)
    words = [f"{drifting:,} of {plural(len(rows), 'service')} drift"]
    words += [f"{missing:,} could not be judged"] if missing else []
    words += ["interrupted: the remaining services were not checked"] if found["interrupted"] else []
    return Message(
        subject=line(str(found["fleet"])),
        standing=_standing(status, rows),
        sentence=f"{'; '.join(words)}.",
        exit_status=status,
        moved=_moved(rows),
        facts=(
            ("Findings", _counts(sum(row.errors for row in rows), sum(row.warnings for row in rows))),
            ("Finished", line(str(found["finished_at"])[:16].replace("T", " ") + " UTC")),
        ),
        items=tuple(row.item for row in bad[:WORST]),
        more=max(len(bad) - WORST, 0),
    )


def _standing(status: ExitStatus, rows: list[_Row]) -> Standing:
    if status is not ExitStatus.OK:
        return standing_without_result(status)
    consistent = bool(rows) and all(row.standing is Standing.CONSISTENT for row in rows)
    return Standing.CONSISTENT if consistent else Standing.PASSED


def _standing_of(word: str | None, status: ExitStatus, *, judged: bool) -> Standing:
    """Return the word of a service's report; without a result nothing was judged."""
    if word is not None:
        return Standing(word)
    return standing_without_result(status) if judged else Standing.PROBLEM


def _counts(errors: int, warnings: int) -> str:
    return f"{plural(errors, 'error')}, {plural(warnings, 'warning')}"


def _moved(rows: list[_Row]) -> Moved:
    """Unknown as soon as one service has nothing to compare with."""
    if any(any(row.moved) for row in rows if row.moved):
        return Moved.CHANGED
    return Moved.SAME if rows and all(row.moved and row.complete for row in rows) else Moved.UNKNOWN
