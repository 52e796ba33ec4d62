"""GitHub: workflow commands, which the runner turns into annotations at the lines of the document.

Drifts that differ only in who called are one annotation, which names them all. The runner takes ten annotations of
a level from a step: where there are more, the tenth says so, and all the rest follow as ordinary lines of the log,
so that nothing is lost.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from specdrift.errors import ExitStatus
from specdrift.model.contract.location import SourceLocation
from specdrift.model.plural import plural
from specdrift.model.result.drift import Severity
from specdrift.model.result.result import Result
from specdrift.reports.content import comparison, headline, sentences, summary
from specdrift.reports.content.repository_locations import RepositoryLocations
from specdrift.reports.report_format import RenderOptions, ReportFormat
from specdrift.result.printable import printable, without_commands

MOST = 10
LEVELS: Mapping[Severity, str] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}
DATA: Mapping[str, str] = {"%": "%25", "\r": "%0D", "\n": "%0A"}
PROPERTY: Mapping[str, str] = {**DATA, ":": "%3A", ",": "%2C"}


class Annotation(Struct, frozen=True, kw_only=True):
    severity: Severity
    title: str
    text: str
    place: SourceLocation


def render(result: Result, options: RenderOptions) -> bytes:
    """Write the verdict, then a command or a line for every finding and for everything undecided."""
    first = headline.headline(result)
    lines = [without_commands(f"{first.standing.value}: {printable(first.sentence)}")]
    annotations = list(_annotations(result, options))
    for severity in Severity:
        lines += _level([item for item in annotations if item.severity is severity])
    return "".join(f"{line}\n" for line in lines).encode()


def _annotations(result: Result, options: RenderOptions) -> Iterator[Annotation]:
    places, subjects = RepositoryLocations(result, options.locate), summary.Subjects(result)
    if result.problem:
        in_part, allowed = headline.judged_in_part(result), result.exit_status == ExitStatus.OK
        yield Annotation(
            severity=Severity.WARNING if in_part or allowed else Severity.ERROR,
            title=f"specdrift could not judge {'everything' if in_part else 'anything'}",
            text=result.problem.text,
            place=places.of_operation(None),
        )
    for group in sentences.together(summary.active(result), subjects):
        first, others = group[0], sentences.callers(group)[1:]
        text = sentences.sentence(first, subjects.of(first))
        yield Annotation(
            severity=first.severity,
            title=f"{first.title} ({first.rule})",
            text=f"{text} Likewise: {', '.join(others)}." if others else text,
            place=places.of_drift(first),
        )
    for item in sentences.unexplained(result):
        yield Annotation(
            severity=Severity.WARNING,
            title="Undecided",
            text=sentences.undecided(item),
            place=places.of_operation(item.operation),
        )
    places_of = {drift.fingerprint: places.of_drift(drift) for drift in result.drifts}
    for entry in comparison.expiring(result):
        yield Annotation(
            severity=Severity.WARNING,
            title="Acceptance expires soon",
            text=f"The baseline accepts {entry.rule} ({comparison.about(entry)}) until {comparison.until(entry)}.",
            place=places_of.get(entry.fingerprint, places.of_operation(entry.operation)),
        )


def _level(annotations: list[Annotation]) -> Iterator[str]:
    """Annotations of one level; all that the runner would drop are lines of the log."""
    room = MOST if len(annotations) <= MOST else MOST - 1
    shown, rest = annotations[:room], annotations[room:]
    yield from map(_command, shown)
    if rest:
        level = LEVELS[rest[0].severity]
        more = plural(len(rest), f"more {level}")
        yield f"::{level} title=specdrift::and {more}: the runner shows ten of a level. They are in the log."
        yield from map(_log, rest)


def _command(item: Annotation) -> str:
    place = item.place
    properties: dict[str, object] = {"file": place.file, "line": place.line, "endLine": place.end_line}
    if place.line == place.end_line and place.end_column > place.column:
        properties |= {"col": place.column, "endColumn": place.end_column}
    properties["title"] = item.title
    listed = ",".join(f"{name}={_escape(str(value), PROPERTY)}" for name, value in properties.items())
    return f"::{LEVELS[item.severity]} {listed}::{_escape(item.text, DATA)}"


def _log(item: Annotation) -> str:
    return without_commands(printable(f"{item.severity.value}: {item.place}: {item.text} [{item.title}]"))


def _escape(text: str, table: Mapping[str, str]) -> str:
    """As the runner's toolkit does it; the per cent sign comes first in the table."""
    shown = without_commands(printable(text))
    for character, escape in table.items():
        shown = shown.replace(character, escape)
    return shown


FORMAT = ReportFormat(
    name="github", media_type="text/plain; charset=utf-8", extension="github.txt", render=render
)
