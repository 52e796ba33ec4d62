"""Writes ``docs/benchmarks.md``."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.machine import described
from benchmarks.table import Theme, markdown

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# See how fast specdrift is

Written by one command, `./dev bench --peers --write`, on {machine}. Meanwhile {least:.1f} to {most:.1f}
processes were runnable per core. The figures of one job were measured in turns in the same run: compare them with each
other, not with those of another machine. Without `--peers` and `--write` the command prints what specdrift needs on
yours, and exits 1 if a floor is missed. `--resume` continues a stopped run; its jobs may then be hours apart.

A *cell* is one operation as one identity. *Beside specdrift* is the ratio to the first row of the job. Peers do more or
less than specdrift; the remarks name the difference.
"""
CELL = "A *cell* is"
"""How the paragraph before the table begins."""
HEADING = tuple(markdown(()))
"""The first lines of the table."""


def write(themes: Sequence[Theme], load: Sequence[float]) -> Path:
    """The whole page; its path."""
    PAGE.write_text("\n".join(_lines(themes, load)), encoding="utf-8")
    return PAGE


def update(names: Sequence[str], themes: Sequence[Theme], load: Sequence[float]) -> Path:
    """Replace what the page has of these parts, and say how busy the machine was; its path."""
    lines = PAGE.read_text(encoding="utf-8").rstrip().split("\n")
    for name, theme, busy in zip(names, themes, load, strict=True):
        command = f"`./dev bench {name} --write`"
        note = f"{command} measured *{theme.title}* later, with {busy:.1f} processes runnable per core."
        lines = _with_line(_with_rows(lines, theme), command, note, before=CELL)
        lines = _with_line(lines, f"- **{theme.title}.**", f"- **{theme.title}.** {theme.about}")
    PAGE.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return PAGE


def _with_rows(lines: Sequence[str], theme: Theme) -> list[str]:
    """Return the page with the rows of each job in the place of the older ones, or at the end of the table."""
    at = [number for number, line in enumerate(lines) if line.startswith("|")]
    new = list(markdown([theme]))
    older, newer = lines[at[0] + len(HEADING) : at[-1] + 1], new[len(HEADING) :]
    jobs = {**_by_job(older), **_by_job(newer)}
    rows = [row for job in jobs.values() for row in job]
    return [*lines[: at[0]], *new[: len(HEADING)], *rows, *lines[at[-1] + 1 :]]


def _by_job(rows: Iterable[str]) -> dict[str, list[str]]:
    jobs: dict[str, list[str]] = {}
    job = ""
    for row in rows:
        job = row.split("|")[1].strip() or job
        jobs.setdefault(job, []).append(row)
    return jobs


def _with_line(lines: Sequence[str], start: str, line: str, *, before: str = "") -> list[str]:
    """Return the page with a line in the place of the one with this start, else before another one or at the end."""
    if any(each.startswith(start) for each in lines):
        return [line if each.startswith(start) else each for each in lines]
    at = next((n for n, each in enumerate(lines) if before and each.startswith(before)), len(lines))
    return [*lines[:at], line, *([""] if before else []), *lines[at:]]


def _lines(themes: Sequence[Theme], load: Sequence[float]) -> Iterator[str]:
    yield HEAD.format(machine=described(), least=min(load), most=max(load))
    yield from markdown(themes)
    yield "\n## How each was measured\n"
    for theme in themes:
        yield f"- **{theme.title}.** {theme.about}"
    yield ""
