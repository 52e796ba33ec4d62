"""Which words an operation's own answers have. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPMethod

from msgspec import Struct

from specdrift.body.content import DECODED
from specdrift.body.pieces import NOTHING_THERE
from specdrift.body.spellings import without_marks
from specdrift.body.values import echo_of
from specdrift.body.words import UNREAD
from specdrift.classify.explanation.refused import MEMBER, RefusedAnswer, Word, words_in
from specdrift.classify.resource import LEAK, NOTHING, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import Strength, data_of, unpack, weight

LENGTH = "content-length"
EMPTY = NOTHING_THERE | {"false", "0", "0.0"}
"""What programs write for a member that was never set."""


class OwnWords(Struct, frozen=True, kw_only=True):
    """The values of one operation's answers to valid certificates: of each of them, also those that change."""

    members: Values = NOTHING
    """Those that are no control."""
    texts: Values = NOTHING
    """The same without the layout of pages that operations share."""
    alone: Values = NOTHING
    """Those that stay the same and no other operation's answers have, whatever refusals have."""
    changing: Values = NOTHING
    """Those of all operations that only some answers of an operation have. No refusal has them by chance."""
    are_all: bool = True
    """Whether the answers were read to their ends, and have no words that cannot be read, as a file may."""
    filled: frozenset[str] = frozenset()
    """The members that have a value in each answer, which is not false, zero, null or an empty list."""
    readings: frozenset[str] = frozenset()
    """Names of members with a number that differs between the answers, and that no other operation's answers have."""
    lengths: frozenset[str] = frozenset()
    """What ``Content-Length`` says of the answers, where that is all that is asked for (HEAD, RFC 9110 §9.3.2)."""

    sizes: frozenset[str] = frozenset()
    """Lengths of the content of the answers to GET, as ``Content-Length`` states them for HEAD (RFC 9110 §9.3.2)."""

    def have(self, text: str, place: str) -> bool:
        """Return whether a word that stands at a place of a refusal is one of them."""
        return bool(self._shared(text, place))

    def have_alone(self, text: str, place: str) -> bool:
        """Return whether a word is all of a value, and not one of a sentence."""
        return weight(self._shared(text, place)) >= Strength.MEDIUM

    def have_changing(self, text: str) -> bool:
        """Return whether a word comes and goes in the answers of some operation."""
        return bool(self.changing & echo_of((text,)))

    def _shared(self, text: str, place: str) -> Values:
        is_of_a_page = not place or place.startswith("<")
        return (self.texts if is_of_a_page else self.members) & echo_of((text,))

    def are_given_away_by(self, word: Word) -> bool:
        """Return whether a word is specific data of this operation alone."""
        return weight(data_of(self.alone & echo_of((word.text,)))) >= LEAK

    def name_its_own(self, word: Word) -> bool:
        """Return whether a word that is no usual one of a sentence is in the answers of this operation alone."""
        return word.may_name and not self.alone.isdisjoint(echo_of((word.text,)))

    def have_reading(self, word: Word) -> bool:
        """Return whether a word is a number in a member of which the answers have another one each time."""
        return _is_number(word) and _member(word.piece.name) in self.readings

    def gives_length(self, http: HttpFacts) -> bool:
        """Return whether an answer has the length of the content."""
        return bool(http.header(LENGTH)) and http.header(LENGTH) in self.lengths

    def are_left_out_of(self, word: Word, answer: RefusedAnswer) -> bool:
        """Return whether a refusal has nothing in a member that each answer of the operation fills: in this word, or
        in the member that it names.
        """
        if word.piece.name != MEMBER:
            return word.piece.value in EMPTY and word.piece.name in self.filled
        if any(map(str.isdigit, word.text)):
            return False  # a map has identifiers for names
        of_it = [place for place in answer.content.by_place if _is_in(place, word.text)]
        inside = (each for place in of_it for each in answer.content.by_place[place])
        return any(_is_in(place, word.text) for place in self.filled) and all(
            self.are_left_out_of(each, answer) for each in inside
        )


NO_OWN_WORDS = OwnWords()
"""Of an operation that admitted no valid certificate."""


