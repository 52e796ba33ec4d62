"""GitLab: a security report of the kind DAST, which GitLab's list of vulnerabilities takes.

Members as version 15.0.7 of GitLab's schema has them (gitlab-org/security-products/security-report-schemas). GitLab
takes two findings of one rule at one method and path for the same: the callers of both are in one finding. Texts of
findings are Markdown there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.result import Result
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content import headline, sentences, summary
from specdrift.reports.content.evidence import rests_on
from specdrift.reports.content.repository_locations import RepositoryLocations
from specdrift.reports.markdown.commonmark import prose
from specdrift.reports.report_format import RenderOptions, ReportFormat
from specdrift.result.printable import json_without_commands, printable
from specdrift.result.status import is_incomplete
from specdrift.rules import RULES

VERSION = "15.0.7"
LONGEST_NAME, LONGEST_SOLUTION, LONGEST = 255, 7000, 1000
"""Maximum lengths in characters; the first two are GitLab's."""
SEVERITY: Mapping[Severity, str] = {
    Severity.ERROR: "High",
    Severity.WARNING: "Medium",
    Severity.NOTE: "Low",
}
Member = dict[str, object]


def render(result: Result, options: RenderOptions) -> bytes:
    """Write the report. Accepted drifts are not listed; what could not be judged makes it a failed scan."""
    report = {"version": VERSION, "scan": _scan(result), "vulnerabilities": list(_found(result, options))}
    return json_without_commands(json.dumps(report, indent=1) + "\n").encode("ascii")


def _scan(result: Result) -> Member:
    program = {
        "id": "specdrift",
        "name": "specdrift",
        "version": _text(result.tool_version),
        "vendor": {"name": "specdrift"},
    }
    messages = list(_messages(result))
    return {
        "analyzer": program,
        "scanner": program,
        "type": "dast",
        "start_time": _time(result.started_at),
        "end_time": _time(result.finished_at),
        "status": "failure" if messages else "success",
        "messages": messages,
        "scanned_resources": [
            {
                "type": "url",
                "method": _text(each.operation.key.method),
                "url": _url(result, each.operation.key.path),
            }
            for each in result.operations
            if each.verdict is not Verdict.UNDECIDED
        ],
    }


def _messages(result: Result) -> Iterator[Member]:
    """Yield why the absence of a finding does not mean that there is none."""
    if result.problem:
        level = "warn" if headline.judged_in_part(result) else "fatal"
        yield {"level": level, "value": _text(result.problem.text)}
    for item in sentences.unexplained(result):
        text = f"{sentences.named(item.operation)}: {sentences.undecided(item)}"
        yield {"level": "warn", "value": _text(text)}
    if is_incomplete(result) and not result.problem and not result.undecided:
        yield {"level": "warn", "value": _text(headline.headline(result).sentence)}


def _found(result: Result, options: RenderOptions) -> Iterator[Member]:
    places, subjects = RepositoryLocations(result, options.locate), summary.Subjects(result)
    host = printable(result.target.base_url)
    groups: dict[tuple[str, ...], list[Drift]] = {}
    for drift in summary.active(result):
        groups.setdefault((_text(drift.rule), *_place(drift, subjects.of(drift))), []).append(drift)
    for (rule, method, path), drifts in groups.items():
        first = drifts[0]
        place = places.of_drift(first)
        details: Member = {
            "document": {
                "name": "Document",
                "type": "file-location",
                "file_name": _text(place.file),
                "line_start": place.line,
            }
        }
        if first.reproduce:
            details["reproduce"] = {
                "name": "Reproduce",
                "type": "code",
                "lang": "sh",
                "value": printable(first.reproduce, limit=4 * LONGEST),
            }
        yield {
            "id": str(uuid5(NAMESPACE_URL, f"specdrift:{rule}:{host}:{method} {path}")),
            "name": printable(first.title, limit=LONGEST_NAME),
            "description": _description(drifts),
            "severity": SEVERITY[max((drift.severity for drift in drifts), key=lambda each: each.rank)],
            "solution": prose(first.remediation, limit=LONGEST_SOLUTION // 4)[:LONGEST_SOLUTION],
            "identifiers": list(_identifiers(rule)),
            "location": {"hostname": host, "method": method, "path": path},
            "evidence": {"summary": rests_on(first.evidence)},
            "details": details,
        }


def _description(drifts: Sequence[Drift]) -> str:
    """Return why it matters, and a line for each caller."""
    rule = RULES.get(drifts[0].rule)
    lines = [f"- {prose(drift.message, limit=LONGEST)}" for drift in drifts]
    return "\n\n".join(filter(None, ("\n".join(lines), prose(rule.why) if rule else "")))


def _identifiers(rule: str) -> Iterator[Member]:
    """Yield the rule, which GitLab compares, then its weaknesses."""
    yield {"type": "specdrift_rule", "name": f"specdrift {rule}", "value": rule}
    for reference in RULES[rule].references if rule in RULES else ():
        name, _, number = reference.partition("-")
        if name == "CWE" and number.isdigit():
            url = f"https://cwe.mitre.org/data/definitions/{number}.html"
            yield {"type": "cwe", "name": reference, "value": number, "url": url}


def _place(drift: Drift, subject: str) -> tuple[str, str]:
    """Return method and path of the operation or endpoint; of what has no method, words."""
    method, _, path = subject.partition(" ")
    if drift.operation is not None or path.startswith("/"):
        return _text(method), printable(path)
    return "ANY", printable(subject)


def _text(text: str) -> str:
    """Return a line that is not empty: GitLab refuses empty ones."""
    return printable(text, limit=LONGEST) or "unknown"


def _url(result: Result, path: str) -> str:
    return _text(f"{result.target.base_url.rstrip('/')}{path}")


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


FORMAT = ReportFormat(name="gitlab-dast", media_type="application/json", extension="dast.json", render=render)
