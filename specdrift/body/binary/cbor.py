"""Reads CBOR (RFC 8949). Pure."""

import struct
from collections.abc import Callable, Mapping

from specdrift.body.binary.reader import NotReadError, Reader, as_text, deeper, whole

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)
LENGTHS = {24: 1, 25: 2, 26: 4, 27: 8}
"""Bytes of an argument that follows, by the low bits of the first byte."""
INDEFINITE, BREAK = 31, b"\xff"
VALUES = {20: False, 21: True, 22: None, 23: None}
FLOATS = {25: ">e", 26: ">f", 27: ">d"}


def read_cbor(body: bytes) -> object:
    """Return the item of a body; of a sequence (RFC 8742), a list of them. Raises ``NotReadError``."""
    return whole(body, lambda reader: _item(reader, 0))


def _item(reader: Reader, depth: int) -> object:
    first = reader.number(1)
    major, low = first >> 5, first & 31
    if major == SIMPLE:
        return _simple(reader, low)
    if low == INDEFINITE:
        return _indefinite(reader, major, deeper(depth))
    return _ITEMS[major](reader, _argument(reader, low), depth)


def _string(reader: Reader, size: int, _: int) -> object:
    return as_text(reader.take(size))


def _array(reader: Reader, count: int, depth: int) -> object:
    return [_item(reader, deeper(depth)) for _ in range(reader.several(count))]


def _map(reader: Reader, count: int, depth: int) -> object:
    return dict(_pair(reader, deeper(depth)) for _ in range(reader.several(count)))


_ITEMS: Mapping[int, Callable[[Reader, int, int], object]] = {
    UNSIGNED: lambda _, argument, __: argument,
    NEGATIVE: lambda _, argument, __: -1 - argument,
    BYTES: _string,
    TEXT: _string,
    ARRAY: _array,
    MAP: _map,
    TAG: lambda reader, _, depth: _item(reader, deeper(depth)),
}
"""By major type. Of a tag, what it is about."""


def _argument(reader: Reader, low: int) -> int:
    if low < min(LENGTHS):
        return low
    if low not in LENGTHS:
        raise NotReadError("no length of CBOR")
    return reader.number(LENGTHS[low])


def _pair(reader: Reader, depth: int) -> tuple[str, object]:
    return str(_item(reader, depth)), _item(reader, depth)


def _simple(reader: Reader, low: int) -> object:
    if low in FLOATS:
        (number,) = struct.unpack(FLOATS[low], reader.take(LENGTHS[low]))
        return number
    return VALUES[low] if low in VALUES else _argument(reader, low)


def _indefinite(reader: Reader, major: int, depth: int) -> object:
    """Return items up to the break (§3.2)."""
    items = []
    while not reader.body.startswith(BREAK, reader.at):
        items.append(_pair(reader, depth) if major == MAP else _item(reader, depth))
    reader.take(1)
    match major:
        case 2 | 3:
            return "".join(map(str, items))
        case 4:
            return items
        case 5:
            return dict(items)  # type: ignore[arg-type]  # pairs, see above
        case _:
            raise NotReadError("no length of CBOR")
