"""The specific data of guarded operations, and whether another answer carries them. Pure.

Specific are identifiers, addresses and long numbers, and a shorter identifier with the name beside it. No evidence are
references to resources, dates, what names a service, what callers are named, and what many operations have. Data count
by entries of a list: a build number and a support address stand in many answers, the addresses of two customers do not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct

from specdrift.body.placed import Entry, Placed, placed_values, without_evidence
from specdrift.checks.undocumented.entry_pairs import EntryPair, pairs_in, pairs_of
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.resource import (
    CHANCE,
    FEW_WORDS,
    LEAK,
    MOST_OF_IT,
    NEARLY_ALL,
    NOTHING,
    Carried,
    Values,
    common_values,
    names_of,
    resource_of,
)
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import Strength, data_of, weight

LEAST_ENTRIES = LEAST_MEMBERS = 2
"""Entries of a list, or members of one resource, of which an answer must have specific data."""


class Found(Struct, frozen=True, kw_only=True):
    """Data of an operation in another answer."""

    operation: OperationKey
    values: Values
    members: tuple[str, ...]
    """Of the operation's own answer, sorted."""
    entries: int


class GuardedData(Struct, dict=True):
    """What the admitted answers of operations have."""

    classifier: Classifier

    @cached_property
    def given(self) -> Mapping[OperationKey, tuple[tuple[Values, ...], ...]]:
        """The values of the answers with which each operation admitted valid identities, by identity."""
        learned = self.classifier.learned
        probed = (entry.probe.operation for entry in self.classifier.log.by_check(CERTIFICATE))
        return {
            operation: tuple(
                tuple(map(learned.values_of, each.admitted))
                for each in learned.valid.exchanges(operation)
                if each.admitted
            )
            for operation in dict.fromkeys(filter(None, probed))
        }

    @cached_property
    def _all(self) -> Mapping[OperationKey, Values]:
        return {
            operation: NOTHING.union(*(values for each in given for values in each))
            for operation, given in self.given.items()
        }

    @cached_property
    def bodies(self) -> Mapping[OperationKey, Values]:
        """The values of their bodies alone, as far as these are JSON: a session cookie has the same data everywhere."""
        found = {
            operation: frozenset(
                number
                for http in self.classifier.admitted_answers(operation)
                for number, _ in placed_values(http.body_excerpt)
            )
            for operation in self._all
        }
        return {operation: values or self._all[operation] for operation, values in found.items()}

    @cached_property
    def _of_none(self) -> Values:
        """Values that belong to no operation: of most resources, and of the callers.

        Open operations do not make them common alone: a guarded resource stays one, wherever it leaks.
        """
        folders: dict[str, list[Values]] = defaultdict(list)
        guarded: dict[int, set[str]] = defaultdict(set)
        for operation, values in self.bodies.items():
            folder = operation.path.partition("{")[0].rstrip("/")
            folders[folder].append(values)
            for number in values if operation not in self.classifier.log.open_operations else ():
                guarded[number].add(folder)
        common = common_values(folders.values())
        of_one = frozenset(number for number in common if len(guarded[number]) == 1)
        return (common - of_one) | names_of(self.classifier.log.identities.values())

    @cached_property
    def owners(self) -> Mapping[int, frozenset[OperationKey]]:
        """The operations of each specific value that all answers to one identity have."""
        steady: set[int] = set()
        for given in self.given.values():
            for each in given:
                steady.update(filter(_is_specific, data_of(frozenset.intersection(*each))))
        owners: dict[int, set[OperationKey]] = defaultdict(set)
        for operation, values in self._all.items():
            for number in values & (steady - self._of_none):
                owners[number].add(operation)
            for number in self._pairs[operation]:
                owners[number].add(operation)
        return {number: frozenset(every) for number, every in owners.items()}

    @cached_property
    def _pairs(self) -> Mapping[OperationKey, Mapping[int, EntryPair]]:
        """The pairs in the entries of their lists, without what belongs to no operation."""
        return {
            operation: {
                number: pair
                for http in self.classifier.admitted_answers(operation)
                for number, pair in pairs_of(http.body_excerpt).items()
                if pair.words.isdisjoint(self._of_none)
            }
            for operation in self._all
        }

    def known_of(self, operation: OperationKey) -> Values:
        """Return the values of an operation's bodies, and its pairs."""
        return self.bodies.get(operation, NOTHING) | self._pairs.get(operation, {}).keys()

    def pairs_in(self, http: HttpFacts, values: Values) -> Values:
        """Return the pairs of all operations that an answer has together, among the values that are its own."""
        every = {number: pair for pairs in self._pairs.values() for number, pair in pairs.items()}
        return pairs_in(http.body_excerpt, values, every)

    @cached_property
    def specific(self) -> Values:
        """All of these values."""
        return frozenset(self.owners)

    @cached_property
    def hints(self) -> Values:
        """The values without which an answer has no data: the specific ones, and the identifiers of pairs."""
        pairs = (pair for pairs in self._pairs.values() for pair in pairs.values())
        return self.specific.union(*(data_of(pair.words) for pair in pairs))

    def found(
        self, operation: OperationKey, values: Values, http: HttpFacts, *, members: int
    ) -> Found | None:
        """Return what an answer carries of an operation, of the values that count.

        ``members``: as many of one resource are enough, for an operation with a parameter in its path; 0: none are.
        """
        counted = values - without_evidence(http.body_excerpt)
        placed = self._places(operation)
        known = {number: placed[number] for number in counted & placed.keys()}
        entries = {place.entry for place in known.values() if place.entry}
        several = len({place.member for place in known.values() if place.entry is None})
        of_one = members > 0 and "{" in operation.path and several >= members
        if len(entries) < LEAST_ENTRIES and not of_one:
            return None
        return Found(
            operation=operation,
            values=frozenset(known),
            members=tuple(sorted({place.member for place in known.values()})),
            entries=len(entries) or 1,
        )

    def most_of(
        self,
        operation: OperationKey,
        numbers: Values,
        values: Values,
        *,
        elsewhere: frozenset[OperationKey],
        echo: Values,
    ) -> Found | None:
        """Return what an answer carries of an operation, if that is most of its data, or of one entry of its list.

        ``numbers``: the specific values that count; ``values``: all of the answer; ``echo``: those of its request.
        """
        placed, public = self._places(operation), self._values_of(elsewhere)
        is_most = self.is_most(operation, values, elsewhere)
        is_most = is_most or self.is_most_evidence(operation, values, elsewhere)
        counted = (values - public) if is_most else numbers
        known = {number: placed[number] for number in counted & placed.keys()}
        entries = {place.entry for place in known.values() if place.entry}
        is_entry = any(self._is_most_of_entry(operation, each, values, echo) for each in entries)
        # Of a small resource, numbers are part of what shows it, if nothing of it is missing.
        is_whole = bool(known) and self.is_whole(operation, values, elsewhere)
        if not (is_entry or is_whole or (is_most and weight(known) >= FEW_WORDS)):
            return None
        return Found(
            operation=operation,
            values=frozenset(known),
            members=tuple(sorted({place.member for place in known.values()})),
            entries=len(entries) or 1,
        )

    def _is_most_of_entry(self, operation: OperationKey, entry: Entry, values: Values, echo: Values) -> bool:
        """Return whether an answer has most of the specific data of an entry, and words beside it."""
        own = {number for number, place in self._places(operation).items() if place.entry == entry}
        own -= self._pairs[operation].keys() | echo
        specific = own & self.specific
        carried = weight(specific & values)
        return carried >= MOST_OF_IT * weight(specific) and weight(own & values) >= LEAK + CHANCE

    def _places(self, operation: OperationKey) -> Mapping[int, Placed]:
        """Return where the answers of an operation have its values, without those that are no evidence."""
        places: dict[int, Placed] = {number: pair.place for number, pair in self._pairs[operation].items()}
        excluded = set[int]()
        for http in self.classifier.admitted_answers(operation):
            for number, place in placed_values(http.body_excerpt):
                places.setdefault(number, place)
            excluded |= without_evidence(http.body_excerpt)
        return {number: place for number, place in places.items() if number not in excluded}

    def is_most_evidence(
        self, operation: OperationKey, values: Values, elsewhere: frozenset[OperationKey]
    ) -> bool:
        """Return whether values are most of an operation's specific data: a text may leave dates and references out."""
        others = self._values_of(elsewhere)
        specific = frozenset(
            number
            for number in self._places(operation).keys() & self._all[operation] - others
            if operation in self.owners.get(number, frozenset())
        )
        carried = weight(specific & values)
        return carried >= FEW_WORDS and carried >= MOST_OF_IT * weight(specific)

    def _values_of(self, operations: Iterable[OperationKey]) -> Values:
        return NOTHING.union(*(self._all.get(each, NOTHING) for each in operations))

    def is_most(self, operation: OperationKey, values: Values, elsewhere: frozenset[OperationKey]) -> bool:
        """Return whether values are most of an operation's data, without what other operations of the caller have."""
        return self._carried(operation, values, elsewhere).amounts_to_the_answer

    def has_identifiers(self, found: Found) -> bool:
        """Return whether several entries are found by specific values, and not only by pairs."""
        places, specific = self._places(found.operation), found.values - self._pairs[found.operation].keys()
        return len({places[number].entry for number in specific if _is_specific(number)}) >= LEAST_ENTRIES

    def is_whole(self, operation: OperationKey, values: Values, elsewhere: frozenset[OperationKey]) -> bool:
        """Return whether values are nearly all of an operation's data, and more than a few words."""
        carried = self._carried(operation, values, elsewhere)
        is_all = carried.amounts_to_the_answer and carried.part >= NEARLY_ALL
        return is_all and weight(carried.values) >= FEW_WORDS

    def _carried(
        self, operation: OperationKey, values: Values, elsewhere: frozenset[OperationKey]
    ) -> Carried:
        others = self._values_of(elsewhere)
        return resource_of(self.given[operation], self._of_none | others).carried_by(values)


def _is_specific(number: int) -> bool:
    return weight([number]) >= Strength.STRONG
