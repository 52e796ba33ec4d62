"""JUnit XML, which CI systems show as test results: one case for each operation and identity."""

from typing import TYPE_CHECKING

from specdrift.reports.report_format import RenderOptions, ReportFormat

if TYPE_CHECKING:
    from specdrift.model.result.result import Result


def render(result: "Result", options: RenderOptions) -> bytes:
    """Write a suite for each operation, and one for everything that is not about an operation."""
    from specdrift.reports.ci.junit.xml import write

    return write(result, options)


FORMAT = ReportFormat(name="junit", media_type="application/xml", extension="xml", render=render)
