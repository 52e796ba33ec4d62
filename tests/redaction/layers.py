"""What an output shows to readers and tools: also what it escapes and packs."""

from __future__ import annotations

import base64
import html
import json
import re
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def layers(text: str) -> Iterator[str]:
    """Yield an output as readers and tools see it."""
    yield text
    yield html.unescape(text)
    yield re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)
    for packed in re.findall(r'id="archive-[a-z]+">([^<]*)', text):
        yield zlib.decompress(base64.b64decode(packed), wbits=47).decode()
    if text.startswith("{"):
        yield from _strings(json.JSONDecoder().raw_decode(text)[0])


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _strings(item)
        case dict():
            for item in value.values():
                yield from _strings(item)
