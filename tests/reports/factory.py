"""TEST DATA. Invented runs for tests of reports: no request was sent."""

from datetime import date, timedelta
from functools import cache

from msgspec.structs import replace

from specdrift.model.contract.contract import DocumentIdentity
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.reasons import SkipReason, UndecidedReason
from specdrift.model.result.result import (
    Counts,
    OperationResult,
    ProbeRecord,
    Result,
    Skipped,
    Suppression,
    Target,
    UndecidedOperation,
    Undocumented,
)
from specdrift.model.result.verdict import (
    Basis,
    Confidence,
    Enforcement,
    IdentityOutcome,
    Layer,
    Outcome,
    Verdict,
)
from tests.reports.parts import (
    ALICE,
    BOB,
    IDENTITIES,
    OPERATIONS,
    SELF_SIGNED,
    STARTED,
    digest,
    drift,
    location,
    probe_record,
)
from tests.reports.parts import (
    settings as made_settings,
)

_SEEN: dict[str, tuple[tuple[Outcome, int], ...]] = {
    "kept": ((Outcome.REFUSED_IN_TLS, 0), (Outcome.ADMITTED, 200), (Outcome.ADMITTED, 200)),
    "open": ((Outcome.ADMITTED, 200), (Outcome.ADMITTED, 200), (Outcome.ADMITTED, 200)),
    "layered": ((Outcome.REFUSED_BY_APPLICATION, 401), (Outcome.ADMITTED, 200), (Outcome.ADMITTED, 200)),
    "roles": (
        (Outcome.REFUSED_BY_APPLICATION, 401),
        (Outcome.REFUSED_BY_APPLICATION, 403),
        (Outcome.ADMITTED, 200),
    ),
    "locked": (
        (Outcome.REFUSED_BY_APPLICATION, 401),
        (Outcome.REFUSED_BY_APPLICATION, 403),
        (Outcome.REFUSED_BY_APPLICATION, 403),
    ),
    "broken": ((Outcome.INCONCLUSIVE, 503), (Outcome.INCONCLUSIVE, 503), (Outcome.UNREACHABLE, 0)),
}
_STORY = (
    "layered",
    "open",
    "layered",
    "layered",
    "open",
    "locked",
    "open",
    "layered",
    "open",
    "roles",
    "broken",
    "open",
)
_INTRUDED = {1, 4}
"""Operations (by index) where the self-signed certificate gets through."""


def _records(index: int, op: Operation) -> list[ProbeRecord]:
    story = _SEEN[_STORY[index]]
    bad = Outcome.ADMITTED if index in _INTRUDED else Outcome.REFUSED_IN_TLS
    pairs = zip(IDENTITIES, (*story, (Outcome.REFUSED_IN_TLS, 0), (bad, 200)), strict=True)
    return [_record(op, identity, outcome, status) for identity, (outcome, status) in pairs]


def _record(op: Operation, identity: ClientIdentity, outcome: Outcome, status: int) -> ProbeRecord:
    refused = '{"error": "client certificate required"}'
    if outcome is Outcome.ADMITTED:
        return probe_record(op, identity, outcome, status, control=identity in (ALICE, BOB))
    return probe_record(op, identity, outcome, status, refused)


def operation_result(op: Operation, records: list[ProbeRecord], story: str) -> OperationResult:
    """What an operation comes to after that story."""
    drifting = story in ("open", "locked") and op.requirement.demand is Demand.REQUIRED
    over = op.key.path == "/version"
    verdict = (
        Verdict.UNDECIDED if story == "broken" else Verdict.DRIFT if drifting or over else Verdict.CONSISTENT
    )
    enforcement = {"open": Enforcement.NOT_ENFORCED, "broken": Enforcement.INDETERMINATE}.get(
        story, Enforcement.ENFORCED
    )
    return OperationResult(
        operation=op,
        enforcement=enforcement,
        layer=Layer.APPLICATION if enforcement is Enforcement.ENFORCED else None,
        verdict=verdict,
        confidence=Confidence.HIGH if verdict is not Verdict.UNDECIDED else Confidence.LOW,
        outcomes=tuple(
            IdentityOutcome(
                identity=record.probe.identity,
                outcome=record.outcome,
                basis=Basis.LISTENER if record.probe.identity == "old-alice" else Basis.PROBED,
                probes=(record.probe.id,),
                reason=record.reason,
            )
            for record in records
        ),
    )


