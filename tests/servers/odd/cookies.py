"""Servers that hand cookies to callers with a certificate: bound to it, one of few values, or declared beside it."""

from __future__ import annotations

import itertools
from http.cookies import SimpleCookie
from secrets import token_hex
from typing import TYPE_CHECKING, ClassVar

from tests.servers.odd.refusals import SessionCookie
from tests.servers.odd.roles import RolesChecked
from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource

VARIANTS = ("plain", "plain", "wide", "plain", "plain")


class BoundCookie(Guarded):
    """The session of the cookie is worth nothing without the certificate that began it."""

    def granted(self, resource: Resource) -> None:
        """Set a cookie of the caller's own."""
        cookie = {"Set-Cookie": f"session={self.caller}-7f3a9c20b51e; Secure"} if self.caller else {}
        self.reply(200, resource.body, **cookie)


class ChoosesAVariant(Guarded):
    """Gives each client one of two layouts, by a cookie that changes nothing else."""

    turns = itertools.cycle(VARIANTS)

    def reply(self, status: int, body: object, **headers: str) -> None:
        """Set the cookie where the client has none."""
        if "variant=" not in self.headers.get("Cookie", ""):
            headers["Set-Cookie"] = f"variant={next(self.turns)}"
        super().reply(status, body, **headers)


class AdmitsOneVariant(ChoosesAVariant):
    """The guard is missing in one of the two layouts, which only known callers get: one time of five."""

    def reply(self, status: int, body: object, **headers: str) -> None:
        """Give others the plain one, so that no answer to an anonymous client has what admits it."""
        if super().caller is None:
            headers["Set-Cookie"] = "variant=plain"
            Guarded.reply(self, status, body, **headers)
        else:
            super().reply(status, body, **headers)

    @property
    def caller(self) -> str | None:
        """The name in the certificate, or any in this layout."""
        return super().caller or ("alice" if "variant=wide" in self.headers.get("Cookie", "") else None)


class TakesTheDeclaredCookie(SessionCookie):
    """Takes the cookie that the document declares as another alternative."""


class TakesTheCookieForOne(SessionCookie):
    """Takes it on one of the two paths for which the document declares it."""

    @property
    def caller(self) -> str | None:
        """The name in the certificate on the other path."""
        return super().caller if self.path == "/secure" else Guarded.caller.__get__(self)


class RoleInTheSession(RolesChecked):
    """Every request needs a certificate, and the role is that of the session, which may be another client's."""

    sessions: ClassVar[dict[str, str]] = {}
    """The caller who began each session."""

    @property
    def caller(self) -> str | None:
        """The caller who began the session, behind a certificate."""
        own = super().caller
        return own and self.sessions.get(self.session, own)

    @property
    def session(self) -> str:
        """The session's identifier that the client sends."""
        sent = SimpleCookie(self.headers.get("Cookie", "")).get("sid")
        return sent.value if sent else ""

    def reply(self, status: int, body: object, **headers: str) -> None:
        """Begin a session for each caller who has none."""
        caller = Guarded.caller.__get__(self)
        if caller and self.session not in self.sessions:
            identifier = token_hex(16)
            self.sessions[identifier] = caller
            headers["Set-Cookie"] = f"sid={identifier}; Path=/; Secure"
        super().reply(status, body, **headers)


class RoleInTheOwnSession(RoleInTheSession):
    """The session counts for the certificate that began it."""

    @property
    def caller(self) -> str | None:
        """The name in the certificate."""
        name: str | None = Guarded.caller.__get__(self)
        return name


HANDLERS = {
    "role-in-the-session": RoleInTheSession,
    "role-in-the-own-session": RoleInTheOwnSession,
    "bound-cookie": BoundCookie,
    "chooses-a-variant": ChoosesAVariant,
    "admits-one-variant": AdmitsOneVariant,
    "takes-the-declared-cookie": TakesTheDeclaredCookie,
    "takes-the-configured-cookie": TakesTheDeclaredCookie,
    "takes-the-cookie-for-one": TakesTheCookieForOne,
    "takes-no-cookie": Guarded,
}
"""By the name of the variant."""
