"""What a result takes: its files for 12,000 cells, and the memory that writing a large one adds."""

import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from benchmarks.stand import stand, timed
from benchmarks.table import Job, Row, Theme
from specdrift import reports
from specdrift.app.saved import read_result
from specdrift.compressed import packed
from specdrift.model.result.result import Result
from specdrift.whole_file import write_whole

OPERATIONS = 1000
EXCHANGES = 400_000
"""Those of 10,000 operations as 40 identities."""
READ = 500
"""Exchanges that are repeated. To read many takes memory that writing would fill, so that it would not be seen."""
FLOOR_MB, ADDED_MB = 3.0, 50.0
FILES = ("result.json.gz", "result.json", "report.html", "report.sarif")


def theme() -> Theme:
    """A run, and its result repeated."""
    with TemporaryDirectory(prefix="specdrift-bench-") as scratch:
        with stand() as bench:
            result = timed(bench.twelve(OPERATIONS)).result
        files = [Path(scratch) / name for name in FILES]
        for file in files:
            _write(file, result)
        sizes = [file.stat().st_size / 1e6 for file in files]
        few = Path(scratch) / "few.json"
        _write(few, replace(result, probes=result.probes[:READ]))
        added = [_added(few, form) for form in ("json", "json.gz")]
    rows = [
        Row(who=f"specdrift, {file.name}", value=size, unit="MB", floor=FLOOR_MB if file is files[0] else 0.0)
        for file, size in zip(files, sizes, strict=True)
    ]
    return Theme(
        title="Size",
        about=f"Files of {OPERATIONS:,} operations as 12 identities ({len(result.probes):,} exchanges). The memory is "
        f"what writing adds to a process that holds the result: {READ} of its exchanges, repeated up to {EXCHANGES:,}.",
        jobs=(
            Job(f"Files of {OPERATIONS:,} operations as 12 identities", rows),
            Job(f"Memory to write {EXCHANGES:,} exchanges", added),
        ),
    )


def _added(file: Path, form: str) -> Row:
    """What writing adds to the peak of a process of its own."""
    command = (sys.executable, "-m", "benchmarks.size", str(file), form)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return Row(
        who=f"specdrift, {form}",
        value=float(said[0]),
        unit="MB",
        floor=ADDED_MB,
        note=f"a file of {float(said[1]):,.0f} MB",
    )


def _main(file: str, form: str) -> None:
    """The child."""
    result = read_result(Path(file))
    times = -(-EXCHANGES // len(result.probes))
    large = replace(result, probes=(result.probes * times)[:EXCHANGES])
    before = _peak_mb()
    target = Path(file).with_name(f"large.{form}")
    _write(target, large)
    print(_peak_mb() - before, target.stat().st_size / 1e6)


def _write(file: Path, result: Result) -> None:
    """As the command line does."""
    form = next(name for name in ("json", "html", "sarif") if f".{name}" in file.name)
    write_whole(file, packed(reports.render_in_pieces(result, form), file.name))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    _main(*sys.argv[1:])
