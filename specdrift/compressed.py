"""Files compressed by gzip (RFC 1952): written where the name ends in ``.gz``, read whatever the name is."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from specdrift.errors import UsageError
from specdrift.model.plural import plural

if TYPE_CHECKING:
    from concurrent.futures import Future

ENDING = ".gz"
MOST_UNPACKED = 1 << 30
"""Maximum size of what a file unpacks to, in bytes: a small file must not fill the memory."""
_MAGIC = b"\x1f\x8b"
_LEVEL = 6
_GZIP = 16
"""Added to the size of the window: the stream gets a header of gzip, without a time."""


def packed(pieces: Iterable[bytes], path: str) -> Iterable[bytes]:
    """Return the content for a file of this name, in pieces. The same pieces give the same bytes."""
    return gzipped(pieces, _LEVEL) if path.lower().endswith(ENDING) else pieces


def gzipped(pieces: Iterable[bytes], level: int) -> Iterator[bytes]:
    """Compress content that memory never holds as a whole.

    A piece is compressed in a thread while the next one is made: zlib does not hold the interpreter meanwhile.
    """
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP + zlib.MAX_WBITS)
    yield from filter(None, _in_a_thread(packer.compress, pieces))
    yield packer.flush()


def _in_a_thread(work: Callable[[bytes], bytes], pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what ``work`` returns of each piece; two pieces are in memory at once."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=1) as thread:
        before: Future[bytes] | None = None
        for piece in pieces:
            now = thread.submit(work, piece)
            if before is not None:
                yield before.result()
            before = now
        if before is not None:
            yield before.result()


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
