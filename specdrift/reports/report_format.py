"""A report format, and the options of a report."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from specdrift.model.result.result import Result


class RenderOptions(Struct, frozen=True, kw_only=True):
    """How to render. ``width`` is in terminal columns; ``templates`` is a folder whose files go before our own.
    ``locate`` gives the name of a document's file as its repository has it, for what CI systems link to, and ``owners``
    who owns a file of that name.
    ``changes``: in text, only what is new, fixed or newly undecided. ``former``: the content of the file that the
    report replaces, for formats that continue it. ``note``: in HTML, what a reader must know of this report.
    """

    width: int = 100
    color: bool = False
    verbose: bool = False
    templates: Path | None = None
    locate: Callable[[str], str] = str
    owners: Callable[[str], tuple[str, ...]] = lambda _: ()
    changes: bool = False
    former: bytes = b""
    note: str = ""


class ReportFormat(Struct, frozen=True, kw_only=True):
    """One way to write a result. ``render`` is pure: the same result gives the same bytes."""

    name: str
    media_type: str
    extension: str
    render: "Callable[[Result, RenderOptions], bytes]"
    pieces: "Callable[[Result], Iterator[bytes]] | None" = None
    """What ``render`` returns, in pieces: for a format whose files are larger than the result. Options change nothing
    in it.
    """
    continues: bool = False
    """Whether the report takes something over from the file that it replaces."""
