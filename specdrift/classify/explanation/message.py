"""Whether words that no other operation's refusals have are a message to people. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

from specdrift.body.pieces import Piece
from specdrift.classify.explanation.own_words import OwnWords
from specdrift.classify.explanation.refused import Word, is_of_an_unspaced_script, is_unspaced

LEAST_SENTENCE = 4
"""Words of a sentence."""
LEAST_LABEL = 4
"""Letters of a single word of a page."""
LEAST_ALONE = 5
"""Letters of a single word that is all the text of an answer. Shorter ones are yes and no in many languages."""
VOWELS, LEAST_VOWELS = frozenset("aeiouy"), 0.2
"""Of a single word that is all the text, and their share of its letters."""
LONGEST_LATIN_WORD = 20
CODE = re.compile(r"(?=.{4})[A-Z]{1,8}[-_]?\d{1,5}")
"""A code of an error, such as ``E1047`` or ``AUTH-12``."""
PART = re.compile(r"[^\W_]+")
"""A part of a word, between signs."""
LEAST_NAME, LONGEST_NAME, LONGEST_RUN = 2, 20, 150
"""Characters of a name in a script without spaces, and of the run in which it is looked for."""
LEAST_STEM, LONGEST_ENDING = 4, 4
"""Letters of a name, and those that a language adds to it: ``Brinkmanns``, ``Иванова``, ``Tampereella``."""
TITLE = re.compile(r"/(?:title|error|message|reason|name|summary|detail|description)\Z", re.IGNORECASE)
"""Members for the title of an error."""
FEW_TITLES = 0.2
"""Share of the words of a sentence with capitals, up to which these are names."""
MASK = re.compile(r"[*\u2022\u25cf]{2}")
"""In a word of which a part is hidden: an address, an account."""
TRANSLITERATED = (("ae", "æ"), ("oe", "ø"), ("aa", "å")), (("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("ss", "ß"))
"""How letters outside of ASCII are written in it, by language."""
SET = "1"
"""Value of a cookie that shows that the client returns cookies."""
ROTATED = {base + number: base + (number + 13) % 26 for base in (ord("a"), ord("A")) for number in range(26)}


def is_a_message(own: Sequence[Word], others: Iterable[Word], own_words: OwnWords) -> bool:
    """Return whether words are a message: a sentence, with a title at most beside it, or a title alone.

    ``own`` are words that no other operation's refusals have, ``others`` the rest that the request does not explain.
    ``own_words`` are those of the operation's own answers.
    """
    if not all(map(_is_prose, own)):
        return False
    if any(_is_of_the_resource(word, own_words) for word in own if not _is_set(word)):
        return False
    texts = dict.fromkeys(word.piece for word in own if not word.is_structural)
    if any(piece.value or piece.name.endswith(":") for piece in texts):
        return False
    if not own_words.are_all and any(map(_has_a_name, texts)):
        return False
    sentences = {piece for piece in texts if _is_sentence(piece)}
    beside = {word.piece for word in others if _is_text(word) and _is_sentence(word.piece)}
    titles = bool(beside) and all(_is_title(piece) and TITLE.search(piece.name) for piece in texts)
    alone = (
        len(texts) == 1
        and all(map(_says_something, texts))
        and not any(_is_text(word) for word in others if word.piece not in texts)
    )
    return (
        alone
        or not texts
        or titles
        or (bool(sentences) and all(p in sentences or _is_title(p) for p in texts))
    )


def without_repeated(words: Sequence[Word], answer: Iterable[Word]) -> list[Word]:
    """Return the words without those in header fields that the body of the answer has too, where they are judged: the
    realm of a challenge is often part of the message.
    """
    in_body = {word.token.word for word in answer if _is_text(word)}
    return [word for word in words if not (word.piece.name.endswith(":") and word.token.word in in_body)]


def may_be_of_a_language(word: Word, own_words: OwnWords) -> bool:
    """Return whether a word looks like one of a language, and is none of the operation's own in another spelling."""
    return _is_prose(word) and not any(
        own_words.have(form, word.piece.name) for form in (word.text, *spellings(word.text))
    )


def names_in_parts(text: str) -> list[str]:
    """Return the parts of a value that may be names: ``04d46026-Haugland``."""
    parts = PART.findall(text)
    return [part for part in parts if len(part) >= LEAST_STEM and part.isalpha()] if len(parts) > 1 else []


