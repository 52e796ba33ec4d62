"""What stands in one entry of an operation's list and not in the others, looked for in refusals. Pure.

What every refusal has is taken for the server's own text, and what stays in every answer for the server's envelope. But
a member that has another value in each entry is neither: a refusal that has one of them, has it from the list.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct, field

from specdrift.body.pieces import Piece
from specdrift.body.records import records_of
from specdrift.body.values import echo_of, values_of_fields
from specdrift.classify.disclosed.distinguishing import (
    Datum,
    Distinguishing,
    TextOfEntry,
    telling_of,
)
from specdrift.classify.disclosed.listed_texts import (
    is_of_several,
    list_of,
    member_of,
    placed_in,
    sizes_in,
    text_of,
)
from specdrift.classify.disclosed.no_evidence import is_common
from specdrift.classify.disclosed.withheld import rows_at
from specdrift.classify.explanation.parts import LEAST_IDENTIFIER, names_in
from specdrift.classify.explanation.refused import RefusedAnswer, Token, Word, content_of, words_in
from specdrift.classify.resource import NOTHING, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import Strength, data_of, is_weak, unpack, weight

LEAST_MEMBERS = 4
"""Members of an entry that are a record together: a contact has fewer."""
ONE = "[1]"
"""The size of a list of one entry."""
LEAST_ENTRIES, LEAST_NUMBERS = 2, 3
"""Entries of a list of which a refusal must have identifiers or names, and numbers of few digits."""


class Listed(Struct, frozen=True, dict=True):
    """The values of single entries that a caller must not get."""

    data: frozenset[Datum] = frozenset()
    names: frozenset[str] = frozenset()
    """The words of names and addresses of several words that only one entry has, as they are written."""
    distinguishing: Distinguishing = field(default_factory=Distinguishing)
    """Those of the data that tell the entries of a list apart."""

    @cached_property
    def _identifiers(self) -> Mapping[int, set[Datum]]:
        """Where the value of each identifier stands."""
        found: dict[int, set[Datum]] = defaultdict(set)
        for place, text in self.data:
            if _is_identifier(text) and not is_common(member_of(place), text):
                for number in data_of(echo_of((text,))):
                    found[number].add((place, text))
        return found

    @cached_property
    def _members(self) -> Mapping[Datum, set[str]]:
        """The places of what stands in a member of some name."""
        found: dict[Datum, set[str]] = defaultdict(set)
        for place, text in self.data:
            found[member_of(place), text].add(place)
        return found

    @cached_property
    def _of_entries(self) -> Mapping[str, frozenset[str]]:
        """The names of the members that differ between the entries of each list."""
        found: dict[str, set[str]] = defaultdict(set)
        for place, _ in self.data:
            found[list_of(place)].add(member_of(place))
        return {place: frozenset(names) for place, names in found.items()}

    @cached_property
    def _values(self) -> Values:
        """Those without one of which an answer has nothing of a list."""
        return echo_of({text for _, text in self.data})

    def words_of(
        self, answer: RefusedAnswer, is_known: Callable[[Word], bool] = lambda _: False
    ) -> Iterator[Word]:
        """Yield the words of a refusal that are an identifier or a name of an entry, or values of several entries.

        ``is_known``: whether the request or the status says a word.
        """
        for found in self.distinguishing.telling(answer.content, is_known):
            yield from (word for word in found.words if not is_known(word))
        yield from (word for word in self._of_one_entry(answer) if not is_known(word))

    def _of_one_entry(self, answer: RefusedAnswer) -> Iterator[Word]:
        """Yield the words that are an identifier of an entry, or a name in a member of one name."""
        yield from (word for word, _ in self._parts_in(answer))
        names = answer.content.names if self.names else {}
        yield from (names[name] for name in names.keys() & self.names)
        if self._values.isdisjoint(answer.content.values):
            return  # as nearly always
        for word in answer.words:
            piece = word.piece
            is_name = (member_of(piece.name), text_of(piece)) in self._members and _names(piece)
            if is_name or self._identifiers_in(word, answer):
                yield word
        for piece in records_of(answer.http.body_excerpt):
            if (member_of(piece.name), text_of(piece)) in self._members and _names(piece):
                yield from (Word(piece, text, Token("", text.casefold())) for text in piece.words)

    def _identifiers_in(self, word: Word, answer: RefusedAnswer) -> Values:
        """Return the identifiers in a word, also in one that is encoded, without that of the requested resource."""
        return (data_of(echo_of((word.text,))) & self._identifiers.keys()) - echo_of((answer.request.target,))

    def _parts_in(self, answer: RefusedAnswer) -> Iterator[tuple[Word, set[str]]]:
        """Yield the identifiers that are a part of a word, with their places in the lists."""
        parts = answer.content.parts
        for text in parts.keys() & self._places_of_identifiers.keys():
            yield parts[text], self._places_of_identifiers[text]

    @cached_property
    def _places_of_identifiers(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for each in self._identifiers.values():
            for place, text in each:
                found[text].add(place)
        return found

    def own_of(self, answer: RefusedAnswer) -> Iterator[tuple[Word, ...]]:
        """Yield the rows of words that are an identifier or a name of an entry of the operation's own list."""
        own = f"{answer.operation}:"
        for word, places in self._parts_in(answer):
            if any(place.startswith(own) for place in places):
                yield (word,)
        if self._values.isdisjoint(answer.content.values):
            return  # as nearly always
        for at, word in enumerate(answer.words):
            numbers = self._identifiers_in(word, answer)
            if any(place.startswith(own) for number in numbers for place, _ in self._identifiers[number]):
                yield (word,)
            yield from (row for row in rows_at(answer.words, at) if self._is_name_of(row, own))

    def _is_name_of(self, row: tuple[Word, ...], operation: str) -> bool:
        words = tuple(word.text for word in row)
        places = self._names.get(" ".join(words).casefold(), ())
        return _begin_and_end_as_names(words) and any(place.startswith(operation) for place in places)

    @cached_property
    def _names(self) -> Mapping[str, set[str]]:
        """The places of the texts of several words that differ between entries."""
        found: dict[str, set[str]] = defaultdict(set)
        for place, text in self.data:
            if " " in text and not is_common(member_of(place), text):
                found[text].add(place)
        return found

    def disclosed_by(self, http: HttpFacts, values: Values) -> Values:
        """Return what an answer has of a list among its own ``values``: identifiers of several entries, or a record.

        One identifier may be the server's: a contact, a tenant.
        """
        found = self._of_several(http, values)
        entries: dict[str, set[str]] = defaultdict(set)
        members: dict[str, dict[str, str]] = defaultdict(dict)
        if self._values.isdisjoint(values):
            return NOTHING
        for word in words_in(http):
            for number in data_of(echo_of((word.text,)) & values) & self._identifiers.keys():
                for place, text in self._identifiers[number]:
                    entries[place].add(text)
        for piece in placed_in(http):
            text = text_of(piece)
            for place in self._members.get((member_of(piece.name), text), ()):
                members[list_of(place)][member_of(place)] = text
        found |= {text for texts in entries.values() if len(texts) >= LEAST_ENTRIES for text in texts}
        for place, texts in members.items():
            if len(texts) >= LEAST_MEMBERS and texts.keys() == self._of_entries[place]:
                found.update(texts.values())
        return echo_of(found) & values

    def _of_several(self, http: HttpFacts, values: Values) -> set[str]:
        """Return the names or numbers of several entries in an answer."""
        several: dict[tuple[str, int], set[str]] = defaultdict(set)
        for each in self.distinguishing.found_in(content_of(http)):
            if each.is_alone and _is_among(each, values):
                several[each.place, LEAST_ENTRIES if len(each.words) > 1 else LEAST_NUMBERS].add(each.text)
        return {text for (_, least), texts in several.items() if len(texts) >= least for text in texts}


