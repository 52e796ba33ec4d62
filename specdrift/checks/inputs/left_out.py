"""Requests without what a document requires, with it empty or twice: a guard may run only where a parameter is. Pure.

Handlers fall back to a default, such as the first tenant, where a filter that reads the parameter is passed over.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlencode

from msgspec.structs import replace

from specdrift.checks.core.base import DESTRUCTIVE, PlannedOperation
from specdrift.model.contract.inputs import Input, Place
from specdrift.model.exchange.probe import Request

Pairs = tuple[tuple[str, str], ...]
MOST = 3
"""Parameters that are left out one by one."""


def with_required_otherwise(planned: PlannedOperation) -> Iterator[tuple[str, Request]]:
    """Yield the request without each required parameter of the query and header field, without all, and with all of
    them empty and twice, in words.
    """
    request = planned.request
    required = [
        each for each in planned.operation.inputs if each.required and _changed(request, each, 0) != request
    ]
    for each in required[:MOST]:
        kind = "header field" if each.place is Place.HEADER else "parameter"
        yield f"its required {kind} {each.name} left out", _changed(request, each, 0)
    body = planned.operation.body
    if body is not None and body.required and request.body and request.method not in DESTRUCTIVE:
        yield "its required body left out", replace(request, body=b"", headers=_without_type(request))
        yield "an empty JSON object as its body", replace(request, body=b"{}")
    if len(required) > 1:
        yield "its required parameters left out", _all_changed(request, required, 0)
    if required:
        yield "its required parameters empty", _all_changed(request, required, 1, empty=True)
        yield "its required parameters twice", _all_changed(request, required, 2)


def _all_changed(request: Request, required: Iterable[Input], times: int, *, empty: bool = False) -> Request:
    for each in required:
        request = _changed(request, each, times, empty=empty)
    return request


def _changed(request: Request, declared: Input, times: int, *, empty: bool = False) -> Request:
    """Return the request with a parameter so many times, perhaps empty."""
    if declared.place is Place.HEADER:
        return replace(request, headers=_with(request.headers, declared.name.lower(), times, empty=empty))
    path, mark, query = request.target.partition("?")
    if declared.place is not Place.QUERY or not mark:
        return request
    pairs = tuple(parse_qsl(query, keep_blank_values=True))
    changed = _with(pairs, declared.name, times, empty=empty)
    if changed == pairs:
        return request
    return request.to(f"{path}?{urlencode(changed)}" if changed else path)


def _without_type(request: Request) -> Pairs:
    return tuple(field for field in request.headers if field[0].lower() != "content-type")


def _with(pairs: Pairs, name: str, times: int, *, empty: bool) -> Pairs:
    written: list[tuple[str, str]] = []
    for own, value in pairs:
        is_it = own == name or own.lower() == name
        written += [(own, "" if empty else value)] * times if is_it else [(own, value)]
    return tuple(written)
