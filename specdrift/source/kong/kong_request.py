"""A request while Kong handles it."""

from collections.abc import Mapping

from msgspec import Struct, field

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import ForwardedHeader, GatewayCaller
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.open_facts import Answer, OpenFact
from specdrift.source.kong.kong_entities import KongConsumer

MOST_STEPS = 20_000
"""Maximum number of routes and plugins that one request may need."""


class RequestInKong(Struct, kw_only=True):
    """The request, with what plugins have changed."""

    tls: bool
    caller: GatewayCaller
    asked: bool
    """Whether the listener asks the client for a certificate."""
    server_name: str
    """SNI."""
    host: str
    """Without a port."""
    method: str
    path: str
    """As routes are compared with it."""
    query: str
    headers: dict[str, list[str]]
    """The lines of each header, by lower-case name."""
    assumed: Mapping[str, bool] = field(default_factory=dict)
    authenticated: bool = False
    consumer: KongConsumer | None = None
    """The anonymous consumer, once authentication has failed."""
    password: bool = False
    """A password or token would authenticate the client."""
    rewritten: str | None = None
    """The path that a plugin sets."""
    set_headers: list[ForwardedHeader] = field(default_factory=list)
    open: Undetermined | None = None
    """A plugin that may refuse the request."""
    steps: int = MOST_STEPS

    @property
    def has_certificate(self) -> bool:
        return self.asked and self.caller is not GatewayCaller.ANONYMOUS

    def spend(self) -> None:
        """Count what was evaluated. Raises Undetermined for too much."""
        self.steps -= 1
        if self.steps < 0:
            raise Undetermined("too many routes and plugins")

    def fact(self, what: str, at: SourceLocation, *, chosen: bool = False) -> Answer:
        """Return whether something that is not known holds."""
        return self.assumed.get(what, OpenFact(what, what, chosen, at))
