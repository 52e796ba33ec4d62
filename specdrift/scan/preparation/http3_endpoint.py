"""The listener for HTTP/3 that the configuration names, or that Alt-Svc may name."""

from urllib.parse import urlsplit

from msgspec.structs import replace

from specdrift.checks.core.base import Http3
from specdrift.crawler.quic.client_certificate import http3_available
from specdrift.errors import UsageError
from specdrift.model.contract.hosts import is_address
from specdrift.model.exchange.probe import Endpoint
from specdrift.scan.preparation.run import Run
from specdrift.scan.preparation.target import addresses_of, pinned, wire_name

ANNOUNCED, ALWAYS, NEVER = "announced", "always", "never"


def http3_of(run: Run) -> Http3:
    """Return what ``server.http3`` says. Raises UsageError for a host that is not allowed."""
    value = run.server.http3
    known = Http3(announced=value == ANNOUNCED, available=http3_available())
    if value in (ANNOUNCED, NEVER):
        return known
    host, port = (run.endpoint.host, run.endpoint.port) if value == ALWAYS else _written(value)
    allowed = run.network.allow_hosts
    if allowed and host != run.endpoint.host and host not in map(wire_name, allowed):
        raise UsageError(f"server.http3: {host} is not in network.allow-hosts ({', '.join(allowed)})")
    same = host == run.endpoint.host
    address = run.endpoint.address if same else pinned(run.network.resolve, host, port)
    # The certificate and the authority are those of the target (RFC 7838 §2.1).
    listener = replace(run.endpoint, port=port, address=address or (host if is_address(host) else ""))
    return replace(known, listener=listener, where=value if value != ALWAYS else _where(listener))


async def resolved_http3(run: Run, answering: str) -> Http3:
    """Return it with an IP address: that of the target that answers (``answering``), or that of another host."""
    known = http3_of(run)
    if known.listener is None or run.server.http3 == ALWAYS:
        address = answering
    else:
        host, port = _written(run.server.http3)
        there = Endpoint(host=host, port=port, server_name="", address=known.listener.address)
        address = answering if host == run.endpoint.host else next(iter(await addresses_of(there)), "")
    return replace(known, listener=known.listener and replace(known.listener, address=address))


def _written(value: str) -> tuple[str, int]:
    parts = urlsplit(f"//{value}")
    return wire_name(parts.hostname or ""), parts.port or 443


def _where(endpoint: Endpoint) -> str:
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    return f"{host}:{endpoint.port}"
