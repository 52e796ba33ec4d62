"""Servers that stop answering the run: all of it, callers without a certificate, or what exceeds a rate.

They recognise the run by its header field, so that the plain client of the tests is answered before and after it.
"""

from __future__ import annotations

import itertools
import threading
import time

from msgspec import Struct, field

from tests.servers.odd.bypasses import AnyMethod, GuardsGetOnly

RUN = "X-Specdrift-Run"
ANSWERED = 40
"""Requests that are answered before trouble begins."""
PER_SECOND, BURST = 40.0, 60.0


class Bucket(Struct):
    """Tokens for requests, as of nginx's `limit_req`."""

    tokens: float = BURST
    at: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        """Take a token; return whether there was one."""
        with self.lock:
            now = time.monotonic()
            self.tokens, self.at = min(BURST, self.tokens + (now - self.at) * PER_SECOND), now
            if self.tokens < 1:
                return False
            self.tokens -= 1
            return True


class Limited(AnyMethod):
    """Answers 503 to what exceeds a rate; every method is served and guarded."""

    bucket = Bucket()

    def respond(self) -> None:
        """Answer as long as there are tokens."""
        if self.headers[RUN] and not self.bucket.take():
            return self.reply(503, {"error": "busy"})
        return super().respond()


class LimitedGuardsGetOnly(Limited, GuardsGetOnly):
    """The same limit before a guard of GET only."""


class Breaks(GuardsGetOnly):
    """Answers 503 to every caller after some requests."""

    status = 503
    requests = itertools.count(1)

    def respond(self) -> None:
        """Answer the first requests of the run."""
        if self.headers[RUN] and next(self.requests) > ANSWERED and self.fails():
            return self.reply(self.status, {"error": "down"})
        return super().respond()

    def fails(self) -> bool:
        """Whether the trouble concerns this caller."""
        return True


class BreaksWithoutCertificate(Breaks):
    """Answers 500 to callers without a certificate after some requests."""

    status = 500

    def fails(self) -> bool:
        """Whether there is no certificate to look up."""
        return self.caller is None


class Bans(Breaks):
    """Refuses every caller after some requests, as a firewall does that bans an address."""

    status = 403


class BansWithoutCertificate(BreaksWithoutCertificate):
    """Refuses callers without a certificate with another status after some requests."""

    status = 403


class RefusesInTurn(AnyMethod):
    """Refuses with 401 and 403 in turn, as two servers behind a balancer do; correct otherwise."""

    refusals = itertools.count()

    def respond(self) -> None:
        """Refuse callers without a certificate."""
        if self.caller is None and self.path not in {"/public", "/optional"}:
            return self.reply(
                403 if next(self.refusals) % 2 else 401, {"error": "client certificate required"}
            )
        return super().respond()


class UnavailableToOddMethods(AnyMethod):
    """Answers 503 to unknown methods from the start, as some proxies do; correct otherwise."""

    def respond(self) -> None:
        """Answer the methods that the proxy passes on."""
        if self.command not in {"GET", "HEAD", "OPTIONS"}:
            return self.reply(503, {"error": "no back end for this method"})
        return super().respond()
