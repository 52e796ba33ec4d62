"""What kong.conf says of listeners and of the router."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayClientAuth
from specdrift.source.gateway.yaml_nodes import YamlText

CONF = "kong.conf"
PLAIN_PORT, TLS_PORT = 8000, 8443
"""Kong's own, where kong.conf was not read."""
MOST_LISTENERS = 50
NOT_READ = "kong.conf, which was not read"
_SETTING = re.compile(r"\s*([a-z0-9_]+)\s*=\s*(.*?)\s*\Z", re.IGNORECASE)
_ADDRESS = re.compile(r"(.*):(\d+)\Z")
_MODES = {
    "on": GatewayClientAuth.REQUIRED,
    "optional": GatewayClientAuth.OPTIONAL,
    "optional_no_ca": GatewayClientAuth.UNVERIFIED,
    "off": GatewayClientAuth.NONE,
    "": GatewayClientAuth.NONE,
}
_INJECTED = re.compile(r"nginx_(?:proxy|http|location)_(?:include|server|location|error_page|rewrite\w*)\Z")
"""Statements of nginx that may decide about requests."""


class ProxyListener(Struct, frozen=True):
    """An address on which Kong serves requests."""

    address: str
    port: int
    at: SourceLocation
    tls: bool


class KongConf(Struct, frozen=True):
    """What is known of the file."""

    listeners: tuple[ProxyListener, ...]
    client_auth: GatewayClientAuth | None
    """What listeners demand; ``None`` if that is not known."""
    flavor: str = ""
    """The router; empty if it is not known."""
    unread: tuple[tuple[SourceLocation, str], ...] = ()
    was_read: bool = False

    @classmethod
    def absent(cls, at: SourceLocation) -> "KongConf":
        """Return Kong's own listeners; what they demand of certificates is not known."""
        return cls(
            (ProxyListener("*", TLS_PORT, at, tls=True), ProxyListener("*", PLAIN_PORT, at, tls=False)), None
        )

    @classmethod
    def of(cls, name: str, content: str) -> "KongConf":
        """Read the settings. Variables of the environment, which Kong prefers, are not known."""
        text = YamlText.of(name, content)
        settings: dict[str, tuple[str, SourceLocation]] = {}
        start = 0
        for line in content.split("\n"):
            found = _SETTING.match(line.split("#", 1)[0].rstrip())
            if found is not None:
                settings[found[1].lower()] = (found[2].strip("'\""), text.place(start, start + len(line)))
            start += len(line) + 1
        return _of_settings(settings, text.place(0, 0))


def _of_settings(settings: Mapping[str, tuple[str, SourceLocation]], top: SourceLocation) -> KongConf:
    usual = f"0.0.0.0:{PLAIN_PORT}, 0.0.0.0:{TLS_PORT} ssl"
    written, at = settings.get("proxy_listen", (usual, top))
    mode, mode_at = settings.get(
        "nginx_proxy_ssl_verify_client", settings.get("nginx_http_ssl_verify_client", ("", top))
    )
    unread = [
        (place, f"the setting {name}") for name, (_, place) in settings.items() if _INJECTED.match(name)
    ]
    if mode.lower() not in _MODES:
        unread.append((mode_at, f"ssl_verify_client {mode[:40]}"))
    listeners = tuple(_listeners(written, at))
    if len(listeners) > MOST_LISTENERS:
        unread.append((at, f"more than {MOST_LISTENERS} listeners"))
    known = not unread
    return KongConf(
        listeners=listeners[:MOST_LISTENERS],
        client_auth=_MODES[mode.lower()] if known else None,
        flavor=settings.get("router_flavor", ("traditional_compatible", top))[0],
        unread=tuple(unread),
        was_read=True,
    )


def _listeners(written: str, at: SourceLocation) -> Iterator[ProxyListener]:
    for one in written.split(","):
        words = one.split()
        found = _ADDRESS.match(words[0]) if words else None
        if found is not None:
            host = "*" if found[1] in ("", "*", "0.0.0.0", "[::]") else found[1]  # noqa: S104 - compared only
            yield ProxyListener(host, int(found[2]), at, tls="ssl" in words[1:])
