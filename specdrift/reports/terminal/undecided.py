"""The undecided operations in a terminal: grouped by reason, each group with what would decide it."""

from collections.abc import Iterator

from rich.padding import Padding
from rich.text import Text

from specdrift.model.contract.operation import OperationKey
from specdrift.model.plural import plural
from specdrift.model.result.result import Result
from specdrift.reports.content.undecided import UndecidedGroup, groups
from specdrift.result.printable import printable

NAMES = 3
LINES = 12
"""Lines of configuration that are shown for one group."""


def undecided(result: Result, *, verbose: bool) -> Iterator[Text | Padding]:
    """Yield the heading, and reason, operations and remedy of each group."""
    if not result.undecided:
        return
    found = groups(result)
    yield Text(f"\n? Undecided ({result.counts.undecided:,})", style="bold")
    for group in found:
        yield from _group(group, verbose=verbose)
    if any(group.toml for group in found):
        yield Text("  All of these lines: specdrift init --from-result RESULT.json", style="dim")


def _group(group: UndecidedGroup, *, verbose: bool) -> Iterator[Text | Padding]:
    count = plural(len(group.operations), "operation") if group.operations else "the run"
    yield Padding(Text(f"{count}: {printable(group.reason)}"), (0, 0, 0, 2))
    if group.operations:
        yield Padding(Text(_names(group.operations, verbose=verbose), style="dim"), (0, 0, 0, 4))
    details = [f"{key}: {detail}" for key, detail in group.details.items()][: None if verbose else NAMES]
    for detail in details:
        yield Padding(Text(printable(detail), style="dim"), (0, 0, 0, 6))
    if len(details) < len(group.details):
        yield Padding(Text(f"… {len(group.details) - len(details):,} more (-v)", style="dim"), (0, 0, 0, 6))
    if group.how_to_decide:
        yield Padding(Text(f"→ {printable(group.how_to_decide)}"), (0, 0, 0, 4))
    shown = group.toml if verbose else group.toml[:LINES]
    for line in shown:
        # Not wrapped: broken lines cannot be pasted.
        yield Text(f"      {printable(line, limit=4000)}", style="cyan", no_wrap=True)
    if len(shown) < len(group.toml):
        yield Text(f"      … {plural(len(group.toml) - len(shown), 'more line')} (-v)", style="dim")


def _names(keys: tuple[OperationKey, ...], *, verbose: bool) -> str:
    shown = keys if verbose else keys[:NAMES]
    more = f" and {len(keys) - len(shown):,} more (-v)" if len(shown) < len(keys) else ""
    return ", ".join(printable(str(key)) for key in shown) + more
