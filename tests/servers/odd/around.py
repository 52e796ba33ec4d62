"""Guards that can be walked around, and the same servers with the guard where it belongs."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers.python.api import find
from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource

OVERRIDES = ("X-HTTP-Method-Override", "X-Method-Override")


class AnyMethod(Guarded):
    """Serves every method alike, and guards it."""

    def do_FOO(self) -> None:  # noqa: N802 (the name is the base class's)
        """Answer a method that nobody defines."""
        self.respond()

    do_get = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_FOO  # noqa: N815 (the names are the base class's)


class GuardsGetOnly(AnyMethod):
    """As Apache's `<Limit GET>`: what is not named is not guarded."""

    def respond(self) -> None:
        """Look at the method before the caller."""
        self.guards = GUARDED if self.command == "GET" else UNGUARDED
        super().respond()


class OverridesBeforeGuard(Guarded):
    """Takes the method from a header or a parameter, and guards what comes of it."""

    def do_OPTIONS(self) -> None:  # noqa: N802 (the name is the base class's)
        """Anybody may ask for the options, but only for them."""
        if self.meant != "GET":
            return self.reply(204, "", Allow="GET")
        return self.respond()

    @property
    def meant(self) -> str:
        """The method that the request overrides its own with."""
        parameter = parse_qs(urlsplit(self.path).query).get("_method", [self.command])[0]
        return next((self.headers[name] for name in OVERRIDES if name in self.headers), parameter)


class OverridesAfterGuard(OverridesBeforeGuard):
    """The guard has let OPTIONS pass before the header is looked at."""

    def do_OPTIONS(self) -> None:  # noqa: N802 (the name is the base class's)
        """Nobody asks again."""
        self.guards = UNGUARDED
        super().do_OPTIONS()
        self.guards = GUARDED


class OverridesByFormBeforeGuard(Guarded):
    """Takes the method from a form, and guards what comes of it."""

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Browsers' forms can only GET and POST."""
        form = parse_qs(content(self).decode())
        if form.get("_method") != ["GET"]:
            return super().do_POST()
        return self.respond()


class OverridesByFormAfterGuard(OverridesByFormBeforeGuard):
    """The guard leaves POST to the forms' own protection, and that is before the form is read."""

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Nobody asks again."""
        self.guards = UNGUARDED
        super().do_POST()
        self.guards = GUARDED


class ReadsContent(Guarded):
    """Takes what comes with a GET off the connection, and does nothing with it (RFC 9110 §9.3.1)."""

    def respond(self) -> None:
        """Guard whatever it was."""
        content(self)
        super().respond()


class GuardsWithoutContent(ReadsContent):
    """Who sends something sends it to the webhook, which verifies what it is sent: not every path is the webhook."""

    def respond(self) -> None:
        """Look at the content before the caller."""
        self.guards = UNGUARDED if "Content-Length" in self.headers else GUARDED
        super().respond()


class Normalises(Guarded):
    """Reads a path leniently, and guards what it has read."""

    @property
    def target(self) -> str:
        """The request target as it came; the base class has already taken double slashes away."""
        return self.requestline.split(" ")[1]

    def respond(self) -> None:
        """Answer the resource that the path means."""
        self.path = meant(self.target)
        super().respond()


class GuardsTheSpelling(Normalises):
    """The guard has a list of paths, and this one is not on it."""

    def respond(self) -> None:
        """Compare what was written."""
        listed = self.target.startswith(("/secure", "/items/"))
        self.guards = GUARDED if listed else UNGUARDED
        super().respond()


class AnswersOtherSpellings(Guarded):
    """Whatever is spelled another way has a page of its own, with status 200."""

    def missing(self) -> None:
        """A page about the resource is not the resource."""
        if "secure" in meant(self.path) or "items" in meant(self.path):
            return self.reply(200, {"page": self.path, "words": len(self.path)})
        return super().missing()


class RewritesBeforeGuard(Guarded):
    """Lets a header say which path was meant, and guards that."""

    def respond(self) -> None:
        """Answer the rewritten path."""
        self.path = self.headers.get("X-Original-URL", self.path)
        super().respond()


class RewritesAfterGuard(Guarded):
    """The guard looks at the path of the request line."""

    def granted(self, resource: Resource) -> None:
        """The caller may have what the request line says, and gets what the header says."""
        meant_path = self.headers.get("X-Original-URL")
        if meant_path is None:
            return super().granted(resource)
        other = find(meant_path, caller=self.caller)
        return super().granted(other) if other else self.missing()


def content(request: Guarded) -> bytes:
    """What comes after the header section."""
    return request.rfile.read(int(request.headers.get("Content-Length", "0")))


def meant(target: str) -> str:
    """What a lenient router makes of a target: decoded, without parameters, extension, dots and further slashes."""
    path = unquote(urlsplit(target).path if target.startswith("http") else target.partition("?")[0])
    segments = (segment.partition(";")[0] for segment in path.replace("\\", "/").split("/"))
    return "/" + posixpath.normpath("/".join(segments)).strip("/").lower().removesuffix(".json")
