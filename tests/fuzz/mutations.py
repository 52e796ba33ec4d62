"""Inputs that get past the first parser: changed trees, and changed sequences of tokens."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

ODD_SCALARS: Sequence[object] = (
    *(None, True, False, 0, -1, 2**63, 10**40, 1e308, -0.0, "", " ", "\0", "\ud800", "é" * 300),
    *("../../etc/passwd", "/", "{a}", "{", "%", "%00", "\r\n", "1e9999", "\u202e", "😀", "a" * 5000),
    *("*", "REV:PATH", "https://[::1", "http://\0/", "GET", "#/", "#/paths/~1/get", "~2", "1" * 5000),
    *("2026-13-45", "2026-02-30T25:61:61Z", "9999-12-31T23:59:59.999999999+99:99", "QUJD", "QQ", "ä="),
)
"""Values at the edge of what a member may be."""

_DEEP = 3000
_MANY = 400

Tree = Any
Path = tuple[str | int, ...]


def paths(tree: Tree, here: Path = ()) -> Iterator[Path]:
    """Yield the path of every node."""
    yield here
    members: Sequence[tuple[str | int, Tree]] = (
        list(tree.items())
        if isinstance(tree, dict)
        else list(enumerate(tree))
        if isinstance(tree, list)
        else ()
    )
    for name, value in members:
        yield from paths(value, (*here, name))


def at(tree: Tree, path: Path) -> Tree:
    """Return the node at a path."""
    for step in path:
        tree = tree[step]
    return tree


def _set(tree: Tree, path: Path, value: Tree) -> Tree:
    if not path:
        return value
    at(tree, path[:-1])[path[-1]] = value
    return tree


def _deleted(tree: Tree, path: Path) -> Tree:
    if path:
        del at(tree, path[:-1])[path[-1]]
    return tree


def _repeated(tree: Tree, path: Path) -> Tree:
    """Repeat a member many times, under names of its own."""
    if not path:
        return [tree] * 3
    parent, last = at(tree, path[:-1]), path[-1]
    if isinstance(parent, list):
        parent.extend(copy.deepcopy(parent[int(last)]) for _ in range(_MANY))
    else:
        parent.update({f"{last}{number}": parent[last] for number in range(_MANY)})
    return tree


@st.composite
def trees(draw: st.DrawFn, seeds: Sequence[Tree]) -> Tree:
    """Draw a valid tree with a few changes: values replaced, removed, repeated, moved or renamed."""
    tree = copy.deepcopy(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        known = list(paths(tree))
        path = draw(st.sampled_from(known))
        match draw(st.sampled_from(("scalar", "delete", "repeat", "move", "rename", "wrap"))):
            case "scalar":
                tree = _set(tree, path, draw(st.sampled_from(ODD_SCALARS)))
            case "delete":
                tree = _deleted(tree, path)
            case "repeat" if len(known) < _MANY * 10:
                tree = _repeated(tree, path)
            case "move":
                tree = _set(tree, path, copy.deepcopy(at(tree, draw(st.sampled_from(known)))))
            case "rename" if path and isinstance(path[-1], str):
                parent = at(tree, path[:-1])
                parent[str(draw(st.sampled_from(ODD_SCALARS)))] = parent.pop(path[-1])
            case "wrap":
                tree = _set(tree, path, draw(st.sampled_from(([at(tree, path)], {"x": at(tree, path)}))))
    return tree


def as_json(trees_: st.SearchStrategy[Tree]) -> st.SearchStrategy[bytes]:
    """Write trees as JSON, some with a member nested deeply, some cut."""
    written = trees_.map(lambda tree: json.dumps(tree).encode())
    return st.one_of(written, st.tuples(written, st.integers(0, 2**20)).map(_nested), cut(written))


def _nested(drawn: tuple[bytes, int]) -> bytes:
    """Replace a number or a string by deep brackets."""
    text, where = drawn
    place = text.find(b'"', where % max(len(text), 1))
    end = text.find(b'"', place + 1)
    if place < 0 or end < 0:
        return text
    return text[:place] + b"[" * _DEEP + b"]" * _DEEP + text[end + 1 :]


def cut(texts: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Cut a text anywhere, or leave out a part."""

    def shortened(drawn: tuple[bytes, int, int]) -> bytes:
        text, begin, length = drawn
        begin %= len(text) + 1
        return text[:begin] + text[begin + length :]

    return st.tuples(texts, st.integers(0, 2**20), st.sampled_from((1, 2, 7, 2**20))).map(shortened)


@st.composite
def tokens(
    draw: st.DrawFn, seeds: Sequence[bytes], words: Sequence[bytes], split: Callable[[bytes], list[bytes]]
) -> bytes:
    """Draw a valid text whose tokens are removed, repeated, swapped, or replaced by other words."""
    parts = split(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        if not parts:
            break
        place = draw(st.integers(0, len(parts) - 1))
        end = min(len(parts), place + draw(st.sampled_from((1, 2, 5, 20))))
        match draw(st.sampled_from(("remove", "repeat", "insert", "swap", "copy"))):
            case "remove":
                del parts[place:end]
            case "repeat":
                parts[place:end] = parts[place:end] * draw(st.sampled_from((2, 3, 50, 500)))
            case "insert":
                parts.insert(place, draw(st.sampled_from(words)))
            case "swap":
                other = draw(st.integers(0, len(parts) - 1))
                parts[place], parts[other] = parts[other], parts[place]
            case "copy":
                other = draw(st.integers(0, len(parts) - 1))
                parts[other:other] = parts[place:end]
        del parts[50_000:]
    return b"".join(parts)
