"""Splits XML, tables and sequences of JSON texts into pieces with the places that JSON has. Pure, linear and bounded.

A record of a list has one place for each of its members, ``/items/item/*/owner``, whatever the format is.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from specdrift.body.markup import without_syntax
from specdrift.body.pieces import ATTRIBUTE, MOST_PIECES, TAG, Piece, pieces_of

DELIMITERS = ("\t", ";", "|", ",")
LEAST_CELLS = 2
NAME = re.compile(r"[^\W\d][\w .-]{0,40}")
"""A name of a column; the cells of a table without names have their numbers."""
MOST_DEPTH = 30
SIZE_OF_ALL = "/"
"""Place of the size of a list that is the whole text."""

Path = tuple[str, ...]
"""Local names of elements, the outermost first."""


@lru_cache(maxsize=1024)
def records_of(text: str) -> tuple[Piece, ...]:
    """Return the placed texts and the sizes of lists in a text that is no single JSON value; nothing of any other."""
    found = next(filter(None, (tuple(islice(read(text), MOST_PIECES)) for read in READERS)), ())
    return tuple(piece for piece in found if piece.words)


def _json_lines(text: str) -> Iterator[Piece]:
    """Yield the members of the objects in the lines of a text (NDJSON, and logs of one object a line)."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < LEAST_CELLS or not all(line.lstrip().startswith("{") for line in lines):
        return
    yield _size(SIZE_OF_ALL, len(lines))
    for line in lines:
        yield from (
            piece._replace(name=f"/*{piece.name}")
            for piece in pieces_of(line, ())
            if piece.name.startswith("/")
        )


def _elements(text: str) -> Iterator[Piece]:
    """Yield the texts and attributes of XML elements; those that are repeated in one element are a list."""
    if not text.lstrip().startswith("<") or "<html" in text[:200].lower():
        return
    text = without_syntax(text)
    found: list[tuple[Path, str]] = []
    times: Counter[Path] = Counter()
    within: list[Counter[str]] = [Counter()]
    path: Path = ()
    end = 0
    for tag in TAG.finditer(text):
        if inner := html.unescape(text[end : tag.start()]).strip():
            found.append((path, inner))
        end, name = tag.end(), tag[1].rpartition(":")[2]
        if tag[0].startswith("</"):
            path, within = path[:-1], within[:-1] if len(within) > 1 else within
        elif name and len(path) < MOST_DEPTH:
            below = (*path, name)
            within[-1][name] += 1
            times[below] = max(times[below], within[-1][name])
            values = ((n, next(filter(None, given), "")) for n, *given in ATTRIBUTE.findall(tag[2] or ""))
            found += [((*below, attribute), html.unescape(value)) for attribute, value in values]
            if not tag[0].endswith("/>"):
                path, within = below, [*within, Counter()]
    lists = {each for each, count in times.items() if count > 1 or _is_plural(each)}
    yield from (_size(_place(each, lists - {each}), times[each]) for each in sorted(lists))
    yield from (Piece(_place(each, lists), tuple(inner.split())) for each, inner in found if each)


def _is_plural(path: Path) -> bool:
    """Return whether an element is in one whose name is its own with an ending."""
    return len(path) > 1 and path[-2] != path[-1] and path[-2].casefold().startswith(path[-1].casefold())


def _place(path: Path, lists: set[Path]) -> str:
    parts = (f"/{name}{'/*' if path[: at + 1] in lists else ''}" for at, name in enumerate(path))
    return "".join(parts)


def _rows(text: str) -> Iterator[Piece]:
    """Yield the cells of a table, under the names in its first row."""
    lines = [line for line in text.splitlines() if line.strip()]
    delimiter = next((each for each in DELIMITERS if _is_a_table(lines, each)), "")
    if not delimiter:
        return
    cells = lines[0].count(delimiter)
    lines = [line for line in lines if line.count(delimiter) == cells]
    names, *rows = ([cell.strip().strip('"') for cell in line.split(delimiter)] for line in lines)
    if not all(map(NAME.fullmatch, names)) or len(set(names)) < len(names):
        names, rows = [str(number) for number in range(1, len(names) + 1)], [names, *rows]
    yield _size(SIZE_OF_ALL, len(rows))
    for row in rows:
        yield from (Piece(f"/*/{name}", tuple(cell.split())) for name, cell in zip(names, row, strict=True))


def _is_a_table(lines: Sequence[str], delimiter: str) -> bool:
    """Return whether all lines have as many cells, but the last one, which may be cut off.

    Quoted cells with a delimiter are not read.
    """
    counts = {line.count(delimiter) for line in (lines if len(lines) <= LEAST_CELLS else lines[:-1])}
    return len(lines) >= LEAST_CELLS and len(counts) == 1 and min(counts) + 1 >= LEAST_CELLS


def _size(place: str, count: int) -> Piece:
    return Piece(place, (f"[{count}]",), f"[{count}]")


READERS = (_json_lines, _elements, _rows)
