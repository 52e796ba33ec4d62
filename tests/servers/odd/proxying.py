"""Proxies that delete what a client says of itself, and leave some of it; each beside one that leaves nothing.

Proxy and service are one program here: what matters is what is left of the header section when the guard reads it.
"""

from __future__ import annotations

from tests.servers.odd.forwarded import BelievesHeader
from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded

USER = "X-Forwarded-User"
VERIFY = "X-SSL-Client-Verify"


class DeletesTheFirst(BelievesHeader):
    """Deletes one header, where several may have come."""

    @property
    def claimed(self) -> str | None:
        """What the last of those says that are left."""
        left = self.headers.get_all(USER, [])[1:]
        return left[-1] if left else None


class DeletesEveryOne(BelievesHeader):
    """Deletes the header however often it has come."""

    def respond(self) -> None:
        """Delete before the guard reads."""
        del self.headers[USER]
        super().respond()


class BelievesUnderscores(DeletesEveryOne):
    """The service cannot tell the separators apart, as CGI and what comes of it."""

    header = USER.replace("-", "_")


class DropsUnderscores(BelievesUnderscores):
    """Deletes all names that have an underscore, as nginx does unless told otherwise."""

    def respond(self) -> None:
        """Delete before the guard reads."""
        for name in [name for name in self.headers if "_" in name]:
            del self.headers[name]
        super().respond()


class RemovesThenSets(Guarded):
    """Removes what Connection names (RFC 9110 §7.6.1) from what came, and then sets what it found out."""

    def respond(self) -> None:
        """The service reads what the proxy has set."""
        self.judge({VERIFY: self.verification})

    @property
    def verification(self) -> str:
        """What the handshake told of the certificate."""
        return "SUCCESS" if self.caller else "NONE"

    @property
    def named(self) -> set[str]:
        """What Connection names, in lower case."""
        return {name.strip().lower() for name in self.headers.get("Connection", "").split(",")}

    def judge(self, passed_on: dict[str, str]) -> None:
        """A request without a result did not come through the proxy, but from within."""
        inside = passed_on.get(VERIFY, "SUCCESS") == "SUCCESS"
        self.guards = UNGUARDED if inside else GUARDED
        super().respond()


class RemovesWhatItSet(RemovesThenSets):
    """Removes what Connection names when all is set, its own word as well."""

    def respond(self) -> None:
        """The service reads what is left."""
        there = {VERIFY: self.verification}
        self.judge({name: value for name, value in there.items() if name.lower() not in self.named})
