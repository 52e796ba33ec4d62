"""The origins of server URLs, also of URLs that leave a part open. Pure."""

import re
from typing import NamedTuple

from specdrift.model.contract.hosts import PORTS
from specdrift.model.contract.templates import fits, without_names

OPEN = "{}"
"""Stands for a variable that may have any value."""
_PORTS = {name: str(port) for name, port in {**PORTS, "ws": 80, "wss": 443}.items()}
_BY_TLS = {"https": "http", "wss": "ws"}
_SPECIAL = re.compile(r"(https?|wss?):[/\\]*", re.IGNORECASE)
"""URLs whose scheme a host follows, after any number of slashes of either kind (WHATWG URL, special schemes)."""
_PARTS = re.compile(r"(?:([^/?#:]*):)?//(?:[^/?#]*@)?([^/?#]*)")
_HOST = re.compile(r"(.*?)(?::([0-9]*|\{\}))?")
_IGNORED = re.compile(r"[\t\n\r]")


class ServerOrigin(NamedTuple):
    """Scheme, host and port (RFC 6454); ``{}`` in one of them is a variable with any value."""

    scheme: str
    host: str
    port: str
    """Empty: the default of the scheme."""

    @property
    def is_open(self) -> bool:
        """Whether a part of it may have any value."""
        return any(OPEN in part for part in self)

    def includes(self, other: "ServerOrigin") -> bool:
        """Return whether every origin that ``other`` stands for is one of these."""
        return all(
            mine == its or (OPEN in mine and fits(mine, its)) for mine, its in zip(self, other, strict=True)
        )

    def upgrades(self, other: "ServerOrigin") -> bool:
        """Return whether it is a TLS origin of a host that the other has without TLS."""
        return (_BY_TLS.get(self.scheme), self.host) == other[:2]


def origin_of(url: str) -> ServerOrigin | None:
    """Return the origin of a URL as a browser reads it; ``None`` for a relative one."""
    text = _SPECIAL.sub(r"\1://", _IGNORED.sub("", without_names(url)).strip(), count=1)
    found = _PARTS.match(text.replace("\\", "/"))
    if found is None:
        return ServerOrigin(OPEN, OPEN, OPEN) if text.startswith(OPEN) else None
    scheme, authority = (found[1] or "").lower(), found[2].lower()
    host, port = _HOST.fullmatch(authority).groups()  # type: ignore[union-attr] # it matches any text
    return ServerOrigin(scheme, host, "" if port in (None, _PORTS.get(scheme)) else port)
