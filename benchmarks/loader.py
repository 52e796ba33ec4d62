"""The loader on large descriptions: CPU seconds of one core, a fresh process each time, start-up left out.

Beside it, with ``--peers``, stand prance and openapi-core reading the same documents. They validate and resolve
as well; they are what one would use otherwise to learn which operations there are.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks import documents

_RUNS = 5
_PEER_LIMIT_S = 120


class Case(NamedTuple):
    """A document, how many operations it has, and how long reading them may take."""

    name: str
    file: Path
    operations: int
    floor_s: float


def run(*, peers: bool) -> bool:
    """Print a table; whether the floors were held."""
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    if busy > 1:
        print(f"The machine is busy ({busy:.1f} processes a core): figures are larger than they would be.")
    print(f"{'document':24}{'operations':>12}{'CPU s':>9}{'floor':>8}")
    cases = _cases()
    held = [_measure(case) for case in cases]
    if peers:
        for case in cases:
            _compare(case)
    return all(held)


def _cases() -> list[Case]:
    many = Case("2,900 files, YAML", documents.many_files(), documents.REACHABLE, 0.3)
    source = documents.github_json()
    if source is None:
        print("GitHub's description is left out: it comes through npm, which is not here or failed.")
        return [many]
    return [
        Case("GitHub, 13 MB JSON", source, 1223, 0.2),
        Case("GitHub, 3.5 MB YAML", documents.github_yaml(source), 1223, 0.5),
        many,
    ]


def _measure(case: Case) -> bool:
    results = [_child("specdrift", case.file).split() for _ in range(_RUNS)]
    seconds = min(float(seconds) for seconds, _ in results)
    # The package of GitHub's description grows with every release; it never shrinks by much.
    assert int(results[0][1]) >= case.operations * 0.9
    held = seconds <= case.floor_s
    print(
        f"{case.name:24}{results[0][1]:>12}{seconds:9.3f}{case.floor_s:8.1f}  {'held' if held else 'MISSED'}"
    )
    return held


def _compare(case: Case) -> None:
    own = float(_child("specdrift", case.file).split()[0])
    print(f"\n{case.name}: specdrift {own:.3f} s")
    for peer in _READERS:
        if peer != "specdrift":
            print(f"  {peer:32}{_peer(peer, case, own)}")


def _peer(peer: str, case: Case, own: float) -> str:
    try:
        seconds, outcome = _child(peer, case.file, limit_s=_PEER_LIMIT_S).split(maxsplit=1)
    except subprocess.TimeoutExpired:
        return f"no end within {_PEER_LIMIT_S} s"
    return f"{float(seconds):8.2f} s, {float(seconds) / own:5.0f} times as long ({outcome.strip()})"


def _child(reader: str, file: Path, *, limit_s: float | None = None) -> str:
    command = [sys.executable, "-m", "benchmarks.loader", reader, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=limit_s).stdout


def _specdrift(file: str) -> str:
    from specdrift.loader import load
    from specdrift.settings import LoaderSettings

    return str(len(load(file, LoaderSettings()).operations))


def _openapi_core(file: str) -> str:
    from openapi_core import OpenAPI

    OpenAPI.from_file_path(file)
    return "loaded"


def _prance_base(file: str) -> str:
    import prance

    prance.BaseParser(file, strict=False, backend="openapi-spec-validator")
    return "loaded"


def _prance_resolving(file: str) -> str:
    import prance

    prance.ResolvingParser(file, strict=False, backend="openapi-spec-validator")
    return "loaded"


_READERS: dict[str, Callable[[str], str]] = {
    "specdrift": _specdrift,
    "openapi-core from_file_path": _openapi_core,
    "prance BaseParser": _prance_base,
    "prance ResolvingParser": _prance_resolving,
}


def _main(reader: str, file: str) -> None:
    """The child: imports first, then the clock, on one core."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    import openapi_core  # noqa: F401 # start-up is not what is measured
    import prance  # noqa: F401 # nor is it here

    import specdrift.loader  # noqa: F401 # nor here

    read = _READERS[reader]
    began = time.process_time()
    try:
        outcome = read(file)
    except Exception as error:  # noqa: BLE001 # whatever a peer fails with is its result
        outcome = f"failed: {type(error).__name__}"
    print(time.process_time() - began, outcome)


if __name__ == "__main__":
    _main(*sys.argv[1:])
