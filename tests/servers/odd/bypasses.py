"""Guards that can be bypassed, and the same servers with a correct guard."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, ClassVar
from unicodedata import normalize
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers.python.api import find
from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource

PARAMETERS = re.compile(r";[^/?]*")
BELOW = re.compile(r"(/items/[0-9]+)/[^?]+")
OVERRIDES = ("X-HTTP-Method-Override", "X-Method-Override")


class AnyMethod(Guarded):
    """Serves every method alike, and guards it."""

    def do_FOO(self) -> None:  # noqa: N802 (the name is the base class's)
        """Answer an undefined method."""
        self.respond()

    do_get = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_FOO  # noqa: N815 (the names are the base class's)


class GuardsGetOnly(AnyMethod):
    """Guards GET only, as Apache's `<Limit GET>`."""

    def respond(self) -> None:
        """Select the guard by the method."""
        self.guards = GUARDED if self.command == "GET" else UNGUARDED
        super().respond()


class GuardsAllButHead(Guarded):
    """Takes HEAD for the load balancer's question whether the path is there."""

    def do_HEAD(self) -> None:  # noqa: N802 (the name is the base class's)
        """Continue without the guard."""
        self.guards = UNGUARDED
        super().do_HEAD()
        self.guards = GUARDED


class AnswersHeadItself(Guarded):
    """Has a router that answers HEAD for each route with an empty success, without guard and handler."""

    def do_HEAD(self) -> None:  # noqa: N802 (the name is the base class's)
        """Answer 200 for a route."""
        if find(self.path, caller=self.caller) is None:
            return self.missing()
        return self.reply(200, "")


class OverridesBeforeGuard(Guarded):
    """Takes the method from a header or a parameter, then guards it."""

    def do_OPTIONS(self) -> None:  # noqa: N802 (the name is the base class's)
        """Answer OPTIONS to all callers, unless the method is overridden."""
        if self.meant != "GET":
            return self.reply(204, "", Allow="GET")
        return self.respond()

    @property
    def meant(self) -> str:
        """The method that overrides the method of the request line."""
        parameter = parse_qs(urlsplit(self.path).query).get("_method", [self.command])[0]
        return next((self.headers[name] for name in OVERRIDES if name in self.headers), parameter)


class OverridesAfterGuard(OverridesBeforeGuard):
    """Lets OPTIONS pass the guard, then reads the header."""

    def do_OPTIONS(self) -> None:  # noqa: N802 (the name is the base class's)
        """Continue without the guard."""
        self.guards = UNGUARDED
        super().do_OPTIONS()
        self.guards = GUARDED


class OverridesByFormBeforeGuard(Guarded):
    """Takes the method from a form, then guards it."""

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Read the form: browsers' forms support only GET and POST."""
        form = parse_qs(content(self).decode())
        if form.get("_method") != ["GET"]:
            return super().do_POST()
        return self.respond()


