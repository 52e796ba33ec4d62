"""Bytes to text, and offsets in that text to lines and columns."""

import codecs
from collections.abc import Callable
from itertools import accumulate, takewhile

from specdrift.loader.parse.unreadable import Unreadable

_MARKS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
)
NEW_LINE = b"\n"
_CHUNK = 4096
_QUOTED = 200
_MEMBER = 8
"""Lines of a member that are quoted at most."""


def decode(data: bytes) -> str:
    """The text without its byte order mark. UTF-8, or UTF-16/32 with a mark; anything else is refused.

    Raises :class:`Unreadable` for other encodings and for text that is empty.
    """
    mark, codec, name = _encoding(data)
    try:
        text = data[len(mark) :].decode(codec)
    except UnicodeDecodeError as error:
        raise _of_another_encoding(name, data, len(mark) + error.start) from error
    if not text or text.isspace():
        raise Unreadable("the file is empty.", line=1)
    return text


def _of_another_encoding(name: str, data: bytes, at: int) -> Unreadable:
    line = None if name != "UTF-8" or b"\0" in data[:at] else data.count(NEW_LINE, 0, at) + 1
    where = "" if line is None else f"line {line}, "
    return Unreadable(f"the file is not {name} ({where}byte {at}). Save it as UTF-8.", line=line or 1)


def _unmarked(data: bytes) -> str:
    """Return the encoding of a text that lacks its byte order mark: every other byte is zero; empty for others."""
    start = data[:_QUOTED]
    even, odd = start[::2], start[1::2]
    if any(even) and odd and not any(odd):
        return "UTF-16LE"
    return "UTF-16BE" if any(odd) and not any(even) else ""


def view(data: bytes) -> str:
    """The UTF-8 bytes of a text, one character (U+0000 to U+00FF) for each: quickly made, and small."""
    mark, codec, _ = _encoding(data)
    plain = data[len(mark) :] if mark else data
    return (plain if codec == "utf-8" else decode(data).encode()).decode("latin-1")


def decoded(part: str, at: int = 0) -> str:
    """The text of a part of a view. Raises :class:`Unreadable` where it is none; ``at`` is where it stands."""
    try:
        return part.encode("latin-1").decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"the file is not UTF-8 (byte {at + error.start}).", line=1) from error


def characters(view: str, offset: int) -> int:
    """The offset in the text that belongs to one in its view."""
    return len(view[:offset].encode("latin-1").decode(errors="ignore"))


def _encoding(data: bytes) -> tuple[bytes, str, str]:
    found = next((m for m in _MARKS if data.startswith(m[0])), (b"", "utf-8", "UTF-8"))
    if not found[0] and (other := _unmarked(data)):
        raise Unreadable(f"the file is {other} without a byte order mark. Save it as UTF-8.", line=1)
    return found


