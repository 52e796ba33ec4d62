"""Reads what the owner feeds in (logs, archives, routes, other documents) and makes leads of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from specdrift.checks.undocumented.undocumented import CHECK
from specdrift.errors import UsageError
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.hosts import PORTS, ascii_host
from specdrift.model.contract.operation import ValueSource
from specdrift.model.exchange.probe import Endpoint
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.result import Skipped
from specdrift.scan.preparation.selection import LOGOUT
from specdrift.scan.preparation.target import wire_name
from specdrift.scan.preparation.traffic_formats import traffic_formats
from specdrift.settings import Settings
from specdrift.traffic import (
    KnownApi,
    SelectedCandidates,
    TrafficImport,
    import_traffic,
    limit_candidates,
    select_candidates,
)

MAX_BYTES = 256 * 1024 * 1024
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """``notes`` are what the owner should know before anything is sent."""

    candidates: tuple[Candidate, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def feed(
    settings: Settings,
    contract: Contract,
    *,
    endpoint: Endpoint,
    base_path: str,
    documented: Callable[[str, str], bool],
    source: Sequence[TrafficImport] = (),
    cwd: Path | None = None,
) -> Fed:
    """The leads of all feeds, and of the ``source``. Raises UsageError for a file that cannot be read or is no feed."""
    ground = KnownApi(
        base_path=base_path,
        documented=documented,
        ours=frozenset(_origins(settings, contract, endpoint)),
        values=_values(contract),
    )
    candidates: list[Candidate] = []
    notes: list[str] = []
    formats = traffic_formats() if settings.undocumented.feeds else ()
    files = (
        import_traffic(
            _content(file), name=_shown(file, cwd or Path.cwd()), folder=file.parent, formats=formats
        )
        for file in settings.undocumented.feeds
    )
    for harvest in (*source, *files):
        sifted = select_candidates(harvest, ground)
        candidates += sifted.candidates
        notes += [note for note in (harvest.warning, *_remarks(harvest.name, sifted)) if note]
    asked = tuple(lead for lead in candidates if _wanted(lead, settings, base_path))
    kept, left_out = limit_candidates(asked, **({"most": None} if settings.checks.exhaustive else {}))
    return Fed(
        candidates=tuple(replace(lead, unsafe_allowed=_allowed(lead, settings, base_path)) for lead in kept),
        notes=tuple(notes),
        skipped=tuple(_skipped(len(candidates) - len(asked), left_out)),
    )


def unfed(settings: Settings) -> Fed:
    """No leads, where nobody would ask for them; and a word to whoever named feeds all the same."""
    note = f"feeds are not read: the check {CHECK.name} is left out"
    return Fed(notes=(note,) if settings.undocumented.feeds else ())


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{file}: cannot be read as a feed: {(error.strerror or str(error)).lower()}"
        ) from error
    if len(content) > MAX_BYTES:
        raise UsageError(
            f"{file}: a feed of more than {MAX_BYTES >> 20} MiB; feed in a part of it (tail, split)"
        )
    return content


def _shown(file: Path, cwd: Path) -> str:
    return str(file.relative_to(cwd)) if file.is_relative_to(cwd) else str(file)


def _origins(settings: Settings, contract: Contract, endpoint: Endpoint) -> Iterator[tuple[str, int]]:
    """Hosts and ports of the API: the target, its other names, and wherever else the document says it runs."""
    for name in (endpoint.host, endpoint.server_name, *settings.server.names):
        yield wire_name(name.lower()), endpoint.port
    for url in (*contract.servers, *settings.server.listeners):
        try:
            parts = urlsplit(url)
            if parts.hostname and parts.scheme in PORTS:
                yield ascii_host(parts.hostname), parts.port or PORTS[parts.scheme]
        except ValueError:
            continue


def _values(contract: Contract) -> Mapping[str, str]:
    """Values of path parameters by name; those that the owner or the document gave before those that were made up."""
    ranks = {source: rank for rank, source in enumerate(ValueSource)}
    known = [p for o in contract.operations for p in o.parameters if p.location == "path" and p.value]
    return {p.name: p.value for p in sorted(known, key=lambda p: ranks[p.source], reverse=True)}


def _below(lead: Candidate, base_path: str) -> str:
    return lead.path.removeprefix(base_path)


def _wanted(lead: Candidate, settings: Settings, base_path: str) -> bool:
    """Whether the owner lets it be asked: not excluded, not disabled, and nothing that ends a session."""
    entries = [entry.include for entry in settings.operations if not entry.enabled]
    forbidden = [one for one in (settings.selection.exclude, *entries) if one.paths]
    excluded = any(
        one.matches(path=path, method=lead.method, tags=(), operation_id="")
        for one in forbidden
        for path in {lead.path, _below(lead, base_path)}
    )
    return not excluded and (settings.selection.include_logout or not LOGOUT.search(lead.path))


def _allowed(lead: Candidate, settings: Settings, base_path: str) -> bool:
    """What the owner says of methods that may change things, as for operations of that path."""
    own = [
        entry.unsafe_methods
        for entry in settings.operations
        if entry.unsafe_methods
        and entry.include.matches(path=_below(lead, base_path), method=lead.method, tags=(), operation_id="")
    ]
    return (own[-1] if own else settings.selection.unsafe_methods) is UnsafeMethods.SEND


def _remarks(name: str, sifted: SelectedCandidates) -> Iterator[str]:
    hosts = sorted(sifted.other_hosts)
    if hosts and not sifted.candidates:
        shown = ", ".join(hosts[:SHOWN]) + (" …" if len(hosts) > SHOWN else "")
        yield f"{name}: speaks of other hosts ({shown}), whose requests are passed over"
    if sifted.not_examined:
        yield f"{name}: speaks of so many different paths that {sifted.not_examined} requests were not looked at"


def _skipped(unwanted: int, left_out: int) -> Iterator[Skipped]:
    if unwanted:
        reason = f"{unwanted} places of the feeds are excluded, disabled or look as if they ended a session"
        yield Skipped(check=CHECK.name, reason=reason)
    if left_out:
        reason = (
            f"{left_out} places of the feeds are left out, some of each folder asked; --exhaustive asks all"
        )
        yield Skipped(check=CHECK.name, reason=reason)
