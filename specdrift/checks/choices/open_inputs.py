"""The inputs of an open operation that take any value, and its requests with other values. Pure."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.choices.body_members import has_lists, has_members, members, with_value
from specdrift.checks.choices.pairs import Named, with_parameters
from specdrift.checks.choices.pointers import PointingValue, as_shown, ranked, words_for
from specdrift.checks.choices.representations import MOST_OPEN, by_members, by_path, with_choices
from specdrift.checks.core.base import DESTRUCTIVE, PlannedOperation
from specdrift.model.contract.inputs import Allowed, Input, Place
from specdrift.model.contract.operation import ValueSource
from specdrift.model.contract.templates import EXPRESSION, values_in
from specdrift.model.exchange.probe import Request
from specdrift.model.policy import UnsafeMethods

MOST_SLOTS, MOST_EACH = 4, 9
"""Inputs of an operation that get other values, and values of each."""
MOST_CHOSEN = 2 * MOST_OPEN
"""Requests of an open operation with what its document offers."""
DEEPEST = 6
TEXTS = frozenset({"", "string"})
Step = str | int


class FreeInput(Struct, frozen=True, kw_only=True):
    """A part of a request that takes any value."""

    name: str
    now: str
    """The value that is sent, else one that the document shows."""
    declared: Input | None
    fill: Callable[[str], Request]

    @property
    def several(self) -> bool:
        """Whether it is a list."""
        return self.declared is not None and self.declared.several

    def takes(self, pointer: PointingValue) -> bool:
        """Return whether the document allows the value."""
        limits = self.declared.constraint if self.declared else None
        if limits is None or (limits.type in TEXTS and self.several):
            return True
        return limits.allows(as_shown(pointer, self.now)) is not Allowed.NO


def may_be_varied(planned: PlannedOperation) -> bool:
    """Return whether it is an open operation that may be sent with other inputs."""
    sent = planned.mode is UnsafeMethods.SEND and planned.request.method not in DESTRUCTIVE
    return sent and planned.admits_anonymous


def chosen(planned: PlannedOperation, base_path: str) -> Named:
    """Yield the requests with what the document of an open operation offers: each value of an ``enum``, and booleans.

    The optional parameters of the query together, each other value alone, and all values of a list.
    """
    of_members = (
        (name, change(planned.request)) for choices in by_members(planned) for name, change in choices
    )
    of_lists = _lists_in_the_body(planned)
    other = chain(_other_choices(planned), by_path(planned, base_path), of_lists, of_members)
    known = {planned.request}
    for name, request in chain(with_choices(planned), islice(other, MOST_CHOSEN)):
        if request not in known:
            known.add(request)
            yield name, request


def _other_choices(planned: PlannedOperation) -> Named:
    """Yield the other values of the parameters of the query that are sent, and all values of those that are lists."""
    sent = parse_qs(planned.request.target.partition("?")[2], keep_blank_values=True)
    for declared in _inputs(planned, Place.QUERY):
        choices = declared.constraint.allowed
        for value in choices if declared.name in sent else ():
            yield f"{declared.name}={value}", _with_query(planned.request, declared.name, [value])
        if declared.several and len(choices) > 1:
            yield f"{declared.name}: all", _with_query(planned.request, declared.name, choices)


def _lists_in_the_body(planned: PlannedOperation) -> Named:
    """Yield other lists for members with choices: of all values, and of each alone."""
    own = planned.operation.body
    if own is None or own.source is ValueSource.CONFIG or not has_lists(own.media_type):
        return
    now = members(planned.request.body, own.media_type)
    for declared in _inputs(planned, Place.BODY) if now else ():
        choices = declared.constraint.allowed
        for name, value in _lists_of(choices) if declared.several else ():
            if now.get(declared.name) != value:
                body = with_value(planned.request.body, own.media_type, declared.name, value)
                yield f"{declared.name} = {name} in the body", replace(planned.request, body=body)


def _lists_of(choices: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    if len(choices) > 1:
        yield f"[{', '.join(choices[:MOST_CHOSEN])}]", list(choices)
    yield from ((f"[{value}]", [value]) for value in choices)


def pointed(
    planned: PlannedOperation, base_path: str, pointing: Sequence[PointingValue]
) -> Iterator[tuple[PointingValue, str, Request]]:
    """Yield the requests of an open operation whose inputs point at guarded ones, each with its pointer and a name."""
    for slot in islice(_slots(planned, base_path), MOST_SLOTS):
        best = islice(filter(slot.takes, ranked(pointing, slot.now, several=slot.several)), MOST_EACH)
        for pointer in chain(best, filter(slot.takes, words_for(pointing, slot.now))):
            text = as_shown(pointer, slot.now)
            request = slot.fill(text)
            if text != slot.now and request != planned.request:
                yield pointer, f"{slot.name} = {text}", request


def _slots(planned: PlannedOperation, base_path: str) -> Iterator[FreeInput]:
    yield from _of_query(planned)
    yield from _of_path(planned, base_path)
    yield from _of_body(planned)


def _of_query(planned: PlannedOperation) -> Iterator[FreeInput]:
    sent = parse_qs(planned.request.target.partition("?")[2], keep_blank_values=True)
    for declared in _inputs(planned, Place.QUERY):
        if _is_free(declared):
            now = sent.get(declared.name, [*declared.examples[:1], ""])[0]
            fill = partial(_with_one, planned.request, declared.name)
            yield FreeInput(name=declared.name, now=now, declared=declared, fill=fill)


def _of_path(planned: PlannedOperation, base_path: str) -> Iterator[FreeInput]:
    path, mark, query = planned.request.target.partition("?")
    template = base_path + planned.key.path
    values, names = values_in(template, path), [name[1:-1] for name in EXPRESSION.findall(planned.key.path)]
    free = {declared.name: declared for declared in _inputs(planned, Place.PATH) if _is_free(declared)}
    for at, name in enumerate(names if values and len(values) == len(names) else ()):
        if name in free and values:

            def fill(text: str, at: int = at, values: tuple[str, ...] = tuple(values)) -> Request:
                filled = iter((*values[:at], quote(text, safe=""), *values[at + 1 :]))
                return planned.request.to(EXPRESSION.sub(lambda _: next(filled), template) + mark + query)

            yield FreeInput(name=f"{{{name}}}", now=values[at], declared=free[name], fill=fill)


def _of_body(planned: PlannedOperation) -> Iterator[FreeInput]:
    """Yield the texts of a body at any depth, without members that have an ``enum``."""
    own = planned.operation.body
    if own is None or own.source is ValueSource.CONFIG or not has_members(own.media_type):
        return
    closed = {declared.name for declared in _inputs(planned, Place.BODY) if declared.constraint.allowed}
    whole = members(planned.request.body, own.media_type)
    is_json = own.media_type.partition(";")[0].strip().lower().endswith("json")
    for path, now in _texts((), {name: value for name, value in whole.items() if name not in closed}):
        if is_json:
            fill = partial(_with_leaf, planned.request, path)
        else:
            fill = partial(_with_member, planned.request, own.media_type, str(path[0]))
        yield FreeInput(name=f"{path[0]} in the body", now=now, declared=None, fill=fill)


def _texts(path: tuple[Step, ...], node: object) -> Iterator[tuple[tuple[Step, ...], str]]:
    if isinstance(node, str) and path:
        yield path, node
    elif len(path) < DEEPEST and isinstance(node, dict):
        for name, member in node.items():
            yield from _texts((*path, name), member)
    elif len(path) < DEEPEST and isinstance(node, list):
        for at, member in enumerate(node[:1]):
            yield from _texts((*path, at), member)


def _with_leaf(request: Request, path: Sequence[Step], value: object) -> Request:
    whole = inner = json.loads(request.body)
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return replace(request, body=json.dumps(whole, ensure_ascii=False).encode())


def _with_member(request: Request, media_type: str, name: str, value: str) -> Request:
    return replace(request, body=with_value(request.body, media_type, name, value))


def _with_one(request: Request, name: str, value: str) -> Request:
    return _with_query(request, name, [value])


def _with_query(request: Request, name: str, values: Sequence[str]) -> Request:
    """Return the request with these values of a parameter of the query, in the place of those that it has."""
    path, _, query = request.target.partition("?")
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != name]
    return request.to(
        with_parameters(path + (f"?{urlencode(kept)}" if kept else ""), [(name, v) for v in values])
    )


def _is_free(declared: Input) -> bool:
    return not declared.constraint.allowed and declared.constraint.type in TEXTS | {"integer"}


def _inputs(planned: PlannedOperation, place: Place) -> Iterator[Input]:
    return (declared for declared in planned.operation.inputs if declared.place is place)
