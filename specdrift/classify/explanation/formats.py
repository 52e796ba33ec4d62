"""What the published formats of errors define themselves, and what names the service. Pure.

RFC 9457, RFC 6749, JSON:API 1.1, JSON-RPC 2.0, GraphQL (§7.1), OData, google.rpc.Status, Kubernetes' Status and the
errors of the common frameworks. A name of a member that these define, the version of a format and a list of one error
tell nothing of a resource, also where no second operation shows that each refusal has them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs

from specdrift.body.binary.protobuf import FIELD, name_of
from specdrift.body.denial import COMPANY, FAILED, SERVICE, plain_name
from specdrift.classify.explanation.message import spellings
from specdrift.classify.explanation.own_words import OwnWords
from specdrift.classify.explanation.refused import MEMBER, RefusedAnswer, Word
from specdrift.model.exchange.probe import Request

NAMES = (
    COMPANY
    | SERVICE
    | frozenset(
        (
            *("data", "id", "about", "source", "pointer", "parameter", "header", "ext", "profile", "self"),
            *("locations", "line", "column", "classification", "errortype", "originalerror", "statuscode"),
            *("erroruri", "scope", "target", "innererror", "domain", "metadata", "kind", "trace", "stack"),
            *("responses", "headers", "body", "result", "cause", "causes", "help", "docs", "documentation"),
            *("documentationurl", "helpurl", "moreinfo", "support", "contact", "retryafter"),
        )
    )
)
"""Names of members that formats of errors define, in small letters without signs."""
LISTS = frozenset({"errors", "details", "responses", "messages", "causes", "locations"})
"""Members that list errors, or where they are."""
CONSTANTS = frozenset(
    {
        *(("/jsonrpc", "2.0"), ("/jsonapi/version", "1.0"), ("/jsonapi/version", "1.1")),
        *(("/kind", "status"), ("/apiVersion", "v1"), ("/errors/*/source/pointer", "data")),
        *(("<meta charset>", "utf-8"), ("<meta name>", "viewport"), ("<meta content>", "width")),
        *(("<meta content>", "device-width"), ("<meta content>", "initial-scale"), ("<meta content>", "1")),
        *(("<meta content>", "1.0"), ("<meta content>", "text/html"), ("<meta content>", "charset")),
        *(("<meta content>", "utf-8"), ("<meta http-equiv>", "content-type")),
    }
)
"""What a format writes at a place, whatever the error is."""
CODES = frozenset({"code", "errorcode", "error", "reason", "type", "status", "name", "title", "target"})
"""Members with the name of an error."""
SOAP_FAULT = re.compile(
    r"(?:[\w-]+:)?(?:(?:Client|Server)(?:\.[A-Za-z]+){0,2}|Sender|Receiver|MustUnderstand|VersionMismatch)"
)
"""Codes of SOAP (1.1 §4.4.1, 1.2 §5.4.6)."""
TYPE_URL = re.compile(r"type\.googleapis\.com/google\.rpc\.[A-Za-z]+")
GRPC_CODES = {401: "16", 403: "7"}
"""What google.rpc.Code has for a status: UNAUTHENTICATED and PERMISSION_DENIED."""
GRPC_MEMBERS = frozenset({"code", "status", "grpc_status", "grpcStatus", name_of(1)})
"""Where it stands: in google.rpc.Status as JSON, in what is made of it, and in its wire format."""
RPC_ERROR = re.compile(r"-32\d{3}")
"""Codes that JSON-RPC reserves."""
JOINED = re.compile(r"[A-Za-z]{2,}(?:[-_.:]+[A-Za-z]{2,})+|[A-Z]?[a-z]{2,}(?:[A-Z][a-z]+)+")
"""A name of several words."""
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
OF_A_REFUSAL = frozenset(
    (
        *("access", "allowed", "auth", "authenticated", "authentication", "authorization", "authorized"),
        *("cert", "certificate", "client", "credential", "credentials", "denied", "error", "exception"),
        *("forbidden", "invalid", "login", "missing", "mtls", "permission", "permitted", "required"),
        *("tls", "token", "unauthenticated", "unauthorized"),
    )
)
"""Words in the names of errors that refuse a caller."""
VERSION = re.compile(r"v?\d{1,3}(?:\.\d{1,4}){1,3}(?:[-+.][\w.-]{1,20})?")
PRODUCT = re.compile(r"[A-Za-z][A-Za-z_-]{1,30}/(\d{1,3}(?:\.\d{1,4}){1,3})")
"""A product with its version (RFC 9110 §10.1.5), as web servers write it below their pages."""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?")
NAME = re.compile(r"[^\W\d_]{2,}(?:[-.][^\W\d_]{2,})*")
PAGES = frozenset(
    {"about", "type", "help", "docs", "documentation", "documentationurl", "helpurl", "moreinfo", "erroruri"}
)
"""Members with the URL of a page about the error."""
PAGE = re.compile(r"https?:/(?:[-_./#]+[A-Za-z]+)+")
"""The URL of a page, without digits."""
SECTION = re.compile(r"(?<=/)rfc\d{4}(?:(?:\.html)?#(?:name|section)-\d+(?:\.\d+)*)?$")
"""The end of the URL of an RFC or of a section of it: frameworks name there what a status means."""
AUTHORITY = re.compile(r"\A[a-z][a-z0-9+.-]{0,19}:/{1,2}[^/?#]*", re.IGNORECASE)
"""The beginning of a URL, which names the service."""
TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]{5,12}Z?)?")
YEARS = re.compile(r"(?:19|20)\d\d(?:-(?:19|20)\d\d)?")
BUILDS = frozenset({"build", "buildversion", "release"})
"""Members that may have the time of a build."""
MOST_WORDS = 3
"""Words of a service's name with its version."""
LOCATION = ("/errors/*/locations/*/line", "/errors/*/locations/*/column")
PATH = "/errors/*/path"
GRAPHQL_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def is_of_a_format(word: Word, answer: RefusedAnswer, own_words: OwnWords) -> bool:
    """Return whether a format of errors, or the name of the service, explains a word, and no value of the operation."""
    place, text = word.piece.name, word.text
    if place == MEMBER:
        return text.rpartition(":")[2].startswith(FIELD) or plain_name(text.rpartition(":")[2]) in NAMES
    if not place and plain_name(text) in NAMES and not own_words.have(text, place):
        return True  # an error as CSV: the names of its members are columns
    if (place, text.casefold()) in CONSTANTS or (place == "<html lang>" and LANGUAGE.fullmatch(text)):
        return True
    if word.piece.value:
        return _is_a_value_of(word, answer)
    if own_words.have(text, place) or any(own_words.have(one, place) for one in spellings(text)):
        return False
    return (
        bool(TYPE_URL.fullmatch(text))
        or (_last(place) in PAGES and _is_a_page(_without_numbers(text, answer), place, own_words))
        or _is_a_code(word, answer, own_words)
        or _names_the_service(word, answer)
        or (place.startswith(PATH) and text in _document(answer.request).names)
    )


