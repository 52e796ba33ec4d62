"""`./dev truth`: every server with its truth, and the drifts that the check found, missed or reported falsely."""

# ruff: noqa: T201 (a program that talks to a terminal)
from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from msgspec import Struct

from tests.servers.cases import CASES, case_named
from tests.servers.harness import ServerCase, Tls
from tests.servers.pki import TestPki, make_pki
from tests.servers.truth import RULES, ExpectedDrift
from tests.servers.verdict import compare

WORKERS = 1 + (os.cpu_count() or 1)
"""Checks at a time: each waits for a third of its time."""
DOCUMENT = Path(__file__).parents[2] / "docs" / "servers.md"
INTRODUCTION = (
    "Written by `./dev truth --write`: each server is started on loopback and checked with the real command. The "
    "truth is stated beside each configuration in `tests/servers/`; a row is exact when exactly that was reported, "
    "over TLS 1.2 and 1.3 together and (but for the odd ones) over each alone."
)


class Row(Struct, frozen=True, kw_only=True):
    """One run against one server. Drifts by rule; ``misjudged`` are operations with an unexpected verdict."""

    case: str
    tls: str
    found: dict[str, int]
    missed: tuple[str, ...]
    false: tuple[str, ...]
    misjudged: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether nothing is missed, falsely reported, or wrongly undecided."""
        return not (self.missed or self.false or self.misjudged)


def main() -> int:
    """Run the table; 0 when every row is exact, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="./dev truth", description=__doc__)
    parser.add_argument("servers", nargs="*", help="Names or prefixes of names; default: all.")
    parser.add_argument("--runs", type=int, default=1, help="Number of checks per server.")
    parser.add_argument("--write", action="store_true", help=f"Write the rows to docs/{DOCUMENT.name}.")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="Write the result of each run that is not exact into this folder.",
    )
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted = [case for case in CASES if _wanted(case, arguments.servers)]
    if not wanted:
        parser.error(f"no server is called {' or '.join(arguments.servers)}")
    absent = {case.name: reason for case in wanted if (reason := case.available())}
    for name, reason in absent.items():
        print(f"{name} is not checked: {reason}", file=sys.stderr)
    present = [case for case in wanted if case.name not in absent]
    rows, complete = run(present, runs=arguments.runs, keep=arguments.keep)
    _summary(rows, runs=arguments.runs)
    if absent:
        print(f"{len(absent)} further servers were not checked: they are not installed")
    if not complete:
        return 130
    if arguments.write:
        DOCUMENT.write_text(document(rows, before=DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    return 0 if rows and all(row.exact for row in rows) else 1


def _wanted(case: ServerCase, names: list[str]) -> bool:
    return not names or any(case.name.startswith(name) for name in names)


def run(cases: list[ServerCase], *, runs: int, keep: Path | None = None) -> tuple[list[Row], bool]:
    """Check every case with every TLS version, a few at a time; print and return the rows, and whether all ran."""
    print(f"{'server':40} {'TLS':8} {'found':>6} {'missed':>6} {'false':>6} {'misjudged':>9}")
    with (
        tempfile.TemporaryDirectory(prefix="specdrift-truth-") as scratch,
        ProcessPoolExecutor(WORKERS, initializer=_leave_interruptions_to_the_parent) as pool,
    ):
        pki = make_pki(Path(scratch))
        jobs = [
            pool.submit(_row, case.name, tls.value, pki, keep)
            for _ in range(runs)
            for case in cases
            for tls in case.versions
        ]
        rows: list[Row] = []
        try:
            for job in jobs:
                rows.append(_shown(job.result()))  # noqa: PERF401 (rows before an interruption count)
        except KeyboardInterrupt:
            print(f"interrupted after {len(rows)} of {len(jobs)} runs", file=sys.stderr)
            pool.shutdown(cancel_futures=True)
        return rows, len(rows) == len(jobs)


def _leave_interruptions_to_the_parent() -> None:
    """A signal to the whole group ends what waits for jobs, not the jobs: the pool would wait for those forever.

    The handler does nothing, and is one: a signal that is ignored stays so in the servers that a job starts.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)


def _row(name: str, tls: str, pki: TestPki, keep: Path | None) -> Row:
    comparison = compare(case_named(name), pki, tls=Tls(tls))
    if keep is not None and not comparison.exact:
        keep.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=keep, prefix=f"{name}-{tls}-", suffix=".json", delete=False
        ) as file:
            json.dump(comparison.result, file)
    return Row(
        case=name,
        tls=tls,
        found=dict(Counter(drift.rule for drift in comparison.found)),
        missed=_words(comparison.missed),
        false=_words(comparison.false),
        misjudged=comparison.misjudged,
    )


def _words(drifts: frozenset[ExpectedDrift]) -> tuple[str, ...]:
    return tuple(f"{d.rule} {d.method} {d.path} {d.subject}".rstrip() for d in sorted(drifts))


def _shown(row: Row) -> Row:
    counts = (sum(row.found.values()), len(row.missed), len(row.false), len(row.misjudged))
    print(f"{row.case:40} {row.tls:8} " + " ".join(f"{count:6}" for count in counts))
    for kind, texts in (("missed", row.missed), ("false", row.false), ("misjudged", row.misjudged)):
        for text in texts:
            print(f"    {kind}: {text}")
    sys.stdout.flush()
    return row


def _summary(rows: list[Row], *, runs: int) -> None:
    print(f"\n{'rule':32} {'found':>6} {'missed':>6} {'false':>6}")
    for rule in RULES:
        missed = sum(text.startswith(rule) for row in rows for text in row.missed)
        false = sum(text.startswith(rule) for row in rows for text in row.false)
        print(f"{rule:32} {sum(row.found.get(rule, 0) for row in rows):6} {missed:6} {false:6}")
    exact = sum(row.exact for row in rows)
    print(f"\n{exact} of {len(rows)} runs exact ({len({row.case for row in rows})} servers, {runs} a server)")


def document(rows: list[Row], *, before: str = "") -> str:
    """Build docs/servers.md. Servers that were not run keep their line of the page ``before``."""
    lines = [
        "# See what specdrift finds on real servers",
        "",
        INTRODUCTION,
        "",
        "| server | what it does | true drifts | result |",
        "| --- | --- | --- | --- |",
    ]
    kept = {line.split(" | ")[0].removeprefix("| "): line for line in before.splitlines()}
    kept |= {name: _line(name, rows) for name in dict.fromkeys(row.case for row in rows)}
    lines += [kept[case.name] for case in CASES if case.name in kept]
    return "\n".join(lines) + "\n"


def _line(name: str, rows: list[Row]) -> str:
    case, mine = case_named(name), [row for row in rows if row.case == name]
    wrong = sorted({text for row in mine for text in (*row.missed, *row.false, *row.misjudged)})
    verdict = "exact" if not wrong else "; ".join(wrong)
    return f"| {name} | {case.variant.about} | {_drifts(case)} | {verdict} |"


def _drifts(case: ServerCase) -> str:
    counts = Counter(drift.rule for drift in case.truth.drifts)
    parts = [f"{count} {rule}" for rule, count in sorted(counts.items())]
    parts += [f"{len(case.truth.undecided)} undecided"] if case.truth.undecided else []
    return ", ".join(parts) or "none"


if __name__ == "__main__":
    sys.exit(main())