NONE_LISTED = Listed()
"""Of a caller from whom nothing is kept."""


Answers = Mapping[OperationKey, Sequence[Sequence[HttpFacts]]]
"""The answers that admitted valid identities, by operation and identity."""


def listed_for(
    forbidden: Mapping[str, frozenset[OperationKey]],
    answers: Answers,
    public: Values,
    said: Sequence[HttpFacts] = (),
) -> Mapping[str, Listed]:
    """Return what stands in single entries of the operations that must refuse each identity.

    ``public``: values that belong to no operation; ``said``: the answers that have them. What an operation gives that
    the caller may use, is no secret. Header fields that valid identities get with the data are of a layer that
    writes them into all answers.
    """
    fields = {http.headers for given in answers.values() for one in given for http in one}
    public = public.union(*(unpack(values_of_fields(headers)) for headers in fields))
    answers = {operation: _different(given) for operation, given in answers.items()}
    data = {
        operation: frozenset((f"{operation}:{place}", text) for place, text in _data_of(given))
        for operation, given in answers.items()
    }
    names = {operation: _names_in(given) for operation, given in answers.items()}
    telling = {
        operation: frozenset((f"{operation}:{place}", text) for place, text in telling_of(given))
        for operation, given in answers.items()
    }
    values = {operation: _values_of(given) for operation, given in answers.items()}
    found: dict[frozenset[OperationKey], Listed] = {}
    for operations in set(forbidden.values()):
        known = public.union(*(values[each] for each in values.keys() - operations))
        kept = frozenset[Datum]().union(*(data.get(each, frozenset()) for each in operations))
        own = frozenset(datum for datum in kept if not echo_of((datum[1],)) <= known)
        of_entries = frozenset[str]().union(*(names.get(each, frozenset()) for each in operations))
        reported = frozenset[Datum]().union(*(telling.get(each, frozenset()) for each in operations))
        given = (http for each in answers.keys() - operations for one in answers[each] for http in one)
        distinguishing = Distinguishing(own & reported)
        found[operations] = Listed(
            own,
            frozenset(name for name in of_entries if not echo_of((name,)) <= known),
            distinguishing.without_those_in(map(content_of, (*said, *given))),
        )
    return {name: found[operations] for name, operations in forbidden.items()}


