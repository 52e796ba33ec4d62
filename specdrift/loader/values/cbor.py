"""Writes a JSON value as CBOR (RFC 8949), in the preferred serialization of each item. Pure."""

import struct
from collections.abc import Mapping, Sequence

UNSIGNED, NEGATIVE, TEXT, ARRAY, MAP = 0, 1, 3, 4, 5
"""Major types (§3.1)."""
SIMPLE = {False: b"\xf4", True: b"\xf5", None: b"\xf6"}
SIZES = ((24, 1 << 8, ">B"), (25, 1 << 16, ">H"), (26, 1 << 32, ">I"), (27, 1 << 64, ">Q"))
"""Additional information, the least argument that needs more octets, and how to write it (§3)."""


def encoded(value: object) -> bytes:
    """Return the item. Whole numbers beyond 64 bits are floats, as in JSON of most languages."""
    match value:
        case bool() | None:
            return SIMPLE[value]
        case int() if -(1 << 64) <= value < 1 << 64:
            return _head(UNSIGNED, value) if value >= 0 else _head(NEGATIVE, -1 - value)
        case int() | float():
            return b"\xfb" + struct.pack(">d", value)
        case Mapping():
            members = (encoded(str(name)) + encoded(one) for name, one in value.items())
            return _head(MAP, len(value)) + b"".join(members)
        case Sequence() if not isinstance(value, str):
            return _head(ARRAY, len(value)) + b"".join(map(encoded, value))
        case _:
            text = str(value).encode(errors="replace")
            return _head(TEXT, len(text)) + text


def _head(major: int, argument: int) -> bytes:
    if argument < SIZES[0][0]:
        return bytes([major << 5 | argument])
    additional, _, form = next(size for size in SIZES if argument < size[1])
    return bytes([major << 5 | additional]) + struct.pack(form, argument)
