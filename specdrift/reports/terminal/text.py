"""Text: what a person reads in a terminal."""

from typing import TYPE_CHECKING

from specdrift.reports.base import Format, RenderOptions

if TYPE_CHECKING:
    from specdrift.model.result.result import Result


def render(result: "Result", options: RenderOptions) -> bytes:
    """Write verdict, drifts, matrix and what was left out, in at most ``options.width`` columns."""
    from specdrift.reports.terminal.terminal import write

    return write(result, options).encode("utf-8", "backslashreplace")


FORMAT = Format(name="text", media_type="text/plain; charset=utf-8", extension="txt", render=render)
