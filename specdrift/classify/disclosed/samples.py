"""Whether an answer differs from those to valid certificates no more than these differ from each other. Pure.

Metrics, logs and sensors give other values each time. Where no other operation tells their data from the layout of the
site, only the changes do: a denial in that layout has words which no valid certificate gets, or none of the values that
change. This holds for every format, since values are read in each.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from enum import Enum
from functools import cached_property

from msgspec import Struct

from specdrift.classify.exchange import Exchange, http_of
from specdrift.classify.resource import Values
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import data_of, is_weak, weight

LEAST_SAMPLES = 2
"""Answers that show whether data differ."""
LEAST_OF_PROSE = 3
"""Answers that show how much words differ: those of two callers may have the names of each."""
SLACK = 1.5
"""Factor by which what changed may exceed that of the samples: more time may have passed."""
LEAST_CHANGING = 0.9
"""Share of the fewest changing values of a sample that an answer must have."""
WITH_NAMES = frozenset({"json", "xml", "html"})
"""Kinds of bodies of which the structure has the names of members; the words of other kinds are values."""


class Difference(Enum):
    """How an answer differs from those to valid certificates, where these differ from each other."""

    NOT_COMPARED = "not compared"
    """These are all the same, or there is only one."""
    ALIKE = "alike"
    """No more than they do."""
    OTHERWISE = "otherwise"


class ValidSamples(Struct, frozen=True, dict=True):
    """The answers of one operation to valid certificates."""

    answers: Sequence[tuple[HttpFacts, Values]]

    def difference_of(self, http: HttpFacts, values: Values) -> Difference:
        """Return whether an answer is one of them, but for what changes."""
        if len(self.answers) < LEAST_SAMPLES or not self._changing:
            return Difference.NOT_COMPARED
        if not self._changes_enough(values - self._steady):
            return Difference.OTHERWISE
        if _kind(http) not in {_kind(each) for each, _ in self.answers}:
            return Difference.NOT_COMPARED  # an envelope of refusals may have the data
        is_alike = _structure(http) in self._structures and self._differs_alike(values)
        return Difference.ALIKE if is_alike else Difference.OTHERWISE

    def _differs_alike(self, values: Values) -> bool:
        new, missing = values - self._known, self._steady - values
        within = (
            _prose(new) <= SLACK * self._least_prose(self._own),
            _prose(missing) <= SLACK * self._least_prose(self._lacking),
            _data(new) <= SLACK * max(map(_data, self._own)),
            _data(missing) <= SLACK * max(map(_data, self._lacking)),
        )
        return all(within)

    def _changes_enough(self, changing: Values) -> bool:
        """Return whether it has as many values that change as each sample, and as telling ones."""
        return all(
            measure(changing) >= LEAST_CHANGING * min(map(measure, self._changing))
            for measure in (weight, _telling)
        )

    @cached_property
    def _structures(self) -> frozenset[Hashable]:
        return frozenset(_structure(http) for http, _ in self.answers)

    @cached_property
    def _times(self) -> Counter[int]:
        """In how many samples each value is."""
        return Counter(number for _, values in self.answers for number in values)

    @cached_property
    def _known(self) -> Values:
        return frozenset(self._times)

    @cached_property
    def _steady(self) -> Values:
        return self._in(len(self.answers))

    @cached_property
    def _changing(self) -> tuple[Values, ...]:
        """What each sample has beside what all have; nothing if they are equal."""
        changing = tuple(values - self._steady for _, values in self.answers)
        return changing if any(changing) else ()

    def _least_prose(self, differences: Sequence[Values]) -> int:
        """Return the least words by which a sample differs: one of a caller with words of its own shows nothing."""
        return min(map(_prose, differences)) if len(differences) >= LEAST_OF_PROSE else 0

    @cached_property
    def _own(self) -> Sequence[Values]:
        """What each sample has and no other one."""
        once = self._in(1)
        return [values & once for _, values in self.answers]

    @cached_property
    def _lacking(self) -> Sequence[Values]:
        """What each sample lacks of what all others have."""
        others = self._in(len(self.answers) - 1)
        return [others - values for _, values in self.answers]

    def _in(self, count: int) -> Values:
        return frozenset(number for number, times in self._times.items() if times == count)


def samples_of(admitted: Sequence[Exchange], values_of: Callable[[Exchange], Values]) -> ValidSamples:
    """Return the answers of these exchanges."""
    return ValidSamples([(http_of(entry), values_of(entry)) for entry in admitted])


def _kind(http: HttpFacts) -> Hashable:
    return http.status, http.shape.kind


def _structure(http: HttpFacts) -> Hashable:
    return http.shape.skeleton if http.shape.kind in WITH_NAMES else ""


def _prose(values: Values) -> int:
    return weight(values - data_of(values))


def _data(values: Values) -> int:
    return weight(data_of(values))


def _telling(values: Values) -> int:
    """Return how many are no short number."""
    return sum(not is_weak(number) for number in data_of(values))
