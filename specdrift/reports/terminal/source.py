"""The source in a terminal: document, source and runtime side by side; the routes; what was not understood."""

import posixpath
from collections.abc import Iterator, Sequence
from itertools import takewhile

from rich.console import RenderableType
from rich.text import Text

from specdrift.model.plural import plural
from specdrift.model.result.gateway import GatewayCaller, GatewayView
from specdrift.model.result.result import Result
from specdrift.model.result.source import (
    ANY_METHOD,
    RouteKind,
    SourceRoute,
    SourceView,
    UnresolvedExpression,
)
from specdrift.reports.content.three_way import GUARDS, rows, title
from specdrift.reports.terminal.table import LONGEST_CELL, table, texts
from specdrift.result.printable import printable

FEW = 12
"""Number of unresolved expressions listed without -v."""


def source(result: Result, *, verbose: bool) -> Iterator[RenderableType]:
    """What the source says; nothing where it was not read."""
    view = result.source
    yield from _three_way(result, verbose=verbose)
    yield from gateways(result, verbose=verbose)
    if view is None:
        return
    if not result.operations or verbose:
        yield from _routes(view)
    if view.tls:
        facts = table("TLS in the source", "client certificates", "what", "where")
        for one in view.configurations:
            facts.add_row(*texts(one.client_auth.value, one.what, str(one.location)))
        yield facts
    yield from unresolved_table(view.unresolved, verbose=verbose)
    framework = f"{view.framework} {view.version}".strip()
    yield Text(
        f"\n{plural(view.distinct, 'route')} of {printable(view.crate)} ({printable(framework)}) in "
        f"{plural(view.files, 'file')}; served routers: {printable(', '.join(view.entries) or 'none')}",
        style="dim",
    )


def gateways(result: Result, *, verbose: bool) -> Iterator[RenderableType]:
    """The servers of the gateways, what they do with each operation, and what was not understood."""
    for view in result.gateways:
        servers = table(
            f"Servers of {printable(view.name)} ({view.gateway})", "server", "client certificates", "where"
        )
        for entry in view.entries:
            servers.add_row(*texts(str(entry), entry.client_auth.value, str(entry.location)))
        if view.entries:
            yield servers
        if view.routes and verbose:
            yield _gateway_routes(view)
        yield from unresolved_table(view.unresolved, verbose=verbose)


def _gateway_routes(view: GatewayView) -> RenderableType:
    rendered = table(
        "Operations at the gateway", "operation", "server", *(c.value for c in GatewayCaller), "where"
    )
    for route in view.routes:
        outcomes = (f"{one.passage.value} {one.status or ''}".strip() for one in route.outcomes)
        rendered.add_row(*texts(str(route.operation), str(route.entry), *outcomes, str(route.location or "")))
    return rendered


def _three_way(result: Result, *, verbose: bool) -> Iterator[RenderableType]:
    every = rows(result)
    shown = [row for row in every if row.severity or row.differs or verbose]
    if not result.operations:
        return
    if shown:
        gateway = ("gateway",) if result.gateways else ()
        rendered = table(title(result), "operation", "document", *gateway, "source", "runtime", "where")
        for row in shown:
            own = (row.gateway,) if gateway else ()
            place = row.gateway_place if gateway else row.place
            rendered.add_row(*texts(row.operation, row.document, *own, row.source, row.runtime, place))
        yield rendered
    if quiet := len(every) - len(shown):
        yield Text(f"  {plural(quiet, 'operation')} on which they agree; -v lists them", style="dim")


def _routes(view: SourceView) -> Iterator[RenderableType]:
    """One line for each route where it fits. What many routes share is named once: their layers, and the folder."""
    layers = dict.fromkeys(filter(None, map(_layers, view.wired)))
    numbers = {names: str(number) for number, names in enumerate(layers, 1)}
    folder = _shared_folder(view.wired)
    below = f", below {printable(folder, limit=LONGEST_CELL)}" if folder else ""
    rendered = table(f"Routes in the source{below}", "methods", "path", "handler", "guard", "layers", "where")
    for route in view.wired:
        place = str(route.location).removeprefix(folder)
        rendered.add_row(*texts(*_row(route), numbers.get(_layers(route), ""), place))
    yield rendered
    if numbers:
        legend = table("Layers in effect, outermost first", "layers", "names")
        for names, number in numbers.items():
            legend.add_row(*texts(number, names))
        yield legend


def _row(route: SourceRoute) -> tuple[str, ...]:
    some = "?" if route.conditional else ""
    methods = ", ".join("any" if method == ANY_METHOD else method for method in route.methods)
    path = f"{route.path or '/'}{'*' if route.kind is RouteKind.FALLBACK else ''}"
    return f"{methods}{some}", path, route.handler, GUARDS[route.guard]


def _layers(route: SourceRoute) -> str:
    return ", ".join(f"{layer.name}{'?' if layer.conditional else ''}" for layer in route.layers)


def _shared_folder(routes: Sequence[SourceRoute]) -> str:
    """Return the folder of all routes with a slash at its end; empty if they share none."""
    folders = [posixpath.dirname(route.location.file).split("/") for route in routes]
    if not folders:
        return ""
    pairs = zip(min(folders), max(folders), strict=False)
    shared = "/".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return f"{shared}/" if shared else ""


def unresolved_table(
    unresolved: tuple[UnresolvedExpression, ...], *, verbose: bool
) -> Iterator[RenderableType]:
    """The expressions that were not understood, or the first of them."""
    if not unresolved:
        return
    rendered = table("? Unresolved expressions", "what", "where")
    shown = unresolved if verbose else unresolved[:FEW]
    for expression in shown:
        rendered.add_row(*texts(expression.what, str(expression.location)))
    if more := len(unresolved) - len(shown):
        rendered.add_row(*texts(f"and {more:,} more; -v lists them", ""))
    yield rendered
