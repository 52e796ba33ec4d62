"""The source of the service beside a run: what it wires, what to ask because of it, and what it says of the result."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from specdrift.differ.diff import ordered
from specdrift.differ.source_drifts import source_drifts
from specdrift.differ.status import exit_status
from specdrift.model.contract.contract import Contract
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Result
from specdrift.model.result.source import ANY_METHOD, RouteKind, SourceRoute
from specdrift.scan.preparation.shards import is_first
from specdrift.settings import Settings
from specdrift.source import SourceAnalysis, SourceQuery, compare, match, read
from specdrift.traffic import BELOW_BASE, ImportedEndpoint, TrafficImport


def read_source(
    settings: Settings, folder: Path, contract: Contract | None, *, cwd: Path | None = None
) -> SourceAnalysis:
    """The source in a folder, its files named as from ``cwd``."""
    here = cwd or Path.cwd()
    shown = folder.relative_to(here) if folder.is_absolute() and folder.is_relative_to(here) else folder
    own = settings.source
    roles = frozenset[str]().union(*(o.roles for o in contract.operations)) if contract else frozenset[str]()
    return read(SourceQuery(folder=shown, entry=own.entry, guards=own.guards, assume=own.assume, roles=roles))


def imports_from_source(analysis: SourceAnalysis, contract: Contract) -> tuple[TrafficImport, ...]:
    """The routes that the document does not have, as sightings: a feed for each file that wires some."""
    by_file: dict[str, list[ImportedEndpoint]] = defaultdict(list)
    for route in match(contract, analysis.view.routes).undocumented:
        if (
            route.kind is not RouteKind.FALLBACK or route.path
        ):  # the fallback of the whole service answers nothing of its own
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


def with_source(
    result: Result, analysis: SourceAnalysis, contract: Contract | None, settings: Settings, *, asked: bool
) -> Result:
    """The result, and what the source says of it; ``asked``: a server was asked, and confirms or clears that."""
    findings, open_operations = compare(contract, analysis.view) if contract else ((), ())
    judged = {item.operation.key for item in result.operations}
    theirs = frozenset(operation.key for operation in contract.operations) if contract else frozenset()
    # Each shard has what is said of its own operations; what is of none in the document, the one that asked for it.
    beside = is_first(settings.selection.shard)
    wanted = [
        finding
        for finding in (*findings, *analysis.findings)
        if (finding.operation in judged if finding.operation in theirs else beside)
    ]
    # A probed operation is decided by the response of the server.
    undecided = () if asked else open_operations
    return joined(
        replace(
            result,
            undecided=(*result.undecided, *undecided),
            counts=replace(result.counts, undecided=result.counts.undecided + len(undecided)),
            source=analysis.view,
        ),
        source_drifts(wanted, runtime=result if asked else None),
        settings.gate.fail_on,
        allow_incomplete=settings.gate.allow_incomplete,
    )


def joined(result: Result, found: Iterable[Drift], fail_on: FailOn, *, allow_incomplete: bool) -> Result:
    """The result with the drifts of the source among its own, and the exit status of all."""
    drifts = ordered((*result.drifts, *found))
    incomplete = bool(result.undecided or result.problem) and not allow_incomplete
    status = exit_status(drifts, fail_on, incomplete=incomplete, interrupted=result.interrupted)
    return replace(result, drifts=drifts, exit_status=status)
