"""Tables in a terminal. Untrusted text enters only as ``Text``, never as markup."""

from rich.table import Table
from rich.text import Text

from specdrift.result.printable import printable

LONGEST_CELL = 100_000


def table(title: str, *columns: str) -> Table:
    """An empty table without lines, its title above it."""
    made = Table(
        title=f"\n{title}",
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 2, 0, 0),
        pad_edge=False,
    )
    for column in columns:
        made.add_column(column, header_style="dim", overflow="fold")
    return made


def texts(*cells: str) -> tuple[Text, ...]:
    """The cells of a row, made harmless."""
    return tuple(Text(printable(cell, limit=LONGEST_CELL)) for cell in cells)
