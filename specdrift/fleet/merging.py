"""Takes in what workers bring, one service at a time: files, history, and the numbers for the overview."""

import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from specdrift import reports
from specdrift.differ.compare import since
from specdrift.errors import UsageError
from specdrift.fleet.past import Past
from specdrift.fleet.summary import Summary, failed, summary_of
from specdrift.fleet.task import Outcome
from specdrift.model.result import Result
from specdrift.reports import RenderOptions

PAGES = "services"
"""The folder of one page, one result and one SARIF log for each service."""


@dataclass(slots=True, kw_only=True)
class Merger:
    """Nothing of a result stays in memory but its ``Summary``."""

    run: str
    output: Path
    past: Past
    locate: Callable[[str], str] = str
    summaries: list[Summary] = field(default_factory=list)

    def keep(self, outcome: Outcome) -> Summary:
        """Take in the one outcome of a service."""
        if outcome.failure is not None:
            return self._note(failed(outcome), None)
        result = reports.read(gzip.decompress(outcome.result))
        earlier = self.past.earlier(outcome.service)
        if earlier is not None:
            result = since(result, earlier, source="the history")
        self._write(outcome.service, result)
        return self._note(summary_of(outcome.service, result), result)

    def _note(self, summary: Summary, result: Result | None) -> Summary:
        self.past.add(self.run, summary, result)
        noted = replace(summary, trend=self.past.trend(summary.service))
        self.summaries.append(noted)
        return noted

    def _write(self, service: str, result: Result) -> None:
        options = RenderOptions(locate=self.locate)
        for name in ("html", "json", "sarif"):
            content = reports.render(result, name, options)
            if name == "sarif":
                content = in_category(content, f"specdrift/{service}/{result.run_id}")
            write(self.output / PAGES / f"{service}.{name}", content)


def in_category(log: bytes, category: str) -> bytes:
    """A SARIF log whose runs belong to ``category``: all before the last slash keeps uploads of services apart."""
    whole = json.loads(log)
    for run in whole["runs"]:
        run["automationDetails"] = {"id": category}
    return (json.dumps(whole, separators=(",", ":")) + "\n").encode("ascii")


def write(path: Path, content: bytes) -> None:
    """All of a file or nothing. Raises UsageError."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
