"""What differs each time the same request is refused: times, identifiers of the incident, texts of the day. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from specdrift.body.denial import plain_name
from specdrift.classify.explanation.message import names_in_parts
from specdrift.classify.explanation.own_words import OwnWords
from specdrift.classify.explanation.refused import Form, Group, RefusedAnswer, Token, Word
from specdrift.model.contract.operation import OperationKey

LEAST_DIFFERENT = 3
"""Answers to different callers that show that a value is new each time."""
MOST_UNKNOWN = 256
"""Characters that differ each time, of a form that no other operation's refusals have."""
SHORTEST, LONGEST = 0.6, 1.6
"""Relative lengths of values of one form."""
LEAST_CONSTANT = 3
"""Long values that begin or end alike no longer by chance."""
LEAST_END = 12
"""Characters at the beginning or end of a long word that may be data beside a part that differs each time."""
TIME = re.compile(r"\d{4}-\d\d-\d\d[tT][\d:.]+(?:[zZ]|[+-]\d\d:?\d\d)?")
IDENTIFIER = re.compile(
    r"(?:00-)?[0-9a-f]{16,32}(?:-[0-9a-f]{16}-[0-9a-f]{2})?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
"""A random identifier in hexadecimal digits, a UUID (RFC 9562) or a ``traceparent`` (W3C Trace Context)."""
OF_AN_INCIDENT = frozenset(
    {
        "time",
        "timestamp",
        "trace",
        "traceid",
        "requestid",
        "correlationid",
        "incident",
        "incidentid",
        "spanid",
    }
    | {"eventid", "errorid"}
)
"""Members for the time or the identifier of a request, in small letters without signs."""
End = tuple[str, int, str]
"""Place, side and text of the end of a word."""


class Noise(Struct, frozen=True, dict=True):
    """What differs each time, learned from repetitions."""

    own_words: Mapping[RefusedAnswer, Sequence[Word]]
    """Words of each refusal that are not shared with other operations."""

    @cached_property
    def _groups(self) -> Mapping[Group, tuple[Counter[Token], int]]:
        """How many answers of each group have a token, and how many there are."""
        counts: dict[Group, Counter[Token]] = defaultdict(Counter)
        sizes = Counter[Group]()
        for each, words in self.own_words.items():
            counts[each.group].update({word.token for word in words})
            sizes[each.group] += 1
        return {group: (count, sizes[group]) for group, count in counts.items()}

    @cached_property
    def _callers(self) -> Mapping[OperationKey, Mapping[Token, frozenset[str]]]:
        """The callers who got a token on an operation."""
        found: dict[OperationKey, dict[Token, frozenset[str]]] = defaultdict(dict)
        for (operation, identity, *_), (count, _size) in self._groups.items():
            for token in count:
                known = found[operation].get(token, frozenset())
                found[operation][token] = known | {identity}
        return found

    def _differs(self, token: Token, group: Group) -> bool | None:
        """Whether a repetition of the same request lacks a token; ``None`` without a repetition that shows it."""
        count, size = self._groups.get(group, (Counter[Token](), 0))
        if size > 1:
            return count[token] < size
        others = self._callers.get(group[0], {}).get(token, frozenset()) - {group[1]}
        return False if others else None

    def differs_each_time(self, word: Word, answer: RefusedAnswer) -> bool:
        """Return whether repetitions, or refusals of other operations, show that such a value differs each time."""
        differs = self._differs(word.token, answer.group)
        # A clock may say the same in all repetitions of one request, and another time in those of another one.
        if (differs is None or names_the_incident(word)) and self.changes(word, answer):
            return True
        if differs is None and word.is_distinctive:
            return self._is_new_to_each_caller(word, answer) or self._is_usual(word, answer.operation)
        return bool(differs)

    def changes(self, word: Word, answer: RefusedAnswer) -> bool:
        """Return whether repetitions of some request of the operation change what stands at the place of a word."""
        return (answer.operation, answer.http.status, word.form) in self._changing

    @cached_property
    def _changing(self) -> frozenset[tuple[OperationKey, int, Form]]:
        """Where no repetition of a request of an operation has the value of another one, or seldom."""
        return frozenset(
            (each.operation, each.http.status, word.form)
            for each, words in self.own_words.items()
            for word in words
            if not word.is_structural
            and self._groups[each.group][1] >= LEAST_DIFFERENT
            and self._groups[each.group][0][word.token] < self._groups[each.group][1] / 2
        )

    def _is_new(self, word: Word, answer: RefusedAnswer) -> bool:
        """Whether answers on the same operation show that a value differs each time."""
        differs = self._differs(word.token, answer.group)
        if differs is None and word.is_distinctive:
            return self._is_new_to_each_caller(word, answer)
        return bool(differs)

    @cached_property
    def _slots(self) -> Mapping[tuple[OperationKey, int, Form], Counter[str]]:
        """How many answers have a word in one place, by operation and status."""
        found: dict[tuple[OperationKey, int, Form], Counter[str]] = defaultdict(Counter)
        for each, words in self.own_words.items():
            for word in words:
                if word.is_distinctive:
                    found[each.operation, each.http.status, word.form][word.text] += 1
        return found

    @cached_property
    def _new_slots(self) -> frozenset[tuple[OperationKey, int, Form]]:
        """The places in which no two answers on an operation have the same value."""
        return frozenset(
            place
            for place, times in self._slots.items()
            if len(times) >= LEAST_DIFFERENT and set(times.values()) == {1}
        )

    def _is_new_to_each_caller(self, word: Word, answer: RefusedAnswer) -> bool:
        return (answer.operation, answer.http.status, word.form) in self._new_slots

    @cached_property
    def _forms(self) -> Mapping[Form, Mapping[OperationKey, tuple[int, int]]]:
        """The forms of values that differ each time: the shortest and longest length on each operation."""
        found: dict[Form, dict[OperationKey, tuple[int, int]]] = defaultdict(dict)
        for each, words in self.own_words.items():
            for word in words:
                if self._is_new(word, each):
                    lengths, length = found[word.form], len(word.text)
                    least, most = lengths.get(each.operation, (length, length))
                    lengths[each.operation] = min(least, length), max(most, length)
        return found

    def _is_usual(self, word: Word, operation: OperationKey) -> bool:
        """Whether values of this form differ each time in refusals of other operations.

        Of random hexadecimal digits all may be decimal by chance.
        """
        place, is_number = word.form
        hexadecimal = self._forms.get((place, False), {}) if is_number else {}
        return any(
            SHORTEST * least <= len(word.text) <= LONGEST * most
            for other, (least, most) in self._forms.get(word.form, {}).items()
            if other != operation
        ) or any(
            least <= len(word.text) <= most
            for other, (least, most) in hexadecimal.items()
            if other != operation
        )

    def may_be_data(self, noise: Sequence[Word], answer: RefusedAnswer, *, is_changing: bool) -> bool:
        """Return whether what differs each time may be data: too much, or with a part that stays.

        ``is_changing``: the operation's own answers differ each time too.
        """
        unusual = [
            word for word in noise if not (names_the_incident(word) or self._is_usual(word, answer.operation))
        ]
        if is_changing and unusual:
            return True
        if sum(len(word.text) for word in unusual) > MOST_UNKNOWN:
            return True
        return any(self._has_a_constant_part(word, answer) for word in noise)

    def has_a_name(self, word: Word, answer: RefusedAnswer, own_words: OwnWords) -> bool:
        """Return whether a part of a value is a word of the operation's answers, and of no other one's refusals."""
        return any(
            own_words.have(part, word.piece.name)
            and self._operations_of_parts[word.piece.name, part.casefold()] == {answer.operation}
            for part in names_in_parts(word.text)
        )

    @cached_property
    def _operations_of_parts(self) -> Mapping[tuple[str, str], set[OperationKey]]:
        found: dict[tuple[str, str], set[OperationKey]] = defaultdict(set)
        for each, words in self.own_words.items():
            for word in words:
                for part in names_in_parts(word.text):
                    found[word.piece.name, part.casefold()].add(each.operation)
        return found

    def _has_a_constant_part(self, word: Word, answer: RefusedAnswer) -> bool:
        """Whether a long value begins or ends the same each time on this operation, and on no other.

        In each refusal of one caller, or in most refusals of all: two of many random values begin alike by chance.
        """
        place = word.piece.name
        for end in _ends_of(word):
            if self._ends[end] != {answer.operation}:
                continue
            of_caller, all_of_caller = self._times[answer.group, end], self._long[answer.group, place]
            of_all, all_there = self._times[answer.operation, end], self._long[answer.operation, place]
            if LEAST_CONSTANT <= of_caller == all_of_caller or of_all >= max(LEAST_CONSTANT, all_there / 2):
                return True
        return False

    @cached_property
    def _times(self) -> Counter[tuple[OperationKey | Group, End]]:
        """How many words have an end: on each operation, and of each group."""
        return Counter(
            (where, end)
            for each, words in self.own_words.items()
            for word in words
            for end in _ends_of(word)
            for where in (each.operation, each.group)
        )

    @cached_property
    def _long(self) -> Counter[tuple[OperationKey | Group, str]]:
        """How many long words stand at a place: on each operation, and of each group."""
        return Counter(
            (where, word.piece.name)
            for each, words in self.own_words.items()
            for word in words
            if next(_ends_of(word), None)
            for where in (each.operation, each.group)
        )

    @cached_property
    def _ends(self) -> Mapping[End, set[OperationKey]]:
        found: dict[End, set[OperationKey]] = defaultdict(set)
        for where, end in self._times:
            if isinstance(where, OperationKey):
                found[end].add(where)
        return found


def names_the_incident(word: Word) -> bool:
    """Return whether it is a time or a random identifier in a member for the time or identifier of a request."""
    is_member, last = word.piece.name.startswith("/"), word.piece.name.rpartition("/")[2]
    return is_member and plain_name(last) in OF_AN_INCIDENT and _is_of_an_incident(word.text)


def _is_of_an_incident(text: str) -> bool:
    return bool(TIME.fullmatch(text) or IDENTIFIER.fullmatch(text))


def _ends_of(word: Word) -> Iterator[End]:
    """Yield both ends of a long word, without a time at its beginning."""
    if len(word.text) < 2 * LEAST_END:
        return
    text = TIME.sub("", word.text)
    if len(text) >= 2 * LEAST_END:
        yield word.piece.name, 0, text[:LEAST_END]
        yield word.piece.name, 1, text[-LEAST_END:]