class OverridesByFormAfterGuard(OverridesByFormBeforeGuard):
    """Lets POST pass the guard, then reads the form."""

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Continue without the guard."""
        self.guards = UNGUARDED
        super().do_POST()
        self.guards = GUARDED


class ReadsContent(Guarded):
    """Reads the content of a GET and ignores it (RFC 9110 §9.3.1)."""

    def respond(self) -> None:
        """Read the content, then guard."""
        content(self)
        super().respond()


class GuardsWithoutContent(ReadsContent):
    """Takes a request with content for a call of the webhook, which verifies its content."""

    def respond(self) -> None:
        """Select the guard by the content."""
        self.guards = UNGUARDED if "Content-Length" in self.headers else GUARDED
        super().respond()


class Normalises(Guarded):
    """Normalises the path, then guards it."""

    @property
    def target(self) -> str:
        """The request target as received; the base class removes double slashes."""
        return self.requestline.split(" ")[1]

    def respond(self) -> None:
        """Answer the resource of the normalised path."""
        self.path = meant(self.target)
        super().respond()


class GuardsTheSpelling(Normalises):
    """Guards a list of paths as they are written."""

    def respond(self) -> None:
        """Compare the path as written."""
        listed = self.target.startswith(("/secure", "/items/"))
        self.guards = GUARDED if listed else UNGUARDED
        super().respond()


class FoldsUnicode(Normalises):
    """Folds the path to NFKC (UAX #15), then guards it."""

    def respond(self) -> None:
        """Answer the resource of the folded path."""
        self.path = normalize("NFKC", unquote(self.target))
        self.guard()

    def guard(self) -> None:
        """Guard what is served."""
        Guarded.respond(self)


class FoldsUnicodeAfterGuard(FoldsUnicode):
    """Guards a list of paths as they are before they are folded."""

    def guard(self) -> None:
        """Compare the path as sent, decoded."""
        listed = unquote(self.target).startswith(("/secure", "/items/"))
        self.guards = GUARDED if listed else UNGUARDED
        super().guard()


class AnswersOtherSpellings(Guarded):
    """Answers every other spelling of a path with a page and status 200."""

    def missing(self) -> None:
        """Return a page about the path, not the resource."""
        if "secure" in meant(self.path) or "items" in meant(self.path):
            return self.reply(200, {"page": self.path, "words": len(self.path)})
        return super().missing()


class ServesBelow(Guarded):
    """Routes every path below an item to the item, and guards the route."""

    exempt: ClassVar[tuple[str, ...]] = ("/health",)
    """Open paths, compared as a whole."""

    def respond(self) -> None:
        """Cut off what is below."""
        below = BELOW.match(self.path)
        if self.is_exempt(self.path.partition("?")[0]):
            self.guards = UNGUARDED
        if below:
            self.path = below[1]
        super().respond()

    def is_exempt(self, path: str) -> bool:
        """Return whether the guard lets a path pass."""
        return path in self.exempt


class ExemptsEndings(ServesBelow):
    """Exempts every path that ends like the health check."""

    def is_exempt(self, path: str) -> bool:
        """Compare the end alone."""
        return path.endswith(self.exempt)


class ComparesAMark(Guarded):
    """Admits internal callers by a secret, which has the place of a flag."""

    mark = "9c1f7e2a40d85b63"

    def respond(self) -> None:
        """Let the mark pass the guard."""
        if self.headers.get("X-Internal") == self.mark:
            self.guards = UNGUARDED
        super().respond()


class DropsParameters(Guarded):
    """Drops the matrix parameters of each segment, then guards the path."""

    def respond(self) -> None:
        """Answer the path without them."""
        self.path = PARAMETERS.sub("", self.path)
        super().respond()


class GuardsWithParameters(DropsParameters):
    """Guards what begins like a guarded path, matrix parameters included."""

    def respond(self) -> None:
        """Compare the path as written."""
        self.guards = GUARDED if self.path.startswith(("/secure", "/items/")) else UNGUARDED
        super().respond()


class DropsExtensions(Guarded):
    """Drops the extension of a static file, then guards the path."""

    def respond(self) -> None:
        """Answer the path without it."""
        self.path = self.path.removesuffix(".css")
        super().respond()


class ExemptsAssets(DropsExtensions):
    """Exempts the extensions of static files."""

    def respond(self) -> None:
        """Compare the path as written."""
        self.guards = UNGUARDED if self.path.endswith(".css") else GUARDED
        super().respond()


class DropsFonts(Guarded):
    """Drops the extension of a font, then guards the path."""

    def respond(self) -> None:
        """Answer the path without it."""
        self.path = self.path.removesuffix(".woff2")
        super().respond()


class ExemptsFonts(DropsFonts):
    """Exempts fonts, which pages of other origins load."""

    def respond(self) -> None:
        """Compare the path as written."""
        self.guards = UNGUARDED if self.path.endswith(".woff2") else GUARDED
        super().respond()


class ExemptsPlainHops(Guarded):
    """Exempts requests that came over plain HTTP, as the health checks of an old load balancer do."""

    def respond(self) -> None:
        """Believe the field."""
        self.guards = UNGUARDED if self.headers.get("X-Forwarded-Proto") == "http" else GUARDED
        super().respond()


class TakesAFlag(ComparesAMark):
    """Admits every caller that calls itself internal."""

    mark = "1"


class TakesAnotherFlag(ComparesAMark):
    """The same in another word."""

    mark = "yes"


class RewritesBeforeGuard(Guarded):
    """Takes the path from a header, then guards it."""

    def respond(self) -> None:
        """Answer the rewritten path."""
        self.path = self.headers.get("X-Original-URL", self.path)
        super().respond()


class RewritesAfterGuard(Guarded):
    """Guards the path of the request line, then takes the path from a header."""

    def granted(self, resource: Resource) -> None:
        """Answer the path of the header to a caller that the guard has admitted."""
        meant_path = self.headers.get("X-Original-URL")
        if meant_path is None:
            return super().granted(resource)
        other = find(meant_path, caller=self.caller)
        return super().granted(other) if other else self.missing()


def content(request: Guarded) -> bytes:
    """Read the content of a request."""
    return request.rfile.read(int(request.headers.get("Content-Length", "0")))


def meant(target: str) -> str:
    """Normalise a target as a lenient router: decode, drop parameters, extension, dots and further slashes."""
    path = unquote(urlsplit(target).path if target.startswith("http") else target.partition("?")[0])
    segments = (segment.partition(";")[0] for segment in path.replace("\\", "/").split("/"))
    return "/" + posixpath.normpath("/".join(segments)).strip("/").lower().removesuffix(".json")
