"""Joins the results of the shards of a fleet run into one run, each service exactly once."""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from specdrift import __version__, reports
from specdrift.errors import ExitStatus, UsageError
from specdrift.fleet.artifacts import service_report
from specdrift.fleet.history.database import Extent, HistoryDb, open_history
from specdrift.fleet.history.overview import SCHEMA_VERSION, FleetOverview, Share
from specdrift.fleet.history.run_writer import RunWriter
from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.task import Failure, PriorState

_FAILURES = {
    ExitStatus.USAGE: Failure.REFUSED,
    ExitStatus.INTERNAL: Failure.CRASHED,
    ExitStatus.INCOMPLETE: Failure.LOST,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shard:
    file: Path
    fleet: str
    share: Share
    interrupted: bool
    services: Sequence[Mapping[str, Any]]


def is_overview(file: Path) -> bool:
    """Return whether a file is a ``fleet.json``, by its first bytes. Raises UsageError if it cannot be read."""
    try:
        with file.open("rb") as content:
            return b'"fleet":' in content.read(500)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None


def join(
    files: Sequence[Path], *, output: Path, history: Path, locate: Callable[[str], str]
) -> FleetOverview:
    """Join ``fleet.json`` files of shards; pages and results are read from their folders.

    Raises UsageError for files that are not of a shard, duplicate or missing shards, and shards of another inventory.
    """
    shards = _in_order([_read(file) for file in files])
    first = shards[0]
    share = replace(first.share, shard=None)
    rows = [(shard, row) for shard in shards for row in shard.services]
    forgiven = frozenset(row["service"] for _, row in rows if row["exit_zero"])
    interrupted = any(shard.interrupted for shard in shards)
    whole = share.whole and not interrupted
    with open_history(history, fleet=first.fleet) as known:
        writer = RunWriter(first.fleet, share=share, output=output, history=known, locate=locate)
        for outcome in _outcomes(rows, known, locate):
            writer.store(outcome)
        return writer.close(
            interrupted=interrupted,
            forgiven=forgiven,
            extent=Extent.WHOLE if whole else Extent.PART,
            services=(row["service"] for _, row in rows),
        )


def _read(file: Path) -> _Shard:
    try:
        found = json.loads(file.read_bytes())
        if (found["schema_version"], found["tool"]["version"]) != (SCHEMA_VERSION, __version__):
            raise UsageError(f"{file} was written by another version of specdrift")
        return _Shard(
            file=file,
            fleet=found["fleet"],
            share=Share.read(found["share"]),
            interrupted=found["interrupted"],
            services=found["services"],
        )
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, TypeError, KeyError):
        raise UsageError(f"{file} is not a fleet.json of specdrift") from None


def _in_order(shards: Sequence[_Shard]) -> list[_Shard]:
    first = shards[0]
    found: dict[int, _Shard] = {}
    for one in shards:
        if one.share.shard is None:
            raise UsageError(
                f"{one.file} is not of a shard: only those of `specdrift fleet --shard I/N` are merged"
            )
        number, count = one.share.shard
        if number in found:
            raise UsageError(f"{one.file} and {found[number].file} are both shard {number} of {count}")
        if one.fleet != first.fleet or not one.share.fits(first.share):
            raise UsageError(
                f"{one.file} is not of the same run as {first.file}: inventory, choice or number of shards differ"
            )
        found[number] = one
    count = first.share.shard[1] if first.share.shard else 1
    missing = [str(number) for number in range(1, count + 1) if number not in found]
    if missing:
        raise UsageError(f"of {count} shards these are missing: {', '.join(missing)}")
    return [found[number] for number in sorted(found)]


def _outcomes(
    rows: Iterable[tuple[_Shard, Mapping[str, Any]]], history: HistoryDb, locate: Callable[[str], str]
) -> Iterator[TaskOutcome]:
    """Yield outcomes in the order of the rows, made by one process for each processor.

    Limits how many are made in advance, since they are in memory.
    """
    waiting: deque[Future[TaskOutcome]] = deque()
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for shard, row in rows:
            waiting.append(pool.submit(_outcome, shard, row, history.prior_state(row["service"]), locate))
            if len(waiting) > 2 * (os.cpu_count() or 1):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _outcome(
    shard: _Shard, row: Mapping[str, Any], prior: PriorState, locate: Callable[[str], str]
) -> TaskOutcome:
    """Restore the outcome of a service from its files, compared with its prior state."""
    if row["result"] is None:
        failure = _FAILURES[ExitStatus(row["exit_status"])]
        return TaskOutcome(service=row["service"], failure=failure, reason=row["reason"])
    file = shard.file.parent / row["result"]
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {file}, the result of a service in {shard.file}: {error.strerror}"
        ) from None
    return TaskOutcome(
        service=row["service"], report=service_report(row["service"], reports.read(content), prior, locate)
    )
