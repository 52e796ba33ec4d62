"""What kind of body an answer has, without its values: the basis for "the same answer" across callers.

Pure. Two bodies of one handler share their skeleton although ids, times and names in them differ; the body of
an error page, a login form or a catch-all route does not.
"""

import contextlib
import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser

from msgspec.structs import replace

from specdrift.body.content import BINARY, Content, Headers, header
from specdrift.body.cut_json import completed
from specdrift.body.denial import (
    DENIAL,
    DENIALS_ONLY,
    GRPC_STATUS,
    XML_FAULT,
    lists_denials,
    lists_denials_in_xml,
    says_no,
    value_says_no,
)
from specdrift.body.json_text import read_json
from specdrift.model.exchange.observation import BodyShape

MAX_HTML = 64 * 1024
"""Characters of a page that are parsed: some broken markup takes time by the square of its length."""
SHORT = 4000
"""Characters of a text whose shape is worth to be remembered."""
CUT = 32 * 1024
"""Characters of a JSON text that may have been cut off because it was long; a shorter one is simply broken."""
GRPC_TRAILERS = 512
"""Bytes at the end of a gRPC-Web body in which its status is."""
HEADINGS = ("h1", "h2")
XML_NAME = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
"""The local names of elements."""
MAX_DEPTH = 8
MAX_MEMBERS = 60
WORD = re.compile(r"[^\W\d_]{2,}")
ERROR_MEMBERS = frozenset({"error", "errors", "error_code", "error_description", "fault", "detail", "title"})
ERROR_COMPANY = ERROR_MEMBERS | {"message", "msg", "code", "status", "type", "instance", "path", "timestamp"}
ERROR_COMPANY |= {"ok", "success", "reason", "trace_id", "request_id", "traceId", "requestId", "statusCode"}
LOGIN_WORDS = re.compile(
    r"\b(log ?in|sign ?in|authenticate|unauthori[sz]ed|access denied|forbidden)\b", re.IGNORECASE
)


def shape_of(content: Content, headers: Headers, target: str) -> BodyShape:
    """The shape of a response body. ``headers`` are lower-case; ``target`` was requested; servers echo it."""
    shape = _shape_of(content, target)
    return replace(shape, signs=(*shape.signs, DENIAL)) if _grpc_failed(content, headers) else shape


def _shape_of(content: Content, target: str) -> BodyShape:
    if not content.body.strip():
        return BodyShape()
    if content.encoding:
        return BodyShape(kind="binary", skeleton=content.encoding)
    text, media_type = content.text, content.media_type
    if "json" in media_type or text.lstrip()[:1] in ("{", "["):
        shape = (_json_shape if len(text) <= SHORT else _json_shape.__wrapped__)(text)
        if shape is not None:
            return shape
    text = _without_echo(text, target)
    return (_shape if len(text) <= SHORT else _shape.__wrapped__)(text, media_type)


@lru_cache(maxsize=4096)
def _shape(text: str, media_type: str) -> BodyShape:
    """Remembered: who refuses gives the same page a thousand times, and an operation the same answer to each caller."""
    return _kept(_read(text, media_type))


@lru_cache(maxsize=1024)
def _kept(shape: BodyShape) -> BodyShape:
    """One of many that are equal: the answers of an operation differ in their values only."""
    return shape


def _read(text: str, media_type: str) -> BodyShape:
    opening = text.lstrip()[:9].lower()
    if "html" in media_type or opening.startswith(("<!doctype", "<html")):
        return _html_shape(text)
    if media_type.endswith(("/xml", "+xml")) or opening.startswith("<?xml"):
        return _xml_shape(text)
    if media_type.startswith(BINARY) or "\0" in text:
        return BodyShape(kind="binary", skeleton=media_type)
    return _text_shape(text)


def _grpc_failed(content: Content, headers: Headers) -> bool:
    """Whether a gRPC or gRPC-Web status says so: in the head, or in the trailers that end the body."""
    if not content.media_type.startswith("application/grpc"):
        return False
    trailers = content.body[-GRPC_TRAILERS:].decode("latin-1")
    return bool(GRPC_STATUS.search(f"grpc-status:{header(headers, 'grpc-status')}\n{trailers}"))


def _without_echo(text: str, target: str) -> str:
    path, _, query = target.partition("?")
    for echo in (target, path, *sorted(path.split("/") + re.split(r"[&=]", query), key=len, reverse=True)):
        if len(echo) > 3:
            text = text.replace(echo, "")
    return text


