"""Where the operations of a document are at the target: below its base path, or that of their own servers. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from specdrift.model.contract.hosts import ascii_host
from specdrift.model.contract.operation import Operation

Origin = tuple[str, int]
"""Host (as it is sent) and port, reached by https."""
_KEPT = "!$%&'()*+,/:;=@[]|"
"""What a browser leaves in a path, beside letters, digits and ``-._~`` (WHATWG URL, path percent-encode set)."""


@dataclass(frozen=True, kw_only=True)
class BasePaths:
    """``base_url`` is the one in force, ``servers`` are those of the document's root, which it stands for."""

    base_url: str
    servers: tuple[str, ...] = ()

    @cached_property
    def common(self) -> str:
        """The base path of operations without servers of their own, without a slash at its end."""
        return urlsplit(self.base_url).path.rstrip("/")

    def of(self, operation: Operation) -> str | None:
        """The base path of an operation; ``None`` where its own servers, or its path item's, are not at the target.

        They replace the root's (Operation Object, ``servers``). A relative one is resolved against the base URL.
        """
        if not operation.servers or operation.servers == self.servers:
            return self.common
        places = (_place(url, self.base_url) for url in operation.servers)
        here = (path for origin, path in filter(None, places) if origin in self._origins)
        return next(here, None)

    @cached_property
    def _origins(self) -> frozenset[Origin]:
        """The target's origin; and where the base URL is none of the root's servers, those whose layout it has."""
        target = _place(self.base_url)
        root = list(filter(None, (_place(url, self.base_url) for url in self.servers)))
        if target is None:
            return frozenset()
        replaced = () if target[0] in {origin for origin, _ in root} else _with_path(root, self.common)
        return frozenset({target[0], *replaced})


def encoded(path: str) -> str:
    """A path as a browser sends it: blanks and what is beyond ASCII percent-encoded, what is encoded left alone."""
    return quote(path, safe=_KEPT, errors="replace")


def _with_path(places: list[tuple[Origin, str]], path: str) -> Iterator[Origin]:
    return (origin for origin, own in places if own == path)


def _place(url: str, base_url: str = "") -> tuple[Origin, str] | None:
    """Origin and base path; nothing for a URL that cannot be a server's of ours: not https, a user, a query, a variable
    that has no value.
    """
    try:
        parts = urlsplit(urljoin(base_url, url))
        host, port = ascii_host(parts.hostname or ""), parts.port or 443
    except ValueError:
        return None
    if not _usable(parts):
        return None
    return (host, port), encoded(parts.path.rstrip("/"))


def _usable(parts: SplitResult) -> bool:
    plain = not (parts.query or parts.fragment or "@" in parts.netloc or "{" in parts.path)
    return parts.scheme == "https" and bool(parts.hostname) and plain
