"""The small API that every server serves, in Python."""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec import Struct

ITEM = re.compile(r"/items/([1-9][0-9]{0,8})")


class Resource(Struct, frozen=True, kw_only=True):
    """A resource: its path template in the document, and its JSON."""

    template: str
    body: dict[str, Any]

    @property
    def json(self) -> str:
        """The body as sent."""
        return json.dumps(self.body)


def find(path: str, *, caller: str | None) -> Resource | None:
    """Return the resource at a path (with its query), or None."""
    path = path.partition("?")[0]
    if match := ITEM.fullmatch(path):
        item = int(match[1])
        return Resource(template="/items/{id}", body={"id": item, "name": f"item {item}"})
    bodies = {
        "/public": {"service": "test"},
        "/secure": {"secret": "for known callers"},
        "/optional": {"greeting": f"hello, {caller or 'anonymous'} caller"},
    }
    return Resource(template=path, body=bodies[path]) if path in bodies else None
