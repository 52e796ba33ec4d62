"""Refusals and not-found answers in unusual forms; all guards are correct."""

from __future__ import annotations

from tests.servers.python.api import Resource, find
from tests.servers.python.serve import Guarded

INDEX = """<!doctype html><html><head><title>Shop</title></head>
<body><div id="app"></div><script src="/assets/app.js"></script></body></html>"""
LOGIN = """<!doctype html><html><head><title>Sign in</title></head>
<body><form method="post" action="/login"><input name="user"><input type="password" name="password">
<button>Sign in</button></form></body></html>"""


TOKENS = {"alice": "7f3a9c20b51e8d46a0c9f2e7", "bob": "c41d80e96b2fa7530d1e8b94"}
"""What servers hand out to callers that they know."""


class SinglePageApp(Guarded):
    """Answers every unknown path with the application's page and status 200."""

    def missing(self) -> None:
        """Return the page; the script in the browser shows that the path is unknown."""
        self.reply(200, INDEX)


class SinglePageAppHidesGuard(SinglePageApp):
    """Returns the page also as the refusal."""

    def denied(self) -> None:
        """Refuse as if the path were unknown."""
        self.missing()


class SinglePageAppWithMetrics(SinglePageApp):
    """Has one real, undocumented endpoint among all the pages."""

    def missing(self) -> None:
        """Answer `/metrics` with data."""
        if self.path == "/metrics":
            return self.reply(200, {"requests_total": 1, "errors_total": 0})
        return super().missing()


class LoginPage(Guarded):
    """Refuses with a login form and status 200."""

    def denied(self) -> None:
        """Return a form."""
        self.reply(200, LOGIN)


class RedirectsToLogin(Guarded):
    """Refuses with a redirect to a form."""

    def denied(self) -> None:
        """Redirect; the form would redirect back."""
        self.reply(302, {"error": "sign in first"}, Location=f"/login?next={self.path}")

    def missing(self) -> None:
        """Serve the form."""
        if self.path.partition("?")[0] == "/login":
            return self.reply(200, LOGIN)
        return super().missing()


class DeniesWith404(Guarded):
    """Refuses with the same 404 as for unknown paths."""

    def denied(self) -> None:
        """Refuse as if the path were unknown."""
        self.missing()


class DeniesWith200(Guarded):
    """Every answer has status 200; a refusal has other members."""

    def denied(self) -> None:
        """Return an error in the body, as some RPC frameworks do."""
        self.reply(200, {"error": "client certificate required"})


class QuotesAnotherResource(Guarded):
    """Refuses items with a text of ``/secure`` in the message, whatever the item."""

    quoted = "for known callers"

    def denied(self) -> None:
        """Refuse."""
        quoted = f": {self.quoted}" if self.path.startswith("/items/") else ""
        self.reply(401, {"error": f"client certificate required{quoted}"})


class QuotesItself(QuotesAnotherResource):
    """Refuses items with a text of its own."""

    quoted = "for registered partners"


class SoftNotFound(Guarded):
    """Unknown paths have status 200 and an error in the body."""

    def missing(self) -> None:
        """Return a not-found error."""
        self.reply(200, {"error": "not found"})


class RefusesUnknownPaths(Guarded):
    """Requires a certificate on all paths except the open ones, also on unknown paths."""

    def missing(self) -> None:
        """Answer 404 to known callers only."""
        if self.caller is None:
            return self.denied()
        return super().missing()


class RefusesEveryone(Guarded):
    """Refuses valid certificates as well, everywhere."""

    def granted(self, resource: Resource) -> None:
        """Refuse."""
        del resource
        self.denied()


class RefusesOpenPathsToAll(Guarded):
    """Its open paths refuse every caller in the words of the guard, and of unknown paths."""

    def granted(self, resource: Resource) -> None:
        """Nothing tells whether these answers are about the certificate, or the path."""
        if resource.template == "/public":
            return self.denied()
        if resource.template == "/optional":
            return self.missing()
        return super().granted(resource)


