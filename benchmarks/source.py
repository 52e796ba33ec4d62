"""How services are read from their source: routes, unresolved expressions, findings, and the time it takes."""

import sys
import time
from collections import Counter
from pathlib import Path

from specdrift.source import SourceQuery, read

LIMIT = 2.0
"""Seconds of processor time for one service."""


def run(folders: tuple[str, ...] = ()) -> bool:
    """One row for each checkout that is named: the rows of the table in docs/source.md."""
    if not folders:
        print("source: name the checkouts of services: python -m benchmarks source DIR…")
        return True
    print(
        "| service | files | routes | unresolved | findings | seconds |\n| --- | --: | --: | --: | --- | --: |"
    )
    held = [_row(Path(folder)) for folder in folders]
    return all(held)


def _row(folder: Path) -> bool:
    begin = time.process_time()
    analysis = read(SourceQuery(folder=folder))
    seconds = time.process_time() - begin
    rules = Counter(finding.rule for finding in analysis.findings)
    findings = ", ".join(f"{count} {rule}" for rule, count in rules.most_common()) or "none"
    view = analysis.view
    print(
        f"| {folder.name} | {view.files} | {view.distinct} | {len(view.unresolved)} | {findings} | {seconds:.1f} |",
        flush=True,
    )
    return seconds <= LIMIT


if __name__ == "__main__":
    sys.exit(0 if run(tuple(sys.argv[1:])) else 1)
