"""TEST DATA. Made-up results for the tests of reports: no server, document or certificate behind them exists."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from specdrift.model.contract import DocumentIdentity
from specdrift.model.drift import Drift, DriftStatus, Severity
from specdrift.model.identity import ANONYMOUS, CertificateFacts, Expect, Identity, IdentityKind
from specdrift.model.location import SourceLocation
from specdrift.model.observation import BodyShape, Ending, HttpFacts, Observation, TlsFacts, WirePhase
from specdrift.model.operation import Operation, OperationKey, ParameterValue, ValueSource
from specdrift.model.probe import Connection, Endpoint, Phase, Probe, Request
from specdrift.model.requirement import Demand, Origin, Requirement, SchemeType, SchemeUse, SecurityScheme
from specdrift.model.result import (
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
from specdrift.model.verdict import (
    Confidence,
    Enforcement,
    Evidence,
    IdentityOutcome,
    Layer,
    Outcome,
    Verdict,
)
from specdrift.rules import RULES

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


ALICE = Identity(
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
SELF_SIGNED = Identity(
    name="self-signed",
    kind=IdentityKind.MINTED,
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
    operation("GET", "/health", 94, Demand.FORGONE, tag="operations"),
    operation("GET", "/version", 104, Demand.OPTIONAL, (MTLS,), (), tag="operations"),
    operation("GET", "/reports", 114, Demand.ONE_OF_SEVERAL, (MTLS,), (API_KEY,), tag="reports"),
    operation("GET", "/reports/{id}", 126, Demand.OTHER, (API_KEY,), tag="reports"),
    operation("GET", "/legacy/export", 138, Demand.UNDECLARED, tag="reports"),
    operation("GET", "/status", 150, Demand.FORGONE, tag="operations"),
)


def probe_record(
    op: Operation | None,
    identity: Identity,
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
    Outcome.ADMITTED: "same kind of answer as the good identity's",
    Outcome.REFUSED_IN_TLS: "the server sent a TLS alert after the client's Certificate message",
    Outcome.REFUSED_BY_APPLICATION: "HTTP 403, and the good identity gets HTTP 200",
    Outcome.UNREACHABLE: "no answer within 10 s, three times",
    Outcome.INCONCLUSIVE: "HTTP 503 is no verdict",
}


def drift(
    rule: str,
    op: Operation | None,
    identity: Identity | None,
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


def _command(op: Operation, identity: Identity | None) -> str:
    cert = (
        ""
        if identity is None or identity is ANONYMOUS
        else f" --cert {identity.name}.pem --key {identity.name}.key"
    )
    return f"curl --cacert server-ca.pem{cert} -i https://api.example.test:8443/v1{op.target}"


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


def _record(op: Operation, identity: Identity, outcome: Outcome, status: int) -> ProbeRecord:
    refused = '{"error": "client certificate required"}'
    if outcome is Outcome.ADMITTED:
        return probe_record(op, identity, outcome, status, control=identity in (ALICE, BOB))
    return probe_record(op, identity, outcome, status, refused)


def _operation_result(op: Operation, records: list[ProbeRecord], story: str) -> OperationResult:
    drifting = story in ("open", "locked") and op.requirement.demand in (Demand.REQUIRED,)
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
                evidence=Evidence.LISTENER if record.probe.identity == "old-alice" else Evidence.PROBED,
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
            "GET /version lets callers in without a certificate by `{}`, and the server answers them HTTP 401.",
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
            _operation_result(op, by_key[op.key.method, op.key.path], _STORY[index])
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
                operation=OPERATIONS[2].key, reason="POST may change things: only the handshake was made"
            ),
            Skipped(
                operation=OPERATIONS[3].key, reason="DELETE may change things: only the handshake was made"
            ),
            Skipped(check="resumption", reason="the listener issues no session tickets"),
        ),
        undecided=(
            UndecidedOperation(
                operation=OPERATIONS[10].key,
                reason="the positive control got HTTP 503 three times",
                how_to_decide="Bring the backend of /legacy/export up, or leave the operation out with a reason.",
            ),
        ),
        probes=(*(record for records in by_key.values() for record in records), metrics),
        counts=Counts(
            operations=12, probed=48, by_listener=12, undecided=1, skipped=3, requests=97, connections=31
        ),
        config={
            "spec": "openapi.yaml",
            "base-url": "https://api.example.test:8443/v1",
            "fail-on": "error",
            "network.concurrency": "8",
            "network.timeout": "10s",
            "unsafe-methods": "handshake",
        },
        origins={"spec": "argument", "base-url": "argument", "network.timeout": "specdrift.toml:12"},
        suppressed=(
            Suppression(
                fingerprint=drifts[-1].fingerprint,
                reason="the second path is removed in June",
                owner="payments",
                expires=date(2026, 6, 30),
            ),
        ),
    )


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
    """The good identity never got through."""
    result = story()
    blind = {"verdict": Verdict.UNDECIDED, "enforcement": Enforcement.INDETERMINATE, "layer": None}
    return replace(
        result,
        exit_status=3,
        operations=tuple(replace(item, **blind) for item in result.operations),
        drifts=(),
        problem="alice, who should be admitted, was refused everywhere (TLS alert unknown_ca): nothing can be judged.",
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


def big(operations: int = 1000, identities: int = 12) -> Result:
    """A large run: as many operations and identities as asked for, and one operation in fifty drifts."""
    good = tuple(replace(ALICE, name=f"caller-{n}") for n in range(1, 4))
    bad = tuple(replace(SELF_SIGNED, name=f"profile-{n}") for n in range(4, identities))
    people = (ANONYMOUS, *good, *bad)
    results, probes, drifts = [], [], []
    for number in range(operations):
        op = operation("GET", f"/collection-{number // 40}/things/{number}", 20 + number * 12)
        open_door = number % 50 == 0
        records = []
        for who in people:
            through = who in good or (open_door and who is ANONYMOUS)
            outcome = Outcome.ADMITTED if through else Outcome.REFUSED_BY_APPLICATION
            body = f'{{"id": {number}, "name": "thing {number}"}}' if through else "forbidden"
            status = 200 if through else 403
            records.append(probe_record(op, who, outcome, status, body, control=who in good))
        results.append(_operation_result(op, records, "open" if open_door else "layered"))
        probes.extend(records)
        if open_door:
            drifts.append(drift("mtls-not-enforced", op, ANONYMOUS, f"{op.key} is open.", records[:1]))
    return replace(
        story(),
        identities=people,
        operations=tuple(results),
        probes=tuple(probes),
        drifts=tuple(drifts),
        undocumented=(),
        undecided=(),
        skipped=(),
        counts=Counts(
            operations=operations, probed=operations * identities, requests=operations * identities
        ),
    )


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>*{display:none}</style>",
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    "<!--",
    "{{ 7 * 7 }}{% raw %}",
    "[bold red]x[/bold red][link=javascript:alert(1)]y[/link]",
    "abc\u202egnp.exe",
    "\x1b[2J\x1b[31mred\x07\x00\x9b1m",
    "zero\u200bwidth\ufeff\u2066isolate",
    "lone \udcff surrogate",
    "`` ``` [x](javascript:alert(1)) @everyone",
)
"""Texts that try to become markup, styles, scripts, terminal commands, or something else than they are."""


def hostile() -> Result:
    """The same run by a server, a document and certificates that all wish the reader ill."""
    bad = " ".join(HOSTILE)
    evil = replace(
        SELF_SIGNED,
        name=HOSTILE[0],
        about=bad,
        certificate=replace(certificate(bad), issuer=bad, serial=bad, sha256=bad),
    )
    op = operation("GET", "/" + bad, 20, Demand.REQUIRED, (ADMIN,), tag=HOSTILE[1])
    place = location(24, bad, bad, file=bad)
    op = replace(
        op,
        operation_id=bad,
        summary=bad,
        location=place,
        declared_at=replace(place, line=20),
        requirement=replace(op.requirement, reason=bad),
    )
    record = probe_record(
        op, evil, Outcome.ADMITTED, 200, bad, headers=((HOSTILE[2], bad), ("content-type", bad))
    )
    observation = replace(record.observation, detail=bad, tls=replace(TLS_13, cipher=bad, alert_received=bad))
    record = replace(record, observation=observation, reason=bad)
    control = probe_record(op, ALICE, Outcome.ADMITTED, 200, bad, control=True)
    found = drift("mtls-not-enforced", op, evil, bad, [record])
    found = replace(found, title=bad, remediation=bad, reproduce=bad, profile=bad, fingerprint=bad)
    result = story()
    return replace(
        result,
        run_id=bad,
        tool_version=bad,
        document=DocumentIdentity(source=bad, sha256=bad, openapi=bad, title=bad),
        target=Target(base_url=bad, addresses=(bad,), listeners=(bad,), tls_versions=(bad,), insecure=True),
        identities=(ANONYMOUS, ALICE, evil),
        operations=(_operation_result(op, [control, record], "open"),),
        drifts=(found, replace(found, rule=HOSTILE[0], operation=None, probes=())),
        undocumented=(Undocumented(method=bad, path=bad, kind=bad, status=200, admitted=(bad,)),),
        skipped=(Skipped(reason=bad, check=bad),),
        undecided=(UndecidedOperation(operation=op.key, reason=bad, how_to_decide=bad),),
        probes=(record, control),
        config={bad: bad},
        origins={bad: bad},
        suppressed=(Suppression(fingerprint=bad, reason=bad, owner=bad),),
        problem=bad,
    )
