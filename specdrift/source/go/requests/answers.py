"""What handlers write to a response: its status, and content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.source.go.interpreter import go_operators
from specdrift.source.go.requests.request_values import (
    CONTENT,
    FORWARDED,
    GIN_CONTEXT,
    LATER,
    REDIRECTING,
    REFUSING,
    REQUEST,
    SENT,
    STATUS,
    WRITER,
)
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    GoNil,
    GoNumber,
    GoText,
    GoTruth,
    GoValue,
    Items,
    Record,
    Table,
    ValueOrigin,
    alternatives,
    choice,
    plain,
    record_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specdrift.source.go.interpreter.machine import Machine
    from specdrift.source.go.values.lifetimes import Lifetimes

Site = tuple[int, ...]
"""A call that writes, and the calls within which it is made."""
DEEPEST_WRITER = 2
"""Structs within each other around a response."""
DEEPEST_CONTENT = 4
"""Structs, maps and lists within each other that are searched for what is not written in the code."""
OF_EXCHANGES = frozenset({WRITER, REQUEST, GIN_CONTEXT})
OF_REQUESTS = frozenset({ValueOrigin.PATH, ValueOrigin.HEADER})
OK = GoNumber(200)
YES = GoTruth(value=True)


class WrittenAnswers:
    """The places that write to the response of a request."""

    def __init__(self) -> None:
        self.after_refusal: set[Site] = set()
        """Writes after a refusal was sent."""
        self.of_content: set[Site] = set()
        """Writes of content that no refusal comes with."""
        self.of_data: set[Site] = set()
        """Those of them whose content is not written in the code, and is no part of the request."""
        self.replaces_forwarded = False
        """Whether it answers instead of the next handler, which panicked."""


def write(
    machine: Machine,
    record: Record,
    status: GoValue,
    noted: WrittenAnswers,
    *,
    replaces: bool,
    sends: bool,
    has_content: bool,
    by_other: bool,
) -> None:
    """Write the status of a response, or content; the first status counts, unless it was only set.

    ``by_other`` means that a handler writes which a layer calls beside the next one.
    """
    before = record.fields.get(STATUS, NIL)
    sent = go_operators.truth(record.fields.get(SENT, UNKNOWN))
    instead = noted.replaces_forwarded and before == FORWARDED
    if sent is True and not instead:
        if all(map(is_refusal, alternatives(before))):
            noted.after_refusal.add(_site(machine))
            return
        if before == FORWARDED:
            _write_later(machine, record, status, has_content=has_content and by_other)
            return
        after = before
    else:
        found = [
            status if isinstance(one, GoNil) or replaces or instead else one for one in alternatives(before)
        ]
        after = choice([*([before] if sent is None else []), *found])
        machine.write(record, STATUS, after)
        if sends:
            machine.write(record, SENT, YES)
    if has_content and any(map(_comes_with_content, alternatives(after))):
        noted.of_content.add(_site(machine))
        given = machine.calls[-1].arguments if machine.calls else ()
        if not all(_is_fixed(one, machine.lifetimes) for one in given):
            noted.of_data.add(_site(machine))
        machine.write(record, CONTENT, YES)


def _write_later(machine: Machine, record: Record, status: GoValue, *, has_content: bool) -> None:
    """Write after the next handler, which may have refused: only the content comes as well."""
    said = record.fields.get(LATER, NIL)
    own = said if status == OK and not isinstance(said, GoNil) else status
    if not has_content:
        machine.write(record, LATER, status)
    elif record.fields.get(CONTENT) != YES and any(map(_comes_with_content, alternatives(own))):
        machine.write(record, CONTENT, UNKNOWN)


def is_refusal(status: GoValue) -> bool:
    """Return whether a status refuses the request."""
    return isinstance(status, GoNumber) and status.value >= REFUSING


def is_success(status: GoValue) -> bool:
    """Return whether a status comes with the content of a resource; nothing that was written is 200."""
    return isinstance(status, GoNil) or (isinstance(status, GoNumber) and status.value < REDIRECTING)


def _comes_with_content(status: GoValue) -> bool:
    return status != FORWARDED and not (isinstance(status, GoNumber) and status.value >= REDIRECTING)


def _is_fixed(value: GoValue, lifetimes: Lifetimes, depth: int = 0) -> bool:
    """Return whether all clients get the same: what the code writes, or parts of their own requests."""
    inner = plain(value)
    if isinstance(inner, GoText):
        return inner.known is not None or (bool(inner.origins) and inner.origins <= OF_REQUESTS)
    if isinstance(inner, GoNumber | GoTruth) or inner == NIL:
        return True
    record = record_of(inner)
    if record is not None and record.kind in OF_EXCHANGES:
        return True
    within: Sequence[GoValue] = ()
    if isinstance(inner, Items):
        within = inner.values if inner.is_complete else ()
    elif (holder := inner if isinstance(inner, Table) else record) and not lifetimes.is_lasting(holder):
        within = tuple(holder.fields.values()) if holder.is_complete else ()
    # Others may have filled a list or a struct that is empty here.
    known = bool(within) and depth <= DEEPEST_CONTENT
    return known and all(_is_fixed(one, lifetimes, depth + 1) for one in within)


def _site(machine: Machine) -> Site:
    return tuple(one.node.id for one in machine.calls)


def writer_of(value: GoValue) -> Record | None:
    """Return the response that code writes to with a value: itself, or one that a struct has."""
    record = record_of(value)
    if record is not None and record.kind == GIN_CONTEXT:
        return record_of(record.fields.get("Writer", NIL))
    return _within(record) if record is not None else None


def _within(record: Record, depth: int = 0) -> Record | None:
    if record.kind == WRITER:
        return record
    inner = [below for one in record.fields.values() if (below := record_of(one)) is not None]
    found = (_within(one, depth + 1) for one in inner if depth < DEEPEST_WRITER)
    return next((one for one in found if one is not None), None)
