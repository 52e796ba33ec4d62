"""A small API whose objects have owners, and ids that nobody guesses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_DNS, uuid5

from tests.loader.documents import written
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from pathlib import Path


def identifier(of: str) -> str:
    """The id of a thing."""
    return str(uuid5(NAMESPACE_DNS, of))


class OwnedApi(Handler):
    """GET /items lists the caller's own items; nobody else may read them, and 404 is the answer to others."""

    guards_items = True
    lists_items = True
    requested: list[str]
    """Each request: caller, method and target."""

    @property
    def caller(self) -> str:
        """The common name of the client certificate; empty without one."""
        subject = dict(part[0] for part in (self.connection.getpeercert() or {}).get("subject", ()))
        return str(subject.get("commonName", ""))

    def respond(self) -> None:
        """Answer one request."""
        self.requested.append(f"{self.caller or '-'} {self.command} {self.path}")
        path, owner = self.path.partition("?")[0], self.caller
        if not owner and not (path.startswith("/items/") and not self.guards_items):
            return self.reply(403, {"error": "no client certificate"})
        own = [identifier(f"{name} {n}") for name in (owner or "alice",) for n in range(3)]
        parts = path.strip("/").split("/")
        match parts:
            case ["items"]:
                listed = [{"title": f"thing {n} of {owner}", "id": one} for n, one in enumerate(own)]
                return self.reply(200, {"items": listed if self.lists_items else []})
            case ["items", item] if item in own:
                return self.reply(200, {"id": item, "price": 4711 + own.index(item)})
            case ["items", item, "parts"] if item in own:
                return self.reply(200, [{"part": f"{item[:8]}-{n}", "weight": 90210 + n} for n in range(2)])
            case ["items", item, "parts", part] if item in own and part.startswith(item[:8]):
                return self.reply(200, {"part": part, "weight": 90210})
        return self.reply(404, {"error": "not found"})

    def do_DELETE(self) -> None:
        """Note it; nothing may be deleted."""
        self.requested.append(f"{self.caller or '-'} {self.command} {self.path}")
        self.reply(403 if not self.caller else 404, {"error": "no"})

    do_PUT = do_PATCH = do_POST = do_DELETE  # noqa: N815 (the names are the base class's)


def document_in(folder: Path) -> str:
    """The document of the API."""
    item = "{name: item_id, in: path, required: true, schema: {type: string, format: uuid}}"
    part = "{name: part, in: path, required: true, schema: {type: string}}"
    return str(
        written(
            folder,
            f"""
            openapi: 3.1.0
            info: {{title: T, version: "1"}}
            security: [{{mtls: []}}]
            components: {{securitySchemes: {{mtls: {{type: mutualTLS}}}}}}
            paths:
              /items: {{get: {{responses: {{}}}}}}
              /items/{{item_id}}:
                parameters: [{item}]
                get: {{responses: {{}}}}
                delete: {{responses: {{}}}}
              /items/{{item_id}}/parts:
                parameters: [{item}]
                get: {{responses: {{}}}}
              /items/{{item_id}}/parts/{{part}}:
                parameters: [{item}, {part}]
                get: {{responses: {{}}}}
            """,
        )
    )
