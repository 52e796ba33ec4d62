"""RequestHeader: the headers that the service gets."""

import re
from collections.abc import Iterator

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.apache.apache_expressions import text_of
from specdrift.source.apache.apache_values import ApacheRequest, ApacheValue, is_of_certificate, variable
from specdrift.source.apache.configuration.apache_directives import ApacheDirective
from specdrift.source.apache.sections import condition
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled

SETTING = frozenset({"set", "append", "add", "merge", "setifempty"})
EDITING = frozenset({"edit", "edit*", "edit_r"})
_FORMAT = re.compile(r"%(?:\{([^}]*)\})?(.)")
NONE = "(null)"
"""What Apache sends for a variable without a value."""


class RequestHeaderChange(Struct, frozen=True):
    """One directive."""

    action: str
    name: str
    """As written."""
    values: tuple[str, ...]
    condition: str
    """``env=…`` or ``expr=…``; empty if there is none."""
    early: bool
    directive: ApacheDirective

    @property
    def location(self) -> SourceLocation:
        return self.directive.location

    @property
    def from_certificate(self) -> bool:
        text = " ".join(self.values)
        return any(map(is_of_certificate, re.findall(r"%\{(?:SSL:)?(\w+)", text)))


def change_of(one: ApacheDirective) -> RequestHeaderChange:
    """Return a directive in parts."""
    action, name, *rest = (*one.args, "", "")
    values = [word for word in rest if word]
    conditions = [word for word in values if word.lower() == "early" or word.startswith(("env=", "expr="))]
    action = action.lower()
    if action in SETTING and values:
        # The first word is the value, whatever it is.
        conditions = [word for word in conditions if word is not values[0]]
        values = values[:1]
    elif action in EDITING:
        conditions = [word for word in rest[2:] if word]
        values = rest[:2]
    else:
        values = []
    early = any(word.lower() == "early" for word in conditions)
    asked = next((word for word in conditions if word.lower() != "early"), "")
    return RequestHeaderChange(action, name.rstrip(":"), tuple(values), asked, early, one)


def changes_of(directives: Iterator[ApacheDirective]) -> Iterator[RequestHeaderChange]:
    """Yield the changes of directives."""
    return (change_of(one) for one in directives)


def apply(change: RequestHeaderChange, request: ApacheRequest) -> None:
    """Change the headers of a request. Raises Undetermined and NotAssumed."""
    if change.condition and not _is_asked(change, request):
        return
    name = change.name.lower()
    match change.action:
        case "unset":
            request.headers.pop(name, None)
        case "set":
            request.headers[name] = [_value(change, request)]
        case "setifempty":
            if name not in request.headers:
                request.headers[name] = [_value(change, request)]
        case "add":
            request.headers.setdefault(name, []).append(_value(change, request))
        case "append" | "merge":
            own = _value(change, request)
            lines = request.headers.get(name)
            if change.action == "merge" and lines and _has(own, lines, change):
                return
            request.headers[name] = [f"{', '.join(lines)}, {own}"] if lines else [own]
        case "edit" | "edit*" | "edit_r":
            _edit(change, request, name)
        case _:
            raise Undetermined(f"RequestHeader {change.action}", change.location)


def _has(own: str, lines: list[str], change: RequestHeaderChange) -> bool:
    """Return whether one of the values of a header is this one. Raises Undetermined."""
    if UNKNOWN_PART in own or any(UNKNOWN_PART in one for one in lines):
        raise Undetermined("RequestHeader merge", change.location)
    return any(part.strip() == own for one in lines for part in one.split(","))


def _is_asked(change: RequestHeaderChange, request: ApacheRequest) -> bool:
    kind, _, written = change.condition.partition("=")
    if kind == "expr":
        return condition(change.directive, written, request)
    return (written.lstrip("!") in request.environment) is not written.startswith("!")


def _edit(change: RequestHeaderChange, request: ApacheRequest, name: str) -> None:
    lines = request.headers.get(name)
    if not lines:
        return
    pattern, replacement = (*change.values, "", "")[:2]
    if "%" in replacement or "$" in replacement:
        raise Undetermined("RequestHeader edit with groups", change.location)
    try:
        expression = compiled(pattern)
        found = [(one, expression.search(one)) for one in lines]
    except UnsupportedPattern as error:
        raise Undetermined(str(error), change.location) from None
    if change.action == "edit":
        request.headers[name] = [
            f"{one[: part.start()]}{replacement}{one[part.end() :]}" if part else one for one, part in found
        ]
    else:
        request.headers[name] = [expression.expression.sub(lambda _: replacement, one) for one in lines]


def _value(change: RequestHeaderChange, request: ApacheRequest) -> str:
    written = change.values[0] if change.values else ""
    if written.startswith("expr="):
        return text_of(written.removeprefix("expr="), request).written
    parts, at = list[str](), 0
    for one in _FORMAT.finditer(written):
        parts += [written[at : one.start()], _of_format(one[1] or "", one[2], request).written]
        at = one.end()
    return "".join((*parts, written[at:]))


def _of_format(name: str, kind: str, request: ApacheRequest) -> ApacheValue:
    if kind == "%":
        return ApacheValue("%")
    if kind == "s":
        value = variable(name, request) if name.upper().startswith(("SSL_", "HTTPS")) else ApacheValue()
    elif kind == "e":
        value = request.environment.get(name, ApacheValue())
    else:
        return ApacheValue(unknown=f"%{kind}", present=True)
    return ApacheValue(NONE) if value.exact and not value.content else value
