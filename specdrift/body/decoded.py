"""Texts that are encoded in a text: Base64, hexadecimal, URL encoding, and gzip, zlib or CBOR inside. Pure, bounded."""

import base64
import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote

from specdrift.body.binary import as_json_of_any

BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
HEXADECIMAL = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){12,}(?![0-9A-Za-z])")
TOKEN = re.compile(r"[^\s\"'<>]+")
LEAST_ESCAPES = 3
"""Percent signs of a text that is URL-encoded."""
LEAST_ENCODED = 24
"""Characters of a text from which something may be encoded in it."""
MOST = 20
"""Encoded texts of each kind that are decoded."""
MOST_COMPRESSED, MOST_BYTES = 3, 64 * 1024
"""Compressed texts that are decompressed, and bytes of each."""
COMPRESSED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda")
"""First bytes of gzip and zlib (RFC 1952, RFC 1950)."""
BLOCK_END = re.compile(rb"[\n\0]")
LEAST_BLOCK = 12


def decoded_texts(text: str) -> Iterator[str]:
    """Yield the texts that are encoded in a text."""
    yield from texts_of_bytes(text)
    if text.count("%") >= LEAST_ESCAPES:
        tokens = (each[0] for each in TOKEN.finditer(text))
        escaped = (token for token in tokens if token.count("%") >= LEAST_ESCAPES)
        yield from map(unquote, islice(escaped, MOST))


def texts_of_bytes(text: str) -> Iterator[str]:
    """Yield the texts of which the bytes are written in a text as Base64 or in hexadecimal."""
    for content in _contents(text):
        texts = tuple(_texts(content))
        yield from texts or as_json_of_any(content)


def decompressed_texts(text: str) -> Iterator[str]:
    """Yield the texts that are compressed and then encoded in a text."""
    compressed = (content for content in _contents(text) if content.startswith(COMPRESSED))
    for content in islice(compressed, MOST_COMPRESSED):
        try:
            yield from _texts(zlib.decompressobj(wbits=47).decompress(content, MOST_BYTES))
        except zlib.error:
            continue


def decoded_blocks(text: str) -> Iterator[bytes]:
    """Yield the blocks of files that are encoded in Base64."""
    for each in islice(BASE64.finditer(text), MOST):
        content = _base64(each[0])
        if not any(_texts(content)):
            yield from (block for block in BLOCK_END.split(content) if len(block) >= LEAST_BLOCK)


@lru_cache(maxsize=16)
def _contents(text: str) -> tuple[bytes, ...]:
    """Return what is encoded in a text, which is asked twice in a row."""
    hexadecimal = (bytes.fromhex(each[0]) for each in islice(HEXADECIMAL.finditer(text), MOST))
    return (*hexadecimal, *(_base64(each[0]) for each in islice(BASE64.finditer(text), MOST)))


def _base64(encoded: str) -> bytes:
    """Return the bytes of a Base64 value (RFC 4648); none if its length is impossible."""
    standard = encoded.rstrip("=").replace("-", "+").replace("_", "/")
    return b"" if len(standard) % 4 == 1 else base64.b64decode(standard + "=" * (-len(standard) % 4))


def _texts(content: bytes) -> Iterator[str]:
    """Yield the text of bytes that are one."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return
    if text and "\0" not in text:
        yield text
