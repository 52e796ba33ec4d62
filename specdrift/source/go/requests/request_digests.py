"""What distinguishes requests for handlers: the values that other handlers have put into them."""

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from specdrift.source.go.requests.request_values import TEMPLATE
from specdrift.source.go.values.go_values import (
    UNKNOWN,
    GoCell,
    GoChoice,
    GoNil,
    GoNumber,
    GoText,
    GoTruth,
    GoUnknown,
    GoValue,
    Items,
    NamedValue,
    Pointer,
    Record,
    Table,
    record_of,
)
from specdrift.source.go.values.header_values import own_headers, state_of
from specdrift.source.go.values.nil_values import Boxed

DEEPEST = 3
"""Structs within each other that are compared by their fields; further ones are the same if they are one object."""
OF_THE_CLIENT = frozenset({"Method", "URL", "RequestURI", TEMPLATE})
"""Fields of a request that its kind decides."""


def digest(value: GoValue | None, depth: int = 0) -> object:
    """Return something that is equal for values which code cannot tell apart."""
    if value is None or isinstance(value, PLAIN):
        return value
    reader = next((one for kind, one in READERS.items() if isinstance(value, kind)), None)
    return id(value) if depth > DEEPEST or reader is None else reader(value, depth)


def _of_pointer(value: GoValue, depth: int) -> object:
    if not isinstance(value, Pointer):
        return id(value)
    target = value.target
    return "pointer", digest(target.value if isinstance(target, GoCell) else target, depth)


def _of_fields(value: GoValue, depth: int) -> object:
    if not isinstance(value, Record | Table):
        return id(value)
    kind = value.kind if isinstance(value, Record) else None
    inner = tuple((name, digest(one, depth + 1)) for name, one in sorted(value.fields.items()))
    return kind, value.is_complete, inner


def _of_several(value: GoValue, depth: int) -> object:
    if not isinstance(value, GoChoice | Items):
        return id(value)
    return type(value), tuple(digest(one, depth + 1) for one in value.values)


def _of_named(value: GoValue, depth: int) -> object:
    return (value.kind, digest(value.value, depth + 1)) if isinstance(value, NamedValue) else id(value)


def _of_unknown(value: GoValue, depth: int) -> object:
    del depth
    return ("unknown", value.kind, value.origins) if isinstance(value, GoUnknown) else id(value)


PLAIN = GoText, GoNumber, GoTruth, GoNil, Boxed
READERS: Mapping[type[GoValue], Callable[[GoValue, int], object]] = {
    Pointer: _of_pointer,
    Record: _of_fields,
    Table: _of_fields,
    GoChoice: _of_several,
    Items: _of_several,
    NamedValue: _of_named,
    GoUnknown: _of_unknown,
}


class ContextDigests(Struct):
    """The digests of the contexts of requests, each computed once."""

    known: dict[int, tuple[GoValue, object]] = field(default_factory=dict)

    def of(self, request: GoValue) -> object:
        """Return what distinguishes a request: the values in its context."""
        record = record_of(request)
        context = record.fields.get("#context") if record is not None else request
        if context is None:
            return id(request)
        if id(context) not in self.known:
            self.known[id(context)] = context, digest(context)
        return self.known[id(context)][1]


def headers_in(request: GoValue) -> object:
    """Return what distinguishes the headers of a request, which handlers may have changed."""
    record = record_of(request)
    return state_of(record.fields.get("Header", UNKNOWN)) if record is not None else ()


def sent_by(client: GoValue, request: GoValue) -> GoValue:
    """Return a request with the method and path of another one."""
    own, other = record_of(client), record_of(request)
    if own is None or other is None:
        return request
    fields = {**other.fields, **{name: own.fields[name] for name in OF_THE_CLIENT if name in own.fields}}
    fields["Header"] = own_headers(fields.get("Header", UNKNOWN))
    return Pointer(Record(fields, other.kind, other.is_complete, watch=other.watch))
