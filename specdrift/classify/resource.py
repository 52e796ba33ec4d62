"""The values that only an operation's own answers have, and how many of them another answer carries. Pure.

A refusal does not carry the resource. The values of the resource are those that a valid certificate gets each time and
that no control has. Controls are the answers to unknown paths, values of most operations, and what the client sent.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from email.utils import parsedate_to_datetime
from functools import lru_cache
from itertools import chain, combinations

from msgspec import Struct

from specdrift.body.spellings import percent_encoded
from specdrift.body.values import echo_of, echo_of_encoded, values_of_fields
from specdrift.classify.explanation.said import texts_of_certificate
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.values import Strength, data_of, is_weak, unpack, weight

Values = frozenset[int]
NOTHING: Values = frozenset()

LEAST_RECOGNISABLE = 3
"""Weight from which a resource can be recognised at all: one number of three digits, three plain words."""
LEAST_PART = 0.3
"""Share of an answer below which the values that stay the same do not show the rest, which differs each time."""
MOST_OF_IT, NEARLY_ALL = 0.5, 0.9
"""Share of a resource's values, by weight, that amounts to the operation's answer: of data, and of words alone."""
LEAK = int(Strength.STRONG)
"""Weight of shared data that show the resource, whatever else the answer has."""
FEW_WORDS = 2 * LEAK
"""Weight below which words alone are no evidence: a label or a unit may stand in a refusal too."""
CHANCE = 2
"""Weight of what two answers may share by chance."""
MOST_SEGMENTS = 8
"""Segments at the end of a path of which resource names are made."""
LEAST_SERIAL = 6
"""Digits of a serial number that is no count."""
CLOCK = 2
"""Seconds between the Date field of an answer and a time in its body."""
COMMON_FROM, COMMON_PART = 3, 0.5
"""Least number and share of operations that return a value which belongs to the site and to no resource."""


class Carried(Struct, frozen=True, kw_only=True):
    """Values of a resource that an answer carries."""

    values: Values
    part: float
    """Their weight, divided by that of all values of the resource; 0 to 1."""

    data: float | None
    """The same for its data alone; ``None`` if the resource has words only."""
    entries: Values = NOTHING
    """Those of them that a refusal has of several entries of a list."""
    slight: bool = False
    """The resource is only a small part of the operation's answers: most of each differs from the others."""

    @property
    def amounts_to_the_answer(self) -> bool:
        """Whether it is most of the operation's answer. Pages of one site share words, but not data."""
        return self.has_most and not self.slight

    @property
    def has_most(self) -> bool:
        """Whether it is most of what stays the same in the operation's answers."""
        if weight(self.values) < LEAST_RECOGNISABLE:
            return False
        if self.data is None:
            return self.part >= NEARLY_ALL and weight(self.values) >= FEW_WORDS
        return self.part >= MOST_OF_IT and self.data >= MOST_OF_IT

    @property
    def leaks(self) -> bool:
        """Whether the data are too many, or too specific, for a coincidence."""
        if not self.values:
            return False
        specific = max(weight(data_of(self.values)), weight(self.entries))
        return self.amounts_to_the_answer or specific >= LEAK

    @property
    def lacks_data(self) -> bool:
        """Whether some of the data are missing, too specific for a coincidence: a long layout is most of any page."""
        if not self.data:
            return False
        carried = weight(data_of(self.values))
        return carried / self.data - carried >= LEAK

    @property
    def is_negligible(self) -> bool:
        """Whether a coincidence explains it."""
        return weight(self.values) <= CHANCE


NONE_CARRIED = Carried(values=NOTHING, part=0.0, data=0.0)


class Resource(Struct, frozen=True, kw_only=True):
    """Values that only one operation returns: a set for each valid identity, since each may have its own data."""

    variants: tuple[Values, ...] = ()
    stable: tuple[Values, ...] = ()
    """Values that stay the same in several answers, to one identity or to several, and are no small part of these."""
    noise: int = 0
    """Greatest weight of the data of an answer that differ each time."""
    entries: Values = NOTHING
    """Those that refusals have of several entries of a list, without single words."""
    slight: frozenset[Values] = frozenset()
    """The variants that are a small part of the answers, such as a version or a total beside items that differ."""

    @property
    def recognisable(self) -> bool:
        """Whether it has enough stable values: an answer with the data must have them."""
        return any(weight(values) >= LEAST_RECOGNISABLE for values in self.stable)

    @property
    def data(self) -> Values:
        """The data of all variants."""
        return data_of(NOTHING.union(*self.variants))

    def carried_by(self, answer: Values) -> Carried:
        """Return the values that an answer carries, of the variant of which it has most."""
        carried = (
            _carried(values, answer, self.entries, slight=values in self.slight) for values in self.variants
        )
        return max(carried, key=lambda each: each.part, default=NONE_CARRIED)


