"""The source in a terminal: document, source and runtime side by side; the routes; what was not understood."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from specdrift.model.plural import plural
from specdrift.model.result.result import Result
from specdrift.model.result.source import ANY_METHOD, RouteKind, SourceRoute, SourceView
from specdrift.reports.content.three_way import GUARDS, rows
from specdrift.reports.terminal.table import table, texts
from specdrift.result.printable import printable

FEW = 12
"""Number of unresolved expressions listed without -v."""


def source(result: Result, *, verbose: bool) -> Iterator[RenderableType]:
    """What the source says; nothing where it was not read."""
    view = result.source
    if view is None:
        return
    yield from _three_way(result, verbose=verbose)
    if not result.operations or verbose:
        yield _routes(view)
    if view.tls:
        facts = table("TLS in the source", "client certificates", "what", "where")
        for fact in view.tls:
            facts.add_row(*texts(fact.client_auth.value, view.describe(fact), str(fact.location)))
        yield facts
    yield from _unresolved(view, verbose=verbose)
    framework = f"{view.framework} {view.version}".strip()
    yield Text(
        f"\n{plural(view.distinct, 'route')} of {printable(view.crate)} ({printable(framework)}) in "
        f"{plural(view.files, 'file')}; served routers: {printable(', '.join(view.entries) or 'none')}",
        style="dim",
    )


def _three_way(result: Result, *, verbose: bool) -> Iterator[RenderableType]:
    every = rows(result)
    shown = [row for row in every if row.severity or row.differs or verbose]
    if not result.operations:
        return
    if shown:
        rendered = table(
            "Document, source and runtime", "operation", "document", "source", "runtime", "where"
        )
        for row in shown:
            rendered.add_row(*texts(row.operation, row.document, row.source, row.runtime, row.place))
        yield rendered
    if quiet := len(every) - len(shown):
        yield Text(f"  {plural(quiet, 'operation')} on which they agree; -v lists them", style="dim")


def _routes(view: SourceView) -> RenderableType:
    rendered = table(
        "Routes in the source", "methods", "path", "handler", "guard", "layers in effect", "where"
    )
    for route in view.wired:
        rendered.add_row(*texts(*_row(route)))
    return rendered


def _row(route: SourceRoute) -> tuple[str, ...]:
    some = "?" if route.conditional else ""
    methods = ", ".join("any" if method == ANY_METHOD else method for method in route.methods)
    layers = ", ".join(f"{layer.name}{'?' if layer.conditional else ''}" for layer in route.layers)
    path = f"{route.path or '/'}{'*' if route.kind is RouteKind.FALLBACK else ''}"
    return f"{methods}{some}", path, route.handler, GUARDS[route.guard], layers, str(route.location)


def _unresolved(view: SourceView, *, verbose: bool) -> Iterator[RenderableType]:
    if not view.unresolved:
        return
    rendered = table("? Unresolved expressions", "what", "where")
    shown = view.unresolved if verbose else view.unresolved[:FEW]
    for expression in shown:
        rendered.add_row(*texts(expression.what, str(expression.location)))
    if more := len(view.unresolved) - len(shown):
        rendered.add_row(*texts(f"and {more:,} more; -v lists them", ""))
    yield rendered
