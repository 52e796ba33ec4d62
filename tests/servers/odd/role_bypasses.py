"""Role guards that can be bypassed, and the same servers with the guard where it belongs: `/items` is for bob."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.odd.bypasses import AnyMethod, Normalises
from tests.servers.odd.roles import ITEMS_FOR_ADMINISTRATORS, RolesChecked
from tests.servers.python.serve import GUARDED, Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource
    from tests.servers.python.serve import Guards


class RoleAside(Guarded):
    """Checks the certificate always, and the role unless `aside` holds."""

    @property
    def aside(self) -> bool:
        """Whether the guard of roles does not look at this request."""
        return False

    @property
    def guards(self) -> Guards:  # type: ignore[override]
        """The guards that look at this request."""
        return GUARDED if self.aside else ITEMS_FOR_ADMINISTRATORS

    def denied(self) -> None:
        """403 for a known caller, 401 for an anonymous one."""
        return RolesChecked.denied(self)  # type: ignore[arg-type]


class RoleByTheSpelling(RoleAside, Normalises):
    """The policy of roles compares the raw path, as Envoy's RBAC does without path normalization."""

    @property
    def aside(self) -> bool:
        """A spelling that is not on the list."""
        return not self.target.startswith("/items/")


class RoleOnTheRoute(RoleAside, Normalises):
    """The policy of roles compares the path that is served."""


class RoleOfGet(RoleAside, AnyMethod):
    """The policy of roles names GET."""

    @property
    def aside(self) -> bool:
        """Another method."""
        return self.command != "GET"


class RoleOfAnyMethod(RoleAside, AnyMethod):
    """The policy of roles names no method."""


class RoleOfTheHost(RoleAside):
    """The policy of roles knows one host, and every other one is served the same."""

    @property
    def aside(self) -> bool:
        """Another host."""
        return not self.headers.get("Host", "").startswith("127.0.0.1:")


class RoleOfAnyHost(RoleAside):
    """The policy of roles applies to every host."""


class RoleOutside(RoleAside):
    """The policy of roles is for callers outside the network, and a header says where they are."""

    @property
    def aside(self) -> bool:
        """A caller on the same machine, by its own account."""
        return self.headers.get("X-Forwarded-For") == "127.0.0.1"


class RoleAnywhere(RoleAside):
    """The policy of roles does not read X-Forwarded-For."""


class RoleOfLast(RoleAside):
    """The role is that of the last certificate in the message of the client, which anybody can append."""

    @property
    def caller(self) -> str | None:
        """The common name of the last certificate, if the first one is verified."""
        if super().caller is None:
            return None
        # OpenSSL lists the others alone on the server's side (SSL_get_peer_cert_chain).
        sent: Any = self.connection._sslobj  # type: ignore[attr-defined]
        chain = sent.get_unverified_chain() or ()
        last: Any = chain[-1].get_info() if chain else self.connection.getpeercert()
        return next(str(value) for rdn in last["subject"] for key, value in rdn if key == "commonName")


class RoleOfFirst(RoleAside):
    """The role is that of the first certificate, whose key the client holds."""


class RoleInQuery(RoleAside):
    """The role is that of the certificate, or the one that a parameter names."""

    @property
    def aside(self) -> bool:
        """The caller says that it is an administrator."""
        return parse_qs(urlsplit(self.path).query).get("role") == ["admin"]


class RoleNotInQuery(RoleAside):
    """The role is that of the certificate, and parameters are ignored."""


class RoleOfAnyDay(RoleAside):
    """The policy of roles does not read the day, and the handler takes no other text for one."""

    @property
    def day(self) -> str:
        """The day that is asked for, else the last one."""
        return parse_qs(urlsplit(self.path).query, keep_blank_values=True).get("at", ["9999-12-31"])[0]

    def granted(self, resource: Resource) -> None:
        """Read the day."""
        try:
            date.fromisoformat(self.day)
        except ValueError:
            return self.reply(400, {"error": "at is no day"})
        return super().granted(resource)


class RoleOfRecentDays(RoleOfAnyDay):
    """Old days are public, says a rule of the archive, and it applies to the state of every item."""

    @property
    def aside(self) -> bool:
        """A day before the archive's."""
        return self.day < "2020"


class RoleOfWholeItems(RoleAside):
    """The policy of roles is for whole items, and parts of them are for everybody."""

    @property
    def aside(self) -> bool:
        """The caller selects parts."""
        return "fields" in parse_qs(urlsplit(self.path).query)


class RoleOfParts(RoleAside):
    """The policy of roles is for parts of items too."""
