"""Findings, diagnostics, operations and drifts, made from what matters in a case."""

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import Demand, Origin, Requirement
from specdrift.model.exchange.probe import Connection, Endpoint, Phase, Probe, Request
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import OperationResult
from specdrift.model.result.verdict import Confidence, Enforcement, Layer, Verdict

ITEM = OperationKey(path="/items/{id}", method="GET")
OTHER = OperationKey(path="/others", method="POST")
GET_ITEM = Request(method="GET", target="/items/1")
ENDPOINT = Endpoint(host="api.test", port=8443, server_name="api.test", address="192.0.2.1")


def place(
    line: int = 3, pointer: str = "/paths/~1items~1{id}/get/security", file: str = "api.yaml"
) -> SourceLocation:
    """Where something stands."""
    return SourceLocation(file=file, line=line, column=1, end_line=line, end_column=9, pointer=pointer)


def operation(
    key: OperationKey = ITEM,
    *,
    location: SourceLocation | None = None,
    declared: SourceLocation | None = None,
) -> Operation:
    """An operation that demands a certificate."""
    location = location or place()
    return Operation(
        key=key,
        requirement=Requirement(alternatives=(), origin=Origin.ROOT, demand=Demand.REQUIRED),
        location=location,
        declared_at=declared or location,
        target="/items/1",
    )


def finding(rule: str = "mtls-not-enforced", **changes: object) -> Finding:
    """What a check concluded."""
    given: dict[str, object] = {
        "rule": rule,
        "message": "a caller without a certificate was admitted",
        "confidence": Confidence.HIGH,
        "probes": (probe().id,),
        "operation": ITEM,
        "identity": "anonymous",
    }
    return Finding(**(given | changes))  # type: ignore[arg-type]


def probe(identity: str = "anonymous", request: Request | None = GET_ITEM) -> Probe:
    """The question behind it."""
    return Probe(
        check="certificate",
        operation=ITEM,
        identity=identity,
        connection=Connection(endpoint=ENDPOINT),
        request=request,
        phase=Phase.MAIN,
    )


def drift(severity: Severity = Severity.ERROR, **changes: object) -> Drift:
    """A drift of the item's operation."""
    given: dict[str, object] = {
        "rule": "mtls-not-enforced",
        "severity": severity,
        "confidence": Confidence.HIGH,
        "title": "title",
        "message": "message",
        "remediation": "remedy",
        "location": place(),
        "operation": ITEM,
        "probes": ("probe",),
        "status": DriftStatus.NEW,
    }
    return Drift(**(given | changes))  # type: ignore[arg-type]


def result(key: OperationKey = ITEM, enforcement: Enforcement = Enforcement.ENFORCED) -> OperationResult:
    """An operation about which nothing bad is known yet."""
    return OperationResult(
        operation=operation(key),
        enforcement=enforcement,
        layer=Layer.TLS,
        verdict=Verdict.CONSISTENT,
        confidence=Confidence.LOW,
    )
