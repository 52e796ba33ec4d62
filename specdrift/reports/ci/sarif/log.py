"""Puts the log together, within the limits of code scanning, and says what the limits left out."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from itertools import islice
from urllib.parse import quote, urlsplit

from specdrift.errors import ExitStatus
from specdrift.model.plural import plural
from specdrift.model.result.result import Result
from specdrift.reports.ci.sarif.objects import SCHEMA, SarifObject, message, time, with_members
from specdrift.reports.ci.sarif.results import physical, results
from specdrift.reports.ci.sarif.rules import catalogue
from specdrift.reports.content import sentences
from specdrift.reports.content.headline import INSECURE, INTERRUPTED, headline, judged_in_part
from specdrift.reports.content.repository_locations import RepositoryLocations
from specdrift.reports.report_format import RenderOptions
from specdrift.result.printable import json_without_commands, printable

MOST_RESULTS = 25_000
"""A file with more is refused by code scanning."""
KEPT_RESULTS = 5_000
"""Code scanning keeps so many, by severity."""
HOMEPAGES = ("Homepage", "Documentation", "Repository", "Source")
"""Labels of a project's URLs (Core metadata, Project-URL), the best first."""
MOST_NOTIFICATIONS = 1_000


def log(result: Result, options: RenderOptions) -> str:
    """The log as minified JSON, all ASCII."""
    run = _run(result, RepositoryLocations(result, options.locate))
    members = {"version": "2.1.0", "$schema": SCHEMA, "runs": [run]}
    return json_without_commands(json.dumps(members, separators=(",", ":"), allow_nan=False) + "\n")


def _run(result: Result, places: RepositoryLocations) -> SarifObject:
    rules = catalogue(result.drifts)
    found = results(result, [str(rule["id"]) for rule in rules], places)
    driver: dict[str, object] = {
        "name": "specdrift",
        "semanticVersion": printable(result.tool_version),
        "informationUri": homepage(),
        "rules": rules,
        "notifications": _kinds(),
    }
    return {
        "tool": {"driver": with_members(driver)},
        "invocations": [_invocation(result, places)],
        "results": list(islice(found, MOST_RESULTS)),
        "automationDetails": {"id": _category(result, places)},
        "columnKind": "unicodeCodePoints",
    }


@cache
def homepage() -> str | None:
    """Return the home page that the installed package states; None without one."""
    try:
        urls = metadata("specdrift").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    stated = dict(one.split(", ", 1) for one in urls if ", " in one)
    return next((stated[label] for label in HOMEPAGES if _is_url(stated.get(label, ""))), None)


def _category(result: Result, places: RepositoryLocations) -> str:
    """``specdrift/<document>/<target>/<run>``: all before the last slash keeps several uploads apart."""
    target = urlsplit(result.target.base_url).netloc if _is_url(result.target.base_url) else ""
    document = places.of_operation(None).file
    parts = ("specdrift", quote(printable(document), safe="/"), quote(printable(target), safe=":[]"))
    return "/".join((*filter(None, parts), quote(printable(result.run_id), safe="")))


def _is_url(text: str) -> bool:
    try:
        return bool(urlsplit(text).netloc)
    except ValueError:
        return False


def _invocation(result: Result, places: RepositoryLocations) -> SarifObject:
    first = headline(result)
    notifications = list(islice(_notifications(result, places), MOST_NOTIFICATIONS + 1))
    if len(notifications) > MOST_NOTIFICATIONS:
        notifications[MOST_NOTIFICATIONS:] = [
            _notification(
                "cut",
                "More operations were not judged or skipped; the JSON result has all of them.",
                "warning",
            )
        ]
    members: dict[str, object] = {
        "startTimeUtc": time(result.started_at),
        "endTimeUtc": time(result.finished_at),
        "executionSuccessful": _successful(result),
        "exitCode": first.exit_status,
        "exitCodeDescription": first.meaning or None,
        "toolExecutionNotifications": notifications,
    }
    return with_members(members)


def _successful(result: Result) -> bool:
    """Whether the run did its job (SARIF §3.20.14): what the settings accept is no failure of the tool."""
    status = result.exit_status
    return status == ExitStatus.OK or (
        status in (ExitStatus.DRIFT, ExitStatus.INCOMPLETE) and not (result.problem or result.interrupted)
    )


def _notifications(result: Result, places: RepositoryLocations) -> Iterator[SarifObject]:
    """What no result says: why nothing was judged, what is undecided, what was left out, what the limits cut."""
    total = len(result.drifts)
    if result.problem:
        kind = "judged-in-part" if judged_in_part(result) else "not-judged"
        yield _notification(kind, result.problem.text, "error")
    if result.interrupted:
        yield _notification("interrupted", INTERRUPTED, "error")
    if total > MOST_RESULTS:
        rest = f"{total - MOST_RESULTS:,} of {plural(total, 'drift')}"
        text = f"{rest}, the least severe, are not in this file; the JSON result has them."
        yield _notification("cut", text, "warning")
    if total > KEPT_RESULTS:
        yield _notification(
            "cut", f"Code scanning keeps {plural(KEPT_RESULTS, 'result')} of a file.", "warning"
        )
    if result.target.insecure:
        yield _notification("insecure", INSECURE, "warning")
    for item in sentences.unexplained(result):
        place = physical(places.of_operation(item.operation))
        yield _notification("undecided", sentences.undecided(item), "warning", place)
    for skip in result.skipped:
        at = physical(places.of_operation(skip.operation)) if skip.operation else None
        yield _notification("skipped", sentences.skipped(skip), "note", at)


def _notification(kind: str, text: str, level: str, place: SarifObject | None = None) -> SarifObject:
    members: dict[str, object] = {
        "descriptor": {"id": kind, "index": list(KINDS).index(kind)},
        "level": level,
        "message": message(printable(text)),
        "locations": [{"physicalLocation": place}] if place else None,
    }
    return with_members(members)


KINDS: Mapping[str, str] = {
    "not-judged": "The run could not judge anything.",
    "interrupted": "The run was interrupted.",
    "insecure": "The server certificate was not verified.",
    "undecided": "An operation could not be judged.",
    "skipped": "An operation or a check was skipped.",
    "cut": "Entries were cut to the limits of code scanning.",
    "judged-in-part": "The run could not judge everything.",
}


def _kinds() -> list[SarifObject]:
    """What notifications tell, described as fully as code scanning demands it of every descriptor."""
    return [_kind(kind, {"text": text}) for kind, text in KINDS.items()]


def _kind(kind: str, text: SarifObject) -> SarifObject:
    return {"id": kind, "shortDescription": text, "fullDescription": text, "help": text}