def printable(text: str) -> str:
    """JSON can escape half a surrogate pair, which no output can hold."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def belongs_to(first: str) -> Callable[[str], bool]:
    """Whether a line below a key is part of its value: deeper, an item of its list, or the bracket that ends it."""
    depth = len(first) - len(first.lstrip())

    def belongs(line: str) -> bool:
        words = line.lstrip()
        inside = len(line) - len(words)
        return bool(words) and (inside > depth or (inside == depth and words[0] in "-]}"))

    return belongs


class LineIndex:
    """Where an offset stands, counting lines as editors do: CR LF, LF and CR end one, U+2028 does not.

    Newlines are counted a chunk at a time and no further than asked for, so that a document without findings in it
    costs nothing, and one with thousands costs one pass.
    """

    def __init__(self, text: str) -> None:
        # The same length, so that offsets stay: only the kind of line end changes.
        self._text = text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text
        self._before = [0]
        """Newlines before each chunk, as far as any offset asked for."""
        self._starts = [0]
        """Start of the line in which each chunk begins, as far."""

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, both from 1, in code points."""
        return self._line(offset), self.width(self._start(offset), offset) + 1

    def spot(self, offset: int) -> tuple[int, int, str]:
        """As :meth:`position`, with the line; of one longer than 200 characters, the part from there on."""
        start = self._start(offset)
        end = self._end(offset, max(offset, start + _QUOTED + 1))  # no line ends between start and offset
        quoted = (start, end) if end - start <= _QUOTED else (offset, self._end(offset, offset + _QUOTED))
        return self._line(offset), self.width(start, offset) + 1, self._shown(*quoted).rstrip()

    def member(self, offset: int) -> str:
        """The line of a key and those of its value below it, a few at most; the line alone where it is long."""
        start = self._start(offset)
        lines: list[str] = []
        while start < len(self._text) and len(lines) < _MEMBER:
            end = self._end(start, start + _QUOTED + 1)
            lines.append(self._shown(start, end))
            if end - start > _QUOTED:
                break  # the end of a long line is not looked for: one line may be the whole document
            start = end + 1
        if not lines or len(lines[0]) > _QUOTED:
            return self.spot(offset)[2]
        first, *below = lines
        return "\n".join(line[:_QUOTED].rstrip() for line in (first, *takewhile(belongs_to(first), below)))

    def _line(self, offset: int) -> int:
        chunk = self._counted(offset)
        return self._before[chunk] + self._text.count("\n", chunk * _CHUNK, offset) + 1

    def _counted(self, offset: int) -> int:
        """Count as far as the chunk of an offset; return its number."""
        text, before, starts = self._text, self._before, self._starts
        chunk = offset // _CHUNK
        while len(before) <= chunk:
            counted = (len(before) - 1) * _CHUNK
            before.append(before[-1] + text.count("\n", counted, counted + _CHUNK))
            last = text.rfind("\n", counted, counted + _CHUNK)
            starts.append(last + 1 if last >= 0 else starts[-1])
        return chunk

    def width(self, start: int, end: int) -> int:
        """How many code points stand between two offsets."""
        return end - start

    def _shown(self, start: int, end: int) -> str:
        return self._text[start:end]

    def _start(self, offset: int) -> int:
        """Return the offset at which the line of a character begins."""
        chunk = self._counted(offset)
        last = self._text.rfind("\n", chunk * _CHUNK, offset)
        return last + 1 if last >= 0 else self._starts[chunk]

    def _end(self, start: int, limit: int) -> int:
        """Return the offset of the line's end, or the limit if that comes first."""
        limit = min(limit, len(self._text))
        end = self._text.find("\n", start, limit)
        return limit if end < 0 else end


class ViewLineIndex(LineIndex):
    """Lines of a text of which only a view is at hand."""

    def __init__(self, view: str) -> None:
        super().__init__(view)
        self._continued: list[int] | None = None

    def width(self, start: int, end: int) -> int:
        if end - start <= _CHUNK:
            return end - start - _continuations(self._text[start:end])
        return end - start - (self._continuations_before(end) - self._continuations_before(start))

    def _continuations_before(self, offset: int) -> int:
        text = self._text
        if self._continued is None:
            counts = (_continuations(text[i : i + _CHUNK]) for i in range(0, len(text), _CHUNK))
            self._continued = list(accumulate(counts, initial=0))
        chunk = offset // _CHUNK
        return self._continued[chunk] + _continuations(text[chunk * _CHUNK : offset])

    def _shown(self, start: int, end: int) -> str:
        shown = self._text[start:end]
        return shown if shown.isascii() else shown.encode("latin-1").decode(errors="ignore")


_NO_CONTINUATIONS = bytes({*range(256)} - {*range(0x80, 0xC0)})


def _continuations(view: str) -> int:
    """How many bytes are not the first of their character."""
    return 0 if view.isascii() else len(view.encode("latin-1").translate(None, _NO_CONTINUATIONS))
