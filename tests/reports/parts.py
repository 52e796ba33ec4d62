"""TEST DATA. Parts of made-up results: no server, document or certificate is behind them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from msgspec.structs import replace

from specdrift.config.describe.show import toml
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation, OperationKey, ParameterValue, ValueSource
from specdrift.model.contract.requirement import (
    Demand,
    Origin,
    Requirement,
    SchemeType,
    SchemeUse,
    SecurityScheme,
)
from specdrift.model.exchange.identity import ANONYMOUS, CertificateFacts, ClientIdentity, IdentityKind
from specdrift.model.exchange.observation import (
    BodyShape,
    Ending,
    HttpFacts,
    Observation,
    TlsFacts,
    WirePhase,
)
from specdrift.model.exchange.probe import Connection, Endpoint, Phase, Probe, Request
from specdrift.model.policy import Expect
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.model.result.result import ProbeRecord
from specdrift.model.result.setting import Setting
from specdrift.model.result.verdict import Confidence, Outcome
from specdrift.rules import RULES


def settings(values: Mapping[str, tuple[object, str]]) -> dict[str, Setting]:
    """Settings from value and origin, as the configuration describes them."""
    return {
        key: Setting(value=value, text=toml(value), origin=origin, group=key.rpartition(".")[0])
        for key, (value, origin) in values.items()
    }


STARTED = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
MTLS = SchemeUse(scheme=SecurityScheme(name="clientCert", type=SchemeType.MUTUAL_TLS))
API_KEY = SchemeUse(
    scheme=SecurityScheme(name="apiKey", type=SchemeType.API_KEY, parameter=("header", "x-api-key"))
)
ADMIN = replace(MTLS, scopes=("admin",))
TLS_13 = TlsFacts(
    version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", alpn="http/1.1", certificate_requested=True
)


CLIENT_CA = "CN=Example Client CA,O=Example"


def digest(text: str) -> str:
    """A stable number for any text, also one that is not valid Unicode."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def certificate(name: str, issuer: str = CLIENT_CA, days: int = 90) -> CertificateFacts:
    """Facts of a certificate that was never issued."""
    return CertificateFacts(
        subject=f"CN={name},OU=Payments,O=Example",
        issuer=issuer,
        serial=digest(name)[:32],
        sha256=digest(f"certificate of {name}"),
        not_before=STARTED - timedelta(days=30),
        not_after=STARTED + timedelta(days=days),
    )


ALICE = ClientIdentity(
    name="alice",
    kind=IdentityKind.CONFIGURED,
    expect=Expect.ACCEPTED,
    roles=frozenset({"reader"}),
    certificate=certificate("alice"),
)
BOB = replace(ALICE, name="bob", roles=frozenset({"admin", "reader"}), certificate=certificate("bob"))
REVOKED = replace(
    ALICE,
    name="old-alice",
    expect=Expect.REFUSED,
    about="Configured with expect = refused.",
    certificate=certificate("alice", days=-3),
)
SELF_SIGNED = ClientIdentity(
    name="self-signed",
    kind=IdentityKind.GENERATED,
    expect=Expect.REFUSED,
    profile="self-signed",
    about="Signed by its own key; no client CA stands behind it (RFC 5280, section 6.1).",
    certificate=certificate("alice", issuer="CN=alice,OU=Payments,O=Example"),
)
IDENTITIES = (ANONYMOUS, ALICE, BOB, REVOKED, SELF_SIGNED)


def location(line: int, text: str, pointer: str, file: str = "openapi.yaml") -> SourceLocation:
    """A place in a document that does not exist."""
    column = len(text) - len(text.lstrip()) + 1
    return SourceLocation(
        file=file,
        line=line,
        column=column,
        end_line=line,
        end_column=len(text) + 1,
        pointer=pointer,
        text=text,
    )


ROOT_SECURITY = location(11, "security: [{ clientCert: [] }]", "/security")


def operation(
    method: str,
    path: str,
    line: int,
    demand: Demand = Demand.REQUIRED,
    *alternatives: tuple[SchemeUse, ...],
    tag: str = "items",
) -> Operation:
    """An operation with a requirement of its own, or with the document's root requirement."""
    own = bool(alternatives) or demand is not Demand.REQUIRED
    pointer = f"/paths/{path.replace('/', '~1')}/{method.lower()}"
    here = location(line, f"    {method.lower()}:", pointer)
    deciding = location(line + 4, "      security: []", pointer + "/security") if own else ROOT_SECURITY
    if demand is Demand.UNDECLARED:
        deciding = here
    return Operation(
        key=OperationKey(path=path, method=method),
        requirement=Requirement(
            alternatives=alternatives or (((MTLS,),) if demand is Demand.REQUIRED else ()),
            origin=Origin.NONE if demand is Demand.UNDECLARED else Origin.OPERATION if own else Origin.ROOT,
            demand=demand,
        ),
        location=deciding,
        declared_at=here,
        target=path.replace("{id}", "7"),
        operation_id=method.lower() + "".join(part.title() for part in path.strip("/{}").split("/")),
        summary=f"A summary of {path}",
        tags=(tag,),
        servers=("https://api.example.test:8443/v1",),
        parameters=(ParameterValue(name="id", location="path", value="7", source=ValueSource.EXAMPLE),)
        if "{id}" in path
        else (),
    )


