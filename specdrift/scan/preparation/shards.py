"""Divides the operations of a document among the runs of ``--shard I/N``. Pure: the same on every machine.

Every check runs in every shard, over the operations of that shard: each has its own controls, samples and follow-ups,
so that a shard is judged by itself. What concerns no operation and needs no more than one look (the curated list of
undocumented paths, the owner's feeds) is asked by the first shard alone. A few witnesses are asked by every shard, and
count in the one that owns them: without a public operation, and one where each good certificate gets in, a shard could
not try or conclude what the whole run does.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from specdrift.checks.core.assessment import expected_in
from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.policy import UnsafeMethods
from specdrift.scan.preparation.selection import Selection

Shard = tuple[int, int]
"""Its number, from 1, and how many there are."""


def shard_of(key: OperationKey, *, count: int) -> int:
    """The number of the shard that owns an operation: by a hash of method and path, nothing else."""
    digest = hashlib.sha256(f"{key.method} {key.path}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % count + 1


def owns(shard: Shard, key: OperationKey | None) -> bool:
    """Whether what is said of an operation (``None``: of no one in particular) counts in this shard."""
    number, count = shard
    return key is None or shard_of(key, count=count) == number


def share(selection: Selection, shard: Shard | None, identities: Iterable[ClientIdentity]) -> Selection:
    """What a shard asks of a selection, and what it leaves out of its own; all of it without a shard."""
    if shard is None:
        return selection
    seen_by_all = {subject.key for subject in _witnesses(selection.subjects, identities)}
    return replace(
        selection,
        subjects=tuple(s for s in selection.subjects if owns(shard, s.key) or s.key in seen_by_all),
        skipped=tuple(entry for entry in selection.skipped if owns(shard, entry.operation)),
    )


def is_first(shard: Shard | None) -> bool:
    """Whether it asks what concerns no operation."""
    return shard is None or shard[0] == 1


def _witnesses(
    subjects: Sequence[PlannedOperation], identities: Iterable[ClientIdentity]
) -> Iterator[PlannedOperation]:
    yield from [subject for subject in subjects if subject.is_public][:1]
    guarded = [s for s in subjects if s.mode is UnsafeMethods.SEND and s.demands_something]
    for identity in identities:
        yield from [subject for subject in guarded if expected_in(identity, subject)][:1]
