"""Builders of answers, observations and probes, from the few values that matter in a test."""

import hashlib
from collections.abc import Sequence

from specdrift.body.content import content_of
from specdrift.body.shape import shape_of
from specdrift.body.values import values_of
from specdrift.classify.exchange import Exchange
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity, IdentityKind
from specdrift.model.exchange.observation import Ending, HttpFacts, Observation, TlsFacts, WirePhase
from specdrift.model.exchange.probe import Connection, Endpoint, Phase, Probe, Request, Reuse, TlsRange
from specdrift.model.policy import Expect

ENDPOINT = Endpoint(host="api.test", port=443, server_name="api.test", address="192.0.2.1")
ITEM = OperationKey(path="/items/{id}", method="GET")
ALICE = ClientIdentity(name="alice", kind=IdentityKind.CONFIGURED, expect=Expect.ACCEPTED)
REVOKED = ClientIdentity(name="revoked", kind=IdentityKind.CONFIGURED, expect=Expect.REFUSED)
EXPIRED = ClientIdentity(
    name="expired", kind=IdentityKind.GENERATED, expect=Expect.REFUSED, profile="expired"
)
TYPES = {"{": "application/json", "[": "application/json", "<": "text/html", "<?": "application/xml"}


def answer(
    status: int,
    body: str = "",
    *,
    location: str = "",
    target: str = "/items/1",
    fields: Sequence[tuple[str, str]] = (),
) -> HttpFacts:
    """Build a response; the media type follows from the body."""
    headers = [("content-type", TYPES.get(body[:2]) or TYPES.get(body[:1], "text/plain"))]
    headers += [*([("location", location)] if location else []), *fields]
    content = content_of(body.encode(), tuple(headers))
    return HttpFacts(
        status=status,
        http_version="HTTP/1.1",
        headers=tuple(headers),
        body_sha256=hashlib.sha256(body.encode()).hexdigest(),
        body_excerpt=body[:2000],
        length=len(body),
        truncated=False,
        shape=shape_of(content, tuple(headers), target),
        values=values_of(content, tuple(headers)),
    )


def probe(
    identity: str = ANONYMOUS.name,
    *,
    check: str = "certificate",
    operation: OperationKey | None = ITEM,
    request: Request | None = Request(method="GET", target="/items/1"),  # noqa: B008 - frozen
    tls: TlsRange = TlsRange.ANY,
    reuse: Reuse = Reuse.KEEP_ALIVE,
    alpn: tuple[str, ...] = ("http/1.1",),
    variant: str = "",
    attempt: int = 1,
) -> Probe:
    """Build a probe."""
    return Probe(
        check=check,
        operation=operation,
        identity=identity,
        connection=Connection(endpoint=ENDPOINT, tls=tls, reuse=reuse, alpn=alpn),
        request=request,
        phase=Phase.MAIN,
        variant=variant,
        attempt=attempt,
    )


def observed(
    what: HttpFacts | Ending,
    *,
    sent: Probe | None = None,
    alert: str = "",
    attempts: int = 1,
    detail: str = "",
    phase: WirePhase = WirePhase.REQUEST,
    tls: TlsFacts | None = None,
) -> Observation:
    """Build the observation of a probe: a response, or another ending."""
    http = what if isinstance(what, HttpFacts) else None
    return Observation(
        probe=(sent or probe()).id,
        ending=Ending.RESPONSE if isinstance(what, HttpFacts) else what,
        phase=WirePhase.RESPONSE if http else phase,
        tls=tls or TlsFacts(alert_received=alert),
        http=http,
        attempts=attempts,
        detail=detail,
    )


def exchange(sent: Probe, what: HttpFacts | Ending, *, alert: str = "", attempts: int = 1) -> Exchange:
    """Build a probe with its observation."""
    return Exchange(sent, observed(what, sent=sent, alert=alert, attempts=attempts))
