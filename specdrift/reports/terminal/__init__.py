"""Text: what a person reads in a terminal."""

from typing import TYPE_CHECKING

from specdrift.reports.report_format import RenderOptions, ReportFormat

if TYPE_CHECKING:
    from specdrift.model.result.result import Result


def render(result: "Result", options: RenderOptions) -> bytes:
    """Write verdict, drifts, matrix and what was left out, in at most ``options.width`` columns."""
    from specdrift.reports.terminal.layout import write

    return write(result, options).encode("utf-8", "backslashreplace")


FORMAT = ReportFormat(name="text", media_type="text/plain; charset=utf-8", extension="txt", render=render)
