"""Packs the files that the page carries: gzip in base64, which `DecompressionStream` of every browser unpacks.

gzip refers back 32 KiB at most, and the exchanges of a run repeat the same certificates over megabytes. So each long
part of the text is kept once, between KEPT and END, and may contain others; where it occurs again, its number stands
between AGAIN and END. Numbers count the ENDs of parts that are kept.
"""

import base64
import gzip
import re
from collections.abc import Iterable

from specdrift.compressed import gzipped

LEVEL = 7
"""The next level takes half as long again for 3 % less."""
AGAIN, KEPT, END = "\x01", "\x02", "\x03"
"""Control characters, which the packed formats escape."""
_LONG = re.compile(r'(["\\])([^"\\\x00-\x1f]{40,})')
"""After a quote or an escape, which is searched for quickly: a search at each byte took twice as long."""
_MARKED = re.compile(r"\x01(?P<number>\d+)\x03|(?P<mark>[\x02\x03])|[^\x01-\x03]+")


class KeptOnce:
    """Marks the parts of one text, which is ASCII without control characters."""

    def __init__(self) -> None:
        self._again: dict[str, str] = {}
        """What stands for each kept part where it occurs again."""

    def part(self, text: str) -> str:
        """Return a part that is likely to occur again: with marks, or as its number."""
        return self._again.get(text) or self._kept(text, self.search(text))

    def search(self, text: str) -> str:
        """Return the text with marks at its long strings."""
        return _LONG.sub(self._string, text)

    def _string(self, match: re.Match[str]) -> str:
        before, text = match.groups()
        return before + (self._again.get(text) or self._kept(text, text))

    def _kept(self, text: str, marked: str) -> str:
        self._again[text] = f"{AGAIN}{len(self._again)}{END}"
        return f"{KEPT}{marked}{END}"


def packed(pieces: Iterable[bytes]) -> str:
    """Compress pieces of ASCII text to base64 text; the same pieces give the same text."""
    kept = KeptOnce()
    return packed_with_marks(kept.search(piece.decode("ascii")).encode() for piece in pieces)


def packed_with_marks(pieces: Iterable[bytes]) -> str:
    """Compress pieces that have the marks of one ``KeptOnce``: searching megabytes takes longer than writing them."""
    return base64.b64encode(b"".join(gzipped(pieces, LEVEL))).decode()


def unpacked(text: str) -> bytes:
    """Reverse ``packed``."""
    kept: list[str] = []
    around: list[list[str]] = [[]]
    for match in _MARKED.finditer(gzip.decompress(base64.b64decode(text)).decode("ascii")):
        if match["mark"] == KEPT:
            around.append([])
        elif match["mark"] == END:
            kept.append("".join(around.pop()))
            around[-1].append(kept[-1])
        else:
            around[-1].append(kept[int(match["number"])] if match["number"] else match[0])
    return "".join(around[0]).encode("ascii")
