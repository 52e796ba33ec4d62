"""Sends guarded operations with mismatched names: SNI (RFC 6066 §3), Host, :authority, addresses.

A listener with several virtual hosts may choose the TLS policy by SNI and the application by Host. It may also apply
the decision on a connection's first request to the second one.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck, in_words
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, PositiveControl
from specdrift.checks.sharing.other_operations import few
from specdrift.checks.sharing.representatives import Sharing
from specdrift.model.contract.hosts import is_address
from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.exchange.probe import HttpVersion, Request

FEW = 3
"""Number of guarded operations to send: the listener's names are the same for all."""
MAX_NAMES = 4
LOCAL = "localhost"
INNER = ("internal", LOCAL)
"""Names of hosts behind a gateway, which guards compare without a port."""
FORWARDED, NOISE = "X-Forwarded-Host", "X-Forwarded-Noise"


class Naming(Struct, frozen=True, kw_only=True):
    """The names of one attempt."""

    name: str
    words: str
    sni: str | None = None
    """``None`` for the target's own, an empty string for no SNI."""
    host: str | None = None
    """``None`` for the target's own."""
    forwarded: str = ""
    """The value of X-Forwarded-Host."""
    alpn: tuple[str, ...] = ()
    priming: Request | None = None
    """Sent first on the same connection."""
    hosts: tuple[str, ...] | None = None
    """Whole values of Host instead of ``host``. Over HTTP/2 the first is ``:authority``; ``()``: HTTP/1.0, no Host."""


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """A sample of operations with each naming."""
    namings = [
        *_of_this_host(context),
        *_of_hosts(context),
        *_of_malformed_hosts(context),
        *_of_other_names(context),
        *_of_certified_names(context),
    ]
    for planned in few(context.guarded, FEW, context):
        yield from (_attempt(context, planned, naming) for naming in namings)
    for caller in _of_other_sites(context):
        for naming in _for_other_sites(context, caller):
            for planned in few(context.guarded, 1, context):
                yield replace(_attempt(context, planned, naming), caller=caller)


def _of_other_sites(context: PlanContext) -> tuple[ClientIdentity, ...]:
    """Identities that another name of the listener accepts, and this one must not."""
    return tuple(i for i in context.refused if i.kind is IdentityKind.CONFIGURED and i.names)[:MAX_NAMES]


def _for_other_sites(context: PlanContext, caller: ClientIdentity) -> Iterator[Naming]:
    """Names that may select the other site's CAs; Host remains this one's."""
    for naming in (*_of_this_host(context), *_sni_of(caller)):
        if naming.sni is not None and naming.host is None:
            yield naming


def _sni_of(caller: ClientIdentity) -> Iterator[Naming]:
    for name in caller.names[:MAX_NAMES]:
        yield Naming(name=f"sni {name}", words=f"with SNI {name}", sni=name)


def _of_this_host(context: PlanContext) -> Iterator[Naming]:
    """Unknown names, and other spellings of the target's own."""
    unknown = f"{context.nonce}.invalid"
    yield Naming(name="unknown sni", words=f"with SNI {unknown}", sni=unknown)
    yield Naming(name="unknown host", words=f"with Host {unknown}", host=unknown)
    # Guards that trust private networks look at the first label of a name, or at the last; of many without a port.
    internal = f"internal.{context.nonce}.internal"
    yield Naming(name="unknown", words=f"with SNI and Host {internal}", sni=internal, hosts=(internal,))
    yield Naming(name="local host", words=f"with Host {LOCAL}", host=LOCAL)
    for inner in INNER:
        yield Naming(name=f"inner host {inner}", words=f"with Host {inner} without a port", hosts=(inner,))
    yield Naming(name="forwarded host", words=f"with X-Forwarded-Host {LOCAL}", forwarded=LOCAL)
    if target := context.public_target:
        priming = Request(method="GET", target=target)
        yield Naming(name="second", words=f"after GET {target} on the same connection", priming=priming)
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
    """Unusual Host headers: without the port or with a redundant one, repeated, and missing."""
    endpoint = context.endpoint
    own, other = endpoint.authority, replace(endpoint, host=LOCAL).authority
    bare = replace(endpoint, port=443).authority
    ported = bare if bare != own else f"{own}:{endpoint.port}"
    yield Naming(name="port", words=f"with Host {ported}", hosts=(ported,))
    yield Naming(name="no host", words="without Host, by HTTP/1.0", hosts=())
    unknown = replace(endpoint, host=f"{context.nonce}.invalid").authority
    for alpn in context.alpn[1:]:
        words = f"over HTTP/2, with :authority {unknown}"
        yield Naming(name="unknown authority", words=words, hosts=(unknown,), alpn=alpn)
    for first, last in ((own, other), (other, own)):
        words = f"with Host {first} and again {last}"
        yield Naming(name=f"hosts {first} {last}", words=words, hosts=(first, last))
        for alpn in context.alpn[1:]:
            words = f"over HTTP/2, with :authority {first} and Host {last}"
            yield Naming(name=f"authority {first} {last}", words=words, hosts=(first, last), alpn=alpn)


