"""Writes ``docs/benchmarks.md``."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.machine import described
from benchmarks.table import Theme, markdown

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Made by one command, `./dev bench --peers --write`, on {machine}. While it was measured, {least:.1f} to {most:.1f}
processes wanted to run on each core, its own included. Figures of one job were taken in turns in the same run, so
compare them with each other and not with those of another machine; without `--peers` and `--write` the command prints
what specdrift needs on yours and ends with 1 where a floor is missed. With `--resume` a run that was stopped goes on:
jobs may then be hours apart, on a shared machine that is not as fast at all times.

A *cell* is one operation as one identity. *Beside specdrift* says how many times as long it takes as the first row of
its job. Every peer does something else than specdrift as well, or less; the remarks say what.
"""


def write(themes: Sequence[Theme], load: Sequence[float]) -> Path:
    """The whole page; its path."""
    PAGE.write_text("\n".join(_lines(themes, load)), encoding="utf-8")
    return PAGE


def _lines(themes: Sequence[Theme], load: Sequence[float]) -> Iterator[str]:
    yield HEAD.format(machine=described(), least=min(load), most=max(load))
    yield from markdown(themes)
    yield "\n## How each was measured\n"
    for theme in themes:
        yield f"- **{theme.title}.** {theme.about}"
    yield ""
