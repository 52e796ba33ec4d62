"""Makes values of texts: of words, of numbers and of several words in a row. Pure, and linear."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain, islice

from specdrift.body.spellings import composed, plain_time, seconds_of_date
from specdrift.model.exchange.values import Nature, Strength, value

MAX_WORDS = 1500
"""Words of an answer that are kept."""
MAX_LEAVES = 1000
"""Texts after these words that are read one by one."""
SHORT_LEAF = 12
"""Words of such a text that are kept."""
LONGEST_WORD = 200
LONGEST_KNOWN = 300
"""Characters of a text whose values are kept: most lines and members stand in many answers of a run."""
SHORT_NUMBER = 2
"""Digits of a number that says nothing by itself; three of them in a row do."""

WORD = re.compile(r"[^\s\"'<>(){}\[\],;|=&\\]+")
DIGIT = re.compile(r"\d")
NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d{0,15})(?:\.\d{1,12})?(?:[eE][+-]?\d{1,3})?")
TRIM = ".:!?*-_/"
URL = re.compile(r"(?:(?<![\w.:/-])|https?:/)(?!(?<=<)/[A-Za-z][\w:.-]*\s*>)/[^\s\"'<>]{1,500}")
"""Without the end tags of markup, such as ``</h1>``."""
NOTHING = blake2b().digest()
UNREAD = value("the rest of a long text", Strength.NONE, Nature.PROSE)
"""Marks the values of a text that has more words than were read."""


def values_of_leaves(leaves: Iterable[str]) -> Iterator[int]:
    """Yield each word of each leaf, and every three words in a row (two where there are only two).

    A word that is a leaf by itself says more than one in a sentence. After `MAX_WORDS` long leaves are read as a whole.
    """
    left, row = MAX_WORDS, list[str]()
    leaves = iter(leaves)
    for leaf in leaves:
        words, values = _read(leaf, left)
        left -= len(words)
        yield from values
        row = [*row[-2:], words[0]] if len(words) == 1 and _is_short_number(words[0]) else []
        if len(row) == 3 and len(set(row)) > 1:
            yield value(f"# {' '.join(row)}", Strength.MEDIUM, Nature.DATUM)
        if left <= 0:
            yield from _of_the_rest(leaves)
            return


def _read(leaf: str, most: int) -> tuple[Sequence[str], Iterable[int]]:
    """Return the first words of a text, at most so many, and its values."""
    if len(leaf) <= min(LONGEST_KNOWN, most):
        return _known(leaf)
    written = WORD.findall(leaf)
    words = _plain_words(written[:most])
    if len(written) <= most:
        return words, _of_leaf(leaf, words)
    rest = value(" ".join(written[most:]), Strength.MEDIUM, Nature.PROSE)
    return words, chain((rest, UNREAD), _of_leaf(leaf, words))


@lru_cache(maxsize=16_384)
def _known(leaf: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    words = _plain_words(WORD.findall(leaf))
    return tuple(words), tuple(_of_leaf(leaf, words))


def _of_leaf(leaf: str, words: list[str]) -> Iterator[int]:
    yield from map(of_word, filter(None, map(seconds_of_date, words)))
    yield from map(of_word, words)
    if len(words) == 1 and _strength(words[0]) is Strength.WEAK and not NUMBER.fullmatch(words[0]):
        yield _phrase(["=", *words], Strength.MEDIUM)
    # The parts of a URL are no text: one of them may be the request's.
    row_of_text = [] if len(words) > 1 and URL.fullmatch(leaf) else words
    if len(row_of_text) == 2:
        yield _phrase(words, Strength.MEDIUM)
    yield from map(_of_row, dict.fromkeys(zip(row_of_text, row_of_text[1:], row_of_text[2:], strict=False)))


def _of_the_rest(leaves: Iterator[str]) -> Iterator[int]:
    """Yield the values of short leaves; for long ones what their first words say, and what stands for the whole; then
    one value for all others.
    """
    for leaf in islice(leaves, MAX_LEAVES):
        yield from (_known_start if len(leaf) <= LONGEST_KNOWN else _known_start.__wrapped__)(leaf)
    rest = blake2b()
    for leaf in leaves:
        rest.update(leaf.encode("utf-8", "surrogatepass"))
    if rest.digest() != NOTHING:
        yield value(rest.hexdigest(), Strength.MEDIUM, Nature.PROSE)
        yield UNREAD


@lru_cache(maxsize=16_384)
def _known_start(leaf: str) -> tuple[int, ...]:
    written = WORD.findall(leaf)
    found = _of_leaf(leaf, _plain_words(written[:SHORT_LEAF]))
    if len(written) <= SHORT_LEAF:
        return tuple(found)
    return (*found, value(leaf, Strength.MEDIUM, _nature(leaf)), UNREAD)


def _plain_words(written: Iterable[str]) -> list[str]:
    return [word for raw in written if (word := plain(raw))]


def _is_short_number(word: str) -> bool:
    return len(word) <= SHORT_NUMBER and word.isascii() and word.isdigit()


@lru_cache(maxsize=4096)
def of_word(word: str) -> int:
    """Return the value of a word: the same few are in all requests of a run, each in many forms."""
    return value(word, _strength(word), _nature(word))


@lru_cache(maxsize=8192)
def _of_row(words: tuple[str, str, str]) -> int:
    """Return the value of three words in a row: a request line has its target's, and so have its other spellings."""
    return _phrase(words, Strength.STRONG)


def _phrase(words: Sequence[str], strength: Strength) -> int:
    return value(" ".join(words), strength, max(map(_nature, words)))


def _nature(word: str) -> Nature:
    return Nature.DATUM if "@" in word or DIGIT.search(word) else Nature.PROSE


def plain(word: str) -> str:
    """Return one spelling for a word or number: case and the sign at its end do not matter, nor does ``1.50``."""
    return _spelled(word.strip(TRIM)[:LONGEST_WORD])


@lru_cache(maxsize=4096)
def _spelled(word: str) -> str:
    word = composed(word).casefold()
    if NUMBER.fullmatch(word):
        number = float(word)
        word = str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return plain_time(word)


def _strength(word: str) -> Strength:
    digits = len(DIGIT.findall(word))
    if digits == len(word.strip("+-")) or NUMBER.fullmatch(word):
        return Strength.WEAK if digits < 3 else Strength.MEDIUM if digits < 5 else Strength.STRONG
    if "@" in word.strip("@") or (digits and len(word) >= 8) or len(word) >= 20:
        return Strength.STRONG
    return Strength.MEDIUM if digits else Strength.WEAK