def _digest(parts: Iterator[str] | list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@lru_cache(maxsize=4096)
def _json_shape(text: str) -> BodyShape | None:
    value = _json(text)
    if value is None and text.strip() != "null":
        return None
    # A name may hold half a surrogate pair ("\\ud800"), which no report could be written with.
    members = tuple(sorted({name.encode("utf-8", "replace").decode() for name in _names(value)}))[
        :MAX_MEMBERS
    ]
    is_error = bool(ERROR_MEMBERS & set(members)) and set(members) <= ERROR_COMPANY
    signs = (("error-member",) if is_error else ()) + ((DENIAL,) if value_says_no(value) else ())
    signs += (DENIALS_ONLY,) if lists_denials(value) else ()
    return _kept(
        BodyShape(
            kind="json",
            skeleton=_digest(sorted(set(_json_paths(value, "", MAX_DEPTH)))),
            members=members,
            signs=signs,
        )
    )


def _json(text: str) -> object:
    """The value; of one that was cut off, what is whole of it. ``None`` for what is no JSON."""
    try:
        return read_json(text)
    except (ValueError, RecursionError):
        if len(text) < CUT:
            return None
    with contextlib.suppress(ValueError, RecursionError):
        return read_json(completed(text))
    return None


def _names(value: object) -> Iterator[str]:
    """Of an object its members' names; of an array those of its elements, marked."""
    if isinstance(value, dict):
        yield from value
    elif isinstance(value, list):
        for element in value[:MAX_MEMBERS]:
            if isinstance(element, dict):
                yield from (f"*/{name}" for name in element)


def _json_paths(value: object, path: str, depth: int) -> Iterator[str]:
    """Every member path with the type at its end; the elements of an array share one path."""
    if isinstance(value, dict) and depth:
        yield f"{path}:object"
        for name, member in list(value.items())[: MAX_MEMBERS * 4]:
            yield from _json_paths(member, f"{path}/{name}", depth - 1)
    elif isinstance(value, list) and depth:
        yield f"{path}:array"
        for element in value[:MAX_MEMBERS]:
            yield from _json_paths(element, f"{path}/*", depth - 1)
    else:
        kind = (
            "number"
            if isinstance(value, (int, float)) and not isinstance(value, bool)
            else type(value).__name__
        )
        yield f"{path}:{kind}"


class _Tags(HTMLParser):
    """Collects the tag sequence, the title and whether a password is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.title = ""
        self.asks_password = False
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.asks_password |= tag == "input" and any(
            name == "type" and (value or "").lower() == "password" for name, value in attrs
        )

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "title" and not self.title:
            self.title = data.strip()[:80]
        elif self.tags and self.tags[-1] in HEADINGS and len(self.headings) < MAX_MEMBERS:
            self.headings += WORD.findall(data.lower())


def _html_shape(text: str) -> BodyShape:
    parser = _Tags()
    # The parser of the standard library asserts that marked sections ("<![x[") are well-formed.
    with contextlib.suppress(AssertionError):
        parser.feed(text[:MAX_HTML])
    login = parser.asks_password or LOGIN_WORDS.search(parser.title)
    denied = says_no(" ".join(parser.headings))
    words = tuple(dict.fromkeys(WORD.findall(parser.title.lower()) + sorted(set(parser.tags))))
    return BodyShape(
        kind="html",
        skeleton=_digest([*parser.tags[:400], *WORD.findall(parser.title.lower()), *parser.headings]),
        members=words[:MAX_MEMBERS],
        signs=(("login-form",) if login else ()) + ((DENIAL,) if denied else ()),
    )


def _xml_shape(text: str) -> BodyShape:
    names = tuple(sorted(set(XML_NAME.findall(text))))
    return BodyShape(
        kind="xml",
        skeleton=_digest(list(names)),
        members=names[:MAX_MEMBERS],
        signs=((DENIAL,) if XML_FAULT.search(text) else ())
        + ((DENIALS_ONLY,) if lists_denials_in_xml(text) else ()),
    )


def words_in(text: str) -> list[str]:
    """Return the words at the beginning of a text, in lower case."""
    return WORD.findall(text[:4000].lower())


def _text_shape(text: str) -> BodyShape:
    words = words_in(text)
    denied = len(words) <= 12 and (LOGIN_WORDS.search(text) or says_no(text))
    return BodyShape(
        kind="text",
        skeleton=_digest(words[:200]),
        members=tuple(dict.fromkeys(words))[:MAX_MEMBERS],
        signs=("error-member",) if denied else (),
    )
