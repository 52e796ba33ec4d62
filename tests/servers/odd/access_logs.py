"""Servers whose guarded operation lists the requests with the identifiers that the answers to these have."""

from __future__ import annotations

import random
import uuid
from collections import deque
from typing import ClassVar

from tests.servers.odd import repeated
from tests.servers.python.serve import Guarded

SHOWN = 20
"""The last requests that are listed."""
OLD = 40
"""The first requests, of which any is named."""


class ListsRequests(Guarded):
    """Writes each request down before the guard runs, and names its identifier in each answer."""

    log: ClassVar[deque[dict[str, str]]] = deque()
    own = "unknown"

    def respond(self) -> None:
        """Write it down."""
        self.own = uuid.uuid4().hex[:16]
        self.log.append({"id": self.own, "path": self.path[:40]})
        super().respond()

    def reply(self, status: int, body: object, **headers: str) -> None:
        """Add the identifier; list the last requests to who is admitted to /secure."""
        admitted = status == 200 and self.path.partition("?")[0] == "/secure"
        shown = {"requests": list(self.log)[-SHOWN:]} if admitted else body
        super().reply(status, shown, **headers, **{"X-Request-Id": self.named})

    @property
    def named(self) -> str:
        """The identifier of this request."""
        return self.own


class NamesOtherRequests(ListsRequests):
    """Lists all requests, and names one of them in the refusals of /secure."""

    @property
    def named(self) -> str:
        """The identifier of some request that was written down long ago."""
        return random.choice(list(self.log)[:OLD])["id"] if "/secure" in self.path else self.own

    def reply(self, status: int, body: object, **headers: str) -> None:
        """List all requests."""
        admitted = status == 200 and self.path.partition("?")[0] == "/secure"
        shown = {"requests": list(self.log)} if admitted else body
        own = {"X-Request-Id": self.own if status == 200 else self.named}
        Guarded.reply(self, status, shown, **headers, **own)


class ListsAddresses(ListsRequests):
    """Lists the address of each client too, and names the client's own in each refusal."""

    partner = "203.0.113.77"
    """Has called before."""

    def reply(self, status: int, body: object, **headers: str) -> None:
        """Add the addresses."""
        admitted = status == 200 and self.path.partition("?")[0] == "/secure"
        own = [{**each, "ip": self.client_address[0]} for each in self.log][-SHOWN:]
        shown = {"requests": [{"id": "first", "path": "/", "ip": self.partner}, *own]} if admitted else body
        refused = {"error": "client certificate required", "client": self.seen} if status == 401 else shown
        Guarded.reply(self, status, refused, **headers)

    @property
    def seen(self) -> str:
        """The address in a refusal."""
        return str(self.client_address[0])


class NamesOtherAddresses(ListsAddresses):
    """Names the address of another client in the refusals of /secure."""

    @property
    def seen(self) -> str:
        """That of the partner."""
        return self.partner if "/secure" in self.path else super().seen


HANDLERS = {
    "lists-requests": ListsRequests,
    "names-other-requests": NamesOtherRequests,
    "lists-addresses": ListsAddresses,
    "names-other-addresses": NamesOtherAddresses,
    **repeated.HANDLERS,
}
"""By the name of the variant."""
