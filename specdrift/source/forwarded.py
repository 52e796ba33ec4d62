"""What the service behind a gateway does with a request that the gateway forwards."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Protocol

from specdrift.model.result.source import SourceRoute

UNKNOWN_PART = "\ufffc"
"""Stands for a part of a header's value that is not known, and not empty."""


class ServiceOutcome(Enum):
    """What the guards of a service do with every request of one kind."""

    REJECTS = auto()
    PASSES = auto()
    UNKNOWN = auto()
    """It depends on something else, or could not be evaluated."""


class ForwardedRequests(Protocol):
    """Evaluates the guards of a service behind a gateway."""

    def outcome(self, route: SourceRoute, headers: Mapping[str, str | None]) -> ServiceOutcome:
        """Return what the guards of a route do with requests whose headers are known in part.

        ``headers`` has values by lower-case name; ``None`` is a header that the service does not get. Others may have
        any value. The connection is the gateway's: its certificate, if there is one, is not the client's.
        """
        ...
