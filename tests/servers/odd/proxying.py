"""Proxies that remove some headers of the client; each beside one that removes all of them.

Proxy and service are one program here: only the header section that the guard reads matters.
"""

from __future__ import annotations

from tests.servers.odd.forwarded import TrustsHeader
from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded

USER = "X-Forwarded-User"
VERIFY = "X-SSL-Client-Verify"


class RemovesFirstHeader(TrustsHeader):
    """Removes the first of several headers."""

    @property
    def claimed(self) -> str | None:
        """The last of the remaining values."""
        left = self.headers.get_all(USER, [])[1:]
        return left[-1] if left else None


class RemovesAllHeaders(TrustsHeader):
    """Removes all headers of the name."""

    def respond(self) -> None:
        """Remove them before the guard reads."""
        del self.headers[USER]
        super().respond()


class TrustsUnderscores(RemovesAllHeaders):
    """Reads both separators alike, as CGI does."""

    header = USER.replace("-", "_")


class DropsUnderscores(TrustsUnderscores):
    """Removes all names with an underscore, as nginx does by default."""

    def respond(self) -> None:
        """Remove them before the guard reads."""
        for name in [name for name in self.headers if "_" in name]:
            del self.headers[name]
        super().respond()


class TrustsDots(RemovesAllHeaders):
    """Reads every separator alike, as PHP and CGI do."""

    header = USER.replace("-", ".")


class DropsDots(TrustsDots):
    """Removes all names with other characters than letters, digits and dashes."""

    def respond(self) -> None:
        """Remove them before the guard reads."""
        for name in [name for name in self.headers if "." in name]:
            del self.headers[name]
        super().respond()


class RemovesThenSets(Guarded):
    """Removes the headers that Connection names (RFC 9110 §7.6.1), then sets the result of the verification."""

    def respond(self) -> None:
        """Read the header that the proxy has set."""
        self.judge({VERIFY: self.verification})

    @property
    def verification(self) -> str:
        """The result of the verification in the handshake."""
        return "SUCCESS" if self.caller else "NONE"

    @property
    def named(self) -> set[str]:
        """The names in Connection, in lower case."""
        return {name.strip().lower() for name in self.headers.get("Connection", "").split(",")}

    def judge(self, passed_on: dict[str, str]) -> None:
        """Take a request without a result for an internal one."""
        inside = passed_on.get(VERIFY, "SUCCESS") == "SUCCESS"
        self.guards = UNGUARDED if inside else GUARDED
        super().respond()


class RemovesWhatItSet(RemovesThenSets):
    """Sets the result of the verification, then removes the headers that Connection names."""

    def respond(self) -> None:
        """Read the remaining headers."""
        there = {VERIFY: self.verification}
        self.judge({name: value for name, value in there.items() if name.lower() not in self.named})