def _carried(values: Values, answer: Values, entries: Values, *, slight: bool) -> Carried:
    shared, (all_weight, data, data_weight) = values & answer, _weighed(values)
    return Carried(
        values=shared,
        part=weight(shared) / max(1, all_weight),
        data=weight(shared & data) / data_weight if data_weight >= LEAST_RECOGNISABLE else None,
        entries=shared & entries,
        slight=slight,
    )


@lru_cache(maxsize=4096)
def _weighed(values: Values) -> tuple[int, Values, int]:
    """Return the weight of a variant, its data and their weight: each answer is compared with it."""
    data = data_of(values)
    return weight(values), data, weight(data)


def resource_of(
    answers: Iterable[Sequence[Values]], controls: Values, disclosed: Values = NOTHING
) -> Resource:
    """Return the resource behind the answers to valid identities: for each, the values common to all its answers.

    ``disclosed``: what refusals have of several entries of lists.
    """
    given = [each for each in answers if each]
    variants = [frozenset.intersection(*each) - controls for each in given]
    slight = frozenset(
        values
        for values, each in zip(variants, given, strict=True)
        if _is_slight(values, (answer - controls for answer in each))
    )
    stable = [values for values, each in zip(variants, given, strict=True) if len(each) > 1]
    common = frozenset.intersection(*variants) if len(variants) > 1 else NOTHING
    if not _is_slight(common, variants):
        stable.append(common)
    noise = [
        weight(data_of(answer - controls - values))
        for values, each in zip(variants, given, strict=True)
        for answer in each
    ]
    return Resource(
        variants=_distinct(variants),
        stable=_distinct(set(stable) - slight),
        entries=frozenset(number for number in disclosed if not is_weak(number)),
        noise=max(noise, default=0),
        slight=slight,
    )


def _is_slight(values: Values, answers: Iterable[Values]) -> bool:
    """Return whether values are less than ``LEAST_PART`` of each answer."""
    return weight(values) < LEAST_PART * min(map(weight, answers), default=0)


def _distinct(variants: Iterable[Values]) -> tuple[Values, ...]:
    return tuple(dict.fromkeys(values for values in variants if values))


def common_values(answers_by_operation: Iterable[Iterable[Values]]) -> Values:
    """Return the values of many operations: navigation, an envelope, a version, a tenant."""
    return _on_several(answers_by_operation, least=COMMON_FROM, part=COMMON_PART)


def without_dumped(refusals: Values, answers_by_operation: Iterable[Iterable[Values]]) -> Values:
    """Return the values that most refusals have, without the data of several operations.

    A denial may have a value of one resource. A refusal with the data of several resources discloses them.
    """
    operations = [frozenset[int]().union(*answers) for answers in answers_by_operation]
    times = Counter(number for values in operations for number in values)
    own = [
        frozenset(number for number in data_of(values & refusals) if times[number] == 1)
        for values in operations
    ]
    dumped = [values for values in own if weight(values) >= FEW_WORDS]
    return refusals.difference(*dumped) if len(dumped) > 1 else refusals


def values_of_shared_fields(answers_by_operation: Iterable[Iterable[HttpFacts]]) -> Values:
    """Return the values of header fields that several operations return alike, and that none has in its body.

    A layer in front of them writes limits, versions and notices of a prefix. They are no resource's.
    """
    answered = [tuple(answers) for answers in answers_by_operation]
    times = Counter(field for answers in answered for field in {f for each in answers for f in each.headers})
    shared = tuple(field for field, count in times.items() if count > 1)
    in_bodies = echo_of(each.body_excerpt for answers in answered for each in answers)
    return unpack(values_of_fields(shared)) - in_bodies


def layout_of(answers_by_operation: Iterable[Iterable[Values]]) -> Values:
    """Return the words, not the data, of at least two operations: they belong to the site."""
    shared = _on_several(answers_by_operation, least=2, part=0.0)
    return shared - data_of(shared)


