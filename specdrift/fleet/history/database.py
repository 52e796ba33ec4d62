"""Earlier runs, in one SQLite file: what each service had, when a drift came and when it went."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from specdrift.errors import UsageError
from specdrift.fleet.history.summary import Summary
from specdrift.fleet.inventory.entries import entry as entry_of
from specdrift.fleet.scheduler.outcome import ServiceReport
from specdrift.fleet.scheduler.task import PriorState
from specdrift.reports.content.comparison import about
from specdrift.result.printable import printable

VERSION = 2
_SCHEMA = f"""
CREATE TABLE run (id TEXT PRIMARY KEY, fleet TEXT NOT NULL, started_at TEXT NOT NULL,
  finished_at TEXT, exit_status INTEGER, whole INTEGER NOT NULL);
CREATE TABLE service_run (run TEXT NOT NULL REFERENCES run (id), fleet TEXT NOT NULL, service TEXT NOT NULL,
  exit_status INTEGER NOT NULL, operations INTEGER NOT NULL, errors INTEGER NOT NULL, warnings INTEGER NOT NULL,
  notes INTEGER NOT NULL, accepted INTEGER NOT NULL, undecided INTEGER NOT NULL, reason TEXT NOT NULL,
  judged INTEGER NOT NULL, result BLOB, PRIMARY KEY (run, service));
