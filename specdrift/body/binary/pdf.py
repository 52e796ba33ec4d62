"""Reads the strings of a PDF document (ISO 32000-2 §7.3.4), also of its compressed streams. Pure.

Objects, operators and fonts are the same in all documents of a library; strings are what a document says. Fonts may
have their own numbers for letters: then strings say the same only in documents with the same fonts.
"""

import contextlib
import re
import zlib

from specdrift.body.binary.reader import NotReadError

MAX_INFLATED = 256 * 1024
"""Bytes of all streams together that are unpacked."""
STREAM, END = re.compile(rb"stream\r?\n"), b"endstream"
STRING = re.compile(rb"\(((?:[^()\\]|\\.){1,4000})\)|<([0-9A-Fa-f]{2,4000})>", re.DOTALL)
ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
HEADER = b"%PDF-"
ABOUT_THE_FILE = re.compile(
    rb"/(?:CreationDate|ModDate|Creator|Producer)\s{0,9}\([^()]{0,200}\)|/ID\s{0,9}\[[^\[\]]{0,200}\]"
)
"""When and by which software it was made (§14.3.3), and the identifier of this copy (§14.4)."""


def read_pdf(body: bytes) -> object:
    """Return the strings of a document. Raises ``NotReadError``."""
    if not body.lstrip().startswith(HEADER):
        raise NotReadError("no PDF document")
    outside, streams = _parted(body)
    return [text for part in (outside, *_inflated(streams)) for text in _strings(part)]


def _parted(body: bytes) -> tuple[bytes, list[bytes]]:
    """Return what is outside of streams, and the streams."""
    outside, streams, at = [], [], 0
    while (found := STREAM.search(body, at)) is not None:
        end = body.find(END, found.end())
        if end < 0:
            break
        outside.append(body[at : found.start()])
        streams.append(body[found.end() : end])
        at = end + len(END)
    return ABOUT_THE_FILE.sub(b"", b"".join((*outside, body[at:]))), streams


def _inflated(streams: list[bytes]) -> list[bytes]:
    """Return the streams, unpacked where they are compressed (§7.4.4)."""
    found, left = [], MAX_INFLATED
    for stream in streams:
        content = stream
        with contextlib.suppress(zlib.error):
            content = zlib.decompressobj().decompress(stream, max(left, 1))
        left -= len(content)
        if left <= 0:
            raise NotReadError("more than is unpacked")
        found.append(content)
    return found


def _strings(content: bytes) -> list[str]:
    found = []
    for literal, digits in STRING.findall(content):
        text = ESCAPED.sub(rb"\1", literal).decode("latin-1") if literal else digits.decode().lower()
        found.append(text)
    return found
