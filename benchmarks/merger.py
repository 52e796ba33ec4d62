"""What the leader of a fleet needs to take in many results: run as a program, it merges one result again and again.

A process of its own, so that its greatest memory is that of merging and of nothing before it.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from specdrift.fleet.book import Book
from specdrift.fleet.overview import Overview, Share, as_html, as_json
from specdrift.fleet.past import Extent, Past, past
from specdrift.fleet.summary import Summary
from specdrift.fleet.task import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """``services`` results: processor seconds, the process's greatest memory, and what is on the disk afterwards; then
    the overview of ``all_of_them`` services, with the greatest memory by then.
    """

    services: int
    seconds: float
    peak: int
    written: int
    history: int
    all_of_them: int
    overview_s: float
    overview_peak: int
    overview: int


def merged(result: Path, services: int, *, all_of_them: int) -> Merged:
    """In a fresh process, with a history in a file, so that the second half of the services is compared with the
    first (they have the same names, in a second run).
    """
    command = [sys.executable, "-m", "benchmarks.merger", str(result), str(services), str(all_of_them)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Merged(**json.loads(done.stdout))


def _merge(result: bytes, services: int, all_of_them: int, folder: Path) -> Merged:
    file = folder / "history.sqlite"
    with past(file, fleet="bench") as known:
        _night(result, services, folder, known)
        began = time.process_time()
        found = _night(result, services, folder, known)
        seconds = time.process_time() - began
    peak, began = _peak(), time.process_time()
    many = replace(found, services=tuple(_many(found.services, all_of_them)))
    overview = len(as_html(many)) + len(as_json(many))
    return Merged(
        services=services,
        seconds=seconds,
        peak=peak,
        all_of_them=all_of_them,
        overview_s=time.process_time() - began,
        overview_peak=_peak(),
        overview=overview,
        written=sum(path.stat().st_size for path in (folder / "out").rglob("*") if path.is_file()),
        history=file.stat().st_size,
    )


def _night(result: bytes, services: int, folder: Path, known: Past) -> Overview:
    book = Book("bench", share=Share(inventory=""), output=folder / "out", history=known)
    for number in range(services):
        book.keep(Outcome(service=f"service-{number}", result=result))
    return book.close(interrupted=False, forgiven=frozenset(), extent=Extent.WHOLE)


def _many(some: Sequence[Summary], count: int) -> Iterator[Summary]:
    """As if so many had been merged: what stays of each is its summary, here with a month of trend."""
    for number in range(count):
        yield replace(
            some[number % len(some)], service=f"service-{number}", trend=tuple(range(number, number + 30))
        )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="specdrift-merger-") as scratch:
        file, some, every = sys.argv[1:]
        print(json.dumps(asdict(_merge(Path(file).read_bytes(), int(some), int(every), Path(scratch)))))
