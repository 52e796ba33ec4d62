"""Files compressed by gzip (RFC 1952): written where the name ends in ``.gz``, read whatever the name is."""

import gzip
import io
import zlib
from pathlib import PurePath

from specdrift.errors import UsageError
from specdrift.model.plural import plural

ENDING = ".gz"
MOST_UNPACKED = 1 << 30
"""Maximum size of what a file unpacks to, in bytes: a small file must not fill the memory."""
_MAGIC = b"\x1f\x8b"
_LEVEL = 6


def packed(content: bytes, path: str) -> bytes:
    """Return the content for a file of this name. The same content gives the same bytes."""
    return gzip.compress(content, _LEVEL, mtime=0) if path.lower().endswith(ENDING) else content


def unpacked(content: bytes, *, most: int = MOST_UNPACKED) -> bytes:
    """Return the content of a file, unpacked if it is compressed.

    Raises UsageError if it is damaged, or unpacks to more than ``most`` bytes.
    """
    if not content.startswith(_MAGIC):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            found = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"the compressed file is damaged: {error}") from None
    if len(found) > most:
        raise UsageError(f"the compressed file unpacks to more than {plural(most, 'byte')}")
    return found


def name_without_ending(name: str) -> str:
    """Return a file name as it would be without compression: ``result.json`` for ``result.json.gz``."""
    path = PurePath(name)
    return str(path.with_suffix("")) if path.suffix.lower() == ENDING else name
