"""Reports: one saved result, rendered in any format. Nothing here opens a socket or judges anything.

A new format is one module with a ``FORMAT`` and its entry in ``FORMATS``, or an entry point of an installed package.
A format imports its library when it renders, so that importing this package is cheap.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from specdrift.collecting import collecting_rarely
from specdrift.errors import UsageError
from specdrift.plugins import load_plugins
from specdrift.reports import html, json, markdown, openmetrics, terminal
from specdrift.reports.ci import github, gitlab, gitlab_dast, junit, sarif
from specdrift.reports.report_format import RenderOptions, ReportFormat
from specdrift.result import serialize

if TYPE_CHECKING:
    from specdrift.model.result.result import Result

FORMATS: Mapping[str, ReportFormat] = {
    module.FORMAT.name: module.FORMAT
    for module in (html, json, sarif, junit, markdown, github, gitlab, gitlab_dast, openmetrics, terminal)
}

ENTRY_POINTS = "specdrift.reports"
"""Entry-point group by which installed packages add a ``ReportFormat``."""

__all__ = [
    "ENTRY_POINTS",
    "FORMATS",
    "RenderOptions",
    "ReportFormat",
    "all_formats",
    "read",
    "render",
    "render_in_pieces",
    "result_schema",
]


@cache
def all_formats() -> Mapping[str, ReportFormat]:
    """Return the built-in formats and those of installed packages, by name.

    Raises ``UsageError`` for a plug-in that cannot be loaded, is no ``ReportFormat``, or takes the name of another.
    """
    found = dict(FORMATS)
    for form in load_plugins(ENTRY_POINTS, ReportFormat):
        if form.name in found:
            raise UsageError(
                f"an installed package adds the report format {form.name!r}, and another one has that name. "
                "Uninstall the package or rename its format"
            )
        found[form.name] = form
    return found


def render(result: "Result", name: str, options: RenderOptions | None = None) -> bytes:
    """Write a result, which is redacted, in the format of that name.

    Raises ``UsageError`` for a name that no format has, ``TemplateError`` for a broken template.
    """
    form = _format(name)
    chosen = options or RenderOptions()
    with collecting_rarely():
        return form.render(result, chosen)


def render_in_pieces(result: "Result", name: str, options: RenderOptions | None = None) -> Iterable[bytes]:
    """Return what ``render`` returns, in pieces that are made one by one if the format has some.

    Raises as ``render`` does, before the first piece.
    """
    pieces = _format(name).pieces
    return (render(result, name, options),) if pieces is None else pieces(result)


def _format(name: str) -> ReportFormat:
    form = FORMATS.get(name) or all_formats().get(name)
    if form is None:
        raise UsageError(f"there is no report format {name!r}; there are {', '.join(sorted(all_formats()))}")
    return form


def read(data: bytes) -> "Result":
    """Read a result that the ``json`` format wrote; ``UsageError`` where it is none, or a newer one."""
    with collecting_rarely():
        return serialize.deserialize(data)


def result_schema() -> dict[str, object]:
    """Give the JSON Schema (draft 2020-12) of the ``json`` format."""
    return serialize.result_schema()