CREATE INDEX by_service ON service_run (fleet, service);
CREATE TABLE drift (fleet TEXT NOT NULL, service TEXT NOT NULL, fingerprint TEXT NOT NULL, severity TEXT NOT NULL,
  title TEXT NOT NULL, entry TEXT NOT NULL, opened TEXT NOT NULL REFERENCES run (id), fixed TEXT REFERENCES run (id),
  accepted INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX open_drift ON drift (fleet, service, fingerprint) WHERE fixed IS NULL;
CREATE INDEX drift_opened ON drift (opened);
CREATE INDEX drift_fixed ON drift (fixed);
PRAGMA user_version = {VERSION};
"""
_FROM_1 = f"""
ALTER TABLE drift ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = {VERSION};
"""
_STEPS = {0: _SCHEMA, 1: _FROM_1}
"""What makes a file of each earlier version one of this; 0 is a new one."""


class Extent(Enum):
    """What a run was about: totals of parts cannot be compared."""

    WHOLE = "all services"
    PART = "some services"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """One run of a service. ``opened`` and ``fixed`` are drifts that came and went with it, ``accepted`` those that the
    baseline had.
    """

    run: str
    fleet: str
    started_at: str
    service: str
    exit_status: int
    errors: int
    warnings: int
    accepted: int
    undecided: int
    opened: int
    fixed: int
    judged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDrift:
    """From when to when (ISO 8601) a drift was there; ``fixed_at`` is empty while it is. ``about`` is where it is, and
    whom it lets in: ``GET /items as alice``; ``accepted`` whether the baseline had it when it was last seen.
    """

    fleet: str
    service: str
    severity: str
    rule: str
    about: str
    title: str
    opened_at: str
    fixed_at: str
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A run of a whole fleet: ``drifts`` are errors and warnings that nobody accepted; ``opened`` and ``fixed`` those
    that came and went with it.
    """

    at: str
    drifts: int
    opened: int
    fixed: int


class HistoryDb:
    """The open file, seen by one ``fleet`` (empty: by all, to be read only). One process writes: the one that leads
    a run. Fleets that share a file share nothing else.
    """

    def __init__(self, database: sqlite3.Connection, *, fleet: str, keep: int) -> None:
        self._database, self._fleet, self._keep = database, fleet, keep

    def begin(self, run: str, *, at: str) -> None:
        """A run begins; until it ends it is none of the fleet as a whole."""
        with self._database:
            self._database.execute(
                "INSERT INTO run (id, fleet, started_at, whole) VALUES (?, ?, ?, 0)", (run, self._fleet, at)
            )

    def end(self, run: str, *, at: str, exit_status: int, extent: Extent) -> None:
        """A run has ended."""
        with self._database:
            self._database.execute(
                "UPDATE run SET finished_at = ?, exit_status = ?, whole = ? WHERE id = ?",
                (at, exit_status, extent is Extent.WHOLE, run),
            )

    def before(self, service: str) -> PriorState:
        """The newest result that is kept of a service, and what is open."""
        row = self._database.execute(
            "SELECT result FROM service_run WHERE fleet = ? AND service = ? AND result IS NOT NULL "
            "ORDER BY rowid DESC LIMIT 1",
            (self._fleet, service),
        ).fetchone()
        known = self._database.execute(
            "SELECT fingerprint, entry FROM drift WHERE fleet = ? AND service = ? AND fixed IS NULL",
            (self._fleet, service),
        )
        return PriorState(result=row[0] if row else b"", open=dict(known))

    def add(self, run: str, summary: Summary, kept: ServiceReport | None) -> None:
        """One service of a run, all of it or nothing. A second time for the same run is an IntegrityError."""
        drifts = summary.drifts
        row = (
            run,
            self._fleet,
            summary.service,
            summary.exit_status,
            summary.operations,
            drifts.error,
            drifts.warning,
        )
        # A result that knows nothing is none to hold the next one against.
        packed = kept.files["json"] if kept and summary.judged else None
        row_end = (drifts.note, drifts.accepted, summary.undecided, summary.reason, summary.judged, packed)
        with self._database:
            self._database.execute(
                "INSERT INTO service_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, *row_end)
            )
            if kept is not None:
                self._follow(run, summary.service, kept)
                self._forget(summary.service)

    def _follow(self, run: str, service: str, kept: ServiceReport) -> None:
        """Open what is new; close what this run looked for and did not find; note what is accepted by now, or no longer
        is.
        """
        self._database.executemany(
            "UPDATE drift SET fixed = ? WHERE fleet = ? AND service = ? AND fingerprint = ? AND fixed IS NULL",
            [(run, self._fleet, service, name) for name in kept.fixed],
        )
        self._database.executemany(
            "INSERT INTO drift VALUES (?, ?, ?, ?, ?, ?, ?, NULL, 0)",
            [
                (self._fleet, service, new.fingerprint, new.severity, new.title, new.entry, run)
                for new in kept.opened
            ],
        )
        self._database.executemany(
            "UPDATE drift SET accepted = ?1 WHERE fleet = ?2 AND service = ?3 AND fingerprint = ?4 "
            "AND fixed IS NULL AND accepted <> ?1",
            [(accepted, self._fleet, service, name) for name, accepted in kept.accepted.items()],
        )

    def _forget(self, service: str) -> None:
        """Keep the numbers of every run, and whole results of the newest only."""
        self._database.execute(
            "UPDATE service_run SET result = NULL WHERE fleet = ?1 AND service = ?2 AND result IS NOT NULL "
            "AND rowid NOT IN (SELECT rowid FROM service_run WHERE fleet = ?1 AND service = ?2 "
            "AND result IS NOT NULL ORDER BY rowid DESC LIMIT ?3)",
            (self._fleet, service, self._keep),
        )

    def trend(self, service: str, *, most: int = 20) -> tuple[int, ...]:
        """Errors and warnings of the newest runs that judged the service, the newest last."""
        rows = self._database.execute(
            "SELECT errors + warnings FROM service_run WHERE fleet = ? AND service = ? AND judged "
            "ORDER BY rowid DESC LIMIT ?",
            (self._fleet, service, most),
        )
        return tuple(row[0] for row in rows)[::-1]

    def totals(self, *, most: int = 30) -> tuple[Total, ...]:
        """The newest runs of the whole fleet, the newest last."""
        rows = self._database.execute(
            "SELECT run.started_at, SUM(errors + warnings), "
            "(SELECT COUNT(*) FROM drift WHERE opened = run.id AND severity <> 'note'), "
            "(SELECT COUNT(*) FROM drift WHERE fixed = run.id AND severity <> 'note') "
            "FROM run JOIN service_run ON run = run.id "
            "WHERE run.fleet = ? AND whole GROUP BY run.id ORDER BY run.started_at DESC LIMIT ?",
            (self._fleet, most),
        )
        return tuple(
            Total(at=at, drifts=drifts, opened=opened, fixed=fixed) for at, drifts, opened, fixed in rows
        )[::-1]

    def runs(self, service: str = "", *, most: int = 200) -> tuple[PastRun, ...]:
        """Runs of a service (empty: of all), the newest first."""
        rows = self._database.execute(
            "SELECT run.id, run.fleet, run.started_at, service, service_run.exit_status, errors, warnings, "
            "service_run.accepted, undecided, "
            "(SELECT COUNT(*) FROM drift WHERE opened = run.id AND drift.service = service_run.service), "
            "(SELECT COUNT(*) FROM drift WHERE fixed = run.id AND drift.service = service_run.service), judged "
            "FROM service_run JOIN run ON run = run.id "
            "WHERE (?1 = '' OR service = ?1) AND (?2 = '' OR run.fleet = ?2) "
            "ORDER BY run.started_at DESC, service LIMIT ?3",
            (service, self._fleet, most),
        )
        names = PastRun.__slots__
        return tuple(PastRun(**dict(zip(names, (*row[:11], bool(row[11])), strict=True))) for row in rows)

    def drifts(self, service: str = "", *, most: int = 500) -> tuple[PastDrift, ...]:
        """When drifts of a service (empty: of all) came and went, the newest first."""
        rows = self._database.execute(
            "SELECT drift.fleet, service, severity, entry, title, a.started_at, b.started_at, accepted FROM drift "
            "JOIN run a ON opened = a.id LEFT JOIN run b ON fixed = b.id "
            "WHERE (?1 = '' OR service = ?1) AND (?2 = '' OR drift.fleet = ?2) "
            "ORDER BY COALESCE(b.started_at, a.started_at) DESC, drift.rowid DESC LIMIT ?3",
            (service, self._fleet, most),
        )
        return tuple(
            PastDrift(
                fleet=fleet,
                service=name,
                severity=severity,
                rule=entry_of(entry).rule,
                about=printable(about(entry_of(entry))),
                title=title,
                opened_at=a,
                fixed_at=b or "",
                accepted=bool(accepted),
            )
            for fleet, name, severity, entry, title, a, b, accepted in rows
        )


@contextmanager
def open_history(path: Path, *, fleet: str = "", keep: int = 30) -> Iterator[HistoryDb]:
    """The history in ``path`` (":memory:" for none), made when it is not there. Raises UsageError."""
    database: sqlite3.Connection | None = None
    try:
        if str(path) != MEMORY:
            path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, timeout=30)
        _prepare(database, path)
        yield HistoryDb(database, fleet=fleet, keep=keep)
    except (sqlite3.DatabaseError, OSError) as error:
        raise UsageError(f"the history {path} cannot be used: {error}") from error
    finally:
        if database is not None:
            database.close()


MEMORY = ":memory:"


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise UsageError(f"the history {path} was written by a newer specdrift")
    if version in _STEPS:
        database.executescript(f"BEGIN IMMEDIATE; {_STEPS[version]} COMMIT;")
