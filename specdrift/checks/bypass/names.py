"""Asks for guarded operations by names that do not belong together: SNI (RFC 6066 §3), Host, :authority, addresses.

A listener with several virtual hosts chooses the TLS policy by one name and the application by another. On one
connection the second request may also be taken for what the first one was.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from specdrift.checks.bypass.attempt import Detour, DetourCheck, Good, in_words
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.classify.listener import spread
from specdrift.model.contract.hosts import is_address
from specdrift.model.exchange.probe import HttpVersion, Request

FEW = 3
"""Guarded operations that are asked: the listener's names are the same for all."""
MAX_NAMES = 4
LOCAL = "localhost"
FORWARDED, NOISE = "X-Forwarded-Host", "X-Forwarded-Noise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """``sni`` and ``host`` are names, ``None`` for the target's own; ``sni`` ``""`` sends none. ``forwarded`` is the
    value of X-Forwarded-Host. ``ahead`` is what is asked first on the same connection. ``hosts`` are whole values of
    Host, in the place of ``host``: over HTTP/2 the first is the ``:authority``; ``()`` sends none, by HTTP/1.0.
    """

    name: str
    words: str
    sni: str | None = None
    host: str | None = None
    forwarded: str = ""
    alpn: tuple[str, ...] = ()
    ahead: Request | None = None
    hosts: tuple[str, ...] | None = None


def detours(context: PlanContext) -> Iterator[Detour]:
    """A few operations, spread over the document, by every naming."""
    namings = [*_of_this_host(context), *_of_hosts(context), *_of_other_names(context)]
    for subject in spread(context.guarded, FEW)[0]:
        yield from (_detour(context, subject, naming) for naming in namings)


def _of_this_host(context: PlanContext) -> Iterator[Naming]:
    """Names that nobody serves, and other ways to write the target's own."""
    unknown = f"{context.nonce}.invalid"
    yield Naming(name="unknown sni", words=f"with SNI {unknown}", sni=unknown)
    yield Naming(name="unknown host", words=f"with Host {unknown}", host=unknown)
    yield Naming(name="unknown", words=f"with SNI and Host {unknown}", sni=unknown, host=unknown)
    yield Naming(name="local host", words=f"with Host {LOCAL}", host=LOCAL)
    yield Naming(name="forwarded host", words=f"with X-Forwarded-Host {LOCAL}", forwarded=LOCAL)
    if target := context.public_target:
        ahead = Request(method="GET", target=target)
        yield Naming(name="second", words=f"after GET {target} on the same connection", ahead=ahead)
    name = context.endpoint.server_name
    if name and not is_address(name):
        upper, dotted, address = name.upper(), name + ".", context.endpoint.address
        yield Naming(name="no sni", words="without SNI", sni="")
        yield Naming(name="upper-case sni", words=f"with SNI {upper}", sni=upper)
        yield Naming(name="upper-case host", words=f"with Host {upper}", host=upper)
        yield Naming(name="dotted sni", words=f"with SNI {dotted}", sni=dotted)
        yield Naming(name="dotted host", words=f"with Host {dotted}", host=dotted)
        below = f"{context.nonce}.{name}"
        yield Naming(name="subdomain", words=f"with SNI and Host {below}", sni=below, host=below)
        if address:
            yield Naming(name="address", words=f"with Host {address} and no SNI", sni="", host=address)


def _of_hosts(context: PlanContext) -> Iterator[Naming]:
    """Host as no client writes it: without the port or with one too many, twice, and not at all."""
    endpoint = context.endpoint
    own, other = endpoint.authority, replace(endpoint, host=LOCAL).authority
    bare = replace(endpoint, port=443).authority
    ported = bare if bare != own else f"{own}:{endpoint.port}"
    yield Naming(name="port", words=f"with Host {ported}", hosts=(ported,))
    yield Naming(name="no host", words="without Host, by HTTP/1.0", hosts=())
    for first, last in ((own, other), (other, own)):
        words = f"with Host {first} and again {last}"
        yield Naming(name=f"hosts {first} {last}", words=words, hosts=(first, last))
        for alpn in context.alpn[1:]:
            words = f"over HTTP/2, with :authority {first} and Host {last}"
            yield Naming(name=f"authority {first} {last}", words=words, hosts=(first, last), alpn=alpn)


def _of_other_names(context: PlanContext) -> Iterator[Naming]:
    """The further names of this listener, against the target's and by themselves."""
    own = context.endpoint.host
    for name in context.names[:MAX_NAMES]:
        yield Naming(name=f"sni {name}", words=f"with SNI {name} and Host {own}", sni=name)
        yield Naming(name=f"host {name}", words=f"with Host {name}", host=name)
        yield Naming(name=f"name {name}", words=f"with SNI and Host {name}", sni=name, host=name)
        yield Naming(name=f"forwarded {name}", words=f"with X-Forwarded-Host {name}", forwarded=name)
        for alpn in context.alpn[1:]:
            host = replace(context.endpoint, host=name).authority
            yield Naming(
                name=f"coalesced {name}",
                words=f"over HTTP/2, on a connection that was opened for {name}",
                sni=name,
                alpn=alpn,
                ahead=Request(method="GET", target="/", headers=(("Host", host),)),
            )


def _detour(context: PlanContext, subject: PlannedOperation, naming: Naming) -> Detour:
    connection = context.connection(context.tls[0])
    if naming.sni is not None:
        connection = replace(connection, endpoint=replace(connection.endpoint, server_name=naming.sni))
    if naming.alpn:
        connection = replace(connection, alpn=naming.alpn)
    headers = subject.request.headers
    if naming.host is not None:
        headers += (("Host", replace(context.endpoint, host=naming.host).authority),)
    if naming.hosts is not None:
        headers += tuple(("Host", value) for value in naming.hosts)
    version = HttpVersion.HTTP_1_0 if naming.hosts == () else HttpVersion.HTTP_1_1
    request = replace(subject.request, headers=headers, version=version)
    nowhere = replace(request, target=f"{context.base_of(subject)}/{context.nonce}")
    if naming.forwarded:
        request = replace(subject.request, headers=(*headers, (FORWARDED, naming.forwarded)))
        # Where any header at all lets in, this one is not to blame.
        nowhere = replace(request, headers=(*headers, (NOISE, naming.forwarded)))
    return Detour(
        subject=subject,
        name=naming.name,
        words=naming.words,
        request=request,
        nowhere=nowhere,
        connection=connection,
        ahead=naming.ahead,
        # The answer is the operation's own as it is; another name may want certificates of another CA.
        good=Good.CANNOT,
    )


CHECK: Check = DetourCheck(
    name="names",
    rule="host-sni-confusion",
    why="whether SNI, Host or the connection's first request step around the certificate",
    detours=detours,
    tell=in_words,
)