def _is_of_the_resource(word: Word, own_words: OwnWords) -> bool:
    """Whether a word, a part of it or another spelling is one of the operation's own answers.

    A plain word of a sentence counts only if it is a value by itself: two sentences share words.
    """
    is_plain = _is_sentence(word.piece) and (word.text.islower() or word.text == word.piece.words[0])
    have = own_words.have_alone if is_plain else own_words.have
    if any(have(form, word.piece.name) for form in chain(_forms(word.text), _stems(word.text))):
        return True
    return _is_joined_of(word, own_words) or any(
        (own_words.have_alone if len(name) == LEAST_NAME else own_words.have)(name, word.piece.name)
        for name in _names_in(word.text)
    )


def _is_joined_of(word: Word, own_words: OwnWords) -> bool:
    """Whether a word is several of the operation's own with signs between them: a slug, an account."""
    parts = names_in_parts(word.text)
    return len(parts) > 1 and all(
        any(own_words.have(form, word.piece.name) for form in (part, *spellings(part))) for part in parts
    )


def _names_in(text: str) -> Iterator[str]:
    """Yield what may be a name in a run of a script that has no spaces."""
    if not text.isascii() and any(map(is_of_an_unspaced_script, text[:LONGEST_RUN])):
        for size in range(LEAST_NAME, LONGEST_NAME + 1):
            yield from (text[at : at + size] for at in range(min(len(text), LONGEST_RUN) - size + 1))


def _stems(text: str) -> Iterator[str]:
    """Yield what may be a name of which the text is another form."""
    if text.isalpha() and text.istitle():
        yield from (text[:end] for end in range(max(LEAST_STEM, len(text) - LONGEST_ENDING), len(text)))


def _has_a_name(piece: Piece) -> bool:
    """Whether a few words, or two beside each other, begin with capitals, and not only the first of a sentence.

    In a language that writes all nouns so they are many, and seldom stand beside each other.
    """
    titles = [word.istitle() for word in piece.words[1:]]
    return any(map(all, pairwise(titles))) or 0 < sum(titles) <= FEW_TITLES * len(titles)


def _is_set(word: Word) -> bool:
    """Whether it is a cookie that shows no more than that the client returns cookies."""
    return word.piece.name == "set-cookie:" and word.text == SET


def _is_text(word: Word) -> bool:
    """Whether it may be of a message: a word of the body without digits."""
    in_body = not word.is_structural and not word.piece.name.endswith(":")
    return in_body and not word.piece.value and word.text.isalpha()


def _is_sentence(piece: Piece) -> bool:
    return any(map(is_unspaced, piece.words)) or len(piece.words) >= LEAST_SENTENCE


def _says_something(piece: Piece) -> bool:
    word = piece.words[0]
    return len(piece.words) > 1 or not word.isascii() or (len(word) >= LEAST_ALONE and _can_be_spoken(word))


def _can_be_spoken(word: str) -> bool:
    """Whether a word has vowels, as those of languages in Latin letters: data that letters stand for have few."""
    letters = list(filter(str.isalpha, word.lower()))
    return sum(letter in VOWELS for letter in letters) >= LEAST_VOWELS * len(letters)


def _is_title(piece: Piece) -> bool:
    """Whether it has several words, or is a single one of a page."""
    return len(piece.words) > 1 or (not piece.name and len(piece.words[0]) >= LEAST_LABEL)


def _is_prose(word: Word) -> bool:
    """Whether it looks like a word of a language: letters, not mixed, and not a single one outside of a sentence."""
    if CODE.fullmatch(word.text) or _is_set(word):
        return True
    if MASK.search(word.text):
        return False
    letters = "".join(sign for sign in word.text if not unicodedata.category(sign).startswith(("P", "M")))
    if not letters:
        return True
    usual = letters in (letters.lower(), letters.upper()) or letters[1:] == letters[1:].lower()
    long = len(letters) > LONGEST_LATIN_WORD and not is_unspaced(letters)
    in_sentence = _is_sentence(word.piece) and (word.text.islower() or word.text == word.piece.words[0])
    single = len(letters) == 1 and not in_sentence and not word.is_structural
    return letters.isalpha() and usual and not long and not single


def _forms(word: str) -> Iterator[str]:
    """Yield a word, its parts, and how it may have been written before."""
    yield word
    yield from PART.findall(word)
    yield from spellings(word)


def spellings(word: str) -> Iterator[str]:
    """Yield how a word was written before it was put in reverse, rotated by 13 letters or written in ASCII."""
    yield word[::-1]
    yield word.translate(ROTATED)
    for letters in TRANSLITERATED if word.isascii() else ():
        written = word.lower()
        for several, one in letters:
            written = written.replace(several, one)
        yield written
