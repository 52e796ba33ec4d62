"""Joins the results of the shards of a fleet run into one run, each service exactly once."""

import json
import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from specdrift import __version__, reports
from specdrift.contained import OutsideFolderError, beneath
from specdrift.errors import ExitStatus, UsageError
from specdrift.fleet.artifacts import service_report
from specdrift.fleet.history.database import Extent, HistoryDb, open_history
from specdrift.fleet.history.overview import SCHEMA_VERSION, FleetOverview, Share
from specdrift.fleet.history.run_writer import RunWriter
from specdrift.fleet.inventory.service import ID
from specdrift.fleet.processes import process_context
from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.task import Failure, PriorState
from specdrift.model.plural import plural
from specdrift.safe_path import safe_import_path

_FAILURES = {
    ExitStatus.USAGE: Failure.REFUSED,
    ExitStatus.INTERNAL: Failure.CRASHED,
    ExitStatus.INCOMPLETE: Failure.LOST,
}


class _Row(Struct, frozen=True, kw_only=True):
    service: str
    result: Path | None
    """Its file, in the folder of the shard; None without a result."""
    failure: Failure | None
    reason: str
    forgiven: bool
    owner: str


class _Shard(Struct, frozen=True, kw_only=True):
    file: Path
    fleet: str
    share: Share
    interrupted: bool
    services: tuple[_Row, ...]


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
    rows = [row for shard in shards for row in shard.services]
    forgiven = frozenset(row.service for row in rows if row.forgiven)
    repeated = [name for name, count in Counter(row.service for row in rows).items() if count > 1]
    if repeated:
        raise UsageError(f"more than one shard has {repeated[0]}")
    interrupted = any(shard.interrupted for shard in shards)
    whole = share.whole and not interrupted
    with open_history(history, fleet=first.fleet) as known:
        writer = RunWriter(first.fleet, share=share, output=output, history=known, locate=locate)
        for outcome in _outcomes(rows, known, locate):
            writer.store(outcome)
        return writer.close(
            interrupted=interrupted,
            forgiven=forgiven,
            owners={row.service: row.owner for row in rows if row.owner},
            extent=Extent.WHOLE if whole else Extent.PART,
            services=(row.service for row in rows),
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
            interrupted=bool(found["interrupted"]),
            services=tuple(_row(file, row) for row in found["services"]),
        )
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except OutsideFolderError as error:
        raise UsageError(f"{file}: {error}") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UsageError(f"{file} is not a fleet.json of specdrift") from None


def _row(file: Path, found: Mapping[str, Any]) -> _Row:
    """Read one service. Names become file names: raises OutsideFolderError for those that lead elsewhere.

    Raises KeyError, TypeError or ValueError for other invalid rows.
    """
    service, result = found["service"], found["result"]
    if not ID.fullmatch(service):
        raise OutsideFolderError(f"{service!r} is not the name of a service")
    return _Row(
        service=service,
        result=beneath(file.parent, result) if result is not None else None,
        failure=None if result is not None else _FAILURES[ExitStatus(found["exit_status"])],
        reason=str(found["reason"]),
        forgiven=bool(found["exit_zero"]),
        owner=str(found["owner"]),
    )


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
        raise UsageError(f"of {plural(count, 'shard')} these are missing: {', '.join(missing)}")
    return [found[number] for number in sorted(found)]


def _outcomes(
    rows: Iterable[_Row], history: HistoryDb, locate: Callable[[str], str]
) -> Iterator[TaskOutcome]:
    """Yield outcomes in the order of the rows, made by one process for each processor.

    Limits how many are made in advance, since they are in memory.
    """
    waiting: deque[Future[TaskOutcome]] = deque()
    with safe_import_path(), ProcessPoolExecutor(mp_context=process_context()) as pool:
        for row in rows:
            waiting.append(pool.submit(_outcome, row, history.prior_state(row.service), locate))
            if len(waiting) > 2 * (os.cpu_count() or 1):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _outcome(row: _Row, prior: PriorState, locate: Callable[[str], str]) -> TaskOutcome:
    """Restore the outcome of a service from its files, compared with its prior state."""
    if row.result is None:
        return TaskOutcome(service=row.service, failure=row.failure, reason=row.reason)
    try:
        result = reports.read(row.result.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {row.result}, the result of {row.service}: {error.strerror}") from None
    except UsageError as error:
        raise UsageError(f"{row.result}: {error}") from None
    return TaskOutcome(service=row.service, report=service_report(row.service, result, prior, locate))
