"""Reads the source of the service and its gateways, and finds routes that the document lacks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from specdrift.errors import UsageError
from specdrift.model.contract.contract import Contract
from specdrift.model.result.source import ANY_METHOD, RouteKind, SourceRoute
from specdrift.settings import SourceSettings
from specdrift.source import (
    ReadSources,
    SourceQuery,
    frameworks_of,
    is_gateway,
    match,
    read,
    read_beside,
    read_gateway,
)
from specdrift.source.protocol import Framework

if TYPE_CHECKING:
    from specdrift.traffic import ImportedEndpoint, TrafficImport


def read_source(
    settings: SourceSettings, contract: Contract | None, *, cwd: Path | None = None
) -> ReadSources | None:
    """Analyse the configured sources; return ``None`` without any. File names are relative to ``cwd``.

    A gateway in the folder of the service is read as well, unless another one is named. Raises UsageError for a path
    that cannot be read, and for more than one service.
    """
    if not settings.paths:
        return None
    paths = [_shown(path, cwd or Path.cwd()) for path in settings.paths]
    in_front, services = _parted(paths)
    if len(services) > 1:
        one, other, *_ = services
        raise UsageError(f"{other}: one service is read beside its gateways, and {one} is one")
    roles = frozenset[str]().union(*(o.roles for o in contract.operations)) if contract else frozenset[str]()
    gateways = tuple(map(read_gateway, in_front))
    if not services:
        return ReadSources(gateways=gateways)
    ((folder, frameworks),) = services.items()
    query = SourceQuery(
        folder=folder, entry=settings.entry, guards=settings.guards, assume=settings.assume, roles=roles
    )
    own = read(query, frameworks)
    return ReadSources(service=own, gateways=gateways or read_beside(folder, own.view))


def _parted(paths: Sequence[Path]) -> tuple[list[Path], dict[Path, tuple[Framework, ...]]]:
    """Return gateways, and services with their frameworks. A folder may be both: it is a service here."""
    found = {path: frameworks_of(path) for path in paths}
    services = {path: own for path, own in found.items() if own or not is_gateway(path)}
    return [path for path in paths if path not in services], services


def _shown(path: Path, here: Path) -> Path:
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path


def imports_from_source(analysis: ReadSources, contract: Contract) -> "tuple[TrafficImport, ...]":
    """Return the undocumented routes as traffic imports, by the file that declares them."""
    from specdrift.traffic import TrafficImport

    by_file: dict[str, list[ImportedEndpoint]] = defaultdict(list)
    if analysis.view is None:
        return ()
    for route in match(contract, analysis.view.routes).undocumented:
        # The fallback of the whole service has no path to probe.
        if route.kind is not RouteKind.FALLBACK or route.path:
            by_file[route.location.file] += _endpoints(route)
    return tuple(TrafficImport(name=file, endpoints=tuple(found)) for file, found in by_file.items())


def _endpoints(route: SourceRoute) -> "Iterator[ImportedEndpoint]":
    from specdrift.traffic import BELOW_BASE, ImportedEndpoint

    path = f"{route.path.rstrip('/')}/{{below}}" if route.kind is RouteKind.FALLBACK else route.path
    for method in route.methods:
        yield ImportedEndpoint(
            method="GET" if method == ANY_METHOD else method,
            url=path or "/",
            line=route.location.line,
            roots=(BELOW_BASE, ""),
        )
