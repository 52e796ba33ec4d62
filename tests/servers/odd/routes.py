"""Servers behind a gateway that writes the name of the route into every answer, refusals too."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.servers.python.serve import ITEMS_UNGUARDED, Guarded


class NamesItsRoutes(Guarded):
    """Has the name in a header field and in a member of the body."""

    def reply(self, status: int, body: object, **headers: str) -> None:
        """Add the name."""
        folder = self.path.split("?", 1)[0].split("/")[1] if status != 404 else "none"
        route = hashlib.sha256(folder.encode()).hexdigest()[:8]
        named: dict[str, Any] = {**body, "meta": {"route": f"rt-{route}"}} if isinstance(body, dict) else {}
        super().reply(status, named or body, X_Upstream=f"pod-{route[::-1]}", **headers)


class NamesItsRoutesUnguarded(NamesItsRoutes):
    """The same, without a guard for `/items`."""

    guards = ITEMS_UNGUARDED
