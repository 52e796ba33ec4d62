"""Characters that end a line in YAML 1.1 and none in YAML 1.2 (§5.4): U+0085, U+2028 and U+2029. Pure.

A comment or a plain scalar ends there for one reader and goes on for the other, so that both read another structure.
libyaml reads as YAML 1.1 has it. The text is read once more with other characters in their place, and compared.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import yaml

from specdrift.loader.parse.unreadable import Unreadable

_BREAKS = re.compile("[\u0085\u2028\u2029]")
_PRIVATE = range(0xE000, 0xF8FF)
"""Code points without a meaning of their own (Unicode §23.5)."""


def check(text: str, loader: Any) -> None:  # noqa: ANN401 - yaml has no types for its loaders
    """Raise :class:`Unreadable` where the two versions of YAML read different things; the text is valid YAML 1.1."""
    if text.isascii() or _BREAKS.search(text) is None:
        return
    stand_in = next(chr(code) for code in _PRIVATE if chr(code) not in text)
    for old, new in zip_longest(
        _events(text, loader, stand_in), _events(_BREAKS.sub(stand_in, text), loader, stand_in)
    ):
        if old != new:
            raise _differing(text, max(one[1] for one in (old, new) if one is not None))


def _events(text: str, loader: Any, stand_in: str) -> Iterator[tuple[object, int, object]]:  # noqa: ANN401
    """Yield kind, place and value of each event; no value of scalars in quotes and blocks, whose ends are marked."""
    reader = loader(text)
    try:
        for event in iter(reader.get_event, None):
            plain = isinstance(event, yaml.ScalarEvent) and event.style in (None, "")
            value = _BREAKS.sub(stand_in, event.value) if plain else None
            yield type(event), event.start_mark.index, value
    except yaml.YAMLError:
        yield None, len(text), None
    finally:
        reader.dispose()


def _differing(text: str, place: int) -> Unreadable:
    """Return the refusal at the last such character before a place, else at the first of all."""
    before = [found.start() for found in _BREAKS.finditer(text, 0, place + 1)]
    found = _BREAKS.search(text)
    offset = before[-1] if before else (found.start() if found else 0)
    return Unreadable(
        f"U+{ord(text[offset]):04X} ends a line in YAML 1.1 and does not in YAML 1.2: readers disagree about what "
        "follows. Delete it, or put the text into quotes.",
        offset=offset,
    )
