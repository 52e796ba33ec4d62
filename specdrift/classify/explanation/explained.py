"""Compares the words of a refusal with those of the other refusals of a run. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property, partial
from itertools import chain

from msgspec import Struct, field

from specdrift.body.content import Headers
from specdrift.body.pieces import NOTHING_THERE
from specdrift.classify.disclosed.given_away import GivenAway
from specdrift.classify.disclosed.listed import NONE_LISTED, Listed
from specdrift.classify.disclosed.withheld import NONE_WITHHELD, Withheld
from specdrift.classify.explanation.constants import Constants
from specdrift.classify.explanation.figures import Figures, words_of_resources
from specdrift.classify.explanation.formats import (
    belongs_to_a_status,
    has_own_part,
    is_joined,
    is_of_a_format,
)
from specdrift.classify.explanation.labels import Labels
from specdrift.classify.explanation.message import is_a_message, without_repeated
from specdrift.classify.explanation.noise import Noise, names_the_incident
from specdrift.classify.explanation.own_words import LENGTH, NO_OWN_WORDS, OwnWords, gives_the_size
from specdrift.classify.explanation.places import CUT, in_words, places_of
from specdrift.classify.explanation.refused import MEMBER, Group, RefusedAnswer, Token, Word, of_several
from specdrift.classify.explanation.repeated import Repeated
from specdrift.classify.explanation.single_words import SingleWords
from specdrift.classify.explanation.vocabulary import (
    DIGESTS,
    extends_the_status,
    is_a_digest_of,
    is_a_refusal_in_words,
    is_a_signature,
    is_of_the_exchange,
    names_a_page_that_refuses,
    names_the_request,
    names_the_status,
    repeats,
    statuses_of,
)
from specdrift.classify.resource import Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.probe import Request

LOCATION = "location:"
NOWHERE = frozenset[str]()
Sent = tuple[Group, str, Headers, Request]
"""What an explanation depends on: group, digest of the body, header fields and request."""


class Explained(Struct, dict=True):
    """What the refusals of a run have in common."""

    refused: tuple[RefusedAnswer, ...]
    denials: tuple[RefusedAnswer, ...]
    """Those without data of their operation's answers."""
    elsewhere: frozenset[Token]
    """Tokens of answers that belong to no operation: to paths that do not exist."""
    absent: Mapping[tuple[OperationKey, int], frozenset[Token]]
    """What each operation says with a status where a resource does not exist."""
    varying_fields: frozenset[str]
    """Header fields that have different numbers even where nothing is."""
    other_values: Values
    """Values of these answers, for bodies of which the text is not kept whole."""
    callers: frozenset[str]
    """Words of the callers' names."""
    routes: Mapping[OperationKey, frozenset[str]]
    """Words of the paths to which each operation redirects valid certificates too, in lower case."""
    own_words: Mapping[OperationKey, OwnWords]
    """The words of each operation's answers to valid certificates."""
    named: Mapping[OperationKey, frozenset[str]] = field(default_factory=dict)
    """The words by which the document names each operation, in lower case."""
    withheld: Mapping[str, Withheld] = field(default_factory=dict)
    """What each identity must not get, by its name."""
    listed: Mapping[str, Listed] = field(default_factory=dict)
    """What stands in single entries of lists that it must not get, by its name."""
    _known: dict[Sent, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _shared(self) -> frozenset[Token]:
        """Tokens that belong to no single operation: those of refusals of several, or of none."""
        operations: dict[frozenset[Token], set[OperationKey]] = defaultdict(set)
        for each in self.refused:
            operations[each.tokens].add(each.operation)
        shared = self.elsewhere.union(*(tokens for tokens, own in operations.items() if len(own) > 1))
        by_operation: dict[OperationKey, set[Token]] = defaultdict(set)
        for tokens, (operation, *others) in operations.items():
            if not others:
                by_operation[operation] |= tokens - shared
        return shared | of_several(by_operation)

    @cached_property
    def _shared_values(self) -> Values:
        """The same for values."""
        by_operation: dict[OperationKey, set[int]] = defaultdict(set)
        for each in self.refused:
            by_operation[each.operation] |= each.values
        return self.other_values | of_several(by_operation)

    @cached_property
    def _noise(self) -> Noise:
        return Noise({each: self._own_words(each) for each in self.refused})

    def _own_words(self, answer: RefusedAnswer) -> tuple[Word, ...]:
        """Return the words that are not shared."""
        own = answer.tokens - self._shared
        return tuple(word for word in answer.words if word.token in own) if own else ()

    def unexplained(self, answer: RefusedAnswer, *, is_changing: bool) -> tuple[str, ...]:
        """Return where a refusal has something without another explanation, in words; nothing if all is explained.

        ``is_changing``: the operation's answers differ so much that nothing shows whether a refusal has their data.
        """
        key = answer.group, answer.http.body_sha256, answer.http.headers, answer.request
        if key not in self._known:
            places = self._unexplained(answer, is_changing=is_changing)
            self._known[key] = tuple(sorted({in_words(place) for place in places}))
        return self._known[key]

    def _unexplained(self, answer: RefusedAnswer, *, is_changing: bool) -> frozenset[str]:
        """Return the places."""
        own_words = self.own_words.get(answer.operation, NO_OWN_WORDS)
        found = self._single_words.varying_by_operation(answer) | self._given_away(answer)
        found |= self._of_the_resource(answer) | self._figures(answer, own_words) | self._of_others(answer)
        found |= self._of_entries(answer)
        if is_changing:
            found |= self._changes_alike(answer, own_words)
        if own_words.gives_length(answer.http):
            found |= {f"{LENGTH}:"}
        if not answer.is_kept_whole and self._constants.has_own_values(answer, self._shared_values):
            found |= {CUT}
        if found or answer.tokens <= self._shared:
            return found
        open_words = [
            word for word in self._own_words(answer) if not self._is_harmless(word, answer, own_words)
        ]
        noise = [word for word in open_words if self._noise.differs_each_time(word, answer)]
        if hidden := [word for word in noise if self._noise.has_a_name(word, answer, own_words)]:
            return places_of(hidden)
        if self._noise.may_be_data(noise, answer, is_changing=is_changing):
            return places_of(noise)
        telling = (word for word in noise if word.is_distinctive and not names_the_incident(word))
        answered = [word for word in telling if own_words.have_alone(word.text, word.piece.name)]
        exceeds = self._constants.exceed_another(answer)
        own = [
            word
            for word in open_words
            if word not in noise
            and (exceeds or not self._is_of_a_format(word, answer, own_words))
            and not self._repeated.stands_where_others_vary(word, answer, own_words)
        ]
        own = without_repeated(own, answer.words)
        if answered or not own:
            return places_of(answered)
        # A name of several words is a message only if it is all the text, also beside what the status says.
        names = any(is_joined(word.text) for word in own)
        rest = [w for w in answer.words if w not in own]
        if not names:
            explained = (self._is_said, self._is_named_by_a_format)
            rest = [word for word in rest if not any(explains(word, answer) for explains in explained)]
        is_message = not exceeds and is_a_message(own, rest, own_words)
        return frozenset() if is_message else places_of(own)

    def _is_named_by_a_format(self, word: Word, answer: RefusedAnswer) -> bool:
        """Whether it is a code or a name of the service in a published format."""
        own_words = self.own_words.get(answer.operation, NO_OWN_WORDS)
        return word.piece.name not in ("", MEMBER) and is_of_a_format(word, answer, own_words)

    def _is_of_a_format(self, word: Word, answer: RefusedAnswer, own_words: OwnWords) -> bool:
        """Whether a format of errors explains it, and no other operation's refusals have something else there.

        Pages and names of an error belong to its status (RFC 9457 §3.1.1): those of other statuses do not count.
        """
        status = answer.http.status if belongs_to_a_status(word.piece.name) else 0
        others = self._by_place.get((status, word.piece.name), frozenset()) - {answer.operation}
        return not others and is_of_a_format(word, answer, own_words)

    @cached_property
    def _by_place(self) -> Mapping[tuple[int, str], frozenset[OperationKey]]:
        """The operations whose refusals of a status, or of any (0), have something in a member or field."""
        found: dict[tuple[int, str], set[OperationKey]] = defaultdict(set)
        for operation, status, content in {(e.operation, e.http.status, e.content) for e in self.refused}:
            for word in content.words:
                if word.piece.name not in ("", MEMBER):
                    found[status, word.piece.name].add(operation)
                    found[0, word.piece.name].add(operation)
        return {place: frozenset(operations) for place, operations in found.items()}

    def _is_harmless(self, word: Word, answer: RefusedAnswer, own_words: OwnWords) -> bool:
        """Whether a word that no other operation's refusals have is explained by itself."""
        if word.piece.value in NOTHING_THERE or self._is_said(word, answer):
            return True
        if extends_the_status(word.token.word, statuses_of(answer.http)):
            return True
        is_number = word.form[1]
        if is_number and word.piece.name in self.varying_fields:
            return not own_words.have_alone(word.text, word.piece.name)
        refuses = (
            (
                is_a_refusal_in_words(*word.piece)
                or names_a_page_that_refuses(word.text, answer.request, answer.http)
            )
            and not any(map(str.isdigit, word.text))
            and not has_own_part(word.text, word.piece.name, own_words)
        )
        return refuses or self._labels.is_label(word, answer, own_words)

    def _given_away(self, answer: RefusedAnswer) -> frozenset[str]:
        """Return where it has data of its operation that other refusals have as well."""
        return places_of(
            word
            for word in self._all_given_away.words_of(answer)
            if word.token in self._shared and not self._is_said(word, answer)
        )

    @cached_property
    def _all_given_away(self) -> GivenAway:
        return GivenAway(self.refused, self.elsewhere, self.own_words)

    def _changes_alike(self, answer: RefusedAnswer, own_words: OwnWords) -> frozenset[str]:
        """Return where it has other words each time that come and go in the answers to valid certificates too.

        Operations that give away changing data in the same way would explain each other.
        """
        return places_of(
            word
            for word in answer.words
            if self._repeated.differs(word, answer)
            and own_words.have_changing(word.text)
            and not self._is_said(word, answer)
        )

    def _of_the_resource(self, answer: RefusedAnswer) -> frozenset[str]:
        """Return where it has words each time that refusals of the operation's other resources do not have."""
        if not self._repeated.has_other_resources(answer):
            return NOWHERE
        return places_of(
            word
            for word in answer.words
            if self._repeated.is_of_the_resource(word, answer) and not self._is_said(word, answer)
        )

    def _figures(self, answer: RefusedAnswer, own_words: OwnWords) -> frozenset[str]:
        """Return where it has the same figure each time in a member that is named after a resource, or any in one that
        is named like a reading of the operation.
        """
        readings = filter(own_words.have_reading, answer.words) if own_words.readings else ()
        figures = self._of_resources.in_content(answer.content)
        named = (word for word in figures if not self._repeated.differs(word, answer))
        return places_of(word for word in chain(readings, named) if not self._is_said(word, answer))

    def _of_others(self, answer: RefusedAnswer) -> frozenset[str]:
        """Return where it has a value that only other operations have; a made-up resource may have it as well."""
        withheld = self.withheld.get(answer.identity, NONE_WITHHELD)
        usual = self._shared - self._all_given_away.of_few
        return places_of(
            row[0]
            for row in withheld.in_answer(answer)
            if not any(word.token in usual for word in row)
            and not all(self._is_known(word, answer) for word in row)
        )

    def _of_entries(self, answer: RefusedAnswer) -> frozenset[str]:
        """Return where it has what stands in a single entry of a list; every refusal may have it as well."""
        listed = self.listed.get(answer.identity, NONE_LISTED)
        return places_of(listed.words_of(answer, partial(self._is_known, answer=answer)))

    def disclosed_in(self, answer: RefusedAnswer) -> tuple[str, ...]:
        """Return where an answer to any request has data of its operation that no refusal has, in words."""
        own_words = self.own_words.get(answer.operation, NO_OWN_WORDS)
        if gives_the_size(answer, own_words, self.refused):
            return (LENGTH,)
        has = own_words.have
        withheld = self.withheld.get(answer.identity, NONE_WITHHELD).in_answer(answer)
        own = (row for row in withheld if all(has(word.text, word.piece.name) for word in row))
        rows = (*own, *self.listed.get(answer.identity, NONE_LISTED).own_of(answer))
        unsaid = (row for row in rows if not self._shared.issuperset(word.token for word in row))
        found = places_of(row[0] for row in unsaid if not all(self._is_known(word, answer) for word in row))
        return tuple(sorted(map(in_words, found)))

    @cached_property
    def _of_resources(self) -> Figures:
        return Figures(words_of_resources({each.operation for each in self.refused}))

    def _is_said(self, word: Word, answer: RefusedAnswer) -> bool:
        """Whether the request, the status or the protocol says it, or a refusal without a resource does."""
        text, plain = word.text, word.token.word
        if word.piece.name in DIGESTS:
            return is_a_digest_of(answer.http, text)
        if word.piece.value.startswith("["):
            elements = answer.content.by_place.get(f"{word.piece.name}/*", ())
            return bool(elements) and all(self._is_said(each, answer) for each in elements)
        if word.piece.name == LOCATION and plain in self.routes.get(answer.operation, frozenset()):
            return True
        return (
            self._is_known(word, answer)
            or is_a_signature(word.piece.name, text)
            or is_of_the_exchange(text, answer.request, answer.http)
            or self._is_said_of_nothing(word, answer)
            or self._is_of_its_name(word, answer)
            or self._labels.ends_with_the_path(word, answer)
            or self.own_words.get(answer.operation, NO_OWN_WORDS).are_left_out_of(word, answer)
        )

    def _is_known(self, word: Word, answer: RefusedAnswer) -> bool:
        """Whether the caller's name, the request, its connection or the status says it."""
        text, plain = word.text, word.token.word
        return (
            plain in self.callers
            or text.casefold() in answer.known
            or names_the_status(plain, answer.http)
            or repeats(plain, answer.request, answer.operation)
            or names_the_request(text, answer.request, str(answer.operation))
        )

    def _is_of_its_name(self, word: Word, answer: RefusedAnswer) -> bool:
        """Whether the document names the operation so, and its own answers do not have it."""
        if word.token.word not in self.named.get(answer.operation, NOWHERE):
            return False
        return not self.own_words.get(answer.operation, NO_OWN_WORDS).have(word.text, word.piece.name)

    def _is_said_of_nothing(self, word: Word, answer: RefusedAnswer) -> bool:
        """Whether the operation says it where a resource does not exist, and not in its answers."""
        said = self.absent.get((answer.operation, answer.http.status), frozenset())
        own_words = self.own_words.get(answer.operation, NO_OWN_WORDS)
        return word.token in said and not own_words.have(word.text, word.piece.name)

    def _is_named(self, word: Word, answer: RefusedAnswer) -> bool:
        """Whether the request says it, or it stands where each operation has a label."""
        return self._is_said(word, answer) or self._labels.has_place(answer, word.piece.name)

    @cached_property
    def _labels(self) -> Labels:
        return Labels(self.denials)

    @cached_property
    def _repeated(self) -> Repeated:
        return Repeated(self.denials, self._shared)

    @cached_property
    def _single_words(self) -> SingleWords:
        return SingleWords(self.denials, self._repeated, self._is_named)

    @cached_property
    def _constants(self) -> Constants:
        return Constants(self.refused, self.denials, self._repeated)