def _of_malformed_hosts(context: PlanContext) -> Iterator[Naming]:
    """Host values that are no ``host [":" port]`` (RFC 9110 §7.2).

    An application that joins scheme, Host and path, and parses the result again, reads another path or host from it.
    """
    own, endpoint = context.endpoint.authority, context.endpoint
    elsewhere = context.public_target.partition("?")[0] or "/"
    for value in (
        f"{own}{elsewhere}?",
        f"{own}{elsewhere}#",
        f"{LOCAL}@{own}",
        f"{own}@{LOCAL}",
        f"{replace(endpoint, port=443).authority}:{endpoint.port}x",
        "",
    ):
        words = f"with Host {value}" if value else "with an empty Host"
        yield Naming(name=f"malformed host {value}", words=words, hosts=(value,))
    for alpn in context.alpn[1:]:
        value = f"{own}{elsewhere}?"
        words = f"over HTTP/2, with :authority {value}"
        yield Naming(name=f"malformed authority {value}", words=words, hosts=(value,), alpn=alpn)


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
                priming=Request(method="GET", target="/", headers=(("Host", host),)),
            )


def _of_certified_names(context: PlanContext) -> Iterator[Naming]:
    """The names of the server's certificate that are not configured: each may be a virtual host with its own policy."""
    for name in [each for each in context.certified_names if each not in context.names][:MAX_NAMES]:
        yield Naming(name=f"sni {name}", words=f"with SNI {name} and Host {context.endpoint.host}", sni=name)
        yield Naming(name=f"name {name}", words=f"with SNI and Host {name}", sni=name, host=name)


def _attempt(context: PlanContext, planned: PlannedOperation, naming: Naming) -> BypassAttempt:
    connection = context.connection(context.tls[0])
    if naming.sni is not None:
        connection = replace(connection, endpoint=replace(connection.endpoint, server_name=naming.sni))
    if naming.alpn:
        connection = replace(connection, alpn=naming.alpn)
    headers = planned.request.headers
    if naming.host is not None:
        headers += (("Host", replace(context.endpoint, host=naming.host).authority),)
    if naming.hosts is not None:
        headers += tuple(("Host", value) for value in naming.hosts)
    version = HttpVersion.HTTP_1_0 if naming.hosts == () else HttpVersion.HTTP_1_1
    request = replace(planned.request, headers=headers, version=version)
    negative_control = replace(request, target=f"{context.base_of(planned)}/{context.nonce}")
    if naming.forwarded:
        request = replace(planned.request, headers=(*headers, (FORWARDED, naming.forwarded)))
        # If any header is admitted, this one is not the cause.
        negative_control = replace(request, headers=(*headers, (NOISE, naming.forwarded)))
    return BypassAttempt(
        planned=planned,
        name=naming.name,
        words=naming.words,
        request=request,
        negative_control=negative_control,
        connection=connection,
        priming=naming.priming,
        # The answer already is the operation's own; another name may trust another CA.
        positive_control=PositiveControl.IMPOSSIBLE,
    )


CHECK: Check = BypassCheck(
    name="names",
    rule="host-sni-confusion",
    why="whether SNI, Host or the connection's first request bypass the certificate",
    attempts=attempts,
    sharing=Sharing.LISTENER,
    describe=in_words,
    by_lower_roles=True,
)
