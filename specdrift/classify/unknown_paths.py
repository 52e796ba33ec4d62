"""The answers to paths that do not exist. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain

from msgspec import Struct

from specdrift.body.content import Headers
from specdrift.body.pieces import pieces_of
from specdrift.body.values import echo_of, values_of_fields
from specdrift.classify.check_names import ABSENT, BELOW, UNKNOWN_PATH
from specdrift.classify.denials import kind_of
from specdrift.classify.exchange import Exchange, Exchanges, is_control
from specdrift.classify.explanation.refused import Token, tokens_of, tokens_of_fields
from specdrift.classify.likeness import distinct
from specdrift.classify.resource import LEAK, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import data_of, unpack, weight

LEAST_REFUSAL = 400
CLIENT_ERRORS = range(400, 500)
OF_THE_CALLER = frozenset({"location", "set-cookie"})
"""Fields about this request or this client."""


class UnknownPaths(Struct, frozen=True, dict=True):
    """What this server answers for paths that do not exist."""

    log: Exchanges

    @cached_property
    def answered(self) -> tuple[tuple[Exchange, HttpFacts], ...]:
        """The exchanges with an answer."""
        return tuple(each for each in self._all if each[0].probe.tag != BELOW)

    @property
    def of_controls(self) -> Iterator[Exchange]:
        """Those of valid identities."""
        return (entry for entry, _ in self.answered if is_control(self.log, entry.probe.identity))

    @cached_property
    def tokens(self) -> frozenset[Token]:
        """What these answers say, and the header fields below operations."""
        return frozenset().union(
            *(tokens_of(http) for _, http in self.answered), *map(tokens_of_fields, self._fields)
        )

    @cached_property
    def field_values(self) -> Values:
        """The values of the header fields below operations, and of the authority, which each request names."""
        authorities = {entry.probe.connection.endpoint.authority for entry, _ in self._all}
        own = echo_of((*authorities, *(f"https://{each}" for each in authorities)))
        return own.union(*(unpack(values_of_fields(fields)) for fields in self._fields))

    @cached_property
    def varying_fields(self) -> frozenset[str]:
        """The header fields that have different numbers even where nothing is: durations, counters, limits."""
        numbers: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for entry, http in self._all:
            if entry.probe.identity == ANONYMOUS.name and http.status >= LEAST_REFUSAL:
                for piece in pieces_of("", http.headers):
                    numbers[piece.name].add(piece.words)
        return frozenset(
            place for place, found in numbers.items() if len(found) > 1 and all(map(_is_a_number, found))
        )

    @cached_property
    def _fields(self) -> tuple[Headers, ...]:
        """The different header fields with which the anonymous client is refused below the path of an operation."""
        below = (
            http for entry, http in self._all if entry.probe.tag == BELOW and http.status >= LEAST_REFUSAL
        )
        found = (tuple(field for field in http.headers if field[0] not in OF_THE_CALLER) for http in below)
        return tuple(dict.fromkeys(found))

    @cached_property
    def _all(self) -> tuple[tuple[Exchange, HttpFacts], ...]:
        return tuple(each for each in self._every if each[0].probe.tag != ABSENT)

    @cached_property
    def _every(self) -> tuple[tuple[Exchange, HttpFacts], ...]:
        entries = self.log.by_check(UNKNOWN_PATH)
        return tuple((entry, http) for entry in entries if (http := entry.observation.http))

    @cached_property
    def absent(self) -> Mapping[OperationKey, tuple[HttpFacts, ...]]:
        """The refusals that operations gave for resources that do not exist. They have nothing of a resource."""
        found: dict[OperationKey, list[HttpFacts]] = defaultdict(list)
        for entry, http in self._every:
            if entry.probe.tag == ABSENT and entry.probe.operation and http.status in CLIENT_ERRORS:
                found[entry.probe.operation].append(http)
        return {operation: tuple(answers) for operation, answers in found.items()}

    def is_as_absent(self, operation: OperationKey, http: HttpFacts) -> bool:
        """Return whether a refusal has the form of those for resources of the operation that do not exist."""
        return kind_of(http) in map(kind_of, self.absent.get(operation, ()))

    @cached_property
    def absent_tokens(self) -> Mapping[tuple[OperationKey, int], frozenset[Token]]:
        """What each operation says with a status where a resource does not exist."""
        return {
            (operation, http.status): tokens_of(http)
            for operation, answers in self.absent.items()
            for http in answers
        }

    @cached_property
    def by_method(self) -> Mapping[str, tuple[HttpFacts, ...]]:
        """The different answers, by method."""
        answers: dict[str, list[HttpFacts]] = defaultdict(list)
        for entry, http in self.answered:
            if entry.probe.request:
                answers[entry.probe.request.method].append(http)
        return {method: tuple(distinct(facts)) for method, facts in answers.items()}

    def like(self, method: str, *, head_only: bool, valid: HttpFacts | None = None) -> tuple[HttpFacts, ...]:
        """Return those of a method; for a head alone, which no handler reads, those of all methods.

        ``valid``: an answer to a valid identity. If it has data that none of them has, those of its like count alone: a
        page for every path may show a part of a list to callers who are refused.
        """
        if head_only:
            return tuple(chain.from_iterable(self.by_method.values()))
        every = self.by_method.get(method, ())
        if valid is None or not every:
            return every
        known = frozenset[int]().union(*(unpack(each.values) for each in every))
        return self._to_controls.get(method, every) if has_data_beyond(valid, known) else every

    @cached_property
    def _to_controls(self) -> Mapping[str, tuple[HttpFacts, ...]]:
        """The different answers to valid identities, by method."""
        answers: dict[str, list[HttpFacts]] = defaultdict(list)
        for entry in self.of_controls:
            if entry.probe.request and entry.observation.http:
                answers[entry.probe.request.method].append(entry.observation.http)
        return {method: tuple(distinct(facts)) for method, facts in answers.items()}


def has_data_beyond(http: HttpFacts, known: Values) -> bool:
    """Return whether an answer has data that are too specific for a coincidence, and not known."""
    return weight(data_of(unpack(http.values) - known)) >= LEAK


def _is_a_number(words: tuple[str, ...]) -> bool:
    return len(words) == 1 and not any(map(str.isalpha, words[0]))
