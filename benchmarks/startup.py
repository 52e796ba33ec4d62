"""How long a command takes that does nothing but begin."""

import sys
from pathlib import Path

from benchmarks.peers import named, of_node, of_python
from benchmarks.processes import cost
from benchmarks.table import Job, Row, Theme, median

RUNS = 11
FLOOR_S = 0.15
LIMIT_S = 60


def theme(*, peers: bool) -> Theme:
    """One command each."""
    rows = [_row("specdrift --help", (sys.executable, "-m", "specdrift", "--help"), floor=FLOOR_S)]
    if peers:
        for program, name in (
            (of_python("schemathesis"), "schemathesis"),
            (of_node("@redocly/cli", "redocly"), "Redocly CLI"),
            (of_node("@stoplight/spectral-cli", "spectral"), "Spectral CLI"),
        ):
            if program is not None:
                rows.append(_row(f"{named(program, name)} --help", (program, "--help")))
    return Theme(
        title="Start-up",
        about=f"CPU seconds of a whole process, median of {RUNS} runs.",
        jobs=(Job("Print the help", rows),),
    )


def _row(who: str, command: tuple[str | Path, ...], *, floor: float = 0.0) -> Row:
    runs = [cost(command, limit_s=LIMIT_S) for _ in range(RUNS)]
    note = (
        f"{median(run.wall_s for run in runs):.2f} s by the clock, {max(run.peak_mb for run in runs):.0f} MB"
    )
    return Row(who=who, value=median(run.cpu_s for run in runs), unit="CPU s", floor=floor, note=note)
