"""A refusal, read word by word. Pure."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeVar

from msgspec import Struct

from specdrift.body.content import DECODED, Headers
from specdrift.body.fields import is_of_no_resource
from specdrift.body.pieces import AFTER, Piece, pieces_of
from specdrift.body.values import echo_of
from specdrift.classify.explanation.parts import names_inside, parts_of, plain_runs_of
from specdrift.classify.resource import NOTHING, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import EXCERPT, HttpFacts
from specdrift.model.exchange.probe import Request

MEMBER = "*name"
"""Name of a piece that is the name of a JSON member."""
LEAST_UNSPACED = 6
"""Characters of a sentence in a script that is written without spaces."""
LEAST_DISTINCTIVE = 6
"""Characters of an identifier or a time that no two answers share by chance."""
UNSPACED = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "JAVANESE"}
)
"""Scripts that are written without spaces between words, as Unicode names their characters."""
STRUCTURAL = re.compile(
    r"<[\w:.-]+ (?:name|id|class|type|rel|method|action|href|src|lang|charset|role|for)>"
    r"|(?:location|www-authenticate|set-cookie):"
)
"""Attributes that lay a page out, and fields that name where to go and how to authenticate."""

TOTALS = frozenset({"content-range:", "x-total-count:", "x-total:", "total-count:"})
"""Fields with the size of a list (RFC 9110 §14.4)."""
Group = tuple[OperationKey, str, int, str, str, str]
"""Operation, identity, status, kind of body, what was asked for, and the path that was requested."""
Form = tuple[str, bool]
"""Where a value stands, and whether it is a number."""


class Token(NamedTuple):
    """What two answers have in common. Booleans, numbers and names of members belong to their place."""

    place: str
    """Empty for words of texts, which may stand elsewhere in another answer."""
    word: str
    """In lower case."""


class Word(NamedTuple):
    """A word of an answer."""

    piece: Piece
    text: str
    token: Token

    @property
    def form(self) -> Form:
        """Where it stands, and whether it is a number."""
        return self.piece.name, not any(map(str.isalpha, self.text))

    @property
    def is_distinctive(self) -> bool:
        """Whether it is an identifier or a time that no two answers share by chance."""
        return len(self.text) >= LEAST_DISTINCTIVE and any(map(str.isdigit, self.text))

    @property
    def may_name(self) -> bool:
        """Whether it has a capital or a digit, unlike most words of a sentence."""
        return any(map(str.isupper, self.text)) or any(map(str.isdigit, self.text))

    @property
    def is_structural(self) -> bool:
        """Whether it names a member, lays a page out or names a place."""
        return self.piece.name == MEMBER or bool(STRUCTURAL.fullmatch(self.piece.name))


T = TypeVar("T", Token, int)


def _word_of_text(piece: Piece, text: str) -> Word:
    return Word(piece, text, Token("", text.casefold()))


class RefusalContent(Struct, frozen=True, eq=False, dict=True):
    """The words of an answer."""

    words: tuple[Word, ...]
    tokens: frozenset[Token]
    single: Mapping[str, tuple[Word, ...]]
    """The texts and numbers of the body that are a single word: a mark, a state, a code, and no sentence. By place."""

    @cached_property
    def by_place(self) -> Mapping[str, tuple[Word, ...]]:
        """The words of the body by the place at which they stand."""
        found: dict[str, list[Word]] = defaultdict(list)
        for word in self.words:
            found[word.piece.name].append(word)
        return {place: tuple(words) for place, words in found.items()}

    @cached_property
    def values(self) -> Values:
        """The values of all words."""
        return echo_of({word.text for word in self.words})

    @cached_property
    def parts(self) -> Mapping[str, Word]:
        """The identifiers that are a part of a word, such as of a URL or of a file's name, in lower case."""
        parts = ((part, word.piece) for word in self.words for part in parts_of(word.text))
        return {part.casefold(): _word_of_text(piece, part) for part, piece in parts}

    @cached_property
    def plain_runs(self) -> frozenset[str]:
        """The runs of letters and digits in all words, in one spelling."""
        return frozenset(run for word in self.words for run in plain_runs_of(word.text))

    @cached_property
    def names(self) -> Mapping[str, Word]:
        """The names inside of sentences, as they are written."""
        pieces = dict.fromkeys(word.piece for word in self.words)
        return {name: _word_of_text(piece, name) for piece in pieces for name in names_inside(piece.words)}


