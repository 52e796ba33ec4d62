"""Reads and writes each distinct part of a result once: thousands of exchanges share their requests and responses."""

import marshal
from collections.abc import Callable, Hashable, MutableMapping
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 8192
"""Parts of one kind that are remembered."""
_memories: list[MutableMapping[Any, Any]] = []


def forget() -> None:
    """Forget all parts, after a result was read or written."""
    for memory in _memories:
        memory.clear()


def read_once(load: Callable[[Any], T]) -> Callable[[Any], T]:
    """Return a ``load`` that gives equal JSON values the same object, which must not be changed."""
    known: dict[bytes, T] = {}
    _memories.append(known)

    def loaded(raw: Any) -> T:  # noqa: ANN401
        # Bytes of a JSON value that tell 1, 1.0 and true apart. Later versions depend on how often objects are used.
        key = marshal.dumps(raw, 2)
        found = known.get(key)
        if found is None:
            _make_room(known)
            found = known[key] = load(raw)
        return found

    return loaded


def written_once(write: Callable[[T], str], parts: Callable[[T], tuple[object, ...]]) -> Callable[[T], str]:
    """Return a ``write`` that writes values with the same objects as ``parts`` once. The text follows from these."""
    known: dict[tuple[Hashable, ...], tuple[tuple[object, ...], str]] = {}
    _memories.append(known)

    def written(value: T) -> str:
        made_of = parts(value)
        key = tuple(map(id, made_of))
        found = known.get(key)
        if found is None:
            _make_room(known)
            # With the objects: another one could get the place of one that is gone, and so its id.
            found = known[key] = made_of, write(value)
        return found[1]

    return written


def written_by_value(write: Callable[[tuple[Any, ...]], str]) -> Callable[[tuple[Any, ...]], str]:
    """Return a ``write`` that writes equal values once. Each place holds one type: 1, 1.0 and true are equal."""
    known: dict[tuple[Any, ...], str] = {}
    _memories.append(known)

    def written(values: tuple[Any, ...]) -> str:
        found = known.get(values)
        if found is None:
            _make_room(known)
            found = known[values] = write(values)
        return found

    return written


def _make_room(memory: MutableMapping[Any, Any]) -> None:
    if len(memory) >= MOST:
        memory.clear()
