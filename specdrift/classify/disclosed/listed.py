"""What stands in one entry of an operation's list and not in the others, looked for in refusals. Pure.

What every refusal has is taken for the server's own text, and what stays in every answer for the server's envelope. But
a member that has another value in each entry is neither: a refusal that has one of them, has it from the list.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from specdrift.body.pieces import Piece, is_row
from specdrift.body.records import records_of
from specdrift.body.values import echo_of, values_of_fields
from specdrift.classify.disclosed.no_evidence import is_common
from specdrift.classify.disclosed.withheld import rows_at
from specdrift.classify.explanation.parts import LEAST_IDENTIFIER, names_in
from specdrift.classify.explanation.refused import RefusedAnswer, Token, Word, words_in
from specdrift.classify.resource import NOTHING, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import Strength, data_of, unpack, weight

LEAST_MEMBERS = 4
"""Members of an entry that are a record together: a contact has fewer."""
ONE = "[1]"
"""The size of a list of one entry."""
LEAST_ENTRIES = 2
"""Entries of a list of which a refusal must have identifiers."""
Datum = tuple[str, str]
"""Place of a member in a list of an operation, and its text in lower case."""


@dataclass(frozen=True)
class Listed:
    """The values of single entries that a caller must not get."""

    data: frozenset[Datum] = frozenset()
    names: frozenset[str] = frozenset()
    """The words of names and addresses of several words that only one entry has, as they are written."""

    @cached_property
    def _identifiers(self) -> Mapping[int, set[Datum]]:
        """Where the value of each identifier stands."""
        found: dict[int, set[Datum]] = defaultdict(set)
        for place, text in self.data:
            if _is_identifier(text) and not is_common(_last(place), text):
                for number in data_of(echo_of((text,))):
                    found[number].add((place, text))
        return found

    @cached_property
    def _members(self) -> Mapping[Datum, set[str]]:
        """The places of what stands in a member of some name."""
        found: dict[Datum, set[str]] = defaultdict(set)
        for place, text in self.data:
            found[_last(place), text].add(place)
        return found

    @cached_property
    def _of_entries(self) -> Mapping[str, frozenset[str]]:
        """The names of the members that differ between the entries of each list."""
        found: dict[str, set[str]] = defaultdict(set)
        for place, _ in self.data:
            found[_list_of(place)].add(_last(place))
        return {place: frozenset(names) for place, names in found.items()}

    @cached_property
    def _values(self) -> Values:
        """Those without one of which an answer has nothing of a list."""
        return echo_of({text for _, text in self.data})

    def words_of(self, answer: RefusedAnswer) -> Iterator[Word]:
        """Yield the words of a refusal that are an identifier of an entry, or a name in a member of one name."""
        yield from (word for word, _ in self._parts_in(answer))
        names = answer.content.names if self.names else {}
        yield from (names[name] for name in names.keys() & self.names)
        if self._values.isdisjoint(answer.content.values):
            return  # as nearly always
        for word in answer.words:
            piece = word.piece
            is_name = (_last(piece.name), _text(piece)) in self._members and _names(piece)
            if is_name or self._identifiers_in(word, answer):
                yield word
        for piece in records_of(answer.http.body_excerpt):
            if (_last(piece.name), _text(piece)) in self._members and _names(piece):
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
            if " " in text and not is_common(_last(place), text):
                found[text].add(place)
        return found

    def disclosed_by(self, http: HttpFacts, values: Values) -> Values:
        """Return what an answer has of a list among its own ``values``: identifiers of several entries, or a record.

        One identifier may be the server's: a contact, a tenant.
        """
        entries: dict[str, set[str]] = defaultdict(set)
        members: dict[str, dict[str, str]] = defaultdict(dict)
        if self._values.isdisjoint(values):
            return NOTHING
        for word in words_in(http):
            for number in data_of(echo_of((word.text,)) & values) & self._identifiers.keys():
                for place, text in self._identifiers[number]:
                    entries[place].add(text)
        for piece in _placed_in(http):
            text = _text(piece)
            for place in self._members.get((_last(piece.name), text), ()):
                members[_list_of(place)][_last(place)] = text
        found = {text for texts in entries.values() if len(texts) >= LEAST_ENTRIES for text in texts}
        for place, texts in members.items():
            if len(texts) >= LEAST_MEMBERS and texts.keys() == self._of_entries[place]:
                found.update(texts.values())
        return echo_of(found) & values


NONE_LISTED = Listed()
"""Of a caller from whom nothing is kept."""


Answers = Mapping[OperationKey, Sequence[Sequence[HttpFacts]]]
"""The answers that admitted valid identities, by operation and identity."""


def listed_for(
    forbidden: Mapping[str, frozenset[OperationKey]], answers: Answers, public: Values
) -> Mapping[str, Listed]:
    """Return what stands in single entries of the operations that must refuse each identity.

    ``public``: values that belong to no operation. What an operation gives that the caller may use, is no secret.
    Header fields that valid identities get with the data are of a layer that writes them into all answers.
    """
    every = (http for given in answers.values() for one in given for http in one)
    public = public.union(*(unpack(values_of_fields(http.headers)) for http in every))
    data = {
        operation: frozenset((f"{operation}:{place}", text) for place, text in _data_of(given))
        for operation, given in answers.items()
    }
    names = {operation: _names_in(given) for operation, given in answers.items()}
    values = {operation: _values_of(given) for operation, given in answers.items()}
    found: dict[frozenset[OperationKey], Listed] = {}
    for operations in set(forbidden.values()):
        known = public.union(*(values[each] for each in values.keys() - operations))
        kept = frozenset[Datum]().union(*(data.get(each, frozenset()) for each in operations))
        of_entries = frozenset[str]().union(*(names.get(each, frozenset()) for each in operations))
        found[operations] = Listed(
            frozenset(datum for datum in kept if not echo_of((datum[1],)) <= known),
            frozenset(name for name in of_entries if not echo_of((name,)) <= known),
        )
    return {name: found[operations] for name, operations in forbidden.items()}


def _data_of(given: Sequence[Sequence[HttpFacts]]) -> frozenset[Datum]:
    """Return what stays in the answers to an identity, and differs between the entries of a list.

    Of a list of one entry it is all of that: nothing shows what each entry has, but envelopes stand outside of lists.
    """
    found = frozenset[Datum]()
    for answers in given:
        kept = frozenset.intersection(*map(_listed_in, answers)) if answers else frozenset()
        sizes = _sizes_in(answers)
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
            {(piece.name, piece.words) for piece in _placed_in(http) if "/*" in piece.name}
            for http in answers
        ]
        kept = set.intersection(*each) if each else set()
        entries = Counter(place for place, _ in kept)
        times = Counter(
            (place, name)
            for place, words in kept
            if entries[place] >= LEAST_ENTRIES and not is_common(_last(place), " ".join(words).casefold())
            for name in set(names_in(words))
        )
        found |= {name for (_, name), count in times.items() if count == 1}
    return found


def _listed_in(http: HttpFacts) -> frozenset[Datum]:
    pieces = {piece for piece in _placed_in(http) if "/*" in piece.name}
    return frozenset((each.name, _text(each)) for each in pieces if not _is_of_several(each))


@lru_cache(maxsize=512)
def _placed_in(http: HttpFacts) -> tuple[Piece, ...]:
    """Return the texts of an answer with their places, in any format."""
    return records_of(http.body_excerpt) or tuple(dict.fromkeys(word.piece for word in words_in(http)))


def _sizes_in(answers: Sequence[HttpFacts]) -> Mapping[str, set[str]]:
    """Return the sizes of the lists of answers by their places."""
    sizes: dict[str, set[str]] = defaultdict(set)
    for piece in (piece for http in answers for piece in _placed_in(http)):
        if piece.value.startswith("["):
            sizes[piece.name.rstrip("/")].add(piece.value)
    return sizes


def _is_in_single_entries(place: str, sizes: Mapping[str, set[str]]) -> bool:
    """Return whether each list around a place has one entry in all answers."""
    parts = place.split("/*")[:-1]
    around = ("/*".join(parts[: at + 1]) for at in range(len(parts)))
    return all(sizes.get(each) == {ONE} for each in around)


def _values_of(given: Sequence[Sequence[HttpFacts]]) -> Values:
    texts = {_text(word.piece) for answers in given for http in answers for word in words_in(http)}
    return echo_of(texts)


def _is_of_several(piece: Piece) -> bool:
    """Return whether it is the size of a list, or a row of values."""
    return piece.value.startswith("[") or any(map(is_row, piece.words))


def _list_of(place: str) -> str:
    return place.rpartition("/*")[0]


def _last(place: str) -> str:
    """Return the name of the innermost member."""
    return place.removesuffix("/*").rpartition("/")[2]


def _text(piece: Piece) -> str:
    return " ".join(piece.words).casefold()


def _is_identifier(text: str) -> bool:
    is_word = len(text) >= LEAST_IDENTIFIER and " " not in text
    return is_word and "/" not in text and weight(data_of(echo_of((text,)))) >= Strength.MEDIUM


def _names(piece: Piece) -> bool:
    """Return whether it is several words that begin and end as names do, unlike a sentence."""
    return _begin_and_end_as_names(piece.words) and not is_common(_last(piece.name), _text(piece))


def _begin_and_end_as_names(words: tuple[str, ...]) -> bool:
    return len(words) > 1 and all(word[:1] == word[:1].upper() for word in (words[0], words[-1]))
