"""Adds to a configuration what would decide the undecided operations of a result."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from specdrift.errors import UsageError
from specdrift.model.result.reasons import Remedy
from specdrift.model.result.result import Result
from specdrift.reports.content.undecided import UndecidedGroup, groups
from specdrift.result.printable import printable
from specdrift.toml_text import NotTomlError, read_toml

_SAFE = frozenset({Remedy.STATE, Remedy.PACE})
"""Remedies whose lines need no value and send nothing else."""
_NAMES = 5


class Additions(Struct, frozen=True, kw_only=True):
    """Text to append to a configuration."""

    text: str
    """Empty if no configuration decides anything."""
    active: int
    """Groups whose lines apply at once."""
    proposed: int
    """Groups whose lines are comments: they need a value, or send further requests."""
    others: tuple[str, ...]
    """What decides the other groups, for people."""


def additions(result: Result, existing: str) -> Additions:
    """Return the lines for a configuration with this text. Raises UsageError if that is not TOML."""
    try:
        present = read_toml(existing)
    except NotTomlError as error:
        raise UsageError(f"the configuration is not TOML: {error}") from None
    found = groups(result)
    helping = [group for group in found if group.toml and not _is_present(group, present)]
    others = dict.fromkeys(group.how_to_decide for group in found if not group.toml and group.how_to_decide)
    return Additions(
        text="".join(f"{line}\n" for group in helping for line in _written(group)),
        active=sum(group.remedy in _SAFE for group in helping),
        proposed=sum(group.remedy not in _SAFE for group in helping),
        others=tuple(others),
    )


def append(path: Path, text: str, existing: str) -> None:
    """Append text to a configuration, or write a new one. Raises UsageError if it cannot be written."""
    separator = "" if not existing or existing.endswith("\n") else "\n"
    try:
        path.write_text(f"{existing}{separator}{text}", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def heading(result: Result) -> str:
    """Return the first lines of a new configuration: document and base URL of the result."""
    from specdrift.config.describe.show import toml

    lines = (f"spec = {toml(result.document.source)}", f"base-url = {toml(result.target.base_url)}")
    return "".join(f"{line}\n" for line in lines)


def _is_present(group: UndecidedGroup, present: dict[str, object]) -> bool:
    """Return whether the configuration has the group's table, which TOML allows only once."""
    return group.toml[0].strip("[]") in present and not group.toml[0].startswith("[[")


def _written(group: UndecidedGroup) -> Iterator[str]:
    names = ", ".join(map(str, group.operations[:_NAMES]))
    more = len(group.operations) - _NAMES
    yield ""
    yield f"# {printable(names)}{f' and {more} more' if more > 0 else ''}:"
    yield f"# {printable(group.reason)}"
    mark = "" if group.remedy in _SAFE else "# "
    yield from (f"{mark}{line}" for line in group.toml)
