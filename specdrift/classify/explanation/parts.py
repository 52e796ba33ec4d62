"""Parts of words: an identifier in a URL or in the name of a file, a name inside of a sentence. Pure."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from specdrift.body.spellings import unquoted, without_marks

LEAST_IDENTIFIER = 5
"""Characters of an identifier. Shorter ones (``v2``) are in many texts."""
MOST_RUNS = 32
"""Runs of letters and digits of a word that are read."""
MOST_TOGETHER = 6
"""Runs that an identifier is made of: ``INV-2026-00417`` has three, a UUID five."""
RUN = re.compile(r"[^\W_]+")
LONGEST = 300
"""Characters of a word that is read as letters and digits alone."""
LEAST_NAME = 3
"""Characters of a name; what has as many or fewer, and no capital, may stand inside of one: ``van der``."""


def parts_of(word: str) -> Iterator[str]:
    """Yield the identifiers with a digit that begin and end at the signs inside of a word, without the word itself."""
    runs = [run.span() for run in RUN.finditer(word)][:MOST_RUNS]
    if len(runs) < 2 or not any(map(str.isdigit, word)):
        return
    for at, (start, _) in enumerate(runs):
        for _, end in runs[at : at + MOST_TOGETHER]:
            part = word[start:end]
            if LEAST_IDENTIFIER <= len(part) < len(word) and any(map(str.isdigit, part)):
                yield part


@lru_cache(maxsize=16_384)
def plain_runs_of(word: str) -> tuple[str, ...]:
    """Return the letters and digits of a word, in lower case, decoded as in URLs and without marks at letters."""
    plain = unquoted(word[:LONGEST]).replace("+", " ").casefold()
    return tuple(RUN.findall(plain if plain.isascii() else without_marks(plain)))


def names_inside(words: Sequence[str]) -> Iterator[str]:
    """Yield the words of a sentence that are written like names after a word that is not."""
    for before, word in pairwise(words):
        if before[:1].islower() and _is_a_name(word):
            yield word


def names_in(words: Sequence[str]) -> Iterator[str]:
    """Yield the names in a text of several words that is a name or an address, and no sentence."""
    if len(words) > 1 and all(map(_may_be_of_a_name, words)):
        yield from filter(_is_a_name, words)


def _is_a_name(word: str) -> bool:
    return len(word) >= LEAST_NAME and word.isalpha() and word[0].isupper() and not word.isupper()


def _may_be_of_a_name(word: str) -> bool:
    return word[:1].isupper() or word[:1].isdigit() or len(word) <= LEAST_NAME
