"""The state of a run while it sends; a result can be made of it at any time."""

from collections import Counter
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.checks.core.base import PlanContext
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Connection
from specdrift.model.result.problem import Problem, StopReason
from specdrift.model.result.result import Counts, Skipped
from specdrift.scan.execution.checkpoint import Checkpoint
from specdrift.scan.execution.opening.preflight import Preflight
from specdrift.scan.preparation.run import Run


class ScanState(Struct, kw_only=True):
    """Changes with every exchange."""

    run: Run
    started_at: datetime
    exchanges: ExchangeLog
    context: PlanContext
    """The input of each check's plan and follow-ups."""
    checkpoint: Checkpoint | None = None
    """The file of ``--resume``."""
    addresses: tuple[str, ...] = ()
    """IP addresses of the target's host."""
    preflight: Preflight = field(default_factory=Preflight)
    problem: Problem | None = None
    """Why the run could not do its job; ``None`` if it could."""
    stop_reason: StopReason | None = None
    """Why the run stopped sending early; ``None`` if it did not."""
    sent: Counts = field(default_factory=Counts)
    """Of its members only those of probes are set."""

    spared: set[tuple[str, str, Connection]] = field(default_factory=set)
    """Check, identity and kind of connection of probes that were not sent, since the listener refuses them.

    What such a check asks for later is not sent either.
    """

    confirmed: Counter[OperationKey] = field(default_factory=Counter)
    """Confirmations of apparent bypasses, and their controls, by operation."""

    steady_times: int = 0
    """Times that plain requests were sent again, to see whether the server answers them as before."""
    steady_at: int = 0
    """Number of exchanges after the last time."""

    def keep(self, identity: ClientIdentity) -> None:
        """Keep what the run has observed of an identity."""
        identities = {**self.context.identities, identity.name: identity}
        self.context = replace(self.context, identities=identities)

    def skip(self, skipped: Skipped) -> None:
        """Add what could not be done to the run."""
        self.run = replace(self.run, skipped=(*self.run.skipped, skipped))
