"""Reads the wire format of Protocol Buffers without a schema, alone and in the frames of gRPC. Pure.

Without a schema, bytes are a text if they can be one, else a message if they can be one. Fields have letters for
names: numbers in names would be taken for identifiers.
"""

import string
import struct

from specdrift.body.binary.reader import NotReadError, Reader, as_text, deeper

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
FIELD = "field-"
"""How the names of fields begin."""
MAX_VARINT = 10
"""Bytes of a varint."""
GRPC_WEB = "application/grpc-web"
MOST_TRAILERS = 50
COMPRESSED, TRAILERS = 0x01, 0x80
"""Flags of a gRPC frame; the second is gRPC-Web's."""


def read_grpc(body: bytes) -> object:
    """Return the messages of a gRPC body; one that is alone by itself. Raises ``NotReadError``."""
    reader, messages = Reader(body), []
    while not reader.ended:
        flags, content = reader.number(1), reader.take(reader.number(4))
        if flags & TRAILERS:
            continue
        if flags & COMPRESSED:
            raise NotReadError("a compressed message")
        messages.append(read_protobuf(content))
    return messages[0] if len(messages) == 1 else messages


def web_trailers(body: bytes, media_type: str) -> tuple[tuple[str, str], ...]:
    """Return the trailers with which a gRPC-Web body ends, with names in lower case; none of a body that is cut."""
    reader, found = Reader(body), list[tuple[str, str]]()
    try:
        while media_type.startswith(GRPC_WEB) and not reader.ended:
            flags, content = reader.number(1), reader.take(reader.number(4))
            if flags == TRAILERS:
                lines = content.decode("latin-1").splitlines()
                pairs = (line.partition(":") for line in lines[:MOST_TRAILERS])
                found += [(name.strip().lower(), value.strip()) for name, _, value in pairs]
    except NotReadError:
        return ()
    return tuple(found)


def read_protobuf(body: bytes) -> object:
    """Return a message as an object: each field by its name, a list where it is repeated.

    Raises ``NotReadError``.
    """
    return _message(body, 0)


def _message(body: bytes, depth: int) -> dict[str, object]:
    reader, fields = Reader(body), dict[str, list[object]]()
    while not reader.ended:
        key = _varint(reader)
        number, wire_type = key >> 3, key & 7
        if not number:
            raise NotReadError("no field of a message")
        fields.setdefault(name_of(number), []).append(_field(reader, wire_type, deeper(depth)))
    return {name: found[0] if len(found) == 1 else found for name, found in fields.items()}


def name_of(number: int) -> str:
    """Return a name: ``field-a`` of the first, ``field-ab`` of the 28th."""
    letters = ""
    while number:
        number, letter = divmod(number - 1, len(string.ascii_lowercase))
        letters = string.ascii_lowercase[letter] + letters
    return FIELD + letters


def _field(reader: Reader, wire_type: int, depth: int) -> object:
    match wire_type:
        case 0:
            return _varint(reader)
        case 1 | 5:
            form = "<d" if wire_type == FIXED64 else "<f"
            (number,) = struct.unpack(form, reader.take(struct.calcsize(form)))
            return number
        case 2:
            return _bytes(reader.take(_varint(reader)), depth)
        case _:
            raise NotReadError("no field of a message")


def _bytes(content: bytes, depth: int) -> object:
    text = as_text(content)
    if text != content.hex():
        return text
    try:
        return _message(content, depth)
    except NotReadError:
        return text


def _varint(reader: Reader) -> int:
    number = 0
    for place in range(MAX_VARINT):
        byte = reader.number(1)
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number
    raise NotReadError("no varint")