def _drifts(by_key: dict[tuple[str, str], list[ProbeRecord]]) -> tuple[Drift, ...]:
    items, users, audit, version = (OPERATIONS[index] for index in (1, 4, 5, 7))

    def evidence(op: Operation, who: int) -> list[ProbeRecord]:
        return [by_key[op.key.method, op.key.path][who]]

    return (
        *(
            drift(
                "mtls-not-enforced",
                op,
                ANONYMOUS,
                f"{op.key} requires a client certificate, and a caller without one got HTTP 200, "
                "the same kind of answer as alice.",
                evidence(op, 0),
            )
            for op in (items, users)
        ),
        *(
            drift(
                "invalid-certificate-accepted",
                op,
                SELF_SIGNED,
                f"{op.key} admits a self-signed certificate (HTTP 200).",
                evidence(op, 4),
                confidence=Confidence.MEDIUM,
                status=DriftStatus.KNOWN,
            )
            for op in (items, users)
        ),
        drift(
            "mtls-over-enforced",
            version,
            ANONYMOUS,
            "GET /version admits callers without a certificate by `{}`, and the server answers 401.",
            evidence(version, 0),
        ),
        drift(
            "valid-certificate-refused",
            audit,
            BOB,
            "GET /admin/audit is for the role admin, which bob has, and he got HTTP 403.",
            evidence(audit, 2),
        ),
        drift(
            "undefined-security-scheme",
            OPERATIONS[10],
            None,
            "The scheme `clientCrt` is not in components.securitySchemes; did you mean `clientCert`?",
            where=location(141, "        - clientCrt: []", "/paths/~1legacy~1export/get/security/0"),
        ),
        drift(
            "ambiguous-path",
            OPERATIONS[9],
            None,
            "/reports/{id} and /reports/{name} match the same requests.",
            severity=Severity.NOTE,
            status=DriftStatus.SUPPRESSED,
        ),
    )


