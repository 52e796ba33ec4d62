"""Which shard of a run (``--shard I/N``) an operation belongs to. Pure: the same on every machine."""

import hashlib
from collections.abc import Sequence

from specdrift.model.contract.operation import OperationKey

Shard = tuple[int, int]
"""The shard's number, from 1, and the number of shards."""
_MOST_CONTROLS = 5
"""Operations of other shards that are named."""


def shard_of(key: OperationKey, *, count: int) -> int:
    """Return the number of the shard that owns an operation, by a hash of method and path."""
    digest = hashlib.sha256(f"{key.method} {key.path}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % count + 1


def shard_in(text: str) -> Shard | None:
    """Return the shard that ``1/2`` names; None for anything else."""
    number, _, count = text.partition("/")
    return (int(number), int(count)) if number.isdecimal() and count.isdecimal() and int(count) else None


def owns(shard: Shard, key: OperationKey | None) -> bool:
    """Whether results of an operation (``None``: of no operation) count in this shard."""
    number, count = shard
    return key is None or shard_of(key, count=count) == number


def described(shard: Shard, keys: Sequence[OperationKey]) -> str:
    """Return the sentences on a shard that probes these operations: how many are its own, and which are of another."""
    others = sorted(str(key) for key in keys if not owns(shard, key))
    own = len(keys) - len(others)
    belong = "belongs" if own == 1 else "belong"
    text = f"This is shard {shard[0]} of {shard[1]}: {own:,} of these operations {belong} to it"
    if others:
        more = f" and {len(others) - _MOST_CONTROLS:,} more" if len(others) > _MOST_CONTROLS else ""
        one = len(others) == 1
        are = (
            "is a control and counts in its own shard"
            if one
            else "are controls and count in their own shards"
        )
        text += f"; {', '.join(others[:_MOST_CONTROLS])}{more} {are}"
    return f"{text}. `specdrift merge` joins the shards."
