"""A set of values, packed: what an answer says, compared without keeping the text. Pure."""

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b

STRENGTH_BITS = 3
"""The low bits of each number hold its strength, so that both sides of a comparison agree on it."""


class Strength(IntEnum):
    """How unlikely it is that two unrelated answers share a value. Added up as weights."""

    WEAK = 1
    """A plain word, or a number of one or two digits."""
    MEDIUM = 3
    """A longer number, a word with digits."""
    STRONG = 6
    """An identifier, an address, three words in a row, a block of a file."""


def value(text: str, strength: Strength) -> int:
    """Return the number that stands for a value: 61 bits of a hash, 3 of its strength."""
    digest = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return digest >> STRENGTH_BITS << STRENGTH_BITS | strength


def pack(values: Iterable[int]) -> bytes:
    """Return the values as bytes, 8 for each, sorted, without repetition."""
    return b"".join(number.to_bytes(8) for number in sorted(set(values)))


@lru_cache(maxsize=8192)
def unpack(packed: bytes) -> frozenset[int]:
    """Return the values of :func:`pack`."""
    return frozenset(int.from_bytes(packed[at : at + 8]) for at in range(0, len(packed), 8))


def weight(values: Iterable[int]) -> int:
    """Return the sum of the strengths of values."""
    mask = (1 << STRENGTH_BITS) - 1
    return sum(number & mask for number in values)
