"""Servers that decide at the head of a request, after its body, or not at all (RFC 9110 §10.1.1)."""

from __future__ import annotations

from tests.servers.python.serve import Guarded

POSTS = ("/orders", "/invoices")


class GuardsTheHead(Guarded):
    """Checks the certificate, then sends 100 Continue and reads the body."""

    forgotten = ""
    """Path without a guard."""

    def handle_expect_100(self) -> bool:
        """Leave it to the handler; the base class sends 100 Continue at once."""
        return True

    def do_POST(self) -> None:  # noqa: N802 - the base class's name
        """Create what the path is for."""
        if self.path not in POSTS:
            return self.missing()
        if self.refused:
            return self.rejected()
        return self.created() if self.received() else None

    @property
    def refused(self) -> bool:
        """Whether the caller may not."""
        return self.path != self.forgotten and self.caller is None

    def rejected(self) -> None:
        """Refuse without the body: nothing else can follow on this connection."""
        self.close_connection = True
        self.denied()

    def created(self) -> None:
        """Answer with the place of what was made."""
        self.reply(201, {"place": f"{self.path}/4711", "state": "draft"})

    def received(self) -> bool:
        """Read the body; return whether it is complete."""
        if self.headers.get("Expect"):
            self.proceed()
        length = int(self.headers.get("Content-Length", 0))
        complete = len(self.rfile.read(length)) == length
        self.close_connection = self.close_connection or not complete
        return complete

    def proceed(self) -> None:
        """Ask for the body."""
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wfile.flush()


class AnswersTheHead(GuardsTheHead):
    """Invoices are not guarded, and made from the head alone."""

    forgotten = "/invoices"

    def received(self) -> bool:
        """Ignore the body of an invoice."""
        if self.path == self.forgotten:
            self.close_connection = True
            return True
        return super().received()


class ForgetsInvoices(GuardsTheHead):
    """Invoices are not guarded; nothing shows it before the body."""

    forgotten = "/invoices"


class ReadsFirst(GuardsTheHead):
    """Reads the body for everyone, as behind a proxy that buffers requests, and checks the certificate then."""

    def do_POST(self) -> None:  # noqa: N802 - the base class's name
        """Create what the path is for."""
        if self.received():
            self.decide()

    def decide(self) -> None:
        """Check the certificate."""
        if self.refused:
            self.denied()
        else:
            self.created()


class ContinuesFirst(GuardsTheHead):
    """Sends 100 Continue to everyone, and then checks the certificate without waiting for the body."""

    def handle_expect_100(self) -> bool:
        """Send it before the handler."""
        super().proceed()
        return True

    def proceed(self) -> None:
        """It was sent already."""


class DeniesHeadsWith200(GuardsTheHead):
    """Denials have status 200, in German, for requests of any method."""

    def denied(self) -> None:
        """Answer a caller who may not."""
        self.reply(200, {"erfolg": False, "meldung": "Bitte melden Sie sich mit Ihrem Zertifikat an."})


class RejectsExpectations(ReadsFirst):
    """417 for everyone (RFC 9110 §15.5.18)."""

    def do_POST(self) -> None:  # noqa: N802 - the base class's name
        """Reject the field."""
        if self.headers.get("Expect"):
            self.close_connection = True
            return self.reply(417, {"error": "no expectations"})
        return super().do_POST()


class IgnoresExpectations(ReadsFirst):
    """Waits for the body."""

    def proceed(self) -> None:
        """Do not ask for it."""
