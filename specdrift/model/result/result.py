"""The result of a run."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct, field

from specdrift.model.contract.contract import DocumentIdentity
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.model.result.evidence import Evidence
from specdrift.model.result.gateway import GatewayView
from specdrift.model.result.problem import Problem, StopReason
from specdrift.model.result.reasons import Remedy, SkipReason, UndecidedReason
from specdrift.model.result.setting import Setting
from specdrift.model.result.source import SourceView
from specdrift.model.result.traceability import Traceability
from specdrift.model.result.two_targets import TargetComparison
from specdrift.model.result.verdict import Confidence, Enforcement, IdentityOutcome, Layer, Outcome, Verdict

SCHEMA_VERSION = "2.0"


class OperationResult(Struct, frozen=True, kw_only=True):
    """Enforcement and verdict of one operation."""

    operation: Operation
    enforcement: Enforcement
    layer: Layer | None
    """Where the anonymous caller is refused; ``None`` unless enforced."""
    verdict: Verdict
    confidence: Confidence
    outcomes: tuple[IdentityOutcome, ...] = ()
    evidence: Evidence | None = None
    """What the refusal of the anonymous caller rests on, for a consistent operation that requires a certificate."""


class ProbeRecord(Struct, frozen=True, kw_only=True):
    """A probe, its observation and what that means."""

    probe: Probe
    observation: Observation
    outcome: Outcome
    reason: str = ""


class Undocumented(Struct, frozen=True, kw_only=True):
    """An endpoint that answers and is not in the document."""

    method: str
    path: str
    kind: str
    """administers, leaks, informs or serves."""
    status: int
    admitted: tuple[str, ...]
    """Names of the identities that were admitted."""
    probes: tuple[str, ...] = ()
    """Ids of the probes that show it."""
    source: str = ""
    """Where the path comes from (``access.log:12``, a declared sibling); empty for the curated list."""


class Skipped(Struct, frozen=True, kw_only=True):
    """An operation or a check that was left out on purpose."""

    reason: str
    """For people; code reads ``kind``."""
    operation: OperationKey | None = None
    check: str = ""
    kind: SkipReason


class UndecidedOperation(Struct, frozen=True, kw_only=True):
    """An operation that could not be judged."""

    operation: OperationKey | None
    reason: str
    """For people; code reads ``kind``."""
    how_to_decide: str
    """For people; code reads ``remedy``."""
    kind: UndecidedReason
    remedy: Remedy = Remedy.OTHER
    detail: str = ""
    """What is particular to this operation, for people: the values that were tried."""


class Target(Struct, frozen=True, kw_only=True):
    """The target of a run."""

    base_url: str
    addresses: tuple[str, ...] = ()
    listeners: tuple[str, ...] = ()
    tls_versions: tuple[str, ...] = ()
    insecure: bool = False


class Counts(Struct, frozen=True, kw_only=True):
    """How much a run sent and decided."""

    operations: int = 0
    probed: int = 0
    """Outcomes that rest on probes of the operation."""
    by_listener: int = 0
    """Outcomes inferred from the listener."""
    undecided: int = 0
    skipped: int = 0
    planned: int = 0
    """Probes planned before the run."""
    spared: int = 0
    """Planned probes that were omitted, because their outcome was inferred from the listener."""
    follow_ups: int = 0
    """Probes planned because of responses."""
    requests: int = 0
    """HTTP requests sent, retries included."""
    connections: int = 0


class Suppression(Struct, frozen=True, kw_only=True):
    """An entry of the baseline: an accepted drift."""

    fingerprint: str
    """Of the drift."""
    reason: str
    owner: str = ""
    expires: date | None = None
    """Last day on which it is accepted; ``None`` means no expiry."""
    rule: str = ""
    operation: OperationKey | None = None
    identity: str = ""
    subject: str = ""
    """As in ``Drift``, as are ``rule``, ``operation`` and ``identity``."""
    check: str = ""
    """The check whose probes showed it; empty for a drift of the document."""


class BaselineReview(Struct, frozen=True, kw_only=True):
    """Entries of the baseline that suppress nothing in this run."""

    source: str
    """File of the baseline."""
    expired: tuple[Suppression, ...] = ()
    """The drift is present and counts again."""
    fixed: tuple[Suppression, ...] = ()
    """The run checked for the drift and did not find it."""
    unjudged: tuple[Suppression, ...] = ()
    """The run could not check for the drift."""
    misnamed: tuple[Suppression, ...] = ()
    """They name another rule, operation or identity than the drift of their fingerprint, and accept nothing."""


class EarlierRun(Struct, frozen=True, kw_only=True):
    """What an earlier run found, in numbers; drifts that the baseline accepted are left out."""

    started_at: datetime
    errors: int
    warnings: int
    undecided: int
    """Operations."""


class PreviousComparison(Struct, frozen=True, kw_only=True):
    """Comparison with an earlier result; the status of each drift marks new and known ones."""

    source: str
    """File of the earlier result."""
    run_id: str
    """Of the earlier result."""
    started_at: datetime
    fixed: tuple[Drift, ...] = ()
    """Drifts of the earlier result, without their probes, that this run checked for and did not find."""
    unjudged: tuple[Drift, ...] = ()
    """Drifts of the earlier result, without their probes, that this run could not check for."""
    undecided: tuple[UndecidedOperation, ...] = ()
    """Operations that were not undecided in the earlier result."""
    runs: tuple[EarlierRun, ...] = ()
    """The earlier result, the last, and those that it was compared with."""
    differences: tuple[str, ...] = ()
    """How document and target of the earlier result differ, a clause each."""


class Result(Struct, frozen=True, kw_only=True):
    """One run: the data of all reports."""

    tool_version: str
    run_id: str
    started_at: datetime
    finished_at: datetime
    exit_status: int
    document: DocumentIdentity
    target: Target
    identities: tuple[ClientIdentity, ...]
    operations: tuple[OperationResult, ...]
    drifts: tuple[Drift, ...]
    rules: tuple[str, ...] = ()
    """Runtime rules that the run checked."""
    undocumented: tuple[Undocumented, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    undecided: tuple[UndecidedOperation, ...] = ()
    probes: tuple[ProbeRecord, ...] = ()
    counts: Counts = field(default_factory=Counts)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    """Settings other than defaults, by dotted key."""
    suppressed: tuple[Suppression, ...] = ()
    """Entries of the baseline that suppress a drift of this run."""
    baseline: BaselineReview | None = None
    previous: PreviousComparison | None = None
    source: SourceView | None = None
    """Routes and TLS configuration from the source, if it was read."""
    gateways: tuple[GatewayView, ...] = ()
    """Gateways whose configuration was read; what is in front comes first."""
    beside: TargetComparison | None = None
    """Both targets side by side, if another one was checked too."""
    traceability: Traceability | None = None
    """What the run says about the standard of ``profile``, if one is set."""
    problem: Problem | None = None
    """Why the run could not judge everything; ``None`` if it could."""
    stop_reason: StopReason | None = None
    """Why the run stopped sending early; ``None`` if it did not."""

    def setting(self, key: str, default: object = None) -> object:
        """Return the value of a setting, or ``default`` if nothing set it."""
        found = self.settings.get(key)
        return default if found is None else found.value

    @property
    def ok(self) -> bool:
        """Whether the check completed, decided every operation and found no drift at the level of ``fail_on``."""
        return self.exit_status == 0 and not self.interrupted

    @property
    def numbers(self) -> EarlierRun:
        """What a later run keeps of this one."""
        counted = [drift.severity for drift in self.drifts if drift.status is not DriftStatus.SUPPRESSED]
        return EarlierRun(
            started_at=self.started_at,
            errors=counted.count(Severity.ERROR),
            warnings=counted.count(Severity.WARNING),
            undecided=len({item.operation for item in self.undecided}),
        )

    @property
    def nothing_sent(self) -> bool:
        """Whether only the document or the source was read (``specdrift lint``)."""
        return not (self.probes or self.counts.requests or self.counts.connections)

    @property
    def interrupted(self) -> bool:
        """Whether a signal stopped the run."""
        return self.stop_reason is StopReason.INTERRUPTED
