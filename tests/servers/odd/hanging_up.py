"""Servers behind a filter that hangs up: some controls of a check get no answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.servers.odd.forwarded import TrustsHeader
from tests.servers.odd.unreliable import reset
from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource
    from tests.servers.python.tls import Handler

NUMBERED = re.compile(r"X-\d", re.IGNORECASE)


class HangsUpOnNumberedFields(Guarded):
    """A filter resets the connection of requests with fields such as `X-0`."""

    def respond(self) -> None:
        """Reset, or let the request pass."""
        if any(map(NUMBERED.match, self.headers)):
            reset(self.connection)
            self.close_connection = True
            return
        super().respond()

    def granted(self, resource: Resource) -> None:
        """Return the caller with the resource."""
        self.reply(200, {**resource.body, "to": self.caller})


class BelievesClients(HangsUpOnNumberedFields, TrustsHeader):
    """A client with a certificate is who its header names, behind the filter."""

    @property
    def caller(self) -> str | None:
        """The name in the header of a client with a certificate."""
        own = Guarded.caller.fget(self)  # type: ignore[attr-defined]
        return own and (self.claimed or own)


HANDLERS: dict[str, type[Handler]] = {
    "hangs-up-on-numbered-fields": HangsUpOnNumberedFields,
    "hangs-up-and-believes-clients": BelievesClients,
}
