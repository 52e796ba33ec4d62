"""Whether words that no other operation's refusals have are a message to people. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

from specdrift.body.pieces import Piece
from specdrift.classify.explanation.refused import Word, is_unspaced

IsOwn = Callable[[str, str], bool]
"""Whether a word at a place of a refusal is one of the operation's own answers."""
LEAST_SENTENCE = 4
"""Words of a sentence."""
LEAST_LABEL = 4
"""Letters of a single word of a page."""
LONGEST_LATIN_WORD = 20
CODE = re.compile(r"(?=.{4})[A-Z]{1,8}[-_]?\d{1,5}")
"""A code of an error, such as ``E1047`` or ``AUTH-12``."""
SET = "1"
"""Value of a cookie that shows that the client returns cookies."""
ROTATED = {base + number: base + (number + 13) % 26 for base in (ord("a"), ord("A")) for number in range(26)}


def is_a_message(own: Sequence[Word], others: Iterable[Word], is_own: IsOwn) -> bool:
    """Return whether words are a message: a sentence, with a title at most beside it, or a title alone.

    ``own`` are words that no other operation's refusals have, ``others`` the rest that the request does not explain.
    ``is_own``: whether a word is one of the operation's own answers.
    """
    if not all(map(_is_prose, own)):
        return False
    if any(
        is_own(form, word.piece.name)
        for word in own
        if not _is_set(word)
        for form in (word.text, *spellings(word.text))
    ):
        return False
    texts = dict.fromkeys(word.piece for word in own if not word.is_structural)
    if any(piece.value or piece.name.endswith(":") for piece in texts):
        return False
    sentences = {piece for piece in texts if _is_sentence(piece)}
    alone = len(texts) == 1 and not any(_is_text(word) for word in others if word.piece not in texts)
    return alone or not texts or (bool(sentences) and all(p in sentences or _is_title(p) for p in texts))


def may_be_of_a_language(word: Word, is_own: IsOwn) -> bool:
    """Return whether a word looks like one of a language, and is none of the operation's own in another spelling."""
    return _is_prose(word) and not any(
        is_own(form, word.piece.name) for form in (word.text, *spellings(word.text))
    )


def _is_set(word: Word) -> bool:
    """Whether it is a cookie that shows no more than that the client returns cookies."""
    return word.piece.name == "set-cookie:" and word.text == SET


def _is_text(word: Word) -> bool:
    """Whether it may be of a message: a word of the body without digits."""
    in_body = not word.is_structural and not word.piece.name.endswith(":")
    return in_body and not word.piece.value and word.text.isalpha()


def _is_sentence(piece: Piece) -> bool:
    return any(map(is_unspaced, piece.words)) or len(piece.words) >= LEAST_SENTENCE


def _is_title(piece: Piece) -> bool:
    """Whether it has several words, or is a single one of a page."""
    return len(piece.words) > 1 or (not piece.name and len(piece.words[0]) >= LEAST_LABEL)


def _is_prose(word: Word) -> bool:
    """Whether it looks like a word of a language: letters, not mixed, and not a single one outside of a sentence."""
    if CODE.fullmatch(word.text) or _is_set(word):
        return True
    letters = "".join(sign for sign in word.text if not unicodedata.category(sign).startswith(("P", "M")))
    if not letters:
        return True
    usual = letters in (letters.lower(), letters.upper()) or letters[1:] == letters[1:].lower()
    long = len(letters) > LONGEST_LATIN_WORD and not is_unspaced(letters)
    in_sentence = _is_sentence(word.piece) and (word.text.islower() or word.text == word.piece.words[0])
    single = len(letters) == 1 and not in_sentence and not word.is_structural
    return letters.isalpha() and usual and not long and not single


def spellings(word: str) -> Iterator[str]:
    """Yield how a word was written before it was put in reverse or rotated by 13 letters."""
    yield word[::-1]
    yield word.translate(ROTATED)
