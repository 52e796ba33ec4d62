"""The specific data of guarded operations, and whether another answer carries them. Pure.

Specific are identifiers, addresses and long numbers. No evidence are references to resources, dates, what names a
service, what callers are named, and what many operations have. Data count by entries of a list: a build number and a
support address stand in many answers, the addresses of two customers do not.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from json import JSONDecodeError, loads

from specdrift.body.cut_json import completed
from specdrift.body.denial import SERVICE, plain_name
from specdrift.body.values import words_of
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.resource import NOTHING, Values, common_values, names_of, resource_of
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import Strength, data_of, weight

LEAST_ENTRIES = 2
"""Entries of a list, or values of one resource, of which an answer must have specific data."""
REFERENCES = frozenset({"uuid", "guid", "key", "code", "ref", "reference", "href", "self", "url", "uri"})
ABOUT_SERVICES = SERVICE | frozenset(
    {"build", "commit", "revision", "region", "zone", "host", "hostname", "node", "pod", "instance", "image"}
)
"""Members, as ``plain_name`` writes them, whose values are no evidence."""
LEAF = re.compile(
    r"(?:/|[a-z][a-z0-9+.-]*://).*|\d{4}-\d\d-\d\d.*|1\d{9}(?:\d{3})?", re.IGNORECASE | re.DOTALL
)
"""Texts that are links, dates or times."""
NUMBER = re.compile(r"[+-]?[\d.]{1,5}")
"""Numbers that answers may share by chance."""

Entry = tuple[str, tuple[int, ...]]
"""An entry of a list: the path of its members, and the positions in the lists around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where an answer has a value."""

    member: str
    """The innermost member."""
    entry: Entry | None
    """``None`` outside of any list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Data of an operation in another answer."""

    operation: OperationKey
    values: Values
    members: tuple[str, ...]
    """Of the operation's own answer, sorted."""
    entries: int


@dataclass
class GuardedData:
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
                for number, _ in _placed(http.body_excerpt)
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
        return {number: frozenset(every) for number, every in owners.items()}

    @cached_property
    def specific(self) -> Values:
        """All of these values."""
        return frozenset(self.owners)

    def found(
        self, operation: OperationKey, values: Values, http: HttpFacts, *, single: bool
    ) -> Found | None:
        """Return what an answer carries of an operation, of the values that count.

        ``single``: several members of one resource are enough, for an operation with a parameter in its path.
        """
        counted = values - _without_evidence(http)
        placed = self._places(operation)
        known = {number: placed[number] for number in counted & placed.keys()}
        entries = {place.entry for place in known.values() if place.entry}
        several = len({place.member for place in known.values() if place.entry is None})
        of_one = single and "{" in operation.path and several >= LEAST_ENTRIES
        if len(entries) < LEAST_ENTRIES and not of_one:
            return None
        return Found(
            operation=operation,
            values=frozenset(known),
            members=tuple(sorted({place.member for place in known.values()})),
            entries=len(entries) or 1,
        )

    def _places(self, operation: OperationKey) -> Mapping[int, Placed]:
        """Return where the answers of an operation have its values, without those that are no evidence."""
        places: dict[int, Placed] = {}
        excluded = set[int]()
        for http in self.classifier.admitted_answers(operation):
            for number, place in _placed(http.body_excerpt):
                places.setdefault(number, place)
            excluded |= _without_evidence(http)
        return {number: place for number, place in places.items() if number not in excluded}

    def is_most(self, operation: OperationKey, values: Values, elsewhere: frozenset[OperationKey]) -> bool:
        """Return whether values are most of an operation's data, without what other operations of the caller have."""
        others = NOTHING.union(*(self._all.get(each, NOTHING) for each in elsewhere))
        resource = resource_of(self.given[operation], self._of_none | others)
        return resource.carried_by(values).amounts_to_the_answer


def _is_specific(number: int) -> bool:
    return weight([number]) >= Strength.STRONG


@lru_cache(maxsize=512)
def _placed(text: str) -> tuple[tuple[int, Placed], ...]:
    """Return the values of a JSON text with their places."""
    return tuple((number, place) for place, leaf in _leaves(_tree(text)) for number, _ in words_of(leaf))


def _without_evidence(http: HttpFacts) -> Values:
    return _excluded(http.body_excerpt)


@lru_cache(maxsize=512)
def _excluded(text: str) -> Values:
    """Return the values of references, dates, short numbers and names of services in a JSON text."""
    return frozenset(
        number
        for place, leaf in _leaves(_tree(text))
        for number, word in words_of(leaf)
        if LEAF.fullmatch(leaf) or NUMBER.fullmatch(word) or _is_no_evidence(place.member)
    )


def _is_no_evidence(member: str) -> bool:
    name = plain_name(member)
    return name in REFERENCES or name in ABOUT_SERVICES or name.endswith("id")


def _leaves(tree: object) -> Iterator[tuple[Placed, str]]:
    """Yield the texts and numbers of a JSON value with their places, without recursion."""
    waiting: list[tuple[str, tuple[int, ...], object]] = [("", (), tree)]
    while waiting:
        path, at, node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend((f"{path}/{name}", at, member) for name, member in node.items())
        elif isinstance(node, list):
            waiting.extend((f"{path}/*", (*at, index), member) for index, member in enumerate(node))
        elif isinstance(node, str | int | float) and not isinstance(node, bool):
            member = path.rstrip("/*").rpartition("/")[2]
            entry = (path.rpartition("*")[0], at) if at else None
            yield Placed(member=member, entry=entry), str(node)


def _tree(text: str) -> object:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    for whole in (text, completed(text)):
        try:
            return loads(whole)
        except (JSONDecodeError, RecursionError):
            continue
    return None
