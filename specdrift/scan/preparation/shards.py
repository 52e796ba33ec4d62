"""Assigns the operations of a document to the runs of ``--shard I/N``. Pure: the same on every machine.

Every check runs in every shard, with its own controls, samples and follow-ups, so that a shard is judged by itself.
Probes that concern no operation (well-known paths, traffic imports) are sent by the first shard only. Every shard also
probes a few control operations, which count in the shard that owns them: a public operation, and for each valid
certificate as many that admit it, and that refuse it for its roles, as are needed to learn the server's denial.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_admitted, must_be_refused
from specdrift.checks.core.base import PlannedOperation
from specdrift.classify.denials import LEAST_OPERATIONS
from specdrift.model.contract.shards import Shard, owns
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.policy import UnsafeMethods
from specdrift.scan.preparation.selection import Selection


def share(selection: Selection, shard: Shard | None, identities: Iterable[ClientIdentity]) -> Selection:
    """Return the part of a selection that a shard probes; all of it without a shard."""
    if shard is None:
        return selection
    controls = {planned.key for planned in _controls(selection.operations, identities)}
    return replace(
        selection,
        operations=tuple(s for s in selection.operations if owns(shard, s.key) or s.key in controls),
        skipped=tuple(entry for entry in selection.skipped if owns(shard, entry.operation)),
    )


def _controls(
    operations: Sequence[PlannedOperation], identities: Iterable[ClientIdentity]
) -> Iterator[PlannedOperation]:
    yield from [planned for planned in operations if planned.is_public][:1]
    guarded = [s for s in operations if s.mode is UnsafeMethods.SEND and s.is_guarded]
    for identity in identities:
        yield from [planned for planned in guarded if must_be_admitted(identity, planned)][:LEAST_OPERATIONS]
        yield from [planned for planned in guarded if must_be_refused(identity, planned)][:LEAST_OPERATIONS]
