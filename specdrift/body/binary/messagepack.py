"""Reads MessagePack (its specification of 2017). Pure."""

import struct
from collections.abc import Callable, Mapping

from specdrift.body.binary.reader import NotReadError, Reader, as_text, deeper, whole

VALUES = {0xC0: None, 0xC2: False, 0xC3: True}
INTEGERS = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
SIGNED = 0xD0
"""The first marker of integers with a sign."""
FLOATS = {0xCA: (">f", 4), 0xCB: (">d", 8)}
TEXTS = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
"""Bytes of the length of binary data and strings."""
ARRAYS, MAPS = {0xDC: 2, 0xDD: 4}, {0xDE: 2, 0xDF: 4}
EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
Read = Callable[[Reader, int, int], object]
"""Reads so many bytes or elements, at a depth."""
FIXED_EXTENSIONS = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}


def read_messagepack(body: bytes) -> object:
    """Return the object of a body; of several, a list of them. Raises ``NotReadError``."""
    return whole(body, lambda reader: _item(reader, 0))


def _item(reader: Reader, depth: int) -> object:
    marker = reader.number(1)
    if 0x80 <= marker <= 0xBF:
        read, size = _short(marker)
        return read(reader, size, depth)
    for sizes, read in _SIZED:
        if marker in sizes:
            return read(reader, reader.number(sizes[marker]), depth)
    return _scalar(reader, marker)


def _short(marker: int) -> tuple[Read, int]:
    """Return how to read a map, array or string whose size is in its marker, and the size."""
    if marker >= 0xA0:
        return _text, marker & 31
    return (_array if marker >= 0x90 else _map), marker & 15


def _scalar(reader: Reader, marker: int) -> object:
    if marker in VALUES:
        return VALUES[marker]
    if marker <= 0x7F or marker >= 0xE0:
        return marker if marker <= 0x7F else marker - 0x100
    if marker in INTEGERS:
        return reader.number(INTEGERS[marker], signed=marker >= SIGNED)
    if marker in FLOATS:
        form, size = FLOATS[marker]
        (number,) = struct.unpack(form, reader.take(size))
        return number
    if marker in FIXED_EXTENSIONS:
        return _extension(reader, FIXED_EXTENSIONS[marker], 0)
    raise NotReadError("no type of MessagePack")


def _array(reader: Reader, count: int, depth: int) -> object:
    return [_item(reader, deeper(depth)) for _ in range(reader.several(count))]


def _map(reader: Reader, count: int, depth: int) -> object:
    return dict(_pair(reader, deeper(depth)) for _ in range(reader.several(count)))


def _pair(reader: Reader, depth: int) -> tuple[str, object]:
    return str(_item(reader, depth)), _item(reader, depth)


def _text(reader: Reader, size: int, _: int) -> object:
    return as_text(reader.take(size))


def _extension(reader: Reader, size: int, _: int) -> object:
    return reader.take(1 + size)[1:].hex()


_SIZED: tuple[tuple[Mapping[int, int], Read], ...] = (
    (TEXTS, _text),
    (ARRAYS, _array),
    (MAPS, _map),
    (EXTENSIONS, _extension),
)
