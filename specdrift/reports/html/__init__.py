"""HTML: one self-contained page for a reviewer."""

from typing import TYPE_CHECKING

from specdrift.reports.report_format import RenderOptions, ReportFormat

if TYPE_CHECKING:
    from specdrift.model.result.result import Result


def render(result: "Result", options: RenderOptions) -> bytes:
    """Write the page. Raises ``TemplateError`` where a template is missing or broken."""
    from specdrift.reports.html.page import page

    return page(result, options).encode()


FORMAT = ReportFormat(name="html", media_type="text/html; charset=utf-8", extension="html", render=render)
