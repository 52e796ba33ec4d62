"""Operations that answer nothing but "later" while others are answered: waiting longer brings nothing new."""

from collections import Counter

from msgspec import Struct, field

from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Probe

PATIENCE = 5
"""Probes of an operation in a row, each with all its retries, after which its next ones are not retried."""


class BusyOperations(Struct):
    """Counts, by operation, the probes in a row that ended with 429 or 503 and Retry-After."""

    _streaks: Counter[OperationKey] = field(default_factory=Counter)
    _calm: set[OperationKey] = field(default_factory=set)
    """Operations whose last probe got another answer."""

    def note(self, probe: Probe, observation: Observation) -> None:
        """Count the observation of a probe after its retries."""
        if probe.operation is None:
            return
        if observation.retry_after_s is not None:
            self._streaks[probe.operation] += 1
            self._calm.discard(probe.operation)
        elif observation.http is not None:
            self._streaks.pop(probe.operation, None)
            self._calm.add(probe.operation)

    def includes(self, probe: Probe) -> bool:
        """Return whether the operation of a probe is one. Where none is answered, the server limits its clients."""
        key = probe.operation
        return key is not None and self._streaks[key] >= PATIENCE and bool(self._calm)
