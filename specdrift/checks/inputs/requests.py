"""Replaces one value of a request. Pure."""

import json
from collections.abc import Callable
from urllib.parse import quote, unquote_plus

from msgspec.structs import replace

from specdrift.checks.core.base import PlannedOperation
from specdrift.checks.inputs.invalid_values import InputDefect, InvalidValue
from specdrift.model.contract.inputs import Input, Place
from specdrift.model.exchange.probe import Request


def with_invalid(
    planned: PlannedOperation, request: Request, base_path: str, field: Input, invalid: InvalidValue
) -> Request | None:
    """Return the request with this value; ``None`` if it cannot be placed."""
    if field.place is Place.BODY:
        return _in_body(request, field.name, invalid)
    return with_raw(planned, request, base_path, field, invalid.raw)


def with_raw(
    planned: PlannedOperation, request: Request, base_path: str, field: Input, raw: str
) -> Request | None:
    """Return the request with a parameter value that is encoded for a URL already."""
    if field.place is Place.PATH:
        return _in_path(request, base_path, planned.key.path, field.name, raw)
    return _WRITERS[field.place](request, field.name, raw)


def with_undeclared(request: Request, raw: str) -> Request:
    """Return the request with an undeclared query parameter."""
    return _in_query(request, "specdrift", raw)


def with_member(request: Request, name: str, value: object) -> Request | None:
    """Return the request with a further member of its JSON object; ``None`` if that is impossible."""
    body = _object(request)
    return _with_object(request, {**body, name: value}) if body is not None and name not in body else None


def present(request: Request, name: str) -> str:
    """Return the raw value of a query parameter; empty if it is not sent."""
    pairs = (pair.partition("=") for pair in request.target.partition("?")[2].split("&"))
    return next((value for key, _, value in pairs if unquote_plus(key) == name), "")


def _in_path(request: Request, base_path: str, template: str, name: str, raw: str) -> Request | None:
    """Segments of template and target correspond: slashes in values are encoded (RFC 6570 §3.2.2)."""
    path, mark, query = request.target.partition("?")
    written = path.removeprefix(base_path).split("/")
    declared = template.partition("?")[0].split("/")
    at = [i for i, segment in enumerate(declared) if f"{{{name}}}" in segment]
    if len(at) != 1 or len(written) != len(declared):
        return None
    head, _, tail = declared[at[0]].partition(f"{{{name}}}")
    if "{" in head + tail:
        return None
    written[at[0]] = head + raw + tail
    return request.to(base_path + "/".join(written) + mark + query)


def _in_query(request: Request, name: str, raw: str) -> Request:
    path, _, query = request.target.partition("?")
    pairs = [pair for pair in query.split("&") if pair]
    own = [i for i, pair in enumerate(pairs) if unquote_plus(pair.partition("=")[0]) == name]
    text = f"{quote(name, safe='')}={raw}"
    kept = [text if i in own[:1] else pair for i, pair in enumerate(pairs) if i not in own[1:]]
    return request.to(f"{path}?{'&'.join(kept if own else [*kept, text])}")


def _in_header(request: Request, name: str, raw: str) -> Request:
    others = tuple((key, value) for key, value in request.headers if key.lower() != name.lower())
    return replace(request, headers=(*others, (name, raw)))


def _in_cookie(request: Request, name: str, raw: str) -> Request:
    sent = "; ".join(value for key, value in request.headers if key.lower() == "cookie")
    others = [pair for pair in sent.split("; ") if pair and pair.partition("=")[0] != name]
    return _in_header(request, "Cookie", "; ".join([*others, f"{name}={raw}"]))


_WRITERS: dict[Place, Callable[[Request, str, str], Request]] = {
    Place.QUERY: _in_query,
    Place.HEADER: _in_header,
    Place.COOKIE: _in_cookie,
}


def _in_body(request: Request, name: str, invalid: InvalidValue) -> Request | None:
    """Return ``None`` unless the body is a JSON object."""
    body = _object(request)
    if body is None:
        return None
    body.pop(name, None)
    if invalid.kind is not InputDefect.MISSING:
        body[name] = invalid.json
    return _with_object(request, body)


def _object(request: Request) -> dict[str, object] | None:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _with_object(request: Request, body: dict[str, object]) -> Request:
    return replace(request, body=json.dumps(body, separators=(",", ":")).encode())
