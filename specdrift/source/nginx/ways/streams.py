"""The ``stream`` blocks: servers that forward connections."""

from collections.abc import Iterable, Iterator

from specdrift.model.result.gateway import GatewayClientAuth, GatewayEntry
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.raw_listeners import RawListener
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.forwarding import upstreams_of
from specdrift.source.nginx.servers import VERIFY, Server, kind_of, server_of


def raw_listeners(
    streams: Iterable[Directive], services: frozenset[str], unresolved: list[UnresolvedExpression]
) -> Iterator[RawListener]:
    """Yield the servers that forward connections to one of the services of the ``http`` block, if it has any.

    Those of other services are none of the API. Where variables choose the service, the server is ``unresolved``.
    """
    for stream in streams:
        upstreams = upstreams_of(stream)
        for block in stream.all("server"):
            target = block.last("proxy_pass")
            if target is None:
                continue
            if "$" in target.first:
                what = "a stream server whose service depends on variables"
                unresolved.append(UnresolvedExpression(target.location, what, UnresolvedKind.SERVED))
                continue
            addresses = upstreams.get(target.first, frozenset({target.first}))
            if not services or addresses & services:
                yield from _of_server(server_of(block, stream), target, addresses, may_end_tls=not services)


def _of_server(
    server: Server, target: Directive, addresses: frozenset[str], *, may_end_tls: bool
) -> Iterator[RawListener]:
    verify = server.directive.last("ssl_verify_client") or server.levels[0].last("ssl_verify_client")
    for listen in server.listens:
        requested = VERIFY.get(verify.first, GatewayClientAuth.NONE) if verify and listen.ssl else None
        entry = GatewayEntry(
            address=listen.address,
            port=listen.port,
            kind=kind_of(listen.address, tls=listen.ssl),
            client_auth=requested or GatewayClientAuth.NONE,
            names=(),
            default=True,
            location=server.directive.location,
        )
        yield RawListener(entry=entry, upstream=addresses, at=target.location, may_end_tls=may_end_tls)