class RefusedAnswer(Struct, eq=False, dict=True):
    """An answer to a caller who must be refused; compared by identity."""

    operation: OperationKey
    identity: str
    http: HttpFacts
    request: Request
    values: Values = NOTHING
    """Those that are not of the request."""
    follows: bool = False
    """It answers where a redirect leads."""
    asked: str = ""
    """Which other declared representation was requested; empty for the usual request."""
    known: frozenset[str] = frozenset()
    """The words that each request of the run says, and what its client knows of the connection, in lower case."""

    @cached_property
    def group(self) -> Group:
        """The answers that this one is a repetition of."""
        path = self.request.target.partition("?")[0]
        return self.operation, self.identity, self.http.status, self.http.shape.kind, self.asked, path

    @cached_property
    def content(self) -> "RefusalContent":
        """What the answer says. Equal answers have one object."""
        return _content_of(self.http.body_excerpt, self.http.headers)

    @property
    def words(self) -> tuple[Word, ...]:
        """All words of the answer."""
        return self.content.words

    @property
    def tokens(self) -> frozenset[Token]:
        """The tokens of the answer."""
        return self.content.tokens

    @property
    def is_kept_whole(self) -> bool:
        """Whether the text of the body is known, and not only its beginning or its coding."""
        encoding = self.http.header("content-encoding").lower()
        return len(self.http.body_excerpt) < EXCERPT and encoding in DECODED


def of_several(by_operation: Mapping[OperationKey, set[T]]) -> frozenset[T]:
    """Return what more than one operation has."""
    times = Counter(one for own in by_operation.values() for one in own)
    return frozenset(one for one, count in times.items() if count > 1)


def is_unspaced(word: str) -> bool:
    """Return whether it is long enough for a sentence in a script that is written without spaces."""
    return len(word) >= LEAST_UNSPACED and not word.isascii() and any(map(is_of_an_unspaced_script, word))


def is_of_an_unspaced_script(sign: str) -> bool:
    """Return whether a character is of a script that is written without spaces."""
    return unicodedata.name(sign, "").partition(" ")[0] in UNSPACED


def content_of(http: HttpFacts) -> RefusalContent:
    """Return what an answer says. Equal answers have one object."""
    return _content_of(http.body_excerpt, http.headers)


def tokens_of(http: HttpFacts) -> frozenset[Token]:
    """Return the tokens of an answer."""
    return _content_of(http.body_excerpt, http.headers).tokens


def words_in(http: HttpFacts) -> tuple[Word, ...]:
    """Return the words of an answer, each with its place."""
    return _content_of(http.body_excerpt, http.headers).words


def tokens_of_fields(headers: Headers) -> frozenset[Token]:
    """Return the tokens of header fields."""
    return _content_of("", headers).tokens


def words_of_paths(targets: Iterable[str]) -> frozenset[str]:
    """Return the words of the paths of request targets, in lower case. Their queries may be data."""
    paths = (target.partition("?")[0].casefold() for target in targets)
    return frozenset(word for path in paths for word in path.split("/") if word)


def _content_of(excerpt: str, headers: Headers) -> RefusalContent:
    # Without a date, thousands of answers say the same.
    return _content_said(excerpt, _of_resources(headers))


@lru_cache(maxsize=4096)
def _of_resources(headers: Headers) -> Headers:
    return tuple(field for field in headers if not is_of_no_resource(*field))


@lru_cache(maxsize=4096)
def _content_said(excerpt: str, headers: Headers) -> RefusalContent:
    words = tuple(
        Word(piece, text, Token(piece.name if piece.value or piece.name == MEMBER else "", text.casefold()))
        for piece in pieces_of(excerpt, headers)
        for text in piece.words
    )
    single: dict[str, tuple[Word, ...]] = {}
    for word in words:
        if _is_single(word):
            single[word.piece.name] = (*single.get(word.piece.name, ()), word)
    return RefusalContent(words, frozenset(word.token for word in words), single)


def _is_single(word: Word) -> bool:
    place = word.piece.name
    in_body = place[:1] in ("", "/") or place == AFTER or place in TOTALS
    return in_body and len(word.piece.words) == 1 and not word.is_distinctive and not is_unspaced(word.text)
