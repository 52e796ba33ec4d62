"""The message about a run: verdict, numbers and the worst causes. No exchange, no excerpt, no command. Pure."""

from enum import StrEnum

from msgspec import Struct

from specdrift.errors import ExitStatus
from specdrift.model.plural import plural
from specdrift.model.result.drift import DriftStatus, Severity
from specdrift.model.result.result import Result
from specdrift.reports.content import summary
from specdrift.reports.content.headline import SHOWN, Standing, headline
from specdrift.reports.content.root_causes import RootCause, causes
from specdrift.result.printable import printable
from specdrift.result.status import exit_zero_of, is_forgiven

WORST = 5
"""Maximum number of causes, or of services."""
NAMES = 3
JUDGED = (ExitStatus.OK, ExitStatus.DRIFT)
"""Exit statuses of runs that judged what they should."""
LONGEST = 300
"""Maximum length of a text, in characters: documents and servers write some of them."""


class Moved(StrEnum):
    """How the findings differ from those of an earlier run."""

    UNKNOWN = "unknown"
    """There is no earlier result to compare with, or not everything could be judged."""
    SAME = "same"
    CHANGED = "changed"


class Item(Struct, frozen=True, kw_only=True):
    """One cause, or one service."""

    severity: str
    """``error``, ``warning`` or ``note``; of a service, the word of its report in lower case."""
    title: str
    where: str


class Message(Struct, frozen=True, kw_only=True):
    """Every text is one printable line."""

    subject: str
    """Title of the document, or name of the fleet."""
    standing: Standing
    sentence: str
    exit_status: int
    """That of the process."""
    moved: Moved
    facts: tuple[tuple[str, str], ...] = ()
    """Names and values, in order."""
    items: tuple[Item, ...] = ()
    """The worst, at most ``WORST``."""
    more: int = 0
    """Number of causes or services beyond ``items``."""
    link: str = ""
    """Address of the report; may be empty."""

    @property
    def title(self) -> str:
        """Symbol, word and subject: ``✗ Drift: Orders API``."""
        return f"{SHOWN[self.standing][0]} {self.standing.value}: {self.subject}"


def line(text: str) -> str:
    """One printable line of bounded length."""
    return printable(" ".join(text.split()), limit=LONGEST)


def message_of(result: Result) -> Message:
    """Return the message about one run."""
    verdict = headline(result)
    found = causes(result)
    subjects = summary.Subjects(result)
    forgiven = exit_zero_of(result) and is_forgiven(result.exit_status)
    return Message(
        subject=line(result.document.title) or "the API",
        standing=verdict.standing,
        sentence=line(verdict.sentence),
        exit_status=0 if forgiven else result.exit_status,
        moved=_moved(result),
        facts=tuple((name, line(value)) for name, value in _facts(result) if value),
        items=tuple(_item(cause, subjects) for cause in found[:WORST]),
        more=max(len(found) - WORST, 0),
    )


def _moved(result: Result) -> Moved:
    previous = result.previous
    if previous is None:
        return Moved.UNKNOWN
    new = any(drift.status is DriftStatus.NEW for drift in result.drifts)
    if new or previous.fixed or previous.undecided:
        return Moved.CHANGED
    return Moved.SAME if result.exit_status in JUDGED and not previous.unjudged else Moved.UNKNOWN


def _facts(result: Result) -> tuple[tuple[str, str], ...]:
    counts = summary.with_severity(summary.active(result))
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
    found = ", ".join(plural(count, words[severity]) for severity, count in counts.items() if count)
    new = sum(drift.status is DriftStatus.NEW for drift in result.drifts)
    moved = f"{new:,} new, {len(result.previous.fixed):,} fixed" if result.previous else ""
    return (
        ("Target", result.target.base_url),
        ("Findings", found or "none"),
        ("Since the last run", moved),
        ("Undecided", plural(len(result.undecided), "operation") if result.undecided else ""),
        ("Finished", f"{result.finished_at:%Y-%m-%d %H:%M} UTC"),
    )


def _item(cause: RootCause, subjects: summary.Subjects) -> Item:
    first = cause.drifts[0]
    names = list(dict.fromkeys(subjects.of(drift) for drift in cause.drifts))
    more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
    return Item(
        severity=first.severity.value, title=line(first.title), where=line(", ".join(names[:NAMES]) + more)
    )
