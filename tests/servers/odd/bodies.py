"""Servers that accept an order (orders.yaml), and their handling of invalid bodies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.servers.odd.bypasses import content
from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"
USUAL: Mapping[str, Any] = {"item": "pencil", "count": 1}
"""The order that is used where a body has none."""


class Orders(Guarded):
    """Requires a certificate, then a valid order."""

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Accept orders at one path."""
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
        """Parse the order. Raises ``ValueError``."""
        if self.headers.get("Content-Type") != JSON:
            raise ValueError(body)
        return checked(json.loads(body))


class TakesBroken(Orders):
    """Accepts a truncated body."""

    def order(self, body: bytes) -> Mapping[str, Any]:
        """Return the usual order where the body is truncated."""
        try:
            json.loads(body)
        except ValueError:
            return USUAL if body.startswith(b"{") else super().order(body)
        return super().order(body)


class TakesAnyMedia(Orders):
    """Reads JSON whatever the media type."""

    def order(self, body: bytes) -> Mapping[str, Any]:
        """Read the body alone."""
        return checked(json.loads(body))


class TakesNothing(Orders):
    """Accepts an empty body."""

    def order(self, body: bytes) -> Mapping[str, Any]:
        """Return the usual order for an empty body."""
        return super().order(body) if body else USUAL


class TakesMore(Orders):
    """Ignores undeclared members."""

    def order(self, body: bytes) -> Mapping[str, Any]:
        """Read two members and drop the others."""
        if not body.endswith(b"}"):
            raise ValueError(body)
        order = json.loads(body)
        known = {name: order[name] for name in ("item", "count") if name in order}
        return super().order(json.dumps(known).encode())


class Crashes(Orders):
    """Fails at a body that is not JSON."""

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Answer as a framework after an uncaught exception."""
        try:
            super().do_POST()
        except BrokenBodyError:
            self.reply(500, {"error": "internal error"})

    def order(self, body: bytes) -> Mapping[str, Any]:
        """Raise an error of its own for a truncated body."""
        try:
            return super().order(body)
        except json.JSONDecodeError as error:
            if not body:
                raise
            raise BrokenBodyError from error


class BrokenBodyError(Exception):
    """A truncated body."""


def checked(order: Any) -> Mapping[str, Any]:  # noqa: ANN401 (it is JSON)
    """Return the order. Raises ``ValueError`` where it is invalid."""
    members = isinstance(order, dict) and set(order) == {"item", "count"}
    if not members or not isinstance(order["item"], str) or type(order["count"]) is not int:
        raise ValueError(order)
    return {"item": order["item"], "count": order["count"]}
