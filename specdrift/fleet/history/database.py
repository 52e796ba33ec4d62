"""Earlier runs in one SQLite file: numbers of each service, and when each drift was opened and fixed."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from msgspec import Struct

from specdrift.errors import UsageError
from specdrift.fleet.history.summary import Summary
from specdrift.fleet.inventory.stored_drifts import entry as entry_of
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
"""SQL that upgrades a file from each earlier version; 0 is a new file."""


class Extent(Enum):
    """Services of a run. Totals count runs of all services only."""

    WHOLE = "all services"
    PART = "some services"


class PastRun(Struct, frozen=True, kw_only=True):
    """One run of a service."""

    run: str
    fleet: str
    started_at: str
    service: str
    exit_status: int
    errors: int
    warnings: int
    accepted: int
    """Drifts that the baseline accepted."""
    undecided: int
    opened: int
    """Drifts that the run found first."""
    fixed: int
    """Drifts that the run no longer found."""
    judged: bool


class PastDrift(Struct, frozen=True, kw_only=True):
    """A drift and its lifetime. Times are ISO 8601."""

    fleet: str
    service: str
    severity: str
    rule: str
    about: str
    """Operation and caller: ``GET /items as alice``."""
    title: str
    opened_at: str
    fixed_at: str
    """Empty while the drift is open."""
    accepted: bool
    """Whether the baseline accepted it in the last run that found it."""


class RunTotal(Struct, frozen=True, kw_only=True):
    """Totals of one run of a whole fleet."""

    at: str
    """ISO 8601."""
    drifts: int
    """Errors and warnings that no baseline accepts."""
    opened: int
    """Drifts that the run found first."""
    fixed: int
    """Drifts that the run no longer found."""


class HistoryDb:
    """The open history of one ``fleet`` (empty: of all fleets, read-only).

    Only the process that schedules a run writes. Fleets that share a file are independent.
    """

    def __init__(self, database: sqlite3.Connection, *, fleet: str, keep: int) -> None:
        self._database, self._fleet, self._keep = database, fleet, keep

    def begin(self, run: str, *, at: str) -> None:
        """Add a run. It does not count in totals until it ends."""
        with self._database:
            self._database.execute(
                "INSERT INTO run (id, fleet, started_at, whole) VALUES (?, ?, ?, 0)", (run, self._fleet, at)
            )

    def end(self, run: str, *, at: str, exit_status: int, extent: Extent) -> None:
        """Set the end of a run."""
        with self._database:
            self._database.execute(
                "UPDATE run SET finished_at = ?, exit_status = ?, whole = ? WHERE id = ?",
                (at, exit_status, extent is Extent.WHOLE, run),
            )

    def prior_state(self, service: str) -> PriorState:
        """Return the newest stored result of a service, and its open drifts."""
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

    def add(self, run: str, summary: Summary, report: ServiceReport | None) -> None:
        """Add one service of a run in one transaction. Raises sqlite3.IntegrityError if the run has it already."""
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
        # The next result cannot be compared with one that judged nothing.
        packed = report.files["json"] if report and summary.judged else None
        row_end = (drifts.note, drifts.accepted, summary.undecided, summary.reason, summary.judged, packed)
        with self._database:
            self._database.execute(
                "INSERT INTO service_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, *row_end)
            )
            if report is not None:
                self._follow(run, summary.service, report)
                self._forget(summary.service)

    def _follow(self, run: str, service: str, report: ServiceReport) -> None:
        """Open new drifts, close those that were looked for and not found, and update which are accepted."""
        self._database.executemany(
            "UPDATE drift SET fixed = ? WHERE fleet = ? AND service = ? AND fingerprint = ? AND fixed IS NULL",
            [(run, self._fleet, service, name) for name in report.fixed],
        )
        self._database.executemany(
            "INSERT INTO drift VALUES (?, ?, ?, ?, ?, ?, ?, NULL, 0)",
            [
                (self._fleet, service, new.fingerprint, new.severity, new.title, new.entry, run)
                for new in report.opened
            ],
        )
        self._database.executemany(
            "UPDATE drift SET accepted = ?1 WHERE fleet = ?2 AND service = ?3 AND fingerprint = ?4 "
            "AND fixed IS NULL AND accepted <> ?1",
            [(accepted, self._fleet, service, name) for name, accepted in report.accepted.items()],
        )

    def _forget(self, service: str) -> None:
        """Delete results except the newest; the numbers of every run stay."""
        self._database.execute(
            "UPDATE service_run SET result = NULL WHERE fleet = ?1 AND service = ?2 AND result IS NOT NULL "
            "AND rowid NOT IN (SELECT rowid FROM service_run WHERE fleet = ?1 AND service = ?2 "
            "AND result IS NOT NULL ORDER BY rowid DESC LIMIT ?3)",
            (self._fleet, service, self._keep),
        )

    def trend(self, service: str, *, most: int = 20) -> tuple[int, ...]:
        """Return the number of errors and warnings of the newest runs that judged the service, the newest last."""
        rows = self._database.execute(
            "SELECT errors + warnings FROM service_run WHERE fleet = ? AND service = ? AND judged "
            "ORDER BY rowid DESC LIMIT ?",
            (self._fleet, service, most),
        )
        return tuple(row[0] for row in rows)[::-1]

    def totals(self, *, most: int = 30) -> tuple[RunTotal, ...]:
        """Return the newest runs of the whole fleet, the newest last."""
        rows = self._database.execute(
            "SELECT run.started_at, SUM(errors + warnings), "
            "(SELECT COUNT(*) FROM drift WHERE opened = run.id AND severity <> 'note'), "
            "(SELECT COUNT(*) FROM drift WHERE fixed = run.id AND severity <> 'note') "
            "FROM run JOIN service_run ON run = run.id "
            "WHERE run.fleet = ? AND whole GROUP BY run.id ORDER BY run.started_at DESC LIMIT ?",
            (self._fleet, most),
        )
        return tuple(
            RunTotal(at=at, drifts=drifts, opened=opened, fixed=fixed) for at, drifts, opened, fixed in rows
        )[::-1]

    def runs(self, service: str = "", *, most: int = 200) -> tuple[PastRun, ...]:
        """Return runs of a service (empty: of all), the newest first."""
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
        names = PastRun.__struct_fields__
        return tuple(PastRun(**dict(zip(names, (*row[:11], bool(row[11])), strict=True))) for row in rows)

    def drifts(self, service: str = "", *, most: int = 500) -> tuple[PastDrift, ...]:
        """Return the drifts of a service (empty: of all), the newest first."""
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
    """Open the history in ``path`` (":memory:" for none), and create it if needed. Raises UsageError."""
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
