"""Servers that check roles or not: `/items` is for bob, an administrator (roles.yaml)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.python.serve import KNOWN, Guarded, Guards

if TYPE_CHECKING:
    from tests.servers.python.api import Resource

ITEMS_FOR_ADMINISTRATORS: Guards = {"/secure": KNOWN, "/items/{id}": frozenset({"bob"})}
ITEMS_FOR_NO_CALLER: Guards = {"/secure": KNOWN, "/items/{id}": frozenset()}


class RolesIgnored(Guarded):
    """Admits every known caller."""


class RolesChecked(Guarded):
    """Answers 403 to a reader and 401 to an anonymous client."""

    guards = ITEMS_FOR_ADMINISTRATORS

    def denied(self) -> None:
        """Answer 403 to known callers."""
        status = 403 if self.caller else 401
        self.reply(status, {"error": "not for you"})


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
