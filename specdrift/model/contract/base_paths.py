"""Base paths of operations at the target: that of the base URL, or of their own servers. Pure."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from msgspec import Struct

from specdrift.model.contract.hosts import ascii_host
from specdrift.model.contract.operation import Operation

Origin = tuple[str, int]
"""Host (in A-labels) and port of an https URL."""
_KEPT = "!$%&'()*+,/:;=@[]|"
"""Characters that a browser does not encode in a path, besides letters, digits and ``-._~`` (WHATWG URL)."""


class BasePaths(Struct, frozen=True, kw_only=True, dict=True):
    """The base paths of one document at one target."""

    base_url: str
    """The base URL of the run."""
    servers: tuple[str, ...] = ()
    """``servers`` of the document's root, which the base URL replaces."""

    @cached_property
    def common(self) -> str:
        """The base path of operations without servers of their own, without a trailing slash."""
        return urlsplit(self.base_url).path.rstrip("/")

    def of(self, operation: Operation) -> str | None:
        """Return the base path of an operation; ``None`` if none of its own (or its path item's) servers is the target.

        They replace the root's (Operation Object, ``servers``). A relative URL is resolved against the base URL.
        """
        if not operation.servers or operation.servers == self.servers:
            return self.common
        return next(self._here(operation.servers), None)

    def others_of(self, operation: Operation) -> frozenset[str]:
        """Return the base paths of the operation's other servers at the target: the document has it there too."""
        return frozenset(self._here(operation.servers or self.servers)) - {self.of(operation)}

    def _here(self, servers: Iterable[str]) -> Iterator[str]:
        places = (_place(url, self.base_url) for url in servers)
        return (path for origin, path in filter(None, places) if origin in self._origins)

    @cached_property
    def _origins(self) -> frozenset[Origin]:
        """The target's origin; unless that is a root server, also root servers with the same base path."""
        target = _place(self.base_url)
        root = list(filter(None, (_place(url, self.base_url) for url in self.servers)))
        if target is None:
            return frozenset()
        replaced = () if target[0] in {origin for origin, _ in root} else _with_path(root, self.common)
        return frozenset({target[0], *replaced})


def encoded(path: str) -> str:
    """Percent-encode blanks and non-ASCII characters of a path, as a browser does."""
    return quote(path, safe=_KEPT, errors="replace")


def _with_path(places: list[tuple[Origin, str]], path: str) -> Iterator[Origin]:
    return (origin for origin, own in places if own == path)


def _place(url: str, base_url: str = "") -> tuple[Origin, str] | None:
    """Return origin and base path; ``None`` for a URL that is not https, or has a user, a query, a fragment or a
    variable without a value.
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
