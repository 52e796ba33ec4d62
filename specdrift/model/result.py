"""The result of a run: everything that a report, a comparison or a merge needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from specdrift.model.contract import DocumentIdentity
from specdrift.model.drift import Drift
from specdrift.model.identity import Identity
from specdrift.model.observation import Observation
from specdrift.model.operation import Operation, OperationKey
from specdrift.model.probe import Probe
from specdrift.model.verdict import (
    Confidence,
    Enforcement,
    IdentityOutcome,
    Layer,
    Outcome,
    Verdict,
)

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationResult:
    operation: Operation
    enforcement: Enforcement
    layer: Layer | None
    verdict: Verdict
    confidence: Confidence
    outcomes: tuple[IdentityOutcome, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRecord:
    """A probe with what it brought and what that means. ``observation`` is ``None`` if it was never sent."""

    probe: Probe
    observation: Observation
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undocumented:
    """Something that answers and is not in the document. ``kind`` is administers, leaks or informs."""

    method: str
    path: str
    kind: str
    status: int
    admitted: tuple[str, ...]
    """Names of the identities to whom it answered."""
    probes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something that was deliberately not done: an operation, or a check."""

    reason: str
    operation: OperationKey | None = None
    check: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndecidedOperation:
    operation: OperationKey | None
    reason: str
    how_to_decide: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    base_url: str
    addresses: tuple[str, ...] = ()
    listeners: tuple[str, ...] = ()
    tls_versions: tuple[str, ...] = ()
    insecure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    operations: int = 0
    probed: int = 0
    by_listener: int = 0
    undecided: int = 0
    skipped: int = 0
    requests: int = 0
    connections: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A drift that the baseline accepts: ``fingerprint`` names it; after ``expires`` it counts again."""

    fingerprint: str
    reason: str
    owner: str = ""
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run. ``problem`` is the sentence that comes first when the run could not do its job (no positive
    control got through, the target is unreachable); ``interrupted`` when it was stopped half-way.
    ``config`` holds the effective settings without secrets; ``origins`` says for its keys what set them
    (an option, a variable, ``file:line``): a key that is not in it kept its default.
    """

    tool_version: str
    run_id: str
    started_at: datetime
    finished_at: datetime
    exit_status: int
    document: DocumentIdentity
    target: Target
    identities: tuple[Identity, ...]
    operations: tuple[OperationResult, ...]
    drifts: tuple[Drift, ...]
    undocumented: tuple[Undocumented, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    undecided: tuple[UndecidedOperation, ...] = ()
    probes: tuple[ProbeRecord, ...] = ()
    counts: Counts = field(default_factory=Counts)
    config: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    suppressed: tuple[Suppression, ...] = ()
    problem: str = ""
    interrupted: bool = False