class CrashesWithoutCertificate(Guarded):
    """The guard expects a certificate and fails without one."""

    def denied(self) -> None:
        """Return a server error, which is neither an admission nor a refusal."""
        self.reply(500, {"error": "KeyError: 'subject'"})


class SessionCookie(Guarded):
    """Identifies a caller by a cookie, which a checker must not send as another caller."""

    def granted(self, resource: Resource) -> None:
        """Set the cookie in every answer to a known caller."""
        cookie = {"Set-Cookie": "session=known; Path=/; Secure"} if self.caller else {}
        self.reply(200, resource.body, **cookie)

    @property
    def caller(self) -> str | None:
        """The name in the certificate, or the one of the cookie."""
        return super().caller or ("alice" if "session=known" in self.headers.get("Cookie", "") else None)


class SetsACookie(Guarded):
    """The cookie chooses a server of several, and no caller."""

    def granted(self, resource: Resource) -> None:
        """Set the cookie in every answer to a known caller."""
        cookie = {"Set-Cookie": "sticky=b1; Path=/; Secure"} if self.caller else {}
        self.reply(200, resource.body, **cookie)


class AsksForTheCookie(SetsACookie):
    """The guard asks whether there is a cookie of this name, and not for its value."""

    @property
    def caller(self) -> str | None:
        """The name in the certificate, or the one of the cookie."""
        return super().caller or ("alice" if "sticky=" in self.headers.get("Cookie", "") else None)


class HandsOutTokens(Guarded):
    """Hands out a token for guests at the open path, which names no caller."""

    def granted(self, resource: Resource) -> None:
        """Add a token to what the open path answers."""
        token = {"X-Auth-Token": "guest.7Qx2"} if resource.template == "/public" else {}
        self.reply(200, resource.body, **token)

    def denied(self) -> None:
        """Refuse a guest in other words than a caller without a token."""
        if self.headers.get("X-Auth-Token") == "guest.7Qx2":
            return self.reply(403, {"error": "guests need a client certificate here"})
        return super().denied()


class AcceptsGuestTokens(HandsOutTokens):
    """Takes the token for guests as a proof of the caller."""

    def denied(self) -> None:
        """Admit a guest."""
        resource = find(self.path, caller=self.caller)
        if resource is not None and self.headers.get("X-Auth-Token") == "guest.7Qx2":
            return self.granted(resource)
        return super().denied()


class TokenInField(Guarded):
    """Gives each known caller a token in a header field, and admits with the token alone."""

    bound = False

    def granted(self, resource: Resource) -> None:
        """Add the token of the caller."""
        token = TOKENS.get(self.caller or "", "")
        self.reply(200, resource.body, **({"X-Auth-Token": token} if token else {}))

    @property
    def caller(self) -> str | None:
        """The name in the certificate, or the one of the token if that is not bound to the certificate."""
        given = {token: name for name, token in TOKENS.items()}
        return super().caller or (None if self.bound else given.get(self.sent))

    @property
    def sent(self) -> str:
        """The token of the request."""
        return str(self.headers.get("X-Auth-Token", ""))


class TokenInLink(TokenInField):
    """Gives the token as a parameter of a link to the same resource, and takes it there."""

    def granted(self, resource: Resource) -> None:
        """Add the link."""
        token, path = TOKENS.get(self.caller or "", ""), self.path.partition("?")[0]
        self.reply(200, resource.body, **({"Link": f'<{path}?sid={token}>; rel="self"'} if token else {}))

    @property
    def sent(self) -> str:
        """The parameter of the request."""
        return self.path.partition("?sid=")[2]


class BoundToken(TokenInField):
    """Gives the same token, which is worth nothing without the certificate (RFC 8705 §3)."""

    bound = True


class Http10(Guarded):
    """Uses HTTP/1.0: connections are not kept alive."""

    protocol_version = "HTTP/1.0"
