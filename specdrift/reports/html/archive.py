"""Packs the files that the page carries: gzip in base64, which `DecompressionStream` of every browser unpacks.

gzip refers back 32 KiB at most, and the exchanges of a run repeat the same certificates over megabytes. So each long
part of the text is kept once, between KEPT and END; where it occurs again, its number stands between AGAIN and END.
"""

import base64
import gzip
import re
from collections.abc import Iterable, Iterator

from specdrift.compressed import gzipped

LEVEL = 7
"""The next level takes half as long again for 3 % less."""
AGAIN, KEPT, END = b"\x01", b"\x02", b"\x03"
"""Control characters, which the packed formats escape."""
_LONG = re.compile(rb'(["\\])([^"\\\x00-\x1f]{40,})')
"""After a quote or an escape, which is searched for quickly: a search at each byte took twice as long."""
_PACKED = re.compile(rb"\x02([^\x03]*)\x03|\x01(\d+)\x03")


def packed(pieces: Iterable[bytes]) -> str:
    """Compress pieces of JSON text to base64 text; the same pieces give the same text."""
    return base64.b64encode(b"".join(gzipped(_each_once(pieces), LEVEL))).decode()


def unpacked(text: str) -> bytes:
    """Reverse ``packed``."""
    kept: list[bytes] = []

    def restored(match: re.Match[bytes]) -> bytes:
        if match[1] is None:
            return kept[int(match[2])]
        kept.append(match[1])
        return match[1]

    return _PACKED.sub(restored, gzip.decompress(base64.b64decode(text)))


def _each_once(pieces: Iterable[bytes]) -> Iterator[bytes]:
    numbers: dict[bytes, int] = {}

    def reference(match: re.Match[bytes]) -> bytes:
        before, part = match.groups()
        if (number := numbers.get(part)) is not None:
            return b"%b%b%d%b" % (before, AGAIN, number, END)
        numbers[part] = len(numbers)
        return before + KEPT + part + END

    for piece in pieces:
        yield _LONG.sub(reference, piece)