def _on_several(answers_by_operation: Iterable[Iterable[Values]], *, least: int, part: float) -> Values:
    operations = [frozenset[int]().union(*answers) for answers in answers_by_operation]
    count = Counter(number for values in operations for number in values)
    enough = max(least, part * len(operations))
    return frozenset(number for number, times in count.items() if times >= enough)


def own_values(answer: HttpFacts, request: Request | None) -> Values:
    """Return the values of an answer without those of its request. Answers of equal values have one object."""
    return without(_without_echo(answer.values, request), _of_today(answer.header("date")))


@lru_cache(maxsize=8192)
def _without_echo(packed: bytes, request: Request | None) -> Values:
    values = unpack(packed)
    return without(values, echo_of_request(request)) if request and values else values


def without(values: Values, others: Values) -> Values:
    """Return values without others: the same object if it has none of these, whose hash is known then."""
    return values if values.isdisjoint(others) else values - others


def may_have_data(admitted: Iterable[HttpFacts], values: Values) -> tuple[HttpFacts, ...]:
    """Return the admitted answers in which an answer with these values may have its data: the successes.

    Of the errors, only those with the same values, unless nothing succeeded. Other errors of a handler and its
    refusals are built alike, without data.
    """
    answers = tuple(admitted)
    succeeded = any(each.status < 400 for each in answers)
    return tuple(
        each
        for each in answers
        if each.status < 400 or not succeeded or weight(values & unpack(each.values)) > CHANCE
    )


@lru_cache(maxsize=4096)
def _of_today(field: str) -> Values:
    """Return the values of a Date field (RFC 9110 §6.6.1): answers of one day share them by chance."""
    try:
        sent = parsedate_to_datetime(field)
    except ValueError:
        return NOTHING
    seconds = int(sent.timestamp())
    return echo_of((sent.date().isoformat(), *(str(seconds + shift) for shift in range(-CLOCK, CLOCK + 1))))


@lru_cache(maxsize=4096)
def echo_of_request(request: Request) -> Values:
    """Return the values that an answer may merely repeat from its request."""
    body = request.body[:4096].decode("utf-8", "replace")
    fields = (content for _, content in request.headers)
    return _echo_of_line(request.method, request.target).union(echo_of((*fields, body)))


@lru_cache(maxsize=4096)
def _echo_of_line(method: str, target: str) -> Values:
    """Return those of method and target, which requests with other fields share."""
    path, _, query = target.partition("?")
    parts = (*path.split("/"), *_names_in(path), *query.split("&"))
    written = (target, f"{method} {target}")
    # A login has the target as a parameter of another URL (RFC 3986 §2.1).
    encoded = {text: percent_encoded(text) for text in written}
    with_plus = {spelled.replace("%20", "+") for text, spelled in encoded.items() if " " in text}
    return echo_of({*parts, *written, target.lower(), *with_plus}) | echo_of_encoded(
        {*encoded.values(), *with_plus}
    )


def _names_in(path: str) -> Iterator[str]:
    """Yield the names of resources in a path: ``projects/blue`` and ``blue/topics`` of ``/v1/projects/blue/topics``."""
    segments = path.strip("/").split("/")[-MOST_SEGMENTS:]
    for start, end in combinations(range(len(segments) + 1), 2):
        if end - start > 1:
            yield "/".join(segments[start:end])


def names_of(identities: Iterable[ClientIdentity]) -> Values:
    """Return the values in the names of callers: an answer may address its caller."""
    return echo_of(_texts_of(identities))


def words_of_callers(
    identities: Iterable[ClientIdentity], roles: Iterable[Iterable[str]] = ()
) -> frozenset[str]:
    """Return the words in the names of callers and of the document's roles, in lower case.

    A serial number of few digits names none.
    """
    texts = (*_texts_of(identities), *chain.from_iterable(roles))
    words = (word.strip(".:,") for text in texts for word in text.casefold().split())
    return frozenset(word for word in words if len(word) >= LEAST_SERIAL or not word.isdigit())


def _texts_of(identities: Iterable[ClientIdentity]) -> Iterator[str]:
    for identity in identities:
        yield from (identity.name, *texts_of_certificate(identity.certificate), *identity.roles)
