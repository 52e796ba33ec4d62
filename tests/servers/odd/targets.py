"""Servers that read a request's path from more than its target, and their correct twins."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded

AUTHORITY = re.compile(r"[\w.-]+(:[0-9]+)?", re.ASCII)
GUARDED_PATHS = ("/secure", "/items/")


class GuardsTheJoinedUrl(Guarded):
    """Joins scheme, Host and target to a URL, and guards by its path (CVE-2026-48710); routes by the target."""

    def respond(self) -> None:
        """Select the guard by the path of the joined URL."""
        path = urlsplit(f"https://{self.headers.get('Host', '')}{self.path}").path
        self.guards = GUARDED if path.startswith(GUARDED_PATHS) else UNGUARDED
        super().respond()


class ChecksHostBeforeJoining(GuardsTheJoinedUrl):
    """Joins the URL only with a Host that is an authority."""

    def respond(self) -> None:
        """Answer 400 for any other Host."""
        if not AUTHORITY.fullmatch(self.headers.get("Host", "localhost")):
            return self.reply(400, {"error": "bad request"})
        return super().respond()


class RoutesRelativeTargets(Guarded):
    """Adds a missing slash to the target after the guard has compared it (CVE-2026-33186)."""

    def respond(self) -> None:
        """Select the guard by the target as sent."""
        self.guards = GUARDED if self.path.startswith(GUARDED_PATHS) else UNGUARDED
        self.path = "/" + self.path.removeprefix("/")
        super().respond()


class RefusesRelativeTargets(RoutesRelativeTargets):
    """Answers 400 for a target without a leading slash."""

    def respond(self) -> None:
        """Check the form of the target first."""
        if not self.path.startswith("/"):
            return self.reply(400, {"error": "bad request"})
        return super().respond()


class CutsTheOpenPathOff(Guarded):
    """Exempts all below an open path, and cuts that path off before it routes."""

    def respond(self) -> None:
        """Select the guard by the path as sent."""
        below = self.path.startswith("/public/")
        self.guards = UNGUARDED if below else GUARDED
        self.path = self.path.removeprefix("/public") if below else self.path
        super().respond()


class CutsBeforeTheGuard(CutsTheOpenPathOff):
    """Cuts it off, and guards what is left."""

    def respond(self) -> None:
        """Select no guard."""
        if self.path.startswith("/public/"):
            self.path = self.path.removeprefix("/public")
        Guarded.respond(self)


HANDLERS: dict[str, type[Guarded]] = {
    "guards-the-joined-url": GuardsTheJoinedUrl,
    "checks-host-before-joining": ChecksHostBeforeJoining,
    "routes-relative-targets": RoutesRelativeTargets,
    "refuses-relative-targets": RefusesRelativeTargets,
    "cuts-the-open-path-off": CutsTheOpenPathOff,
    "cuts-before-the-guard": CutsBeforeTheGuard,
}
