"""Servers that redirect before they look at the role, to another spelling or to a place that begins a session; and
servers that give unknown names a role.
"""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, ClassVar

from tests.servers.odd.redirects import AddsSlash
from tests.servers.odd.roles import ITEMS_FOR_ADMINISTRATORS, RolesOfWholeNames, RolesWithoutDigits
from tests.servers.python.api import find

if TYPE_CHECKING:
    from tests.servers.python.tls import Handler

START = "/start"


class RolesBehindSlash(AddsSlash, RolesOfWholeNames):
    """Redirects every client to the path with a slash, and compares the whole name there."""

    def with_slash(self, path: str) -> None:
        """Answer as the guard of roles decides."""
        resource = find(path, caller=self.caller)
        if resource is None:
            return self.missing()
        known = ITEMS_FOR_ADMINISTRATORS.get(resource.template)
        refused = known is not None and self.caller not in known
        return self.denied() if refused else self.granted(resource)


class RolesBehindSlashWithoutDigits(RolesWithoutDigits, RolesBehindSlash):
    """Drops the number of an instance there."""


class StartsSessions(RolesOfWholeNames):
    """Redirects each client without a session to a place that begins one for known names, and back."""

    sessions: ClassVar[dict[str, str]] = {}

    @property
    def caller(self) -> str | None:
        """The name in the session of a cookie."""
        field = self.headers.get("Cookie", "")
        return self.sessions.get(field.partition("session=")[2].partition(";")[0])

    @property
    def shown(self) -> str | None:
        """The name in the certificate."""
        return RolesOfWholeNames.caller.fget(self)  # type: ignore[attr-defined, no-any-return]

    def respond(self) -> None:
        """Begin a session, or answer."""
        path, _, target = self.path.partition("?to=")
        if path != START:
            return super().respond()
        name = self.shown
        if name not in ("alice", "bob"):
            return self.reply(403, {"error": "not for you"})
        session = token_hex(16)
        self.sessions[session] = name
        return self.reply(302, {}, Location=target, **{"Set-Cookie": f"session={session}; Path=/; Secure"})

    def denied(self) -> None:
        """Answer 403 to known callers."""
        if self.caller:
            return self.reply(403, {"error": "not for you"})
        return self.reply(302, {}, Location=f"{START}?to={self.path}")


class StartsWithoutDigits(StartsSessions):
    """Drops the number of an instance at the end of a name before it begins a session."""

    @property
    def shown(self) -> str | None:
        """The name in the certificate without it."""
        name = super().shown
        return name.rstrip("0123456789") if name else name


class UnknownAreReaders(RolesOfWholeNames):
    """Gives each name of the CA that it does not know the role of a reader."""

    default = "alice"

    @property
    def caller(self) -> str | None:
        """A known name, or the one with the role that unknown names have."""
        name = super().caller
        return name if name in (None, "alice", "bob") else self.default


class UnknownAreChiefs(UnknownAreReaders):
    """Gives it both roles."""

    default = "bob"


HANDLERS: dict[str, type[Handler]] = {
    "roles-of-unknown-readers": UnknownAreReaders,
    "roles-of-unknown-chiefs": UnknownAreChiefs,
    "roles-behind-slash": RolesBehindSlash,
    "roles-behind-slash-without-digits": RolesBehindSlashWithoutDigits,
    "roles-behind-start": StartsSessions,
    "roles-behind-start-without-digits": StartsWithoutDigits,
}
"""By the name of the variant."""
