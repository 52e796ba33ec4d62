"""What judging needs besides the exchanges: the same for a live run and for a recording of one."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from specdrift.checks.core.base import Check, PlanContext
from specdrift.differ.reproduce import Reproducer
from specdrift.model.contract.contract import DocumentIdentity
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import Drift
from specdrift.model.result.problem import Problem, StopReason
from specdrift.model.result.result import Counts, Skipped, Target, UndecidedOperation
from specdrift.model.result.setting import Setting


class JudgeInput(Struct, frozen=True, kw_only=True):
    """``document_drifts`` are what is wrong with the document itself; ``repeater`` writes the commands that repeat a
    probe; ``secret_headers`` are not to be shown. ``part``: other shards have the other operations.
    """

    run_id: str
    started_at: datetime
    document: DocumentIdentity
    document_drifts: tuple[Drift, ...]
    context: PlanContext
    checks: tuple[Check, ...]
    target: Target
    repeater: Reproducer
    skipped: tuple[Skipped, ...] = ()
    secret_headers: tuple[str, ...] = ()
    fail_on: FailOn = FailOn.ERROR
    allow_incomplete: bool = False
    not_deployed_ok: bool = False
    part: bool = False
    no_requirement: Problem | None = None
    """Set if no operation of the document, or none that was selected, requires a client certificate."""
    undecided: tuple[UndecidedOperation, ...] = ()
    """What is undecided whatever is observed."""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    """As the result keeps them."""


class RunEnd(Struct, frozen=True, kw_only=True):
    """How the sending ended. Of ``sent`` only what was planned and sent counts."""

    finished_at: datetime
    problem: Problem | None = None
    stop_reason: StopReason | None = None
    sent: Counts = field(default_factory=Counts)