def own_words_of(
    answers: Mapping[OperationKey, Sequence[Values]],
    *,
    members: Values,
    texts: Values,
    anyones: Values,
    contents: Mapping[OperationKey, Sequence[HttpFacts]],
) -> Mapping[OperationKey, OwnWords]:
    """Return the words of each operation.

    ``answers`` are those to valid certificates. ``members`` are the controls without the layout of pages, ``texts`` all
    controls, ``anyones`` those of callers and of layers. Of a single operation nothing shows what it alone has.
    ``contents``: the same, one of each body.
    """
    times = Counter(number for each in answers.values() for number in NOTHING.union(*each))
    changing = NOTHING.union(
        *(NOTHING.union(*each) - frozenset.intersection(*each) for each in answers.values())
    )
    having = Counter(name for each in contents.values() for name in _numbers_in(each))
    found: dict[OperationKey, OwnWords] = {}
    for operation, each in answers.items():
        stable = frozenset.intersection(*each) - anyones if len(answers) > 1 else NOTHING
        own = NOTHING.union(*each) - members
        own |= _in_ascii(contents[operation], own) - members
        alone = frozenset(number for number in stable if times[number] == 1)
        found[operation] = OwnWords(
            members=own,
            texts=own - texts,
            alone=alone,
            changing=changing,
            are_all=all(map(_is_read_whole, contents[operation])),
            filled=_filled_in(contents[operation]),
            readings=frozenset(
                name
                for name, values in _numbers_in(contents[operation]).items()
                if len(values) > 1 and having[name] == 1 < len(contents)
            ),
            lengths=frozenset(each.header(LENGTH) for each in contents[operation])
            if operation.method == HTTPMethod.HEAD
            else frozenset(),
            sizes=frozenset(str(each.length) for each in contents[operation])
            if operation.method == HTTPMethod.GET
            else frozenset(),
        )
    return found


def gives_the_size(answer: RefusedAnswer, own_words: OwnWords, refused: Iterable[RefusedAnswer]) -> bool:
    """Return whether a response to HEAD has the length of the content of GET, which no refusal has."""
    stated = answer.http.header(LENGTH)
    if answer.request.method != HTTPMethod.HEAD or stated not in own_words.sizes:
        return False
    return all(stated not in (str(each.http.length), each.http.header(LENGTH)) for each in refused)


def _in_ascii(contents: Sequence[HttpFacts], own: Values) -> Values:
    """Return the values of the words that are ``own`` without the marks at their letters, as URLs often write them."""
    words = {word.text for http in contents for word in words_in(http) if not word.text.isascii()}
    return echo_of(without_marks(word) for word in words if not own.isdisjoint(echo_of((word,))))


def _is_in(place: str, member: str) -> bool:
    """Return whether a place is a member of this name, or inside of one."""
    return f"/{member}/" in f"{place}/"


def _is_read_whole(http: HttpFacts) -> bool:
    """Return whether all words of an answer are known: it is no file, and was neither cut nor left out in part.

    The fonts of a PDF document may have their own numbers for letters.
    """
    is_file = http.shape.kind == "binary" or http.header("content-type").startswith("application/pdf")
    known = not is_file and http.header("content-encoding").lower() in DECODED
    return known and not http.truncated and UNREAD not in unpack(http.values)


def _numbers_in(contents: Sequence[HttpFacts]) -> Mapping[str, frozenset[str]]:
    """Return the numbers of JSON answers by the name of the member."""
    found: dict[str, set[str]] = defaultdict(set)
    for word in (word for http in contents for word in words_in(http) if _is_number(word)):
        found[_member(word.piece.name)].add(word.piece.value)
    return {name: frozenset(values) for name, values in found.items()}


def _is_number(word: Word) -> bool:
    return word.piece.value[-1:].isdigit() and word.piece.name.startswith("/")


def _member(place: str) -> str:
    return place.removesuffix("/*").rpartition("/")[2]


def _filled_in(contents: Sequence[HttpFacts]) -> frozenset[str]:
    """Return the places of JSON answers that have a value in each of them."""
    filled = [
        {
            word.piece.name
            for word in words_in(http)
            if word.piece.name.startswith("/") and word.piece.value not in EMPTY
        }
        for http in contents
    ]
    return frozenset(set.intersection(*filled)) if filled else frozenset()
