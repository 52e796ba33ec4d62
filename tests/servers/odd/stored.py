"""Servers that keep notes and store what they refuse where one look does not show it: later, or on the last page."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.servers.odd.notes import Notes, RefusesAfterwards

if TYPE_CHECKING:
    from tests.servers.python.tls import Handler

LATER_S = 1.5
PAGE = 20


class Queues(RefusesAfterwards):
    """Puts what is refused into a queue, which is worked off later."""

    def stored(self, number: int) -> None:
        """Store notes of callers without a certificate later."""
        if self.caller is None:
            with self.lock:
                text = self.kept.pop(number)
            threading.Timer(LATER_S, self.kept.setdefault, (number + 1000, text)).start()
        super().stored(number)

    do_PUT = Notes.missing  # noqa: N815 (the name is the base class's)
    do_DELETE = Notes.missing  # noqa: N815


class QueuesAuthorized(Queues):
    """Refuses before anything is queued."""

    def refused_writing(self) -> bool:
        """Decide before the note is stored."""
        return self.refused()


class Pages(Notes):
    """Lists twenty notes a page, the oldest first."""

    kept: ClassVar[dict[int, str]] = {100 + place: f"about matter {place * 7919}" for place in range(60)}

    def respond(self) -> None:
        """Answer GET: a page, or one note."""
        parts = urlsplit(self.path)
        if parts.path != "/notes":
            return super().respond()
        if self.refused():
            return None
        page = int(parse_qs(parts.query).get("page", ["1"])[0])
        with self.lock:
            some = sorted(self.kept.items())[(page - 1) * PAGE : page * PAGE]
        return self.reply(200, [{"id": number, "text": text} for number, text in some])


class PagesRefusedAfterwards(Pages, RefusesAfterwards):
    """Looks at the certificate when the note is stored or removed."""


HANDLERS: dict[str, type[Handler]] = {
    "notes-queued": Queues,
    "notes-queued-with-a-certificate": QueuesAuthorized,
    "notes-in-pages": Pages,
    "notes-in-pages-stored": PagesRefusedAfterwards,
}
