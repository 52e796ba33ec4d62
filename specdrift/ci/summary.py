"""Summary of a job for reviewers, and outputs for later steps."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from specdrift.ci.requirement_table import requirement_table
from specdrift.ci.steps import Step
from specdrift.differ.contract_changes import RequirementChange
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.result.drift import Severity
from specdrift.redaction.known import without_secrets
from specdrift.reports.markdown.commonmark import prose
from specdrift.reports.markdown.layout import LIMIT, MARKER, NAMED_MARKER
from specdrift.result.printable import without_commands
from specdrift.rules.ids import CONFIGURATION_CHANGED
from specdrift.whole_file import write_whole

VERDICTS: Mapping[ExitStatus, str] = {
    ExitStatus.OK: "pass",
    ExitStatus.DRIFT: "drift",
    ExitStatus.USAGE: "unusable",
    ExitStatus.INCOMPLETE: "incomplete",
    ExitStatus.INTERNAL: "error",
    ExitStatus.INTERRUPTED: "interrupted",
}
PARTS = {"lint": "The document", "check": "The server"}
MOST_ERRORS = 20
MARKS = {"pass": "✅", "drift": "❌"}


def summary(
    steps: Sequence[Step],
    judged: ExitStatus,
    *,
    notes: Sequence[str],
    name: str = "",
    requirements: Sequence[RequirementChange] = (),
) -> str:
    """Format as Markdown: verdict, steps, changed requirements, findings.

    ``judged`` is the exit status without exit-zero. ``name`` tells several jobs apart.
    """
    lines = [*_head(judged, name, _gate(steps)), *(f"- {_plain(note)}" for note in notes)]
    lines += [f"- {_ended(step)}" for step in steps]
    text = "\n".join((*lines, "")) + requirement_table(requirements)
    for step in steps:
        text += _part(step, room=LIMIT - len(text.encode()))
    return without_commands(text)


def summary_of_failure(status: ExitStatus, errors: Sequence[str], *, name: str = "") -> str:
    """Format as Markdown, for a job that ended before it had results: verdict and error messages."""
    why = [f"- {_plain(line)}" for line in errors[:MOST_ERRORS]] or ["- see the log"]
    return without_commands("\n".join((*_head(status, name), *why, "")))


def _head(judged: ExitStatus, name: str, more: str = "") -> list[str]:
    """The first lines: the marker by which a comment is found again, and the verdict."""
    verdict = VERDICTS[judged]
    marker = NAMED_MARKER.format(name=name) if name else MARKER
    title = f"specdrift ({_plain(name)})" if name else "specdrift"
    return [marker, f"## {MARKS.get(verdict, '⚠️')} {title}: {verdict}{more}", ""]


def _gate(steps: Sequence[Step]) -> str:
    """A part of the first line: whether the change also changes what judges it."""
    changes = [drift for step in steps for drift in step.drifts if drift.rule == CONFIGURATION_CHANGED]
    if not changes:
        return ""
    if any(drift.severity is not Severity.NOTE for drift in changes):
        return "; the change also changes the gate that judges it"
    return "; the change also changes its gate, which is stricter or allowed"


def _ended(step: Step) -> str:
    """``the document (`specdrift lint`) ended with 1: drift``."""
    words = {int(status): word for status, word in VERDICTS.items()}
    why = "".join(f"; {_plain(line)}" for line in step.errors[:MOST_ERRORS])
    if len(step.errors) > MOST_ERRORS:
        why += f"; and {len(step.errors) - MOST_ERRORS:,} more, in the log"
    word = words.get(step.judged, "error")
    forgiven = f" instead of {step.judged} (`exit-zero`)" if step.judged != step.status else ""
    return f"{PARTS[step.name].lower()} (`specdrift {step.name}`) ended with {step.status}{forgiven}: {word}{why}"


def _part(step: Step, *, room: int) -> str:
    """The report of a step with deeper headings, cut to ``room`` bytes."""
    file = step.report("markdown")
    if not file.is_file():
        return ""
    report = file.read_text(encoding="utf-8").removeprefix(f"{MARKER}\n")
    whole = f"\n## {PARTS[step.name]}\n\n" + re.sub(r"^(?=##)", "#", report, flags=re.MULTILINE)
    if len(whole.encode()) <= room:
        return whole
    beginning = whole.partition("\n#### ")[0]
    return f"{beginning}\n\n> **Cut to fit:** `{file.name}` has the rest.\n"


def _plain(text: str) -> str:
    """Write a message so that nothing in it is markup, a link or a mention: it contains names from documents."""
    return prose(without_secrets(text))


def outputs(
    steps: Sequence[Step], judged: ExitStatus, report: Path | None, *, exit_status: ExitStatus
) -> dict[str, str]:
    """Outputs for later steps; each value is one line. ``report`` is the HTML report of all steps.

    The verdict follows ``judged``, the exit status without exit-zero.
    """
    return {
        "verdict": VERDICTS[judged],
        "exit-status": str(int(exit_status)),
        "findings": str(sum(len(step.drifts) for step in steps)),
        "report-path": str(report or ""),
    }


def code_quality(steps: Sequence[Step]) -> bytes:
    """Combine the findings of all steps for GitLab, each once."""
    files = [file for step in steps if (file := step.report("gitlab")).is_file()]
    entries = [entry for file in files for entry in json.loads(file.read_bytes())]
    unique = {entry["fingerprint"]: entry for entry in entries}
    return json.dumps(list(unique.values())).encode()


def write_code_quality(steps: Sequence[Step], output: Path) -> None:
    """Write the combined findings for GitLab. Raises UsageError."""
    try:
        write_whole(output / "codequality.json", code_quality(steps))
    except OSError as error:
        raise UsageError(f"cannot write {output}/codequality.json: {error.strerror}") from None


def outputs_of_failure(status: ExitStatus) -> dict[str, str]:
    """Outputs of a job that ended before it had results. The number of findings is not known."""
    return {
        "verdict": VERDICTS[status],
        "exit-status": str(int(status)),
        "findings": "",
        "report-path": "",
    }


def write_outputs(
    text: str, values: Mapping[str, str], *, output: Path | None, environ: Mapping[str, str]
) -> None:
    """Write summary and outputs to the folder, if any, and to the files that GitHub names. Raises UsageError."""
    lines = "".join(f"{name}={value}\n" for name, value in values.items())
    try:
        if output is not None:
            write_whole(output / "summary.md", text.encode())
            write_whole(output / "outputs.env", lines.encode())
        for variable, content in (("GITHUB_STEP_SUMMARY", text), ("GITHUB_OUTPUT", lines)):
            if environ.get(variable):
                with Path(environ[variable]).open("a", encoding="utf-8") as file:
                    file.write(content)
    except OSError as error:
        raise UsageError(f"cannot write the summary: {error}") from None
