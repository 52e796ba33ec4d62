"""Headers of a request, of which some are known: those that a gateway sets, and those that middleware changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.go.values.go_values import (
    ABSENT,
    NIL,
    GoNil,
    GoText,
    GoUnknown,
    GoValue,
    Items,
    Table,
    TypeName,
    ValueOrigin,
    alternatives,
    choice,
    origins_of,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

HEADER = TypeName("net/http", "Header")
OF_HEADERS = frozenset({ValueOrigin.HEADER})
REMOVED = "#removed"
EMPTY = GoText(("",), OF_HEADERS)


class KnownHeaders(Table, eq=False):
    """Values by lower-case name; ``nil`` for a header that the service does not get. Others may have any value."""

    is_complete: bool = False
    watch: Callable[[str], None] | None = None
    """Called with ``REMOVED`` when a header is read that middleware has removed."""


def headers_of(known: Mapping[str, str | None]) -> GoUnknown:
    """Return the headers of a request of which some are known."""
    return _around(KnownHeaders({name: _value(written) for name, written in known.items()}))


def _around(table: KnownHeaders) -> GoUnknown:
    return GoUnknown(HEADER, OF_HEADERS, (table,))


def _value(written: str | None) -> GoValue:
    if written is None:
        return NIL
    pieces = [piece for text in written.split(UNKNOWN_PART) for piece in (None, text)][1:]
    return GoText(tuple(piece for piece in pieces if piece != ""), OF_HEADERS | {ValueOrigin.FILLED})


def known_headers(value: GoValue) -> KnownHeaders | None:
    """Return what is known of headers; ``None`` if nothing is."""
    # Code of other modules may have made something else of those that it got.
    holds = value.holds if isinstance(value, GoUnknown) and value.kind == HEADER else ()
    return next((one for one in holds if isinstance(one, KnownHeaders)), None)


def own_headers(value: GoValue) -> GoValue:
    """Return a copy of headers, which other requests do not see the changes of."""
    table = known_headers(value)
    return _around(KnownHeaders(dict(table.fields), watch=table.watch)) if table is not None else value


def state_of(value: GoValue) -> tuple[tuple[str, GoValue], ...]:
    """Return what distinguishes headers."""
    table = known_headers(value)
    return tuple(sorted(table.fields.items(), key=lambda pair: pair[0])) if table is not None else ()


def header_text(value: GoValue, name: GoValue) -> GoValue | None:
    """Return the first value of a header, empty without one; ``None`` if that is not known."""
    found = _found(value, name)
    if found is None:
        return None
    return choice(EMPTY if isinstance(one, GoNil) else one for one in alternatives(found))


def header_values(value: GoValue, name: GoValue, *, as_written: bool = False) -> GoValue | None:
    """Return the values of a header; ``None`` if they are not known.

    ``as_written``: the map itself is read, whose keys are the canonical names.
    """
    text = plain(name)
    if (
        as_written
        and isinstance(text, GoText)
        and text.known is not None
        and text.known != canonical(text.known)
    ):
        return NIL if known_headers(value) is not None else None
    found = _found(value, name)
    if found is None:
        return None
    return choice(NIL if isinstance(one, GoNil) else Items((one,)) for one in alternatives(found))


def names_of(name: GoValue) -> Iterable[str]:
    """Yield the names that a value may be, in lower case."""
    for one in alternatives(name):
        text = plain(one)
        if isinstance(text, GoText) and text.known is not None:
            yield text.known.lower()


def key_names(key: GoValue) -> Iterable[str] | None:
    """Return the header that an index of the map itself names, in lower case; ``None`` if that is not known."""
    text = plain(key)
    known = text.known if isinstance(text, GoText) else None
    return None if known is None else [known.lower()] if known == canonical(known) else []


def first_of(values: GoValue) -> GoValue:
    """Return the first one of the values that the map itself gets for a header."""
    listed = plain(values)
    if isinstance(listed, GoNil):
        return NIL
    if isinstance(listed, Items) and listed.is_complete:
        return listed.values[0] if listed.values else NIL
    return GoUnknown(origins=OF_HEADERS | origins_of(values))


def canonical(name: str) -> str:
    """Return a header's name as net/http writes it: ``X-Client-Dn``."""
    return "-".join(word[:1].upper() + word[1:].lower() for word in name.split("-"))


def _found(value: GoValue, name: GoValue) -> GoValue | None:
    table, names = known_headers(value), list(names_of(name))
    if table is None or len(names) != 1:
        return None
    found = table.fields.get(names[0])
    # What a condition adds may be missing: then the header is as the client sent it.
    sent = GoUnknown(origins=OF_HEADERS)
    if found is None:
        return None
    if table.watch is not None and all(_is_nothing(one) for one in alternatives(found)):
        table.watch(REMOVED)
    return choice(sent if one == ABSENT else one for one in alternatives(found))


def _is_nothing(value: GoValue) -> bool:
    return isinstance(value, GoNil) or (isinstance(value, GoText) and value.known == "")
