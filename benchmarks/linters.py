"""Programs that read a description: what a user compares ours with. Each is one process, from start to end."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.peers import named, of_node, of_python
from benchmarks.processes import cost
from benchmarks.table import Row

LIMIT_S = 60
SPECTRAL_RULES = "extends: ['spectral:oas']\n"
SCHEMATHESIS_LOADER = """
import sys, time
import schemathesis
began = time.process_time()
schema = schemathesis.openapi.from_path(sys.argv[1])
count = sum(1 for found in schema.get_all_operations())
print("operations", count, "took", time.process_time() - began)
"""


def rows(file: Path) -> Iterator[Row]:
    """Ours as a command, and theirs."""
    command = (
        sys.executable,
        "-m",
        "specdrift",
        "lint",
        "--format",
        "json",
        "-o",
        "/dev/null",
        "--exit-zero",
        file,
    )
    yield _row("specdrift lint (the command)", command, "lists and lints the security of every operation")
    yield from _redocly(file)
    yield _spectral(file)
    yield _schemathesis(file)


def _redocly(file: Path) -> Iterator[Row]:
    program = of_node("@redocly/cli", "redocly")
    if program is None:
        yield Row(who="Redocly CLI", note="could not be installed")
        return
    who = named(program, "Redocly CLI")
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / f"bundle{file.suffix}"
        bundle = (program, "bundle", file, "-o", out)
        yield _row(f"{who} bundle", bundle, "reads every file and writes one; looks at no security")
        lint = (program, "lint", file, "--extends=minimal", "--max-problems=1")
        yield _row(f"{who} lint", lint, "validates the whole document by its minimal rules")


def _spectral(file: Path) -> Row:
    program = of_node("@stoplight/spectral-cli", "spectral")
    if program is None:
        return Row(who="Spectral CLI", note="could not be installed")
    with tempfile.TemporaryDirectory() as scratch:
        rules = Path(scratch) / "rules.yaml"
        rules.write_text(SPECTRAL_RULES)
        command = (program, "lint", file, "--ruleset", rules, "--quiet")
        return _row(f"{named(program, 'Spectral CLI')} lint", command, "the oas rules, over everything")


def _schemathesis(file: Path) -> Row:
    program = of_python("schemathesis")
    if program is None:
        return Row(who="schemathesis", note="could not be installed")
    who = f"{named(program, 'schemathesis')}, its loader"
    note = "makes a test of every operation; without its import"
    ran = cost((program.parent / "python", "-c", SCHEMATHESIS_LOADER, file), limit_s=LIMIT_S)
    if not ran.ended:
        return Row(who=who, unit="CPU s", note=f"no end within {LIMIT_S} s; {note}")
    if " took " not in ran.said:
        return Row(who=who, unit="CPU s", note=f"failed; {note}")
    return Row(who=who, value=float(ran.said.split()[-1]), unit="CPU s", note=note)


def _row(who: str, command: tuple[str | Path, ...], note: str) -> Row:
    ran = cost(command, limit_s=LIMIT_S)
    if not ran.ended:
        return Row(who=who, unit="CPU s", note=f"no end within {LIMIT_S} s; {note}")
    return Row(who=who, value=ran.cpu_s, unit="CPU s", note=f"{note}; {ran.peak_mb:,.0f} MB")
