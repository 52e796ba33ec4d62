"""What the leader of a fleet needs to take in many results: run as a program, it merges one result again and again.

A process of its own, so that its greatest memory is that of merging and of nothing before it.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from specdrift.fleet.book import Book
from specdrift.fleet.overview import Share
from specdrift.fleet.past import Extent, past
from specdrift.fleet.task import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """``services`` results: processor seconds, the process's greatest memory, and what is on the disk afterwards."""

    services: int
    seconds: float
    peak: int
    written: int
    history: int


def merged(result: Path, services: int) -> Merged:
    """In a fresh process, with a history in a file, so that the second half of the services is compared with the
    first (they have the same names, in a second run).
    """
    command = [sys.executable, "-m", "benchmarks.merger", str(result), str(services)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Merged(**json.loads(done.stdout))


def _merge(result: bytes, services: int, folder: Path) -> Merged:
    file = folder / "history.sqlite"
    with past(file, fleet="bench") as known:
        for _ in range(2):
            began = time.process_time()
            share = Share(inventory="")
            book = Book("bench", share=share, output=folder / "out", history=known)
            for number in range(services):
                book.keep(Outcome(service=f"service-{number}", result=result))
            book.close(interrupted=False, forgiven=frozenset(), extent=Extent.WHOLE)
            seconds = time.process_time() - began
    return Merged(
        services=services,
        seconds=seconds,
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        written=sum(path.stat().st_size for path in (folder / "out").rglob("*") if path.is_file()),
        history=file.stat().st_size,
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="specdrift-merger-") as scratch:
        print(json.dumps(asdict(_merge(Path(sys.argv[1]).read_bytes(), int(sys.argv[2]), Path(scratch)))))