def belongs_to_a_status(place: str) -> bool:
    """Return whether a member has the name of an error, or the URL of a page about it."""
    return _last(place) in PAGES | CODES


def has_own_part(text: str, place: str, own_words: OwnWords) -> bool:
    """Return whether a text is one of the operation's values, or a URL or a name of several words with one of them."""
    parts = AUTHORITY.sub("", text)
    has_parts = "/" in text or is_joined(text)
    return own_words.have(text, place) or (has_parts and _has_a_part(parts, place, own_words))


def is_joined(text: str) -> bool:
    """Return whether a word is a name of several words."""
    return bool(JOINED.fullmatch(text))


def _last(place: str) -> str:
    """Return the member at a place, without the elements of lists."""
    if not place.startswith("/"):
        return ""
    return plain_name(next((part for part in reversed(place.split("/")) if part and part != "*"), ""))


def _is_a_value_of(word: Word, answer: RefusedAnswer) -> bool:
    """Return whether it is the size of a list of one error or of one for each call, a reserved code, or a position in
    the query.
    """
    place, value = word.piece.name, word.piece.value
    if place == PATH:
        return value.startswith("[")  # each of its elements needs an explanation too
    if place in LOCATION:
        return (place.rpartition("/")[2], value) in _document(answer.request).positions
    if value == GRPC_CODES.get(answer.http.status):
        return _last(place) in GRPC_MEMBERS
    if RPC_ERROR.fullmatch(value):
        return _last(place) == "code" and '"jsonrpc"' in answer.http.body_excerpt
    if place == "/":
        return value in ("[1]", f"[{_calls(answer.request)}]")
    return value == "[1]" and _last(place) in LISTS


