"""Markdown for a CI job's summary or a comment on a merge request. It is limited in size, and states what it omits."""

from typing import TYPE_CHECKING

from specdrift.reports.report_format import RenderOptions, ReportFormat

if TYPE_CHECKING:
    from specdrift.model.result.result import Result


def render(result: "Result", options: RenderOptions) -> bytes:
    """Write the verdict, the causes of the drifts, what was not judged, and the operations concerned."""
    from specdrift.reports.markdown.layout import document

    return document(result, options).encode()


FORMAT = ReportFormat(
    name="markdown", media_type="text/markdown; charset=utf-8", extension="md", render=render
)
