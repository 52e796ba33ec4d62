"""Reports: one saved result, rendered in any format. Nothing here opens a socket or judges anything.

A new format is one file that ends in a ``FORMAT``, and its line in ``FORMATS``. Each loads its library only
when it renders, so that importing this package costs next to nothing.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from specdrift.collecting import collecting_rarely
from specdrift.errors import UsageError
from specdrift.reports import html, json, markdown, terminal
from specdrift.reports.ci import github, gitlab, junit, sarif
from specdrift.reports.report_format import RenderOptions, ReportFormat
from specdrift.result import serialize

if TYPE_CHECKING:
    from specdrift.model.result.result import Result

FORMATS: Mapping[str, ReportFormat] = {
    module.FORMAT.name: module.FORMAT
    for module in (html, json, sarif, junit, markdown, github, gitlab, terminal)
}

__all__ = ["FORMATS", "Format", "RenderOptions", "read", "render", "result_schema"]


def render(result: "Result", name: str, options: RenderOptions | None = None) -> bytes:
    """Write a result, which is redacted, in the format of that name.

    Raises ``UsageError`` for a name that no format has, ``TemplateError`` for a broken template.
    """
    form = FORMATS.get(name)
    if form is None:
        raise UsageError(f"there is no report format {name!r}; there are {', '.join(sorted(FORMATS))}")
    chosen = options or RenderOptions()
    with collecting_rarely():
        return form.render(result, chosen)


def read(data: bytes) -> "Result":
    """Read a result that the ``json`` format wrote; ``UsageError`` where it is none, or a newer one."""
    return serialize.deserialize(data)


def result_schema() -> dict[str, object]:
    """Give the JSON Schema (draft 2020-12) of the ``json`` format."""
    return serialize.result_schema()
