"""Decides one request as Traefik does: handshake, name, router, middlewares, service."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth, GatewayEntry, Passage
from specdrift.source.gateway.exchange import Decision, GatewayRequest, Undetermined
from specdrift.source.gateway.open_facts import OpenFact, certainly, decided_for
from specdrift.source.traefik.point_routers import PointRouters
from specdrift.source.traefik.rule_matching import holds
from specdrift.source.traefik.traefik_middlewares import Middleware, UnknownMiddleware, chain_of, run
from specdrift.source.traefik.traefik_request import BROKEN, FORWARDED, TraefikRequest, as_sent
from specdrift.source.traefik.traefik_services import INTERNAL, is_made, targets
from specdrift.source.traefik.traefik_settings import (
    NEVER_FIRST,
    EntryPoint,
    TlsOption,
    TraefikRouter,
    TraefikSettings,
    options_name,
    own_name,
    seen_by,
)

UNMATCHED = "unmatched.invalid"
"""A host name that no router has."""
BAD_REQUEST, NOT_FOUND, UNAVAILABLE = 400, 404, 503


class EntryHost(Struct, frozen=True, eq=False):
    """A host name at an entry point, with TLS or without."""

    entry: GatewayEntry
    point: EntryPoint
    tls: bool
    host: str
    option: TlsOption | None
    """Of the handshake; ``None`` if no file has it, or without TLS."""
    routers: PointRouters
    own: frozenset[str]
    """Addresses where the configuration's own entry points listen."""


def decide(named: EntryHost, settings: TraefikSettings, request: GatewayRequest) -> Decision:
    """Decide; a fact that is not known is assumed both ways."""
    return decided_for(lambda known: _decided(named, settings, request, known), named.point.at)


def _decided(
    named: EntryHost, settings: TraefikSettings, sent: GatewayRequest, assumed: Mapping[str, bool]
) -> Decision:
    point = named.point
    if settings.unread:
        raise Undetermined(settings.unread, point.at)
    if point.unread:
        raise Undetermined(point.unread, point.at)
    if point.name in settings.raw:
        raise Undetermined("a TCP router that may take the connection", settings.raw[point.name])
    refused = _handshake(named, sent.caller)
    if refused is not None:
        return refused
    if BROKEN.search(sent.target) or "#" in sent.target:
        return Decision(passage=Passage.REFUSED, status=BAD_REQUEST, at=point.at)
    if not sent.target.startswith("/"):
        raise Undetermined("a target that is no path")
    request = _started(named, sent, assumed)
    if not named.tls and point.redirects_to:
        return Decision(passage=Passage.REDIRECTED, status=301, at=point.at)
    router = _router(named.routers.of(request.host), settings, request)
    if router is None:
        return Decision(passage=Passage.REFUSED, status=NOT_FOUND, at=point.at)
    return replace(_served(named, router, settings, request), route=router.at)


def _handshake(named: EntryHost, caller: GatewayCaller) -> Decision | None:
    """Return the refusal of a handshake, if it fails. Raises Undetermined."""
    if not named.tls:
        return None
    option = named.option
    if option is None:
        raise Undetermined("options of TLS that are not in the files", named.point.at)
    if option.unread:
        raise Undetermined(option.unread, option.at)
    if option.refuses(caller):
        return Decision(passage=Passage.REFUSED_IN_TLS, at=option.at)
    if option.strict and named.host == UNMATCHED:
        raise Undetermined("sniStrict: the names of the certificates", option.at)
    return None


def _started(named: EntryHost, sent: GatewayRequest, assumed: Mapping[str, bool]) -> TraefikRequest:
    host = (sent.host or named.host).lower()
    bare = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    path, _, query = sent.target.partition("?")
    own, raw = as_sent(path, cleans=named.point.cleans)
    kept = {name.lower(): value for name, value in sent.headers.items()}
    if not FORWARDED.isdisjoint(kept) and not _is_trusted(named.point, assumed):
        kept = {name: value for name, value in kept.items() if name not in FORWARDED}
    requested = named.option is not None and named.option.auth is not GatewayClientAuth.NONE
    return TraefikRequest(
        tls=named.tls,
        presents=named.tls and requested and sent.caller is not GatewayCaller.ANONYMOUS,
        host=bare,
        method=sent.method,
        path=own,
        raw=raw,
        query=query,
        headers=kept,
        assumed=assumed,
    )


def _is_trusted(point: EntryPoint, assumed: Mapping[str, bool]) -> bool:
    """Return whether the headers about a client are kept. Raises NotAssumed."""
    if point.trusts or not point.trusts_some:
        return point.trusts
    fact = OpenFact("forwardedHeaders", "the addresses of clients", chosen=False, at=point.at)
    return certainly(assumed.get(fact.what, fact))


def _router(
    routers: Iterable[TraefikRouter], settings: TraefikSettings, request: TraefikRequest
) -> TraefikRouter | None:
    """Return the router that takes a request. Raises Undetermined and NotAssumed."""
    found: TraefikRouter | None = None
    for one in routers:
        if found is not None and one.priority < found.priority:
            break
        if one.rule is None or one.unread:
            raise Undetermined(one.unread, one.at)
        if one.priority > NEVER_FIRST or not certainly(holds(one.rule, request, one.at)):
            continue
        if one.absent:
            raise Undetermined(one.absent, one.at)
        if _is_built(one, settings):
            if found is not None:
                raise Undetermined(f"two routers of the same priority, {found.name} and {one.name}", one.at)
            found = one
    return found


def _is_built(router: TraefikRouter, settings: TraefikSettings) -> bool:
    """Return whether Traefik makes a router: without its service or a middleware, it leaves it out."""
    service = own_name(router.service)
    if not service or not is_made(service, settings, router.at):
        return False
    option = settings.options.get(options_name(router.options))
    if router.tls and (option is None or option.unread):
        raise Undetermined(f"the options {router.options}", router.at)
    try:
        return all(True for _ in chain_of(router.middlewares, settings))
    except UnknownMiddleware:
        return False


def _served(
    named: EntryHost, router: TraefikRouter, settings: TraefikSettings, request: TraefikRequest
) -> Decision:
    try:
        first = seen_by(router, named.point.middlewares)
        chain = tuple(chain_of((*first, *router.middlewares), settings))
    except UnknownMiddleware as error:
        raise Undetermined(f"the middleware {error}", named.point.at) from None
    catching: Middleware | None = None
    for one in chain:
        if one.kind == "errors":
            catching = one
            continue
        ended = run(one, request)
        if ended is not None and catching is not None:
            raise Undetermined("an error page of a service", catching.at)
        if ended is not None:
            return ended
    return _forwarded(named, router, settings, request)


def _forwarded(
    named: EntryHost, router: TraefikRouter, settings: TraefikSettings, request: TraefikRequest
) -> Decision:
    name = own_name(router.service)
    if name.endswith(INTERNAL):
        return Decision(passage=Passage.ANSWERED, at=router.at)
    found = targets(name, settings, router.at)
    if not found:
        return Decision(passage=Passage.REFUSED, status=UNAVAILABLE, at=router.at)
    addresses = frozenset(address for address, _ in found)
    if addresses & named.own:
        raise Undetermined("an entry point of the same configuration that gets the request", router.at)
    paths = {f"{prefix.rstrip('/')}{request.uri}" for _, prefix in found}
    return Decision(
        passage=Passage.FORWARDED,
        at=settings.services[name].place,
        upstream=addresses,
        path=paths.pop() if len(paths) == 1 else "",
        headers=tuple(request.set_headers),
        sent={key: value for key, value in request.headers.items() if key != "host"},
    )
