"""An API whose items belong to the caller, and whose parts belong to an item."""

from __future__ import annotations

from secrets import token_hex
from typing import ClassVar
from uuid import NAMESPACE_DNS, uuid5

from tests.servers.python.tls import Handler

OWNED = 3
"""Items of each owner."""


def identifier(owner: str, number: int) -> str:
    """Return the id of an item."""
    return str(uuid5(NAMESPACE_DNS, f"{owner} {number}"))


class OwnedApi(Handler):
    """GET /items lists the caller's own items. All other callers get 404 for them, and 403 without a certificate."""

    open_items = False
    """A fault: an item needs no certificate."""
    lists_items = True
    store = ""
    """Where items are: the API redirects there, with a signature that is new each time."""
    requested: ClassVar[list[str]] = []
    """Caller, method and target of each request, for tests in the same process."""

    def respond(self) -> None:
        """Answer GET or HEAD."""
        self._note()
        parts = self.path.partition("?")[0].strip("/").split("/")
        is_open = self.open_items and len(parts) == 2
        if not self.caller and not is_open:
            return self.reply(403, {"error": "no client certificate"})
        owners = [self.caller] if self.caller else ["alice", "bob"]
        own = {identifier(owner, number): owner for owner in owners for number in range(OWNED)}
        match parts:
            case ["items"]:
                return self.reply(
                    200, {"items": [_summary(one, own[one]) for one in own if self.lists_items]}
                )
            case ["items", item] if item in own:
                return self._item(item, own[item])
            case ["items", item, "parts"] if item in own:
                return self.reply(200, [{"part": f"{item[:8]}-{n}", "weight": 90210 + n} for n in range(2)])
            case ["items", item, "parts", part] if item in own and part.startswith(item[:8]):
                return self.reply(200, {"part": part, "weight": 90210})
        return self.reply(404, {"error": "not found"})

    def _item(self, item: str, owner: str) -> None:
        if self.store:
            place = f"{self.store}/{item}.pdf?signature={token_hex(16)}"
            return self.reply(302, {}, Location=place)
        return self.reply(200, {"id": item, "price": 4711, "shelf": f"shelf of {owner}"})

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Refuse; a test looks at what was requested."""
        self._note()
        self.reply(404 if self.caller else 403, {"error": "nothing is changed here"})

    do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 (the names are the base class's)

    def _note(self) -> None:
        self.requested.append(f"{self.caller or '-'} {self.command} {self.path}")


def _summary(item: str, owner: str) -> dict[str, str]:
    return {"title": f"an item of {owner}", "id": item}
