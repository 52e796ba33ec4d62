"""Refusals and absences that do not look like what they are, all of them correctly guarded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource

INDEX = """<!doctype html><html><head><title>Shop</title></head>
<body><div id="app"></div><script src="/assets/app.js"></script></body></html>"""
LOGIN = """<!doctype html><html><head><title>Sign in</title></head>
<body><form method="post" action="/login"><input name="user"><input type="password" name="password">
<button>Sign in</button></form></body></html>"""


class SinglePageApp(Guarded):
    """Answers every unknown path with the application's page and status 200."""

    def missing(self) -> None:
        """The page finds out in the browser that there is nothing here."""
        self.reply(200, INDEX)


class SinglePageAppHidesGuard(SinglePageApp):
    """The page is also what a caller gets who may not have the resource."""

    def denied(self) -> None:
        """As if there were nothing here."""
        self.missing()


class SinglePageAppWithMetrics(SinglePageApp):
    """Among all the pages there is one endpoint that is real, and undocumented."""

    def missing(self) -> None:
        """Only `/metrics` is no page."""
        if self.path == "/metrics":
            return self.reply(200, {"requests_total": 1, "errors_total": 0})
        return super().missing()


class LoginPage(Guarded):
    """Asks for a password instead, with status 200."""

    def denied(self) -> None:
        """A form, not the resource."""
        self.reply(200, LOGIN)


class RedirectsToLogin(Guarded):
    """Sends the caller to a form."""

    def denied(self) -> None:
        """The form will bring the caller back."""
        self.reply(302, {"error": "sign in first"}, Location=f"/login?next={self.path}")

    def missing(self) -> None:
        """The form is here."""
        if self.path.partition("?")[0] == "/login":
            return self.reply(200, LOGIN)
        return super().missing()


class HidesBehind404(Guarded):
    """Does not even say that there is something to be refused."""

    def denied(self) -> None:
        """As if there were nothing here."""
        self.missing()


class DeniesWith200(Guarded):
    """Every answer has status 200; only its members tell a refusal."""

    def denied(self) -> None:
        """An error in the body, as some RPC frameworks have it."""
        self.reply(200, {"error": "client certificate required"})


class SoftNotFound(Guarded):
    """Unknown paths have status 200 and an error in the body."""

    def missing(self) -> None:
        """Not found, it says."""
        self.reply(200, {"error": "not found"})


class RefusesUnknownPaths(Guarded):
    """Asks strangers for a certificate everywhere but on the open paths, also where nothing is."""

    def missing(self) -> None:
        """Only known callers learn that there is nothing here."""
        if self.caller is None:
            return self.denied()
        return super().missing()


class RefusesEveryone(Guarded):
    """Refuses good certificates as well, everywhere."""

    def granted(self, resource: Resource) -> None:
        """Nobody gets this far."""
        del resource
        self.denied()


class CrashesForStrangers(Guarded):
    """The guard takes the certificate for granted and fails where there is none."""

    def denied(self) -> None:
        """An error of the server is neither admission nor refusal."""
        self.reply(500, {"error": "KeyError: 'subject'"})


class SessionCookie(Guarded):
    """Remembers a caller by a cookie, which a checker must not carry from one caller to another."""

    def granted(self, resource: Resource) -> None:
        """Hand out the cookie with every answer to a known caller."""
        cookie = {"Set-Cookie": "session=known; Path=/; Secure"} if self.caller else {}
        self.reply(200, resource.body, **cookie)

    @property
    def caller(self) -> str | None:
        """The certificate's name, or the cookie's word for it."""
        return super().caller or ("alice" if "session=known" in self.headers.get("Cookie", "") else None)


class Http10(Guarded):
    """Speaks HTTP/1.0: no connection is kept."""

    protocol_version = "HTTP/1.0"
