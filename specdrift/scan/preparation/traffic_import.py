"""Imports traffic (logs, HAR files, lists of routes, collections, other documents) as candidates to probe."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import SAFE_METHODS
from specdrift.checks.undocumented.undocumented import CHECK
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.hosts import PORTS, ascii_host
from specdrift.model.contract.operation import ValueSource
from specdrift.model.exchange.probe import Endpoint
from specdrift.model.plural import plural
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.scan.feeds.companion_files import CompanionFiles
from specdrift.scan.feeds.feed_files import content_of, feed_files
from specdrift.scan.feeds.traffic_formats import traffic_formats
from specdrift.scan.preparation.destructive import looks_destructive
from specdrift.scan.preparation.selection import LOGOUT
from specdrift.scan.preparation.target import wire_name
from specdrift.settings import OperationSettings, SelectionSettings, Settings
from specdrift.traffic import (
    KnownApi,
    SelectedCandidates,
    TrafficImport,
    UnvaluedCandidate,
    import_traffic,
    limit_candidates,
    recorded_paths,
    select_candidates,
)

MOST_HOSTS_NAMED = 5
MOST_UNVALUED = 20
"""Requests of one file that are named because a variable has no value."""


class Imported(Struct, frozen=True, kw_only=True):
    """The outcome of an import."""

    candidates: tuple[Candidate, ...] = ()
    notes: tuple[str, ...] = ()
    """Warnings for the user."""
    skipped: tuple[Skipped, ...] = ()
    recorded: tuple[tuple[str, str], ...] = ()
    """Paths of documented operations below the base path, each with its file and line."""


class ApiLocation(Struct, frozen=True, kw_only=True):
    """Where the API is, and what the document has of it."""

    endpoint: Endpoint
    base_path: str
    documented: Callable[[str, str], bool]
    """Whether the document has an operation for a method and a request target."""
    names: tuple[str, ...] = ()
    """Other names of the listener."""
    listeners: tuple[str, ...] = ()
    """URLs of other listeners."""

    def origins(self, contract: Contract) -> Iterator[tuple[str, int]]:
        """Yield host and port of the target, its other names, and the servers and listeners of the API."""
        for name in (self.endpoint.host, self.endpoint.server_name, *self.names):
            yield wire_name(name.lower()), self.endpoint.port
        for url in (*contract.servers, *self.listeners):
            try:
                parts = urlsplit(url)
                if parts.hostname and parts.scheme in PORTS:
                    yield ascii_host(parts.hostname), parts.port or PORTS[parts.scheme]
            except ValueError:
                continue


def import_candidates(
    files: Sequence[Path],
    contract: Contract,
    location: ApiLocation,
    *,
    policy: "CandidatePolicy",
    source: Sequence[TrafficImport] = (),
    cwd: Path | None = None,
) -> Imported:
    """Return the candidates of all files and of the ``source``. Raises UsageError for an unreadable file."""
    known = KnownApi(
        base_path=location.base_path,
        documented=location.documented,
        ours=frozenset(location.origins(contract)),
        values=_values(contract),
    )
    candidates: list[Candidate] = []
    notes: list[str] = []
    recorded: list[tuple[str, str]] = []
    skipped: list[Skipped] = []
    for imported in (*source, *_read(files, cwd or Path.cwd())):
        selected = select_candidates(imported, known)
        candidates += selected.candidates
        recorded += recorded_paths(imported, known)
        lost = [note for note in (imported.warning, *_warnings(imported.name, selected)) if note]
        notes += lost
        unknown = list(_unvalued(selected.unvalued))
        notes += unknown
        skipped += [
            Skipped(check=CHECK.name, kind=SkipReason.NOT_AVAILABLE, reason=reason)
            for reason in (*lost, *unknown)
        ]
    permitted = tuple(one for one in candidates if policy.permits(one))
    kept, omitted = limit_candidates(permitted, **({"most": None} if policy.exhaustive else {}))
    return Imported(
        candidates=tuple(replace(one, unsafe_allowed=policy.allows_unsafe(one)) for one in kept),
        notes=tuple(notes),
        skipped=(*skipped, *_skipped(len(candidates) - len(permitted), omitted)),
        recorded=tuple(recorded),
    )


def _read(files: Sequence[Path], cwd: Path) -> Iterator[TrafficImport]:
    formats = traffic_formats() if files else ()
    display = partial(_display, cwd=cwd)
    for named in files:
        companions = CompanionFiles(named=named, cwd=cwd, display=display)
        for file in feed_files(named):
            yield import_traffic(
                content_of(file),
                name=display(file),
                folder=file.parent,
                formats=formats,
                companions=companions.of(file),
            )


def not_imported(files: Sequence[Path]) -> Imported:
    """Import nothing, since no check probes candidates; warn if files are configured."""
    note = f"traffic is not imported: the checks {CHECK.name} and grpc are skipped"
    return Imported(notes=(note,) if files else ())


def for_grpc_alone(imported: Imported, files: Sequence[Path]) -> Imported:
    """Warn if files are configured: the check of gRPC calls its own methods, and sends no other candidate."""
    note = f"of imported traffic only gRPC's methods are called: the check {CHECK.name} is skipped"
    return replace(imported, notes=(*imported.notes, note)) if files else imported


class CandidatePolicy(Struct, frozen=True, kw_only=True):
    """Applies the selection and the ``[[operations]]`` entries to candidates."""

    selection: SelectionSettings
    entries: Sequence[OperationSettings]
    base_path: str
    exhaustive: bool = False
    """Whether all candidates are probed, not only some of each folder."""

    @classmethod
    def of(cls, settings: Settings, *, base_path: str) -> Self:
        """Take the settings that concern candidates below a base path."""
        return cls(
            selection=settings.selection,
            entries=settings.operations,
            base_path=base_path,
            exhaustive=settings.checks.exhaustive,
        )

    def permits(self, candidate: Candidate) -> bool:
        """Whether a candidate may be probed: not excluded or disabled, no logout, and no GET that looks destructive."""
        disabled = [entry.include for entry in self.entries if not entry.enabled]
        forbidden = [one for one in (self.selection.exclude, *disabled) if one.paths]
        excluded = any(
            one.matches(path=path, method=candidate.method, tags=(), operation_id="")
            for one in forbidden
            for path in {candidate.path, self._below_base(candidate)}
        )
        if candidate.method in SAFE_METHODS and looks_destructive(candidate.method, candidate.path):
            excluded = excluded or not self._allows_destructive(candidate)
        return not excluded and (self.selection.include_logout or not LOGOUT.search(candidate.path))

    def allows_unsafe(self, candidate: Candidate) -> bool:
        """Whether requests with an unsafe method may be sent to the candidate's path."""
        sent = [e.unsafe_methods for e in self._entries_of(candidate) if e.unsafe_methods]
        if (sent[-1] if sent else self.selection.unsafe_methods) is not UnsafeMethods.SEND:
            return False
        return not looks_destructive(candidate.method, candidate.path) or self._allows_destructive(candidate)

    def _allows_destructive(self, candidate: Candidate) -> bool:
        own = [e.allow_destructive for e in self._entries_of(candidate) if e.allow_destructive is not None]
        return own[-1] if own else self.selection.allow_destructive

    def _entries_of(self, candidate: Candidate) -> list[OperationSettings]:
        path = self._below_base(candidate)
        return [
            entry
            for entry in self.entries
            if entry.include.matches(path=path, method=candidate.method, tags=(), operation_id="")
        ]

    def _below_base(self, candidate: Candidate) -> str:
        return candidate.path.removeprefix(self.base_path)


