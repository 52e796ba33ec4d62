"""The texts of a configuration, whatever they are for."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from msgspec import Struct
from msgspec.structs import astuple

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.samples import samples
from specdrift.source.keys.same_object import SameObject

MOST_OBJECTS = 200_000
"""Maximum number of objects of a configuration that are looked at."""
LONGEST = 300
"""Maximum length of a text that is tried."""
_EXPRESSION = re.compile(r"[\\^$\[\](){}+*?|]")
"""Occurs in regular expressions and wildcards."""
_BETWEEN = re.compile(r"[\s\"'#,;!=]+")
"""Separates the parts of a condition."""
_WITHOUT_TEXTS = (int, float, bytes, type, SourceLocation, Path, PresentedCertificate)


def texts_of(configuration: object) -> tuple[str, ...]:
    """Return the texts of a configuration, and those that they match if they are regular expressions or wildcards.

    Which of them are compared with paths is not known here. A configuration that is too large has all it has.
    """
    found: dict[str, None] = {}
    for text in _written(configuration):
        if len(text) <= LONGEST:
            found.update(dict.fromkeys(_forms(text)))
    return tuple(found)


def _forms(text: str) -> Iterator[str]:
    """Yield a text and its parts, which may be expressions of a condition: ``%{REQUEST_URI} =~ m#health#``."""
    for part in dict.fromkeys((text, *_BETWEEN.split(text))):
        yield part
        if _EXPRESSION.search(part):
            yield part.replace("*", "")
            yield from samples(part.removeprefix("~*").removeprefix("~").strip())


def _written(configuration: object) -> Iterator[str]:
    """Yield the texts of an object and of all that it holds."""
    waiting: list[object] = [configuration]
    seen: set[SameObject[object]] = set()
    while waiting and len(seen) < MOST_OBJECTS:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, re.Pattern):
            yield str(each.pattern)
        elif each is not None and not isinstance(each, _WITHOUT_TEXTS) and SameObject(each) not in seen:
            seen.add(SameObject(each))
            waiting += _parts(each)


def _parts(each: object) -> Iterable[object]:
    if isinstance(each, Mapping):
        return (*each.keys(), *each.values())
    if isinstance(each, AbstractSet | Sequence):
        return each
    if isinstance(each, Struct):
        return astuple(each)
    return vars(each).values() if hasattr(each, "__dict__") else ()
