"""Pairs of members of one entry of a list: an identifier with the name beside it. Pure.

Either alone is no evidence: other resources refer to an identifier, and names are words. An answer that has both
together has them from the list.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import combinations

from msgspec import Struct

from specdrift.body.denial import plain_name
from specdrift.body.placed import ABOUT_SERVICES, LEAF, NUMBER, Entry, Placed, leaves
from specdrift.body.values import words_of
from specdrift.classify.resource import NOTHING, Values
from specdrift.model.exchange.values import Nature, Strength, data_of, value, weight

MOST_MEMBERS = 12
"""Of one entry that are paired."""
LEAST_CHARACTERS = 5
"""Of an identifier. Shorter ones (``v2``) are in many lists."""


class EntryPair(Struct, frozen=True, kw_only=True):
    """An identifier and the words beside it."""

    place: Placed
    words: Values
    """The values of both."""


@lru_cache(maxsize=512)
def pairs_of(text: str) -> Mapping[int, EntryPair]:
    """Return the pairs of the entries in the lists of a JSON text, by the number that stands for each."""
    entries: dict[Entry, list[tuple[str, str]]] = defaultdict(list)
    for place, leaf in leaves(text):
        if place.entry and len(entries[place.entry]) < MOST_MEMBERS and _may_be_evidence(place, leaf):
            entries[place.entry].append((leaf, place.member))
    return {number: pair for entry, members in entries.items() for number, pair in _pairs(entry, members)}


def pairs_in(text: str, values: Values, pairs: Mapping[int, EntryPair]) -> Values:
    """Return the pairs that a JSON text has together, in an entry of a list or a text, among its ``values``."""
    possible = {number: pair.words for number, pair in pairs.items() if pair.words <= values}
    if not possible:
        return NOTHING
    together: dict[object, set[int]] = defaultdict(set)
    for index, (place, leaf) in enumerate(leaves(text)):
        together[place.entry or index].update(_values(leaf))
    return frozenset(
        number for number, words in possible.items() if any(words <= group for group in together.values())
    )


def _may_be_evidence(place: Placed, leaf: str) -> bool:
    is_common = LEAF.fullmatch(leaf) or NUMBER.fullmatch(leaf)
    return not is_common and plain_name(place.member) not in ABOUT_SERVICES


def _pairs(entry: Entry, members: list[tuple[str, str]]) -> Iterator[tuple[int, EntryPair]]:
    for (one, of_one), (other, of_other) in combinations(sorted(members), 2):
        words = _values(one), _values(other)
        fit = (_is_identifier(one) and _has_words(other)) or (_is_identifier(other) and _has_words(one))
        if fit and words[0].isdisjoint(words[1]):
            number = value(f"{one}\0{other}", Strength.STRONG, Nature.DATUM)
            place = Placed(member=" and ".join(sorted((of_one, of_other))), entry=entry)
            yield number, EntryPair(place=place, words=words[0] | words[1])


def _is_identifier(leaf: str) -> bool:
    values = _values(leaf)
    return len(values) == 1 and len(leaf) >= LEAST_CHARACTERS and weight(data_of(values)) >= Strength.MEDIUM


def _has_words(leaf: str) -> bool:
    """Return whether it has a word without digits: two identifiers are a reference."""
    values = _values(leaf)
    return not values <= data_of(values)


def _values(leaf: str) -> Values:
    return frozenset(number for number, _ in words_of(leaf))
