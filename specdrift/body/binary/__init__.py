"""Binary formats that say what they contain, read as JSON: a datum has the same value in each of them. Pure."""

import contextlib
import json
from collections.abc import Callable, Iterator

from specdrift.body.binary.archive import OFFICE, read_archive, read_office
from specdrift.body.binary.cbor import read_cbor
from specdrift.body.binary.messagepack import read_messagepack
from specdrift.body.binary.pdf import read_pdf
from specdrift.body.binary.protobuf import read_grpc, read_protobuf
from specdrift.body.binary.reader import NotReadError

MAX_READ = 64 * 1024
"""Bytes of a body that is read: as many as of a text."""
READERS: tuple[tuple[str, Callable[[bytes], object]], ...] = (
    ("cbor", read_cbor),
    ("msgpack", read_messagepack),
    ("messagepack", read_messagepack),
    ("application/grpc", read_grpc),
    ("protobuf", read_protobuf),
    ("application/pdf", read_pdf),
    ("application/zip", read_archive),
    *((part, read_office) for part in OFFICE),
)
"""By a part of the media type."""


SELF_DESCRIBING: tuple[tuple[frozenset[int], Callable[[bytes], object]], ...] = (
    (frozenset(range(0x80, 0xC0)), read_cbor),
    (frozenset((*range(0x80, 0xA0), *range(0xDC, 0xE0))), read_messagepack),
)
"""Readers of formats that are recognised without a media type, by the first byte of a list or a map."""
WITHOUT_SCHEMA = ("application/grpc", "protobuf")
"""Those of them whose values are read without their names: such a body is recognised by its bytes."""


def is_without_schema(media_type: str) -> bool:
    """Return whether what was read of a format may be something else."""
    return any(part in media_type for part in WITHOUT_SCHEMA)


def is_binary(media_type: str) -> bool:
    """Return whether a media type is of one of these formats."""
    return any(part in media_type for part, _ in READERS)


def as_json(body: bytes, media_type: str) -> str:
    """Return what a body contains as a JSON text; empty if its format is not one of these, or the body is none of it.

    ``media_type`` is in lower case, without parameters.
    """
    read = next((reader for part, reader in READERS if part in media_type), None)
    if read is None or not body or len(body) > MAX_READ:
        return ""
    try:
        return json.dumps(read(body))
    except NotReadError:
        return ""


def as_json_of_any(body: bytes) -> Iterator[str]:
    """Yield what bytes without a media type contain, as JSON texts: a map or a list that ends where they end."""
    if not 0 < len(body) <= MAX_READ:
        return
    for read in (reader for first, reader in SELF_DESCRIBING if body[0] in first):
        with contextlib.suppress(NotReadError):
            yield json.dumps(read(body))
