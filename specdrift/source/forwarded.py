"""What the service behind a gateway does with a request that the gateway forwards."""

from collections.abc import Collection, Iterable, Mapping
from enum import Enum, auto
from typing import Protocol

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import SourceRoute

UNKNOWN_PART = "\ufffc"
"""Stands for a part of a header's value that is not known, and not empty."""


class ServiceOutcome(Enum):
    """What the guards of a service do with every request of one kind."""

    REJECTS = auto()
    PASSES = auto()
    UNKNOWN = auto()
    """It depends on something else, or could not be evaluated."""


class PathChange(Protocol):
    """What a layer in front of a router does to the path by which the router selects a route."""

    @property
    def at(self) -> SourceLocation: ...

    def others(self, target: str) -> Iterable[str]:
        """Yield other paths that may become that of the route."""
        ...

    def arrives(self, path: str) -> bool | None:
        """Return whether a request for a path gets to the route; ``None`` if that is not known."""
        ...


class ForwardedRequests(Protocol):
    """Evaluates the guards of a service behind a gateway."""

    def outcome(self, route: SourceRoute, headers: Mapping[str, str | None]) -> ServiceOutcome:
        """Return what the guards of a route do with requests whose headers are known in part.

        ``headers`` has values by lower-case name; ``None`` is a header that the service does not get. Others may have
        any value. The connection is the gateway's: its certificate, if there is one, is not the client's.
        """
        ...

    def headers_of(self, route: SourceRoute) -> Collection[str]:
        """Return headers that the code around a route reads and that may decide, in lower case."""
        ...

    def path_change(self, route: SourceRoute) -> PathChange | None:
        """Return what layers in front of the router change of paths and methods; ``None`` if they change nothing."""
        ...
