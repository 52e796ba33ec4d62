"""The loader on large descriptions: CPU seconds of one core, a fresh process each time, start-up left out."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from benchmarks import documents, linters
from benchmarks.peers import library
from benchmarks.table import Job, Row, Theme, median
from specdrift.collecting import not_collecting

RUNS, PEER_RUNS = 5, 1
PEER_LIMIT_S = 60


class Case(NamedTuple):
    """A document, how many operations it has, and how long reading them may take."""

    name: str
    file: Path
    operations: int
    floor_s: float
    parser: str = ""
    """What parses the same file and reads nothing of it; empty where that is another work."""
    within: float = 0.0
    """How many times as long reading may take: a quarter more than was measured."""


def theme(*, peers: bool) -> Theme:
    """One job for each document."""
    left_out = (
        "" if documents.github_json() else " GitHub's is left out: its package could not be had from npm."
    )
    return Theme(
        title="Loading",
        about="The security of every operation of a description. CPU seconds of a fresh process on one core; median "
        f"of {RUNS} runs, of peers {PEER_RUNS}, which are stopped after {PEER_LIMIT_S} s. Libraries without their "
        "import; commands from start to end. GitHub's description is that of the npm package @octokit/openapi, its "
        f"YAML is cut to 3.5 MB; the one of 2,900 files is generated.{left_out} Stripe's is not measured: no "
        "registry package ships it.",
        jobs=(_job(case, peers=peers) for case in _cases()),
    )


def _cases() -> Iterator[Case]:
    source = documents.github_json()
    if source is not None:
        yield Case("GitHub, 13 MB of JSON", source, 1223, 0.2, "json.loads", 2.6)
        yield Case(
            "GitHub, 3.5 MB of YAML", documents.github_yaml(source), 1223, 0.5, "libyaml's events", 3.2
        )
    yield Case("2,900 files of YAML", documents.many_files(), documents.REACHABLE, 0.3)


def _job(case: Case, *, peers: bool) -> Job:
    results, parsed = [], []
    for _ in range(RUNS):
        results.append(_child("specdrift", case.file).split())
        if case.parser:
            parsed.append(float(_child(case.parser, case.file).split()[0]))
    # The package of GitHub's description grows with every release; it never shrinks by much.
    assert int(results[0][1]) >= case.operations * 0.9
    own = Row(
        who="specdrift",
        value=median(float(seconds) for seconds, _ in results),
        unit="CPU s",
        floor=case.floor_s,
        note=f"{int(results[0][1]):,} operations",
    )
    parser = Row(
        who=case.parser,
        value=median(parsed) if parsed else None,
        unit="CPU s",
        within=case.within,
        note="parses it, and looks at nothing; in turns",
    )
    others = (*_libraries(case), *linters.rows(case.file)) if peers else ()
    return Job(f"Read {case.name}", (own, *((parser,) if parsed else ()), *others))


def _libraries(case: Case) -> Iterator[Row]:
    for reader, (name, note) in PEERS.items():
        who = name.replace("LIBRARY", library(reader.partition(" ")[0]))
        try:
            seconds, outcome = _child(reader, case.file, limit_s=PEER_LIMIT_S).split(maxsplit=1)
        except subprocess.TimeoutExpired:
            yield Row(who=who, unit="CPU s", note=f"no end within {PEER_LIMIT_S} s; {note}")
        else:
            failed = f"{outcome.strip()}; " if outcome.startswith("failed") else ""
            yield Row(who=who, value=float(seconds), unit="CPU s", note=failed + note)


def _child(reader: str, file: Path, *, limit_s: float | None = None) -> str:
    command = [sys.executable, "-m", "benchmarks.loader", reader, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=limit_s).stdout


def _specdrift(file: str) -> str:
    from specdrift.loader import load
    from specdrift.settings import LoaderSettings

    return str(len(load(file, LoaderSettings()).operations))


def _json(file: str) -> str:
    with not_collecting():  # as the loader does
        json.loads(Path(file).read_bytes())
    return "parsed"


def _events(file: str) -> str:
    for _ in iter(yaml.CSafeLoader(Path(file).read_text(encoding="utf-8")).get_event, None):
        pass
    return "parsed"


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


PEERS = {
    "openapi-core": ("LIBRARY, from_file_path", "validates the whole document"),
    "prance": ("LIBRARY, BaseParser", "validates the whole document"),
    "prance resolving": ("LIBRARY, ResolvingParser", "validates, and resolves every reference"),
}
READERS: dict[str, Callable[[str], str]] = {
    "specdrift": _specdrift,
    "json.loads": _json,
    "libyaml's events": _events,
    "openapi-core": _openapi_core,
    "prance": _prance_base,
    "prance resolving": _prance_resolving,
}


def _main(reader: str, file: str) -> None:
    """The child: imports first, then the clock, on one core."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    import openapi_core  # noqa: F401 # start-up is not what is measured
    import prance  # noqa: F401 # nor is it here

    import specdrift.loader.contract_loader  # noqa: F401 # nor here

    read = READERS[reader]
    began = time.process_time()
    try:
        outcome = read(file)
    except Exception as error:  # noqa: BLE001 # whatever a peer fails with is its result
        outcome = f"failed: {type(error).__name__}"
    print(time.process_time() - began, outcome)


if __name__ == "__main__":
    _main(*sys.argv[1:])
