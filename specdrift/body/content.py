"""The content of a response: decoded bytes, and the text where it is one. Pure."""

import codecs
import contextlib
import zlib

from msgspec import Struct

from specdrift.body.binary import as_json
from specdrift.body.event_stream import events_as_json

MAX_DECODED = 256 * 1024
"""Bytes of a compressed body that are unpacked: as many as are read of any other."""
MOST_MEMBERS = 8
"""Members of a gzip file after the first that are unpacked; the rest is kept as it is."""
WBITS = {"gzip": (47,), "x-gzip": (47,), "deflate": (47, -15)}
"""The formats that are tried for a coding, as zlib counts them: with a header, and without."""
DECODED = ("", "identity", *WBITS)
BINARY = (
    *("image/", "audio/", "video/", "font/", "application/octet", "application/pdf", "application/zip"),
    *("application/grpc", "application/protobuf", "application/x-protobuf"),
)
LONGEST_CHARSET = 40
"""Characters of a charset's name."""
NOT_CHARSETS = frozenset(
    {"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
)
"""Python's own encodings, which no server can mean: they raise, or take quadratic time."""
BOM = "\ufeff"
TEXTS = ("text/", "application/csv", "application/javascript")
Headers = tuple[tuple[str, str], ...]


class Content(Struct, frozen=True):
    """A body without its content coding (RFC 9110 §8.4)."""

    body: bytes
    text: str
    """Empty where the coding is unknown; of a binary format that can be read, what it has as JSON."""
    media_type: str
    """Lower-case, without parameters."""
    encoding: str
    """The content coding where it is unknown, else empty."""

    @property
    def is_file(self) -> bool:
        """Whether it is no text."""
        if self.encoding or "\0" in self.text:
            return True
        return self.media_type.startswith(BINARY) and self.text.lstrip()[:1] not in ("{", "[")


def content_of(body: bytes, headers: Headers) -> Content:
    """Decode a body. ``headers`` are lower-case."""
    encoding = header(headers, "content-encoding").lower()
    body = _decoded(body, encoding)
    media_type, _, parameters = header(headers, "content-type").lower().partition(";")
    media_type = media_type.strip()
    if encoding not in DECODED:
        return Content(body, "", media_type, encoding)
    text = as_json(body, media_type) or _text(body, media_type, parameters)
    return Content(body, events_as_json(text, media_type) or text, media_type, "")


def header(headers: Headers, name: str) -> str:
    """Return the first value of a header, or an empty string."""
    return next((value for key, value in headers if key == name), "")


def _text(body: bytes, media_type: str, parameters: str) -> str:
    """By the charset that the server names, else as UTF-8, else as Windows-1252, as browsers and spreadsheets do; what
    does not fit is replaced.
    """
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(" \"'")
    if charset not in ("", "utf-8") and len(charset) <= LONGEST_CHARSET:
        with contextlib.suppress(LookupError, ValueError):  # there is no such charset
            if codecs.lookup(charset).name not in NOT_CHARSETS:
                return body.decode(charset, "replace").removeprefix(BOM)
    if media_type.startswith(TEXTS) or media_type.endswith(("xml", "json")):
        with contextlib.suppress(UnicodeDecodeError):
            return codecs.getincrementaldecoder("utf-8")().decode(body).removeprefix(BOM)
        return body.decode("windows-1252", "replace")
    return body.decode("utf-8", "replace").removeprefix(BOM)


def _decoded(body: bytes, encoding: str) -> bytes:
    """The body without gzip or deflate, for servers that compress unasked; bounded.

    Some servers send ``deflate`` without the zlib format that it is (RFC 9110 §8.4.1.2). A gzip file may have several
    members (RFC 1952 §2.2), and what follows the last one is received too.
    """
    for wbits in WBITS.get(encoding, ()):
        with contextlib.suppress(zlib.error):
            return _members(body, wbits)
    return body


def _members(body: bytes, wbits: int) -> bytes:
    """Decompress all members. Raises zlib.error if the first is none."""
    first = zlib.decompressobj(wbits=wbits)
    found, rest = first.decompress(body, MAX_DECODED), first.unused_data
    for _ in range(MOST_MEMBERS):
        if not rest or len(found) >= MAX_DECODED:
            return found
        member = zlib.decompressobj(wbits=wbits)
        try:
            found += member.decompress(rest, MAX_DECODED - len(found))
        except zlib.error:
            break
        rest = member.unused_data
    return (found + rest)[:MAX_DECODED]
