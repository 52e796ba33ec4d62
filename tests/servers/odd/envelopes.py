"""Answers whose status does not say how it went: the body does, or it says the opposite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.python.api import find
from tests.servers.python.serve import ITEMS_FORGOTTEN, Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource


class DeniesInItsEnvelope(Guarded):
    """Every answer to a known path has status 200 and the same three members."""

    def granted(self, resource: Resource) -> None:
        """What was asked for is in it."""
        self.reply(200, {"code": 0, "message": "ok", "data": resource.body})

    def denied(self) -> None:
        """Nothing is in it."""
        self.reply(200, {"code": 40101, "message": "who are you?", "data": None})


class ForgetsItemsInItsEnvelope(DeniesInItsEnvelope):
    """Somebody forgot to guard `/items`."""

    guards = ITEMS_FORGOTTEN


class RefusesInItsEnvelopeAlike(DeniesInItsEnvelope):
    """Tells everybody that they are not known, those with a good certificate too."""

    def granted(self, resource: Resource) -> None:
        """Only the open paths are answered."""
        if resource.template in self.guards:
            return self.denied()
        return super().granted(resource)


class RefusesAndGoesOn(Guarded):
    """Sets the status of a refusal, and forgets to stop there."""

    def respond(self) -> None:
        """The body is that of the resource, whoever asks."""
        resource = find(self.path, caller=self.caller)
        if resource is not None and resource.template in self.guards and not self.caller:
            return self.reply(403, resource.body)
        return super().respond()


class RefusesOpenPaths(Guarded):
    """Asks for a certificate where the document does not, in words of its own."""

    def granted(self, resource: Resource) -> None:
        """Strangers did something wrong, it says."""
        if not self.caller:
            return self.reply(400, {"problem": "tell us who you are"})
        return super().granted(resource)


class SendsToItself(Guarded):
    """Redirects anonymous clients to the same URL, whatever they send."""

    def denied(self) -> None:
        """Without a cookie, so that the next request is the same."""
        self.reply(302, {}, Location=self.path)
