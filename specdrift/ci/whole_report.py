"""One result, and one HTML report, of what lint and check found."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from specdrift.ci.steps import Step, specdrift
from specdrift.differ.diff import ordered
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.result.result import Result
from specdrift.model.result.setting import AGAINST
from specdrift.reports import read, render
from specdrift.whole_file import write_whole

RESULT, REPORT = "report.json", "report.html"


def joined(results: Sequence[Result], status: ExitStatus) -> Result:
    """Return the last result with the findings that only the earlier ones have, and the exit status of the job.

    The check repeats the findings about the document, and knows nothing of the older document.
    """
    *earlier, last = results
    known = {drift.fingerprint for drift in last.drifts}
    added = {d.fingerprint: d for one in earlier for d in one.drifts if d.fingerprint not in known}
    accepted = {entry.fingerprint for entry in last.suppressed}
    compared = {key: value for one in earlier for key, value in one.settings.items() if key == AGAINST}
    return replace(
        last,
        drifts=ordered((*last.drifts, *added.values())),
        suppressed=(
            *last.suppressed,
            *(s for one in earlier for s in one.suppressed if s.fingerprint not in accepted),
        ),
        settings={**last.settings, **compared},
        exit_status=status,
    )


def write_report(steps: Sequence[Step], status: ExitStatus, *, output: Path) -> Path | None:
    """Write the joined result and its report; return the report, or None without a result. Raises UsageError."""
    results = [read(step.result.read_bytes()) for step in steps if step.result.is_file()]
    if not results:
        return None
    try:
        write_whole(output / RESULT, render(joined(results, status), "json"))
    except OSError as error:
        raise UsageError(f"cannot write {output}/{RESULT}: {error.strerror}") from None
    specdrift("report", str(output / RESULT), "--format", "html", "-o", str(output / REPORT), "--quiet")
    return output / REPORT if (output / REPORT).is_file() else None
