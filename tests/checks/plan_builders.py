"""Builders of operations, identities and answers, to plan and judge without a server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from specdrift.checks.certificate import certificate
from specdrift.checks.core.base import PlanContext, PlannedOperation, open_operations, roles_of
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import (
    Demand,
    Origin,
    Requirement,
    SchemeType,
    SchemeUse,
    SecurityScheme,
)
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity, IdentityKind
from specdrift.model.exchange.observation import (
    BodyShape,
    Ending,
    HttpFacts,
    Observation,
    TlsFacts,
    WirePhase,
)
from specdrift.model.exchange.probe import Endpoint, Request
from specdrift.model.policy import Expect, UnsafeMethods
from specdrift.scan.execution.rounds import MAX_ROUNDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Check
    from specdrift.model.exchange.probe import Probe

MTLS = SchemeUse(scheme=SecurityScheme(name="mtls", type=SchemeType.MUTUAL_TLS))
KEY = SchemeUse(scheme=SecurityScheme(name="key", type=SchemeType.API_KEY, parameter=("header", "X-Key")))
ALTERNATIVES = {
    Demand.REQUIRED: ((MTLS,),),
    Demand.ONE_OF_SEVERAL: ((MTLS,), (KEY,)),
    Demand.OPTIONAL: ((MTLS,), ()),
    Demand.NOT_REQUIRED: (),
    Demand.OTHER: ((KEY,),),
    Demand.UNDECLARED: (),
    Demand.UNKNOWN: ((MTLS,),),
}
ALICE = ClientIdentity(
    name="alice", kind=IdentityKind.CONFIGURED, expect=Expect.ACCEPTED, roles=frozenset({"reader"})
)
BOB = replace(ALICE, name="bob", roles=frozenset({"admin"}))
OLD = replace(ALICE, name="old", expect=Expect.REFUSED)
SELF_SIGNED = ClientIdentity(
    name="self-signed",
    kind=IdentityKind.GENERATED,
    expect=Expect.REFUSED,
    profile="self-signed",
    about="Forged.",
)


def planned(
    path: str = "/secure",
    demand: Demand = Demand.REQUIRED,
    *,
    method: str = "GET",
    mode: UnsafeMethods = UnsafeMethods.SEND,
    roles: tuple[str, ...] = (),
) -> PlannedOperation:
    """Build a planned operation with that demand."""
    place = SourceLocation(file="openapi.yaml", line=7, column=3, end_line=7, end_column=11, pointer="/paths")
    operation = Operation(
        key=OperationKey(path=path, method=method),
        requirement=Requirement(
            alternatives=ALTERNATIVES[demand], origin=Origin.OPERATION, demand=demand, reason="cannot be read"
        ),
        location=place,
        declared_at=place,
        target=re.sub(r"\{.*?\}", "1", path),
        allow_roles=frozenset(roles),
    )
    return PlannedOperation(
        operation=operation, request=Request(method=method, target=operation.target), mode=mode
    )


def together(one: PlannedOperation) -> PlannedOperation:
    """Change the operation to need a certificate and a key, which the request carries."""
    requirement = replace(one.operation.requirement, alternatives=((MTLS, KEY),))
    return replace(one, operation=replace(one.operation, requirement=requirement), has_all_credentials=True)


def context(
    *operations: PlannedOperation,
    identities: tuple[ClientIdentity, ...] = (ALICE, OLD),
    **changes: Any,  # noqa: ANN401
) -> PlanContext:
    """Build the context of a plan for these operations and identities; the anonymous client is always included."""
    templates = [re.compile(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(s.key.path))) for s in operations]
    return PlanContext(
        operations=operations,
        identities={identity.name: identity for identity in (ANONYMOUS, *identities)},
        endpoint=Endpoint(host="api.test", port=8443, server_name="api.test", address="127.0.0.1"),
        base_path=changes.pop("base_path", ""),
        documented=lambda method, target: method != "OPTIONS" and any(t.fullmatch(target) for t in templates),
        nonce="nonce",
        rules=changes.pop("rules", frozenset({"enforcement-inconsistent"}) | certificate.RULES),
        **changes,
    )


def http(
    status: int, *, shape: str = "", text: str = "", headers: tuple[tuple[str, str], ...] = ()
) -> HttpFacts:
    """Build a response; ``shape`` identifies the structure of its body."""
    return HttpFacts(
        status=status,
        http_version="HTTP/1.1",
        headers=headers,
        body_sha256=shape or str(status),
        body_excerpt=text,
        length=len(text),
        truncated=False,
        shape=BodyShape(kind="json", skeleton=shape or str(status)),
    )


def observation_of(probe: Probe, answer: HttpFacts | Ending | str) -> Observation:
    """Build the observation of a probe: a response, how the exchange ended, or the alert that ended it.

    A bare handshake that the server would answer ends in silence.
    """
    if isinstance(answer, Ending):
        tls = TlsFacts(version="TLSv1.3", certificate_requested=True)
        phase = WirePhase.RESPONSE if answer is Ending.CONTINUE else WirePhase.REQUEST
        return Observation(probe=probe.id, ending=answer, phase=phase, tls=tls, attempts=3)
    if isinstance(answer, HttpFacts) and probe.request is None:
        return Observation(
            probe=probe.id, ending=Ending.SILENCE, phase=WirePhase.REQUEST, tls=TlsFacts(version="TLSv1.3")
        )
    if isinstance(answer, HttpFacts):
        return Observation(
            probe=probe.id,
            ending=Ending.RESPONSE,
            phase=WirePhase.RESPONSE,
            tls=TlsFacts(
                version="TLSv1.3",
                resumed=probe.connection.resumes is not None or probe.connection.prior_session,
                early_data=probe.connection.early_data,
            ),
            http=answer,
            reused_connection=probe.priming is not None and probe.connection.resumes is None,
        )
    return Observation(
        probe=probe.id,
        ending=Ending.ALERT,
        phase=WirePhase.REQUEST,
        tls=TlsFacts(version="TLSv1.3", certificate_requested=True, alert_received=answer),
    )


def play(
    checks: tuple[Check, ...], ctx: PlanContext, server: Callable[[Probe], HttpFacts | Ending | str]
) -> ExchangeLog:
    """Send all probes and follow-ups of the checks to a function that answers."""
    log = ExchangeLog(
        identities=ctx.identities,
        roles=roles_of(ctx.operations),
        open_operations=open_operations(ctx.operations),
    )
    probes = [probe for check in checks for probe in check.plan(ctx)]
    for _ in range(MAX_ROUNDS):
        if not probes:
            break  # further rounds have the same follow-ups
        for probe in sorted(probes, key=lambda probe: probe.phase):
            log.add(probe, observation_of(probe, server(probe)))
        probes = [p for c in checks for p in c.follow_up(ctx, log) if p.id not in log.by_id]
    return log