def _display(file: Path, cwd: Path) -> str:
    return str(file.relative_to(cwd)) if file.is_relative_to(cwd) else str(file)


def _values(contract: Contract) -> Mapping[str, str]:
    """Return values of path parameters by name; configured and documented ones win over generated ones."""
    ranks = {source: rank for rank, source in enumerate(ValueSource)}
    known = [p for o in contract.operations for p in o.parameters if p.location == "path" and p.value]
    return {p.name: p.value for p in sorted(known, key=lambda p: ranks[p.source], reverse=True)}


def _warnings(name: str, selected: SelectedCandidates) -> Iterator[str]:
    hosts = sorted(selected.other_hosts)
    if hosts and not selected.candidates:
        shown = ", ".join(hosts[:MOST_HOSTS_NAMED]) + (" …" if len(hosts) > MOST_HOSTS_NAMED else "")
        yield f"{name}: ignored requests to other hosts ({shown})"
    if selected.not_examined:
        yield f"{name}: ignored {selected.not_examined} requests: too many different paths"


def _unvalued(found: Sequence[UnvaluedCandidate]) -> Iterator[str]:
    """Yield what is not known of a path: the endpoint may be at another one, which was not requested."""
    for one in found[:MOST_UNVALUED]:
        names = ", ".join(one.names)
        yield (
            f"{one.candidate.source}: {one.candidate.method} {one.candidate.path}: no value for {names} in the import;"
            f" {one.candidate.target} is sent instead"
        )
    if len(found) > MOST_UNVALUED:
        last = found[MOST_UNVALUED].candidate.source
        more = plural(len(found) - MOST_UNVALUED, "more request")
        yield f"{last}: {more} with a variable without a value"


def _skipped(excluded: int, omitted: int) -> Iterator[Skipped]:
    if excluded:
        reason = (
            f"{excluded} imported paths are excluded, disabled or look as if they end a session or destroy"
        )
        yield Skipped(check=CHECK.name, kind=SkipReason.FILTERED, reason=reason)
    if omitted:
        reason = f"{omitted} imported paths are not probed, only some of each folder; --exhaustive probes all"
        yield Skipped(check=CHECK.name, kind=SkipReason.FILTERED, reason=reason)
