"""JSON: the result itself, whole and lossless."""

from typing import TYPE_CHECKING

from specdrift.reports.report_format import RenderOptions, ReportFormat
from specdrift.result.serialize import portions, serialize

if TYPE_CHECKING:
    from specdrift.model.result.result import Result


def render(result: "Result", _options: RenderOptions) -> bytes:
    """Write the result in the published schema."""
    return serialize(result)


FORMAT = ReportFormat(
    name="json", media_type="application/json", extension="json", render=render, pieces=portions
)
