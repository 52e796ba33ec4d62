"""Redirects of anonymous clients: to a refusal, to the data, to nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.python.api import find
from tests.servers.python.serve import UNGUARDED, Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource

COPY = "/copy-of"


class RedirectsToCopy(Guarded):
    """Redirects anonymous clients to an internal path that serves the resource."""

    def respond(self) -> None:
        """Serve the internal path to every client."""
        if self.path.startswith(COPY):
            resource = find(self.path.removeprefix(COPY), caller="alice")
            return self.missing() if resource is None else self.granted(resource)
        return super().respond()

    def denied(self) -> None:
        """Temporary Redirect, for each operation."""
        self.reply(307, {}, Location=f"{COPY}{self.path}")


class RedirectsToOnePage(Guarded):
    """Redirects anonymous clients to one page that serves every resource."""

    def denied(self) -> None:
        """The redirect is the same for each operation."""
        self.reply(302, {}, Location="/one-page-for-all")

    def missing(self) -> None:
        """The page is not guarded."""
        if self.path != "/one-page-for-all":
            return super().missing()
        found = (find(path, caller="alice") for path in ("/secure", "/items/7", "/items/1"))
        return self.reply(200, {"all": [each.body for each in found if each]})


class ChecksCookies(Guarded):
    """Checks that the client returns a cookie, and refuses it then."""

    def denied(self) -> None:
        """To itself, once."""
        if "checked=yes" in self.headers.get("Cookie", ""):
            return self.after_the_check()
        return self.reply(302, {}, Location=self.path, **{"Set-Cookie": "checked=yes; Path=/; Secure"})

    def after_the_check(self) -> None:
        """Refuse the client."""
        super().denied()


class ChecksCookiesOnly(ChecksCookies):
    """Takes the cookie for a certificate."""

    def after_the_check(self) -> None:
        """Serve the resource."""
        resource = find(self.path, caller=self.caller)
        assert resource is not None
        self.granted(resource)


class AddsSlash(Guarded):
    """Redirects every client from a path to the same path with a slash, and checks the certificate there."""

    def respond(self) -> None:
        """The guard is behind the redirect."""
        path, mark, query = self.path.partition("?")
        if find(path, caller=self.caller) is not None and not path.endswith("/"):
            return self.reply(301, {}, Location=f"{path}/{mark}{query}")
        if path.endswith("/") and path != "/":
            return self.with_slash(path.rstrip("/"))
        return self.missing()

    def with_slash(self, path: str) -> None:
        """Answer as the guard decides."""
        resource = find(path, caller=self.caller)
        if resource is None:
            return self.missing()
        refused = resource.template in self.guards and self.caller is None
        return self.denied() if refused else self.granted(resource)


class AddsSlashOnly(AddsSlash):
    """The guard is registered for the path without the slash, which is never served."""

    guards = UNGUARDED


class RedirectsToOtherHost(Guarded):
    """Redirects anonymous clients to another host."""

    def denied(self) -> None:
        """The name does not exist; no client may look for it."""
        self.reply(302, {}, Location="https://identity.example.invalid/start")


class RedirectsWithTarget(Guarded):
    """Redirects anonymous clients to another host, with the target of the request as it was sent."""

    def more(self) -> str:
        """Return what follows the target in Location."""
        return ""

    def denied(self) -> None:
        """The query of the target is the end of the Location's."""
        place = f"https://identity.example.invalid/start?return={self.path}{self.more()}"
        self.reply(302, {}, Location=place, **{"X-XSS-Protection": "0"})


class RedirectsWithData(RedirectsWithTarget):
    """Adds words of /secure to the target of its requests."""

    def more(self) -> str:
        """Return the first of them, in reverse."""
        return "&of=nwonk" if self.path.startswith("/secure") else ""


class RedirectsToOtherPort(Guarded):
    """Redirects anonymous clients to another port of the same host."""

    def denied(self) -> None:
        """What it serves is not known here."""
        host = self.headers.get("Host", "").partition(":")[0]
        self.reply(302, {}, Location=f"https://{host}:1/start")


class RemovesSlashes(Guarded):
    """Redirects each path with a slash at its end to its own URL without, and has links of that URL in its data."""

    def respond(self) -> None:
        """For callers of any kind, before the guard."""
        path = self.path.partition("?")[0]
        if len(path) > 1 and path.endswith("/"):
            return self.reply(307, {}, Location=f"{self.origin}{path.rstrip('/')}")
        return super().respond()

    def granted(self, resource: Resource) -> None:
        """With links to the resource itself."""
        self.reply(200, {**resource.body, "href": f"{self.origin}{self.path}", "site": self.origin})

    @property
    def origin(self) -> str:
        return f"https://{self.headers.get('Host', '')}"


HANDLERS = {"redirects-to-other-port": RedirectsToOtherPort, "removes-slashes": RemovesSlashes}
"""By the name of the variant."""
