"""What is measured, as values: rows of one table, each beside the first of its job. Pure."""

import statistics
from collections.abc import Iterable, Sequence

from msgspec import Struct

HEADINGS = ("what", "who", "median", "beside specdrift", "floor", "remarks")


class Row(Struct, frozen=True, kw_only=True):
    """``value`` is a median in ``unit``; without one, ``note`` says why. ``floor`` is the most it may be (0: none), and
    ``within`` how many times as long the first row of the job may take at most.
    """

    who: str
    value: float | None = None
    unit: str = "s"
    floor: float = 0.0
    within: float = 0.0
    note: str = ""


class Job(Struct, frozen=True):
    """The same work done by several: the first row is specdrift's own."""

    name: str
    rows: Sequence[Row]

    @property
    def held(self) -> bool:
        """Whether no floor is missed."""
        return not any(verdict(row, self).endswith("MISSED") for row in self.rows)


class Theme(Struct, frozen=True, kw_only=True):
    """Jobs of one kind, and how they were measured. ``jobs`` may be measured only when they are asked for, and once."""

    title: str
    about: str
    jobs: Iterable[Job]


def median(samples: Iterable[float]) -> float:
    """The middle of what was measured."""
    return statistics.median(samples)


def verdict(row: Row, job: Job) -> str:
    """The floor in words, and whether it is held."""
    own = job.rows[0].value
    if row.floor and row.value is not None:
        return f"{row.floor:g} {row.unit}: {'held' if row.value <= row.floor else 'MISSED'}"
    if row.within and row.value and own:
        return f"within {row.within:g} times: {'held' if own <= row.within * row.value else 'MISSED'}"
    return ""


def cells(row: Row, job: Job, *, first: bool) -> tuple[str, ...]:
    """One line of the table."""
    own = job.rows[0]
    ratio = ""
    if row is not own and row.value and own.value and row.unit == own.unit:
        ratio = f"{row.value / own.value:.2g} times" if row.value < 100 * own.value else "over 100 times"
    figure = f"{number(row.value)} {row.unit}" if row.value is not None else "-"
    return (job.name if first else "", row.who, figure, ratio, verdict(row, job), row.note)


def number(value: float) -> str:
    """Three digits are what a measurement like these is good for."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def lines(job: Job) -> Iterable[str]:
    """A job for the terminal."""
    yield job.name
    for row in job.rows:
        _, who, figure, ratio, floor, note = cells(row, job, first=False)
        yield f"  {who:34}{figure:>14}  {ratio:16}{floor:24}{note}".rstrip()


def markdown(themes: Sequence[Theme]) -> Iterable[str]:
    """All jobs as one table."""
    yield f"| {' | '.join(HEADINGS)} |"
    yield f"|{' --- |' * len(HEADINGS)}"
    for theme in themes:
        for job in theme.jobs:
            for place, row in enumerate(job.rows):
                yield f"| {' | '.join(cell.replace('|', '/') for cell in cells(row, job, first=not place))} |"