OPERATIONS = (
    operation("GET", "/items", 20),
    operation("GET", "/items/{id}", 32),
    operation("POST", "/items", 44),
    operation("DELETE", "/items/{id}", 58),
    operation("GET", "/admin/users", 70, Demand.REQUIRED, (ADMIN,), tag="admin"),
    operation("GET", "/admin/audit", 82, Demand.REQUIRED, (ADMIN,), tag="admin"),
    operation("GET", "/health", 94, Demand.NOT_REQUIRED, tag="operations"),
    operation("GET", "/version", 104, Demand.OPTIONAL, (MTLS,), (), tag="operations"),
    operation("GET", "/reports", 114, Demand.ONE_OF_SEVERAL, (MTLS,), (API_KEY,), tag="reports"),
    operation("GET", "/reports/{id}", 126, Demand.OTHER, (API_KEY,), tag="reports"),
    operation("GET", "/legacy/export", 138, Demand.UNDECLARED, tag="reports"),
    operation("GET", "/status", 150, Demand.NOT_REQUIRED, tag="operations"),
)


def probe_record(
    op: Operation | None,
    identity: ClientIdentity,
    outcome: Outcome,
    status: int = 200,
    body: str = '{"items": [{"id": 7, "name": "spanner"}], "next": null}',
    *,
    check: str = "presence",
    control: bool = False,
    target: str = "",
    method: str = "GET",
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"), ("server", "axum-lab")),
) -> ProbeRecord:
    """An exchange that never took place."""
    probe = Probe(
        check=check,
        operation=op.key if op else None,
        identity=identity.name,
        connection=Connection(
            endpoint=Endpoint(host="api.example.test", port=8443, server_name="api.example.test")
        ),
        request=Request(
            method=op.key.method if op else method,
            target="/v1" + (target or (op.target if op else "/")),
            headers=(
                ("host", "api.example.test:8443"),
                ("user-agent", "specdrift/0.1.0"),
                ("accept", "*/*"),
            ),
        ),
        phase=Phase.BEFORE if control else Phase.MAIN,
        control=control,
        why="Positive control." if control else "Is the certificate needed?",
    )
    sent = identity.kind is not IdentityKind.ANONYMOUS
    in_tls = outcome is Outcome.REFUSED_IN_TLS
    silent = in_tls or outcome is Outcome.UNREACHABLE
    alert = ("unknown_ca" if sent else "certificate_required") if in_tls else ""
    body_digest = digest(body)
    http = HttpFacts(
        status=status,
        http_version="HTTP/1.1",
        headers=(*headers, ("content-length", str(len(body)))),
        body_sha256=body_digest,
        body_excerpt=body,
        length=len(body),
        truncated=False,
        shape=BodyShape(kind="json", skeleton=digest(body[:6])[:16], members=("items", "next")),
    )
    ending = Ending.ALERT if in_tls else Ending.TIMEOUT if outcome is Outcome.UNREACHABLE else Ending.RESPONSE
    observation = Observation(
        probe=probe.id,
        ending=ending,
        phase=WirePhase.REQUEST if silent else WirePhase.RESPONSE,
        tls=replace(TLS_13, certificate_sent=sent, alert_received=alert),
        http=None if silent else http,
        address="127.0.0.1:8443",
        elapsed_ms=float(int(digest(probe.id)[:4], 16) % 900) / 100 + 1.2,
    )
    return ProbeRecord(probe=probe, observation=observation, outcome=outcome, reason=REASONS[outcome])


REASONS = {
    Outcome.ADMITTED: "same kind of answer as the valid identity's",
    Outcome.REFUSED_IN_TLS: "the server sent a TLS alert after the client's Certificate message",
    Outcome.REFUSED_BY_APPLICATION: "HTTP 403, and the valid identity gets HTTP 200",
    Outcome.UNREACHABLE: "no answer within 10 s, three times",
    Outcome.INCONCLUSIVE: "HTTP 503 is no verdict",
}


def drift(
    rule: str,
    op: Operation | None,
    identity: ClientIdentity | None,
    message: str,
    records: Iterable[ProbeRecord] = (),
    *,
    severity: Severity | None = None,
    confidence: Confidence = Confidence.HIGH,
    status: DriftStatus = DriftStatus.NEW,
    where: SourceLocation | None = None,
) -> Drift:
    """A finding about what never happened, in the words of the real rule."""
    known = RULES.get(rule)
    place = where or (op.location if op else None)
    related = (op.declared_at,) if op and op.declared_at != place else ()
    return Drift(
        rule=rule,
        severity=severity or (known.severity if known else Severity.ERROR),
        confidence=confidence,
        title=known.title if known else rule.replace("-", " ").capitalize(),
        message=message,
        remediation=known.remedy if known else "Correct the document.",
        location=place,
        operation=op.key if op else None,
        identity=identity.name if identity else None,
        profile=(identity.profile or None) if identity else None,
        related=related,
        probes=tuple(record.probe.id for record in records),
        fingerprint=digest(f"{rule} {op.key if op else ''} {identity and identity.name}")[:16],
        status=status,
        reproduce=_command(op, identity) if op else "specdrift lint openapi.yaml",
    )


def _command(op: Operation, identity: ClientIdentity | None) -> str:
    cert = (
        ""
        if identity is None or identity is ANONYMOUS
        else f" --cert {identity.name}.pem --key {identity.name}.key"
    )
    return f"curl --cacert server-ca.pem{cert} -i https://api.example.test:8443/v1{op.target}"
