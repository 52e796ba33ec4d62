"""Writes a record as JSON text, member by member, and what many records have in common once."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct

from specdrift.result.schema.repeated import written_by_value

Write = Callable[[Any], str]


class MemberText(Struct, frozen=True):
    """A member of a record, or several in a row: what is taken from a value, and its text."""

    name: str
    """As JSON text; empty for several members, whose text has their names."""
    get: Callable[[Any], Any]
    write: Write
    repeats: bool
    """Many records have the same text."""


def pieces_of(members: Sequence[MemberText], rows: Iterable[tuple[str, ...]]) -> tuple[MemberText, ...]:
    """Return the pieces of a record, with one for each of the ``rows``: names of successive members that many records
    have alike. Their text is written once for equal values, which must have one type at each place.
    """
    by_name = {member.name.strip('"'): member for member in members}
    first = {row[0]: _in_one([by_name[name] for name in row]) for row in rows}
    others = {name for row in rows for name in row[1:]}
    return tuple(first.get(name, member) for name, member in by_name.items() if name not in others)


def _in_one(members: Sequence[MemberText]) -> MemberText:
    gets = tuple(member.get for member in members)
    named = tuple((_before(member), member.write) for member in members)

    def write(values: tuple[Any, ...]) -> str:
        return ", ".join([name + text(value) for (name, text), value in zip(named, values, strict=True)])

    return MemberText(
        "", lambda value: tuple([get(value) for get in gets]), written_by_value(write), repeats=True
    )


def writer(pieces: Iterable[MemberText], kept: Callable[[str], str] | None = None) -> Write:
    """Return what writes a record. ``kept`` changes the text of the pieces that repeat."""
    texts = tuple((_before(piece), piece.get, _changed(piece, kept)) for piece in pieces)

    def write(value: Any) -> str:  # noqa: ANN401
        return f"{{{', '.join([before + text(get(value)) for before, get, text in texts])}}}"

    return write


def _before(piece: MemberText) -> str:
    return f"{piece.name}: " if piece.name else ""


def _changed(piece: MemberText, kept: Callable[[str], str] | None) -> Write:
    write = piece.write
    return write if kept is None or not piece.repeats else lambda value: kept(write(value))
