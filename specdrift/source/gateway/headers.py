"""Looks for headers about the certificate that clients can send through the gateway themselves."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.templates import fits
from specdrift.model.result.drift import Severity
from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.source import Guarding, ListenerKind, SourceFinding, SourceView
from specdrift.model.result.verdict import Confidence
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import MOST_FILLED, GatewayRequest
from specdrift.source.gateway.views import DecidedRoute, ReadGateway
from specdrift.source.keys.same_object import SameObject
from specdrift.source.route_matcher import answers

MARKER = "forged-by-the-client"
CERTIFICATE_HEADER = re.compile(
    r"[\"']((?:x-)?(?:forwarded-client-cert|forwarded-tls-client-cert[\w-]*|client-cert(?:-chain)?|arr-clientcert"
    r"|ssl-(?:client|cert)[\w-]*|client-(?:cert|dn|s-dn|verify|subject)[\w-]*|tls-client[\w-]*|amzn-mtls[\w-]*))[\"']",
    re.IGNORECASE,
)
"""A text in source code that is the name of a header about a client certificate."""
HEADER_PART = re.compile(rb"-(?i:cert|client|dn|s-dn|verify|subject|mtls)")
"""Occurs in each of these names. It begins with a character that is rare in code, which is fast to search for."""
VERIFICATION_RESULT = re.compile(r"[\"'](SUCCESS|NONE|FAILED)\b")
"""A text in source code that is a verification's result."""
RESULTS = (b"SUCCESS", b"NONE", b"FAILED")


class ReceivedHeaders(Struct, frozen=True):
    """What the service receives about the certificate of a client."""

    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Headers that are not the client's own, by lower-case name; ``None`` for one that the service does not get."""
    forged: bool = False
    """A header about certificates that the code reads is the client's own."""
    own: frozenset[str] = frozenset()
    """Headers that the service gets as the client sends them."""


def received(
    one: DecidedRoute, service: SourceView, request: GatewayRequest, further: Collection[str] = ()
) -> ReceivedHeaders:
    """Return what the service behind a route receives from a client that sends headers about certificates itself.

    ``further`` are other headers that the service reads.
    """
    read = {mention.name.lower() for mention in service.certificate_headers}
    names = {*read, *further, *(header.name.lower() for header in one.valid.headers)}
    own = {**dict.fromkeys(names, MARKER), **request.headers}
    decision = one.gateway.configuration.decide(replace(request, headers=own))
    if decision.passage is not Passage.FORWARDED:
        return ReceivedHeaders()
    sent = {name: decision.sent.get(name) for name in names}
    own = {name: value for name, value in sent.items() if value is not None and MARKER in value}
    return ReceivedHeaders(
        headers={name: value for name, value in sent.items() if value is None or _is_known(value)},
        forged=any(_severity(one, value) is None for name, value in own.items() if name in read),
        own=frozenset(name for name, value in own.items() if value == MARKER),
    )


def _is_known(value: str) -> bool:
    """Return whether a value is the gateway's. An empty one may be any; the service need not get it."""
    return bool(value) and MARKER not in value and ("%" not in value or UNKNOWN_PART in value)


def findings(
    routes: Sequence[DecidedRoute], service: SourceView | None, anonymous: Collection[OperationKey] = ()
) -> Iterator[SourceFinding]:
    """Yield one finding for each header and each route of the gateway that lets the client's own through.

    ``anonymous`` are the operations that need no certificate: a header that no guard of theirs reads is a note. So is
    one that other workloads of the cluster send past the gateway.
    """
    read = (
        {mention.name.lower(): mention.location for mention in service.certificate_headers} if service else {}
    )
    filled = FilledHeaders.of(routes)
    from_outside = any(not one.route.entry.in_cluster for one in routes)
    names: dict[SameObject[ReadGateway], list[str]] = {}
    seen: set[tuple[str, str]] = set()
    for one in sorted(routes, key=lambda route: route.route.operation in anonymous):
        gateway = SameObject(one.gateway)
        if gateway not in names:
            own = sorted(one.gateway.configuration.certificate_headers())[:MOST_FILLED]
            names[gateway] = sorted({*own, *read})
        for name in names[gateway]:
            key = (name, str(one.route.location or one.route.entry.location))
            if key in seen or (name not in read and filled.at(one, name) is None):
                continue
            finding = _finding(one, name, filled.at(one, name), read)
            if finding is not None:
                seen.add(key)
                harmless = one.route.operation in anonymous and (name not in read or _is_open(one, service))
                harmless = harmless or (one.route.entry.in_cluster and from_outside)
                yield replace(finding, severity=Severity.NOTE) if harmless else finding


