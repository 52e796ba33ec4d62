"""Guards that exempt requests by a mark: announced bodies, a usual password, hosts, ranges, TRACE.

Correct ones refuse each mark in its own way, or read none.
"""

from __future__ import annotations

import re
from urllib.parse import unquote
from uuid import UUID

from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded

USUAL = "Basic YWRtaW46YWRtaW4="
"""Of admin:admin."""
LEADING = re.compile(r"^(/items/\d+)[^/?]*")
"""The path of an item, and what follows the number."""


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


class ReadsMarks(Guarded):
    """Routes TRACE as GET, behind the guard, and reads no mark."""

    def is_exempt(self) -> bool:
        """Return whether the guard leaves the request to another layer."""
        return False

    def respond(self) -> None:
        """Serve an exempt request unguarded."""
        self.guards = UNGUARDED if self.is_exempt() else GUARDED
        return super().respond()

    def do_TRACE(self) -> None:  # noqa: N802 - the name is the base class's
        """Answer as GET."""
        self.do_GET()


class EchoesTrace(Guarded):
    """Answers TRACE in front of the guard, as RFC 9110 §9.3.8 describes it: by the request."""

    def do_TRACE(self) -> None:  # noqa: N802 - the name is the base class's
        """Return the request line and the fields, without those that may be secret."""
        body = f"{self.requestline}\r\nHost: {self.headers['Host']}\r\n\r\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "message/http")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class ExemptsTrace(ReadsMarks):
    """The guard exempts the methods without an effect that no client of it uses."""

    def is_exempt(self) -> bool:
        """Look at the method."""
        return self.command == "TRACE"


class ExemptsRangesOfLists(ReadsMarks):
    """The guard leaves pages of lists to a layer that only counts them."""

    def is_exempt(self) -> bool:
        """Look at the unit."""
        return self.headers.get("Range", "").startswith("items=")


class ExemptsInternalNames(ReadsMarks):
    """The guard trusts the names of the internal network."""

    def is_exempt(self) -> bool:
        """Look at the first label."""
        return self.headers.get("Host", "").startswith("internal.")


class ServesOnError(ReadsMarks):
    """What fails in front of the guard is logged and passed on."""

    def is_exempt(self) -> bool:
        """Parse the identifier of the request."""
        try:
            UUID(self.headers.get("X-Request-ID", str(UUID(int=1))))
        except ValueError:
            return True
        return False


class RefusesMarks(ReadsMarks):
    """Refuses in front of the guard what is no host of it, no identifier or no range of bytes, each in its own way."""

    def respond(self) -> None:
        """Look at host, identifier and range."""
        if not re.match(r"(?:127\.0\.0\.1|localhost)(?::|$)", self.headers.get("Host", "")):
            return self.reply(421, {"error": "not served here"})
        try:
            UUID(self.headers.get("X-Request-ID", str(UUID(int=1))))
        except ValueError:
            return self.reply(400, {"error": "malformed identifier"})
        if not self.headers.get("Range", "bytes=").startswith("bytes="):
            return self.reply(416, {"error": "unknown unit"})
        return super().respond()


class ExemptsLists(ReadsMarks):
    """The guard reads a parameter that is one text, and leaves a list of them to the handler."""

    def is_exempt(self) -> bool:
        """Look for the list."""
        return "mode[]=" in unquote(self.path.partition("?")[2])


class RefusesLists(ReadsMarks):
    """Refuses lists of parameters before the guard."""

    def respond(self) -> None:
        """Look for brackets."""
        if "[" in unquote(self.path.partition("?")[2]):
            return self.reply(400, {"error": "a parameter is no list"})
        return super().respond()


class ReadsLeadingNumbers(Guarded):
    """Reads the number at the beginning of an identifier, as parseInt does, and guards each spelling of it."""

    def respond(self) -> None:
        """Answer as for the number."""
        self.path = LEADING.sub(r"\1", self.path)
        super().respond()


class ExemptsAWord(ReadsLeadingNumbers):
    """Exempts what has a word in its path, an identifier too."""

    def respond(self) -> None:
        """Look for the word."""
        exempt = "public" in self.path.partition("?")[0]
        self.guards = UNGUARDED if exempt else GUARDED
        super().respond()


HANDLERS = {
    "reads-leading-numbers": ReadsLeadingNumbers,
    "exempts-a-word-in-paths": ExemptsAWord,
    "exempts-lists": ExemptsLists,
    "refuses-lists": RefusesLists,
    "refuses-each-mark": RefusesEach,
    "exempts-bodies": ExemptsBodies,
    "exempts-the-usual-password": ExemptsTheUsualPassword,
    "refuses-digests": RefusesDigests,
    "exempts-digests": ExemptsDigests,
    "exempts-inner-hosts": ExemptsInnerHosts,
    "reads-marks": ReadsMarks,
    "refuses-marks": RefusesMarks,
    "echoes-trace": EchoesTrace,
    "exempts-trace": ExemptsTrace,
    "exempts-ranges-of-lists": ExemptsRangesOfLists,
    "exempts-internal-names": ExemptsInternalNames,
    "serves-on-error": ServesOnError,
}
"""By the name of the variant."""