def _is_a_code(word: Word, answer: RefusedAnswer, own_words: OwnWords) -> bool:
    """Return whether it is the name of an error that refuses a caller."""
    place, text = word.piece.name, word.text
    if answer.http.shape.kind == "xml":
        return bool(SOAP_FAULT.fullmatch(text)) and not ("." in text and _has_a_part(text, place, own_words))
    if _last(place) in CODES:
        return bool(FAILED.fullmatch(text)) or names_a_refusal(text, place, own_words)
    return place.endswith("type:") and "error" in place and names_a_refusal(text, place, own_words)


def _without_numbers(url: str, answer: RefusedAnswer) -> str:
    """Return a URL without the number of an RFC and of its section, and without the status at its end."""
    return SECTION.sub("rfc", url).removesuffix(f"/{answer.http.status}")


def _is_a_page(text: str, place: str, own_words: OwnWords) -> bool:
    """Return whether it is the URL of a page about the error, and none of the operation's values."""
    return bool(PAGE.fullmatch(text)) and not _has_a_part(text, place, own_words)


def _has_a_part(text: str, place: str, own_words: OwnWords) -> bool:
    parts = PART.findall(text)
    return any(own_words.have(one, place) for part in parts for one in (part, *spellings(part)))


def names_a_refusal(text: str, place: str, own_words: OwnWords) -> bool:
    """Return whether a name has a word that refuses a caller, and none of the operation's values."""
    return (
        (is_joined(text) or text.casefold() in OF_A_REFUSAL)
        and not OF_A_REFUSAL.isdisjoint(map(str.casefold, PART.findall(text)))
        and not _has_a_part(text, place, own_words)
    )


def _names_the_service(word: Word, answer: RefusedAnswer) -> bool:
    """Return whether it is the name or version of what answers: in a member for that, or as web servers write it."""
    last, text = _last(word.piece.name), word.text
    if last == "copyright":
        return bool(YEARS.fullmatch(text) or NAME.fullmatch(text))
    if last in SERVICE and len(word.piece.words) <= MOST_WORDS:
        is_of_a_build = last in BUILDS and TIME.fullmatch(text)
        return bool(VERSION.fullmatch(text) or NAME.fullmatch(text) or is_of_a_build)
    products = f"{answer.http.header('server')} {answer.http.header('x-powered-by')}".casefold().split()
    is_of_a_page = answer.http.shape.kind == "html" and not word.piece.name
    return text.casefold() in products or (is_of_a_page and bool(PRODUCT.fullmatch(text)))


class _Document(NamedTuple):
    """The GraphQL documents of a request."""

    positions: frozenset[tuple[str, str]] = frozenset()
    """Their lines and columns, counted from one (§7.1.2)."""
    names: frozenset[str] = frozenset()


@lru_cache(maxsize=1024)
def _document(request: Request) -> _Document:
    """Read the GraphQL documents of a request."""
    positions: set[tuple[str, str]] = set()
    names: set[str] = set()
    for query in _queries(request):
        lines = query.splitlines()
        positions.update(("line", str(number)) for number in range(1, len(lines) + 1))
        positions.update(("column", str(at)) for at in range(1, max(map(len, lines), default=0) + 1))
        names.update(GRAPHQL_NAME.findall(query))
    return _Document(frozenset(positions), frozenset(names))


@lru_cache(maxsize=1024)
def _calls(request: Request) -> int:
    """Return the number of calls of a batch (JSON-RPC 2.0 §6): each gets an error of its own; 1 for other requests."""
    try:
        body: object = json.loads(request.body or b"null")
    except (ValueError, RecursionError):
        return 1
    return len(body) if isinstance(body, list) else 1


def _queries(request: Request) -> Iterator[str]:
    yield from parse_qs(request.target.partition("?")[2]).get("query", [])
    try:
        body: object = json.loads(request.body or b"null")
    except (ValueError, RecursionError):
        return
    for one in body if isinstance(body, list) else [body]:
        if isinstance(one, Mapping) and isinstance(query := one.get("query"), str):
            yield query
