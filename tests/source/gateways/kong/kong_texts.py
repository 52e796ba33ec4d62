"""Makes declarative configurations of Kong, and asks what becomes of a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from specdrift.model.result.gateway import GatewayCaller
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.keys.same_object import SameObject
from specdrift.source.kong.kong_gateway import GATEWAY

if TYPE_CHECKING:
    from pathlib import Path

Object = dict[str, Any]
CONF = "proxy_listen = 0.0.0.0:8000, 0.0.0.0:443 ssl  # addresses\n"
TLS_ONLY = "proxy_listen = 0.0.0.0:443 ssl\n"
CA = "8ddb9e2c-5b2c-4b5c-9d1e-1f1a2b3c4d5e"
ANONYMOUS: Object = {"username": "guest"}


def plugin(name: str, config: Object | None = None, **more: object) -> Object:
    """An instance of a plugin."""
    return {"name": name, "config": config or {}, **more}


def mtls(**config: object) -> Object:
    """The plugin that demands a certificate."""
    return plugin("mtls-auth", {"ca_certificates": [CA], **config})


def route(*plugins: Object, **more: object) -> Object:
    """A route that hands paths on as they are."""
    return {"strip_path": False, "plugins": list(plugins), **more}


def kong(*routes: Object, url: str = "http://10.0.0.5:8080", version: str = "3.0", **more: object) -> str:
    """A service with routes."""
    services = [{"name": "api", "url": url, "routes": list(routes)}]
    return json.dumps({"_format_version": version, "services": services, **more}, indent=1)


def to_each(*routes: Object, **more: object) -> str:
    """Routes to services a, b, c … of their own."""
    services = [
        {"name": name, "url": f"http://{name}:80", "routes": [one]}
        for name, one in zip("abcdef", routes, strict=False)
    ]
    return json.dumps({"_format_version": "3.0", "services": services, **more}, indent=1)


def decided(
    folder: Path,
    text: str,
    target: str = "/secure",
    caller: GatewayCaller = GatewayCaller.ANONYMOUS,
    *,
    conf: str = CONF,
    method: str = "GET",
    tls: bool = True,
    host: str = "",
    server_name: str = "",
    **headers: str,
) -> Decision:
    """Decide one request at the listener for all names."""
    (folder / "kong.json").write_text(text, encoding="utf-8")
    if conf:
        (folder / "kong.conf").write_text(conf, encoding="utf-8")
    read = GATEWAY.read(folder / "kong.json")
    fitting = [
        one
        for one in read.entries
        if (one.port in (443, 8443)) is tls
        and one.names == ((host,) if host else ())
        and (not server_name or read.by_entry[SameObject(one)].server_name == server_name)  # type: ignore[attr-defined]
    ]
    return read.decide(
        GatewayRequest(
            entry=fitting[0],
            caller=caller,
            method=method,
            target=target,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
    )
