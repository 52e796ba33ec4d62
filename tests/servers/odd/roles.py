"""Servers that know or do not know what their callers may do: `/items` is for bob, an administrator (roles.yaml)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.python.serve import KNOWN, Guarded, Guards

if TYPE_CHECKING:
    from tests.servers.python.api import Resource

ITEMS_FOR_ADMINISTRATORS: Guards = {"/secure": KNOWN, "/items/{id}": frozenset({"bob"})}
ITEMS_FOR_NOBODY: Guards = {"/secure": KNOWN, "/items/{id}": frozenset()}


class RolesIgnored(Guarded):
    """Whoever is known may do everything."""


class RolesChecked(Guarded):
    """A reader gets 403 where a stranger gets 401."""

    guards = ITEMS_FOR_ADMINISTRATORS

    def denied(self) -> None:
        """Tell those who are known that it is not for them."""
        status = 403 if self.caller else 401
        self.reply(status, {"error": "not for you"})


class RolesTooStrict(RolesChecked):
    """Nobody is an administrator: the server looks for another spelling of the role."""

    guards = ITEMS_FOR_NOBODY


class RolesDeniedWith200(RolesChecked):
    """A reader is told with status 200 that it is not for readers."""

    def denied(self) -> None:
        """An error in a success."""
        if not self.caller:
            return super().denied()
        return self.reply(200, {"error": "forbidden", "code": 403})


class RolesFilter(Guarded):
    """A reader gets less: whether that is refused, only people can tell."""

    def granted(self, resource: Resource) -> None:
        """Leave out what an administrator sees."""
        if resource.template == "/items/{id}" and self.caller != "bob":
            return self.reply(200, {"count": 1})
        return super().granted(resource)
