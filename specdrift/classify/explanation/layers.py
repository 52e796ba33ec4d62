"""What a layer writes into each answer of a route, to every caller: names of routes and parts of pages. Pure.

It stands at the same place in the answers to valid certificates and in the refusals of each operation, and another one
may stand there on another operation. Operations that give all their data away do not count: these stand there too.
It is no evidence of the resource. Nor is it explained: it may be data that each refusal gives away.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from specdrift.body.values import echo_of
from specdrift.classify.explanation.refused import MEMBER, words_in
from specdrift.classify.resource import LEAST_RECOGNISABLE, NOTHING, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import unpack, weight

OF_AN_ANSWER = frozenset({"location:", "set-cookie:", "www-authenticate:", "content-location:", "link:"})
"""Fields that are about what is answered, and not about the route."""
MOST_ANSWERS = 4
"""Answers of each kind that are read for an operation."""
FEWEST = 2
"""Operations that must have a place: at a single one, nothing tells its data from the name of its route."""
Answers = Mapping[OperationKey, Sequence[HttpFacts]]
Texts = Mapping[str, tuple[str, ...]]
"""The words at each place of an answer."""


class _Route(Struct, frozen=True):
    """An operation's answers."""

    admitted: tuple[HttpFacts, ...]
    refused: tuple[HttpFacts, ...]

    def constants(self) -> Texts:
        """Return the places that have the same words in all answers."""
        first, *others = (_texts(each) for each in (*self.admitted, *self.refused))
        return {
            place: words for place, words in first.items() if all(each.get(place) == words for each in others)
        }

    def elsewhere(self, places: frozenset[str]) -> Values:
        """Return the values of the answers to valid certificates that stand at other places, or in running text."""
        words = (word for each in self.admitted for word in words_in(each))
        return echo_of(
            {word.text for word in words if word.piece.name not in places and word.piece.name != MEMBER}
        )

    @property
    def withholds(self) -> bool:
        """Whether each answer to a valid certificate has values that no refusal has."""
        refused = NOTHING.union(*(unpack(each.values) for each in self.refused))
        return all(weight(unpack(each.values) - refused) >= LEAST_RECOGNISABLE for each in self.admitted)


def values_of_layers(admitted: Answers, refused: Answers) -> Values:
    """Return the values in all answers of an operation, at places that each operation has, and nowhere else.

    Operations that are open show what has such a place only where a single one is guarded.
    """
    answered = [
        _Route(tuple(given[:MOST_ANSWERS]), tuple(refused.get(key, ())[:MOST_ANSWERS]))
        for key, given in admitted.items()
        if given
    ]
    routes = [route for route in answered if route.refused and route.withholds]
    if len(routes) == 1:
        routes += [route for route in answered if not route.refused]
    if len(routes) < FEWEST:
        return NOTHING
    constants = list[Texts]()
    places = frozenset[str]()
    for route in routes:
        constants.append(route.constants())
        places = frozenset(constants[-1]) & places if constants[1:] else frozenset(constants[-1])
        if not places:
            return NOTHING
    elsewhere = NOTHING.union(*(route.elsewhere(places) for route in routes))
    layered = NOTHING.union(*(_values(each[place]) for place in places for each in constants))
    return layered - elsewhere


def _texts(http: HttpFacts) -> Texts:
    """Return the words of an answer by place, without running text, which has none."""
    found: dict[str, list[str]] = defaultdict(list)
    for word in words_in(http):
        if word.piece.name not in ("", MEMBER) and word.piece.name not in OF_AN_ANSWER:
            found[word.piece.name].append(word.text)
    return {place: tuple(words) for place, words in found.items()}


def _values(words: tuple[str, ...]) -> Values:
    """Return the values of words, and of the segments of those that are paths."""
    return echo_of((" ".join(words), *words, *(part for word in words for part in word.split("/"))))
