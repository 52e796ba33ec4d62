"""Reads the source of the service, and finds routes that the document lacks."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from specdrift.model.contract.contract import Contract
from specdrift.model.result.source import ANY_METHOD, RouteKind, SourceRoute
from specdrift.settings import SourceSettings
from specdrift.source import SourceAnalysis, SourceQuery, match, read
from specdrift.traffic import BELOW_BASE, ImportedEndpoint, TrafficImport


def read_source(
    settings: SourceSettings, contract: Contract | None, *, cwd: Path | None = None
) -> SourceAnalysis | None:
    """Analyse the configured crate; return ``None`` without one. File names are relative to ``cwd``."""
    folder, here = settings.crate, cwd or Path.cwd()
    if folder is None:
        return None
    shown = folder.relative_to(here) if folder.is_absolute() and folder.is_relative_to(here) else folder
    roles = frozenset[str]().union(*(o.roles for o in contract.operations)) if contract else frozenset[str]()
    return read(
        SourceQuery(
            folder=shown, entry=settings.entry, guards=settings.guards, assume=settings.assume, roles=roles
        )
    )


def imports_from_source(analysis: SourceAnalysis, contract: Contract) -> tuple[TrafficImport, ...]:
    """Return the undocumented routes as traffic imports, by the file that declares them."""
    by_file: dict[str, list[ImportedEndpoint]] = defaultdict(list)
    for route in match(contract, analysis.view.routes).undocumented:
        # The fallback of the whole service has no path to probe.
        if route.kind is not RouteKind.FALLBACK or route.path:
            by_file[route.location.file] += _endpoints(route)
    return tuple(TrafficImport(name=file, endpoints=tuple(found)) for file, found in by_file.items())


def _endpoints(route: SourceRoute) -> Iterator[ImportedEndpoint]:
    path = f"{route.path.rstrip('/')}/{{below}}" if route.kind is RouteKind.FALLBACK else route.path
    for method in route.methods:
        yield ImportedEndpoint(
            method="GET" if method == ANY_METHOD else method,
            url=path or "/",
            line=route.location.line,
            roots=(BELOW_BASE, ""),
        )