def _is_open(one: DecidedRoute, service: SourceView | None) -> bool:
    """Return whether the service serves an operation, and by no route with a guard."""
    path = one.valid.path.partition("?")[0]
    routes = [
        route
        for route in (service.routes if service and path else ())
        if answers(route, one.route.operation.method) and fits(route.path, path)
    ]
    return bool(routes) and all(route.guard is Guarding.NONE for route in routes)


def forged(
    one: DecidedRoute, service: SourceView, request: GatewayRequest, at: SourceLocation | None
) -> Iterator[SourceFinding]:
    """Yield the headers that another request for an operation gets through as the client sent them.

    ``at`` is the route of that request.
    """
    for mention in service.certificate_headers:
        name = mention.name.lower()
        own = {name: MARKER, **request.headers}
        sent = one.gateway.configuration.decide(replace(request, headers=own)).sent.get(name, "")
        if MARKER not in sent:
            continue
        yield SourceFinding(
            rule="gateway-trusts-client-header",
            message=f"The gateway forwards {name} as clients without a certificate send it with "
            f"{request.method} {request.target}, and the service reads it ({mention.location}).",
            location=at or one.route.entry.location,
            confidence=Confidence.HIGH,
            severity=_severity(one, sent),
            operation=one.route.operation,
            related=tuple(dict.fromkeys(p for p in (one.route.location, mention.location) if p is not None)),
            subject=f"{name} {at or one.route.entry.location}".rpartition(":")[0],
        )


class FilledHeaders(Struct, frozen=True):
    """Where gateways fill headers from the certificate."""

    first: Mapping[tuple[str, str], tuple[int, SourceLocation]]
    """By the address of the service and the header's name in lower case: the first route that does, by number."""

    @classmethod
    def of(cls, routes: Sequence[DecidedRoute]) -> "FilledHeaders":
        found: dict[tuple[str, str], tuple[int, SourceLocation]] = {}
        for number, one in enumerate(routes):
            for header in one.valid.headers:
                if header.from_certificate:
                    for address in one.valid.upstream:
                        found.setdefault((address, header.name.lower()), (number, header.location))
        return cls(found)

    def at(self, one: DecidedRoute, name: str) -> SourceLocation | None:
        """Return where a header is filled for the service of a route."""
        places = (self.first.get((address, name)) for address in one.valid.upstream)
        first = min(filter(None, places), key=lambda pair: pair[0], default=None)
        return first[1] if first is not None else None


def _severity(one: DecidedRoute, sent: str) -> Severity | None:
    """Return NOTE where the gateway appends its own value, which the service may read, and on loopback.

    Where TLS is on loopback as well, whatever forwards clients to it reaches the other listener, too.
    """
    entry = one.route.entry
    others = (each for each in one.gateway.configuration.entries if each.kind is ListenerKind.TLS)
    local = entry.loopback and entry.kind is ListenerKind.PLAINTEXT and not all(o.loopback for o in others)
    return Severity.NOTE if local or sent != MARKER else None


def _finding(
    one: DecidedRoute, name: str, filled: SourceLocation | None, read: dict[str, SourceLocation]
) -> SourceFinding | None:
    entry = one.route.entry
    if entry.kind is ListenerKind.LOCAL:
        return None
    for caller in (GatewayCaller.ANONYMOUS, GatewayCaller.VALID):
        if entry.kind is not ListenerKind.TLS and caller is not GatewayCaller.ANONYMOUS:
            continue
        decision = one.gateway.configuration.decide(
            GatewayRequest(
                entry=entry,
                caller=caller,
                method=one.route.operation.method,
                target=one.target,
                headers={name: MARKER},
            )
        )
        if decision.passage is Passage.FORWARDED and MARKER in decision.sent.get(name, ""):
            use = (
                f"the service reads it ({read[name]})"
                if name in read
                else f"the gateway fills it at {filled}"
            )
            who = (
                "clients without a certificate"
                if caller is GatewayCaller.ANONYMOUS
                else "clients with a certificate"
            )
            return SourceFinding(
                rule="gateway-trusts-client-header",
                message=f"The gateway forwards {name} as {who} send it, and {use}.",
                location=decision.at or entry.location,
                confidence=Confidence.HIGH,
                severity=_severity(one, decision.sent[name]),
                operation=one.route.operation,
                related=tuple(
                    dict.fromkeys(p for p in (one.route.location, read.get(name), filled) if p is not None)
                ),
                subject=f"{name} {one.route.location or entry.location}".rpartition(":")[0],
            )
    return None
