"""Servers with a stock that reservations reduce, and files of which lists have the names alone (stock.yaml)."""

from __future__ import annotations

import json
import re
import threading
from typing import ClassVar

from tests.servers.odd.bypasses import content
from tests.servers.python.serve import Guarded

LATEST = 20
FILE = re.compile(rb'filename="([^"\r\n]*)"')


class Stock(Guarded):
    """Requires a certificate for everything, before anything is reserved or stored."""

    left: ClassVar[dict[str, int]] = {"left": 51_840, "asked": 212}
    files: ClassVar[list[dict[str, object]]] = [{"name": "plan-a.txt", "size": 812}]
    lock: ClassVar[threading.Lock] = threading.Lock()

    def respond(self) -> None:
        """Answer GET."""
        if self.path not in {"/stock", "/files"}:
            self.missing()
        elif not self.refused():
            with self.lock:
                files, stock = list(self.files[-LATEST:]), {"article": "crate", **self.left}
            self.reply(200, files if self.path == "/files" else stock)

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Reserve, or store a file."""
        body = content(self)
        if self.path == "/reservations":
            self.reserve(body)
        elif self.path == "/files":
            self.upload(body)
        else:
            self.missing()

    def reserve(self, body: bytes) -> None:
        """Take away what the body asks for."""
        if self.refused_writing():
            return None
        count = _count(body)
        if count is None or self.headers.get("Content-Type") != "application/json":
            return self.reply(400, {"error": "this is no reservation"})
        if count > self.left["left"]:
            return self.reply(409, {"error": "there is not so much left"})
        with self.lock:
            self.left["left"] -= count
            self.left["asked"] += count
        return self.stored()

    def upload(self, body: bytes) -> None:
        """Store the first file."""
        if self.refused_writing():
            return None
        named = FILE.search(body)
        if named is None or self.headers.get_content_type() != "multipart/form-data":
            return self.reply(400, {"error": "this is no file"})
        with self.lock:
            self.files.append({"name": named[1].decode(errors="replace"), "size": len(body)})
        return self.stored()

    def stored(self) -> None:
        """Answer that it is done."""
        self.reply(201, {"done": True})

    def refused(self) -> bool:
        """Answer 401 without a certificate, and return whether."""
        if not self.caller:
            self.reply(401, {"error": "client certificate required"})
        return not self.caller

    def refused_writing(self) -> bool:
        """Decide before anything is changed."""
        return self.refused()


class RefusesAfterwards(Stock):
    """Looks at the certificate when it is done."""

    def refused_writing(self) -> bool:
        """Decide later."""
        return False

    def stored(self) -> None:
        """Refuse callers without a certificate."""
        if not self.refused():
            super().stored()


class CountsWhatIsAsked(Stock):
    """Counts the demand, also of reservations that it refuses."""

    def reserve(self, body: bytes) -> None:
        """Count, and decide then."""
        count = _count(body)
        if not self.caller and count is not None:
            with self.lock:
                self.left["asked"] += count
        super().reserve(body)


def _count(body: bytes) -> int | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    count = found.get("count") if isinstance(found, dict) and set(found) == {"count"} else None
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else None


HANDLERS = {
    "stock-checked": Stock,
    "stock-falls": RefusesAfterwards,
    "stock-counts-what-is-asked": CountsWhatIsAsked,
}
"""By the name of the variant."""
