"""Servers that name what they protect in the realm of a challenge and in the message beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tests.servers.python.api import find
from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource
    from tests.servers.python.tls import Handler

KEEPER = "Haddad"


class NamesRealms(Guarded):
    """Names each kind of resource in both."""

    realms: ClassVar[dict[str, str]] = {"/secure": "secure vaults", "/items/{id}": "items stored"}
    messages: ClassVar[dict[str, str]] = realms

    def granted(self, resource: Resource) -> None:
        """Name the keeper of an item."""
        keeper = {"keeper": KEEPER} if resource.template == "/items/{id}" else {}
        self.reply(200, {**resource.body, **keeper})

    def denied(self) -> None:
        """Refuse with the realm."""
        resource = find(self.path, caller=self.caller)
        template = resource.template if resource else ""
        message = f"{self.messages.get(template, 'all')} require a client certificate.".capitalize()
        realm = f'Mutual realm="{self.realms.get(template, "all")}"'
        self.reply(401, {"detail": message}, **{"WWW-Authenticate": realm})


class NamesTheKeeperInRealms(NamesRealms):
    """The realm of items has the keeper."""

    realms: ClassVar[dict[str, str]] = {**NamesRealms.realms, "/items/{id}": "items of haddad"}


class NamesTheKeeperTwice(NamesTheKeeperInRealms):
    """The message has it too."""

    messages: ClassVar[dict[str, str]] = NamesTheKeeperInRealms.realms


HANDLERS: dict[str, type[Handler]] = {
    "names-realms": NamesRealms,
    "names-the-keeper-in-realms": NamesTheKeeperInRealms,
    "names-the-keeper-twice": NamesTheKeeperTwice,
}
"""By the name of the variant."""
