"""Writes ``docs/benchmarks.md``."""

from collections.abc import Iterator, Sequence
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