def _different(given: Sequence[Sequence[HttpFacts]]) -> Sequence[Sequence[HttpFacts]]:
    """Return the answers to one of all identities whose answers say the same: nothing else of them is read here."""
    return tuple({tuple(map(content_of, answers)): answers for answers in given}.values())


def _data_of(given: Sequence[Sequence[HttpFacts]]) -> frozenset[Datum]:
    """Return what stays in the answers to an identity, and differs between the entries of a list.

    Of a list of one entry it is all of that: nothing shows what each entry has, but envelopes stand outside of lists.
    """
    found = frozenset[Datum]()
    for answers in given:
        kept = frozenset.intersection(*map(_listed_in, answers)) if answers else frozenset()
        sizes = sizes_in(answers)
        texts: dict[str, set[str]] = defaultdict(set)
        for place, text in kept:
            texts[place].add(text)
        found |= {
            (place, text)
            for place, text in kept
            if len(texts[place]) >= LEAST_ENTRIES or _is_in_single_entries(place, sizes)
        }
    return found


def _names_in(given: Sequence[Sequence[HttpFacts]]) -> frozenset[str]:
    """Return the words of names and addresses that stand in one entry of a list each time."""
    found = frozenset[str]()
    for answers in given:
        each = [
            {(piece.name, piece.words) for piece in placed_in(http) if "/*" in piece.name} for http in answers
        ]
        kept = set.intersection(*each) if each else set()
        entries = Counter(place for place, _ in kept)
        times = Counter(
            (place, name)
            for place, words in kept
            if entries[place] >= LEAST_ENTRIES and not is_common(member_of(place), " ".join(words).casefold())
            for name in set(names_in(words))
        )
        found |= {name for (_, name), count in times.items() if count == 1}
    return found


def _is_among(each: TextOfEntry, values: Values) -> bool:
    """Return whether it is among values as a whole."""
    telling = (number for number in echo_of((each.text,)) if not is_weak(number))
    return not values.isdisjoint(telling)


def _listed_in(http: HttpFacts) -> frozenset[Datum]:
    pieces = {piece for piece in placed_in(http) if "/*" in piece.name}
    return frozenset((each.name, text_of(each)) for each in pieces if not is_of_several(each))


def _is_in_single_entries(place: str, sizes: Mapping[str, set[str]]) -> bool:
    """Return whether each list around a place has one entry in all answers."""
    parts = place.split("/*")[:-1]
    around = ("/*".join(parts[: at + 1]) for at in range(len(parts)))
    return all(sizes.get(each) == {ONE} for each in around)


def _values_of(given: Sequence[Sequence[HttpFacts]]) -> Values:
    texts = {text_of(word.piece) for answers in given for http in answers for word in words_in(http)}
    return echo_of(texts)


def _is_identifier(text: str) -> bool:
    is_word = len(text) >= LEAST_IDENTIFIER and " " not in text
    return is_word and "/" not in text and weight(data_of(echo_of((text,)))) >= Strength.MEDIUM


def _names(piece: Piece) -> bool:
    """Return whether it is several words that begin and end as names do, unlike a sentence."""
    return _begin_and_end_as_names(piece.words) and not is_common(member_of(piece.name), text_of(piece))


def _begin_and_end_as_names(words: tuple[str, ...]) -> bool:
    return len(words) > 1 and all(word[:1] == word[:1].upper() for word in (words[0], words[-1]))
