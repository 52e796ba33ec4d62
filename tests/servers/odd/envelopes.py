"""Answers whose status does not show the outcome: the body does, or contradicts it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.servers.python.api import find
from tests.servers.python.serve import ITEMS_UNGUARDED, Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource


class DeniesInItsEnvelope(Guarded):
    """Every answer to a known path has status 200 and the same three members."""

    def granted(self, resource: Resource) -> None:
        """Return the resource in the envelope."""
        self.reply(200, {"code": 0, "message": "ok", "data": resource.body})

    def denied(self) -> None:
        """Return the envelope without data."""
        self.reply(200, {"code": 40101, "message": "who are you?", "data": None})


class DeniesInItsEnvelopeUnguarded(DeniesInItsEnvelope):
    """The same without a guard for `/items`."""

    guards = ITEMS_UNGUARDED


class RefusesEveryoneInItsEnvelope(DeniesInItsEnvelope):
    """Returns the refusal to every caller, with a valid certificate as well."""

    def granted(self, resource: Resource) -> None:
        """Answer only the open paths."""
        if resource.template in self.guards:
            return self.denied()
        return super().granted(resource)


class RefusesWithTheBody(Guarded):
    """Sets the status of a refusal, and continues with the resource (CWE-698)."""

    def respond(self) -> None:
        """Return the body of the resource to every caller."""
        resource = find(self.path, caller=self.caller)
        if resource is not None and resource.template in self.guards and not self.caller:
            return self.reply(403, resource.body)
        return super().respond()


class RefusesOpenPaths(Guarded):
    """Requires a certificate where the document does not, with an answer of its own."""

    def granted(self, resource: Resource) -> None:
        """Answer anonymous clients with a client error."""
        if not self.caller:
            return self.reply(400, {"problem": "tell us who you are"})
        return super().granted(resource)


class RedirectsToItself(Guarded):
    """Redirects anonymous clients to the same URL, whatever they send."""

    def denied(self) -> None:
        """Without a cookie, so that the next request is the same."""
        self.reply(302, {}, Location=self.path)


class StreamsAnswers(Guarded):
    """Answers with events, and with an event for a refusal: the status of a stream is that of its beginning."""

    def granted(self, resource: Resource) -> None:
        """Send the resource and the end."""
        self.stream(("item", resource.body), ("end", {}))

    def denied(self) -> None:
        """Send one event."""
        self.stream(("error", {"error": "certificate required"}))

    def stream(self, *events: tuple[str, object]) -> None:
        """Send events (WHATWG HTML §9.2.6), and end the stream."""
        text = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())


class StreamsBeforeItsGuard(StreamsAnswers):
    """Sends the first event of `/items`, then looks at the certificate."""

    def denied(self) -> None:
        """Send the item before the refusal."""
        resource = find(self.path, caller=self.caller)
        first = (("item", resource.body),) if resource and resource.template == "/items/{id}" else ()
        self.stream(*first, ("error", {"error": "certificate required"}))
