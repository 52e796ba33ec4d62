"""SARIF 2.1.0: for code scanning of GitHub, and for whatever else reads the standard."""

from typing import TYPE_CHECKING

from specdrift.reports.report_format import RenderOptions, ReportFormat

if TYPE_CHECKING:
    from specdrift.model.result.result import Result


def render(result: "Result", options: RenderOptions) -> bytes:
    """Write one run: every rule, every drift, and as notifications what was not judged."""
    from specdrift.reports.ci.sarif.log import log

    return log(result, options).encode("ascii")


FORMAT = ReportFormat(name="sarif", media_type="application/sarif+json", extension="sarif", render=render)
