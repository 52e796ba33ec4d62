"""Servers that check roles or not: `/items` is for bob, an administrator (roles.yaml)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.python.serve import KNOWN, Guarded, Guards

if TYPE_CHECKING:
    from tests.servers.python.api import Resource

ITEMS_FOR_ADMINISTRATORS: Guards = {"/secure": KNOWN, "/items/{id}": frozenset({"bob"})}
ITEMS_FOR_NO_CALLER: Guards = {"/secure": KNOWN, "/items/{id}": frozenset()}

OWNERS = ("Carvalho", "Bergqvist", "Nyman", "Mendes", "Haddad")


class RolesIgnored(Guarded):
    """Admits every known caller."""


class RolesChecked(Guarded):
    """Answers 403 to a reader and 401 to an anonymous client."""

    guards = ITEMS_FOR_ADMINISTRATORS

    def denied(self) -> None:
        """Answer 403 to known callers."""
        status = 403 if self.caller else 401
        self.reply(status, {"error": "not for you"})


class RolesWithPages(RolesChecked):
    """Refuses with a link to a page for each status (RFC 9457 §3.1.1), and each operation has a status of its own."""

    def denied(self) -> None:
        """Answer 403 to known callers."""
        status, page = (403, self.forbidden) if self.caller else (401, "unauthorized-response")
        url = f"https://docs.example.org/errors#{page}"
        self.reply(status, {"title": "not for you", "status": status, "type": url})

    @property
    def forbidden(self) -> str:
        """The page about 403."""
        return "forbidden-response"

    def granted(self, resource: Resource) -> None:
        """Answer an item with its owner."""
        owner = {"owner": self.owner} if resource.template == "/items/{id}" else {}
        self.reply(200, {**resource.body, **owner})

    @property
    def owner(self) -> str:
        """The owner of the item at the path."""
        return OWNERS[sum(map(ord, self.path)) % len(OWNERS)]


class RolesWithDataInPages(RolesWithPages):
    """Names the owner in the place of the page."""

    @property
    def forbidden(self) -> str:
        """A page for each owner."""
        return f"forbidden-{self.owner.lower()}"


class RolesTooStrict(RolesChecked):
    """Compares with a misspelled role: no caller has it."""

    guards = ITEMS_FOR_NO_CALLER


class RolesDeniedWith200(RolesChecked):
    """Denies a reader with status 200."""

    def denied(self) -> None:
        """Return an error with a success status."""
        if not self.caller:
            return super().denied()
        return self.reply(200, {"error": "forbidden", "code": 403})


class RolesFilter(Guarded):
    """Returns less data to a reader; whether that is a refusal is undecidable."""

    def granted(self, resource: Resource) -> None:
        """Omit the data of administrators."""
        if resource.template == "/items/{id}" and self.caller != "bob":
            return self.reply(200, {"count": 1})
        return super().granted(resource)
