"""Servers that take an order (orders.yaml), and what they make of a body that is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.servers.odd.around import content
from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"
USUAL: Mapping[str, Any] = {"item": "pencil", "count": 1}
"""What is ordered where nobody says what."""


class Orders(Guarded):
    """Asks for a certificate, and then for an order that is one."""

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """One path has orders."""
        body = content(self)
        if self.path != "/orders":
            return super().do_POST()
        if not self.caller:
            return self.denied()
        try:
            order = self.order(body)
        except ValueError:
            return self.reply(400, {"error": "this is no order"})
        return self.reply(201, {"number": 7, **order})

    def order(self, body: bytes) -> Mapping[str, Any]:
        """What is ordered. Raises ``ValueError``."""
        if self.headers.get("Content-Type") != JSON:
            raise ValueError(body)
        return checked(json.loads(body))


class TakesBroken(Orders):
    """Is content with the beginning of a body."""

    def order(self, body: bytes) -> Mapping[str, Any]:
        """The usual order where the rest is missing."""
        try:
            json.loads(body)
        except ValueError:
            return USUAL if body.startswith(b"{") else super().order(body)
        return super().order(body)


class TakesAnyMedia(Orders):
    """Reads JSON, whatever it is said to be."""

    def order(self, body: bytes) -> Mapping[str, Any]:
        """Look at the body alone."""
        return checked(json.loads(body))


class TakesNothing(Orders):
    """Sends something to whoever sends nothing."""

    def order(self, body: bytes) -> Mapping[str, Any]:
        """The usual order where there is none."""
        return super().order(body) if body else USUAL


class TakesMore(Orders):
    """Reads what it knows, and leaves the rest."""

    def order(self, body: bytes) -> Mapping[str, Any]:
        """Look at two members of however many."""
        if not body.endswith(b"}"):
            raise ValueError(body)
        order = json.loads(body)
        known = {name: order[name] for name in ("item", "count") if name in order}
        return super().order(json.dumps(known).encode())


class Crashes(Orders):
    """Expects JSON to be JSON."""

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """What a framework makes of an exception that nobody caught."""
        try:
            super().do_POST()
        except BrokenBodyError:
            self.reply(500, {"error": "internal error"})

    def order(self, body: bytes) -> Mapping[str, Any]:
        """Fail at what breaks off."""
        try:
            return super().order(body)
        except json.JSONDecodeError as error:
            if not body:
                raise
            raise BrokenBodyError from error


class BrokenBodyError(Exception):
    """A body that nobody expected."""


def checked(order: Any) -> Mapping[str, Any]:  # noqa: ANN401 (it is JSON)
    """The order, if it is one."""
    members = isinstance(order, dict) and set(order) == {"item", "count"}
    if not members or not isinstance(order["item"], str) or type(order["count"]) is not int:
        raise ValueError(order)
    return {"item": order["item"], "count": order["count"]}
