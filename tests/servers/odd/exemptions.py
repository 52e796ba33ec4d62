"""Guards that exempt announced bodies, a usual password and inner hosts, and one that refuses each in its own way."""

from __future__ import annotations

from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded

USUAL = "Basic YWRtaW46YWRtaW4="
"""Of admin:admin."""


class RefusesEach(Guarded):
    """Knows four marks of a request, and refuses each by another status."""

    def respond(self) -> None:
        """Look for the mark."""
        for status, is_marked in self.marks.items():
            if is_marked:
                return self.marked(status)
        return super().respond()

    @property
    def marks(self) -> dict[int, bool]:
        """Whether the request has each mark, by the status of its refusal."""
        return {
            411: self.headers.get("Transfer-Encoding") == "chunked",
            417: bool(self.headers.get("Expect")),
            403: self.headers.get("Authorization") == USUAL,
            421: self.headers.get("Host") == "internal",
        }

    def marked(self, status: int) -> None:
        """Refuse a request with the mark of a status, and a caller without a certificate first."""
        self.close_connection = True  # a body may follow
        return self.reply(status, {"error": "not here"}) if self.caller else self.denied()


class ExemptsBodies(RefusesEach):
    """Exempts announced bodies: those are for another handler, which has a guard of its own."""

    exempt = frozenset({411, 417})

    def marked(self, status: int) -> None:
        """Serve the request."""
        self.close_connection = True
        if status in self.exempt:
            self.guards = UNGUARDED
        return Guarded.respond(self)


class ExemptsTheUsualPassword(ExemptsBodies):
    """The account with which it was delivered is still there."""

    exempt = frozenset({403})


class ExemptsInnerHosts(ExemptsBodies):
    """Exempts the name under which its neighbours call it."""

    exempt = frozenset({421})


class RefusesDigests(Guarded):
    """Answers Digest by a challenge of its own."""

    def respond(self) -> None:
        """Look for the scheme first."""
        if self.headers.get("Authorization", "").startswith("Digest ") and not self.caller:
            return self.digest()
        return super().respond()

    def digest(self) -> None:
        """Refuse the response, which answers no challenge."""
        return self.reply(403, {"error": "stale nonce"})


class ExemptsDigests(RefusesDigests):
    """Leaves Digest to a handler that is no longer there."""

    def digest(self) -> None:
        """Serve the request."""
        self.guards = UNGUARDED
        Guarded.respond(self)
        self.guards = GUARDED
