"""What was not judged and why, what answered without being in the document, and what the baseline accepts."""

from collections import Counter
from collections.abc import Iterator, Mapping

from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.result import Result, Skipped
from specdrift.reports.content import summary
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.tone import Tone
from specdrift.reports.content.undecided import UndecidedGroup, groups
from specdrift.reports.html.view import wording
from specdrift.reports.html.view.page_types import AcceptedDrift, NotJudged, UndecidedEntry, UndocumentedRow
from specdrift.result.printable import printable

UNKNOWN_KIND = Badge(symbol="!", word="answers", tone=Tone.WARN)


def undecided(result: Result, rows: Mapping[OperationKey, str]) -> tuple[NotJudged, ...]:
    """Everything declared that could not be judged, the commonest reason first. ``rows`` are the ids of the matrix's
    rows.
    """
    times = Counter(item.reason for item in result.undecided)
    return tuple(
        NotJudged(
            subject=printable(str(item.operation), limit=400) if item.operation else "the whole run",
            reason=printable(item.reason),
            remedy=printable(item.how_to_decide),
            link=rows.get(item.operation, "") if item.operation else "",
        )
        for item in sorted(result.undecided, key=lambda item: -times[item.reason])
    )


def undecided_entries(result: Result, rows: Mapping[OperationKey, str]) -> tuple[UndecidedEntry, ...]:
    """The undecided operations by reason, each with lines of configuration that would decide them."""
    return tuple(
        UndecidedEntry(
            reason=printable(group.reason),
            remedy=printable(group.how_to_decide),
            operations=tuple(_concerned(group, rows)),
            lines="\n".join(printable(line, limit=4000) for line in group.toml),
        )
        for group in groups(result)
    )


def _concerned(group: UndecidedGroup, rows: Mapping[OperationKey, str]) -> Iterator[NotJudged]:
    for key in group.operations:
        yield NotJudged(
            subject=printable(str(key), limit=400),
            reason=printable(group.details.get(key, "")),
            remedy="",
            link=rows.get(key, ""),
        )
    if not group.operations:
        yield NotJudged(subject="the whole run", reason="", remedy="", link="")


def skipped(result: Result, rows: Mapping[OperationKey, str]) -> tuple[NotJudged, ...]:
    """Everything that was deliberately not done."""
    return tuple(
        NotJudged(
            subject=_subject(item),
            reason=printable(item.reason),
            remedy="",
            link=rows.get(item.operation, "") if item.operation else "",
        )
        for item in result.skipped
    )


def _subject(item: Skipped) -> str:
    check = f"check {printable(item.check, limit=100)}" if item.check else ""
    operation = printable(str(item.operation), limit=400) if item.operation else ""
    return ", ".join(part for part in (operation, check) if part) or "the whole run"


def undocumented(result: Result) -> tuple[UndocumentedRow, ...]:
    """Endpoints that are not in the document."""
    return tuple(
        UndocumentedRow(
            method=printable(item.method, limit=40),
            path=printable(item.path, limit=300),
            kind=wording.KIND.get(item.kind, UNKNOWN_KIND),
            status=str(item.status),
            admitted=", ".join(printable(name, limit=80) for name in item.admitted),
            source=printable(item.source, limit=300) or "the curated list",
        )
        for item in result.undocumented
    )


def accepted(result: Result) -> tuple[AcceptedDrift, ...]:
    """The suppressions of the baseline, each with the drift of this run that it covers."""
    subjects = summary.Subjects(result)
    names = {drift.fingerprint: f"{drift.rule}: {subjects.of(drift)}" for drift in result.drifts}
    return tuple(
        AcceptedDrift(
            drift=printable(names.get(item.fingerprint, "nothing in this run"), limit=400),
            fingerprint=printable(item.fingerprint, limit=100),
            reason=printable(item.reason),
            owner=printable(item.owner, limit=100),
            expires=item.expires.isoformat() if item.expires else "never",
        )
        for item in result.suppressed
    )
