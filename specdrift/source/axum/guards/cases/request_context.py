"""The requests for which functions are evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from specdrift.source.axum.guards.absent.absent_requests import RequestFacts
    from specdrift.source.axum.guards.presence.request_effects import LayersAround


class RequestContext(Struct, frozen=True, eq=False):
    """What is known of requests when they get to a function."""

    request: RequestFacts | None = None
    """Their method and path, if those of one route are meant."""
    chain: frozenset[int] | None = None
    """The functions of the layers of one route; ``None``: any function may run before."""
    around: LayersAround | None = None
    """What the layers around the function have done."""

    @property
    def is_of_route(self) -> bool:
        """Whether the requests of one route are meant."""
        return self.request is not None or self.chain is not None

    @property
    def is_of_all(self) -> bool:
        """Whether nothing is known of the requests."""
        return not self.is_of_route and self.around is None
