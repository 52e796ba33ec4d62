"""The same body in other forms: guards that read bodies may let through what they do not read. Pure.

Filters of requests look at the first kilobytes, at few media types, and at what is not compressed or chunked.
"""

import codecs
import gzip
import json
import re
from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.exchange.probe import Request

TYPE, ENCODING, TRANSFER = "Content-Type", "Content-Encoding", "Transfer-Encoding"
NAME = "Health"
UNNAMED = re.compile(r"(?:query\b\s*(?:[_A-Za-z][_0-9A-Za-z]*\s*)?)?(?=[({@])")
"""What a GraphQL query begins with before its variables and its selection."""
BEYOND = 20_000
"""Bytes, more than most filters of requests look at."""


class BodyForm(Struct, frozen=True):
    """``write`` gives the request with the body in another form."""

    words: str
    write: Callable[[Request], Request]


def _as(media_type: str) -> Callable[[Request], Request]:
    return lambda request: _with(request, request.body, TYPE, media_type)


def _without_type(request: Request) -> Request:
    """Without a media type (RFC 9110 §8.3): the server may guess it."""
    return replace(
        request, headers=tuple(field for field in request.headers if field[0].lower() != TYPE.lower())
    )


def _marked(request: Request) -> Request:
    """After a byte order mark, which parsers may ignore (RFC 8259 §8.1)."""
    return replace(request, body=codecs.BOM_UTF8 + request.body)


def _compressed(request: Request) -> Request:
    return _with(request, gzip.compress(request.body, mtime=0), ENCODING, "gzip")


def _chunked(request: Request) -> Request:
    """In chunks (RFC 9112 §7.1), which the transport writes."""
    return _with(request, request.body, TRANSFER, "chunked")


def _padded(request: Request) -> Request:
    """With spaces after the JSON text, which mean nothing (RFC 8259 §2)."""
    return replace(request, body=request.body + b" " * BEYOND)


def _in_array(request: Request) -> Request:
    """As the only entry of a batch, which servers of GraphQL and JSON-RPC take."""
    return replace(request, body=b"[" + request.body + b"]")


def _named(request: Request) -> Request:
    """With a name for the query (GraphQL §2.3): guards exempt some by it. Other bodies stay as they are."""
    try:
        content = json.loads(request.body)
    except (ValueError, RecursionError):
        return request
    found = content.get("query") if isinstance(content, dict) else None
    query = found.lstrip() if isinstance(found, str) else ""
    begin = UNNAMED.match(query)
    if begin is None:
        return request
    named = f"query {NAME} {query[begin.end() :]}"
    return replace(request, body=json.dumps({**content, "operationName": NAME, "query": named}).encode())


def _with(request: Request, body: bytes, name: str, value: str) -> Request:
    kept = tuple(field for field in request.headers if field[0].lower() != name.lower())
    return replace(request, body=body, headers=(*kept, (name, value)))


FORMS = (
    BodyForm("its JSON body as text/plain", _as("text/plain")),
    BodyForm("its JSON body with a charset", _as("application/json; charset=utf-8")),
    BodyForm("its JSON body as application/merge-patch+json", _as("application/merge-patch+json")),
    BodyForm("its JSON body as text/json", _as("text/json")),
    BodyForm("its JSON body as application/x-www-form-urlencoded", _as("application/x-www-form-urlencoded")),
    BodyForm("its JSON body in an array", _in_array),
    BodyForm("the operation name Health in its GraphQL body", _named),
    BodyForm("its JSON body without a Content-Type", _without_type),
    BodyForm("a byte order mark before its JSON body", _marked),
    BodyForm("its body compressed with gzip", _compressed),
    BodyForm("its body in chunks", _chunked),
    BodyForm(f"{BEYOND:,} spaces after its body", _padded),
)


def rewritten(request: Request) -> Iterator[tuple[str, Request]]:
    """Yield a request with a JSON body in each other form, in words."""
    media_type = next((value for name, value in request.headers if name.lower() == "content-type"), "")
    if request.body and media_type.partition(";")[0].strip().lower() == "application/json":
        for each in FORMS:
            other = each.write(request)
            if other != request:
                yield each.words, other