@cache
def story() -> Result:
    """A realistic run: twelve operations, five identities, drift of every kind, things left undecided."""
    by_key = {(op.key.method, op.key.path): _records(index, op) for index, op in enumerate(OPERATIONS)}
    metrics = probe_record(
        None,
        ANONYMOUS,
        Outcome.ADMITTED,
        200,
        "process_cpu_seconds_total 12",
        target="/metrics",
        check="undocumented",
    )
    leak = drift(
        "undocumented-endpoint",
        None,
        ANONYMOUS,
        "GET /metrics answers anybody with HTTP 200, and the document does not have it.",
        [metrics],
    )
    drifts = _drifts(by_key)
    return Result(
        tool_version="0.1.0",
        run_id="20260314T092653-7f3a",
        started_at=STARTED,
        finished_at=STARTED + timedelta(seconds=4, milliseconds=217),
        exit_status=1,
        document=DocumentIdentity(
            source="openapi.yaml",
            sha256=digest("a document that does not exist"),
            openapi="3.1.0",
            title="Spanner Inventory",
        ),
        target=Target(
            base_url="https://api.example.test:8443/v1",
            addresses=("127.0.0.1:8443",),
            listeners=("http://api.example.test:8080",),
            tls_versions=("1.2", "1.3"),
        ),
        identities=IDENTITIES,
        operations=tuple(
            operation_result(op, by_key[op.key.method, op.key.path], _STORY[index])
            for index, op in enumerate(OPERATIONS)
        ),
        drifts=(*drifts, replace(leak, reproduce="curl -i https://api.example.test:8443/v1/metrics")),
        undocumented=(
            Undocumented(
                method="GET",
                path="/metrics",
                kind="leaks",
                status=200,
                admitted=("anonymous", "alice", "bob"),
                probes=(metrics.probe.id,),
            ),
        ),
        skipped=(
            Skipped(
                kind=SkipReason.FILTERED,
                operation=OPERATIONS[2].key,
                reason="POST may change things: only the handshake was made",
            ),
            Skipped(
                kind=SkipReason.FILTERED,
                operation=OPERATIONS[3].key,
                reason="DELETE may change things: only the handshake was made",
            ),
            Skipped(
                kind=SkipReason.FILTERED, check="resumption", reason="the listener issues no session tickets"
            ),
        ),
        undecided=(
            UndecidedOperation(
                kind=UndecidedReason.INCONCLUSIVE,
                operation=OPERATIONS[10].key,
                reason="the positive control got HTTP 503 three times",
                how_to_decide="Bring the backend of /legacy/export up, or leave the operation out.",
            ),
        ),
        probes=(*(record for records in by_key.values() for record in records), metrics),
        counts=Counts(
            operations=12, probed=48, by_listener=12, undecided=1, skipped=3, requests=97, connections=31
        ),
        settings=made_settings(
            {
                "spec": ("openapi.yaml", "SPEC"),
                "base-url": ("https://api.example.test:8443/v1", "BASE_URL"),
                "network.timeout": ("10s", "specdrift.toml:12"),
            }
        ),
        suppressed=(
            Suppression(
                fingerprint=drifts[-1].fingerprint,
                reason="the second path is removed in June",
                owner="payments",
                expires=date(2026, 6, 30),
            ),
        ),
    )


KEPT = "All 4 operations that require client certificates enforce them, and 3 others do without, as openapi.yaml says"
"""The first sentence of ``consistent``, without its end."""
DRIFTING = (
    "3 of 7 operations that require client certificates do not enforce them as openapi.yaml says, "
    "and 1 other differs"
)
"""The first sentence of ``story``, without its end."""


def consistent() -> Result:
    """A run against a server that keeps every promise."""
    result = story()
    kept = tuple(item for item in result.operations if item.verdict is Verdict.CONSISTENT)
    counts = replace(result.counts, operations=len(kept), undecided=0, skipped=0)
    return replace(
        result,
        exit_status=0,
        operations=kept,
        drifts=(),
        undocumented=(),
        skipped=(),
        undecided=(),
        suppressed=(),
        counts=counts,
    )


def incomplete() -> Result:
    """Nothing drifts, and one operation could not be judged."""
    result = story()
    kept = [item for item in result.operations if item.verdict is not Verdict.DRIFT]
    return replace(result, exit_status=3, operations=tuple(kept), drifts=(), undocumented=())


def hopeless() -> Result:
    """The valid identity was never admitted."""
    result = story()
    return replace(
        result,
        exit_status=3,
        operations=tuple(
            replace(item, verdict=Verdict.UNDECIDED, enforcement=Enforcement.INDETERMINATE, layer=None)
            for item in result.operations
        ),
        drifts=(),
        problem=Problem(
            kind=ProblemKind.NO_CONTROL,
            text="alice, who should be admitted, was refused everywhere: nothing can be judged.",
        ),
    )


def document_only() -> Result:
    """What ``lint`` writes: findings about the document, and nothing sent."""
    result = story()
    return replace(
        result,
        identities=(),
        operations=tuple(
            replace(item, outcomes=(), verdict=Verdict.UNDECIDED, enforcement=Enforcement.INDETERMINATE)
            for item in result.operations
        ),
        drifts=tuple(item for item in result.drifts if item.rule == "undefined-security-scheme"),
        undocumented=(),
        undecided=(),
        skipped=(),
        probes=(),
        counts=Counts(operations=12),
    )
