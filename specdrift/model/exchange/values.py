"""Packed sets of the values in a response, comparable without the text. Pure."""

import struct
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b

LOW_BITS = 4
"""The low bits of each number hold its strength and its nature, so that both sides of a comparison agree on them."""
STRENGTH, DATUM = 0b0111, 0b1000
SIZE = 8
"""Bytes of a packed value."""


class Strength(IntEnum):
    """How unlikely it is that two unrelated answers share a value. Added up as weights."""

    NONE = 0
    """A boolean: only its member tells it from those of other answers."""
    WEAK = 1
    """A plain word, or a number of one or two digits."""
    MEDIUM = 3
    """A longer number, a word with digits."""
    STRONG = 6
    """An identifier, an address, three words in a row, a block of a file."""


class Nature(IntEnum):
    """Whether a value is more than words: layouts and messages share words, and hardly data."""

    PROSE = 0
    DATUM = DATUM
    """It has digits, is an address, part of a file, or a boolean."""


def value(text: str, strength: Strength, nature: Nature) -> int:
    """Return the number that stands for a value: 60 bits of a hash, then nature and strength."""
    digest = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return digest >> LOW_BITS << LOW_BITS | nature | strength


def pack(values: Iterable[int]) -> bytes:
    """Return the values as bytes, ``SIZE`` for each, sorted, without repetition."""
    distinct = sorted(set(values))
    return struct.pack(f">{len(distinct)}Q", *distinct)


@lru_cache(maxsize=8192)
def unpack(packed: bytes) -> frozenset[int]:
    """Return the values of :func:`pack`."""
    return frozenset(struct.unpack_from(f">{len(packed) // SIZE}Q", packed))


def weight(values: Iterable[int]) -> int:
    """Return the sum of the strengths of values."""
    return sum([number & STRENGTH for number in values])


def is_weak(number: int) -> bool:
    """Return whether a value is one that unrelated answers share by chance; not a boolean."""
    return number & STRENGTH == Strength.WEAK


def booleans_of(values: Iterable[int]) -> frozenset[int]:
    """Return the values that are booleans."""
    return frozenset(number for number in values if number & DATUM and not number & STRENGTH)


def data_of(values: Iterable[int]) -> frozenset[int]:
    """Return the values that are more than words."""
    return frozenset([number for number in values if number & DATUM])
