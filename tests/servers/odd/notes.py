"""Servers that keep notes (notes.yaml): one stores what it then refuses, one has a note that is open."""

from __future__ import annotations

import json
import threading
from typing import ClassVar

from tests.servers.odd.bypasses import content
from tests.servers.python.serve import Guarded

LATEST = 12
"""Notes in the list."""
_FIRST = ("quarterly figures", "salaries", "tenders", "audits", "leases", "pensions", "patents", "recalls")


class Notes(Guarded):
    """Requires a certificate for everything, before anything is stored."""

    kept: ClassVar[dict[int, str]] = {100 + place: f"about {text}" for place, text in enumerate(_FIRST)}
    lock: ClassVar[threading.Lock] = threading.Lock()

    def respond(self) -> None:
        """Answer GET: the latest notes, or one."""
        if self.path == "/notes":
            if not self.refused():
                with self.lock:
                    latest = sorted(self.kept.items())[-LATEST:]
                self.reply(200, [{"id": number, "text": text} for number, text in latest])
        elif not self.unknown() and not self.refused():
            self.shown(200)

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Add a note."""
        body = content(self)
        if self.path != "/notes":
            self.missing()
        elif not self.refused_writing():
            self.write(body, None)

    def do_PUT(self) -> None:  # noqa: N802 (the name is the base class's)
        """Replace a note."""
        body = content(self)
        if not self.unknown() and not self.refused_writing():
            self.write(body, self.number)

    def do_DELETE(self) -> None:  # noqa: N802 (the name is the base class's)
        """Remove a note."""
        content(self)
        number = self.number
        if not self.refused_writing() and not self.unknown():
            with self.lock:
                self.kept.pop(number or 0, None)
            self.removed()

    @property
    def number(self) -> int | None:
        """The note that the path names."""
        name = self.path.removeprefix("/notes/")
        return int(name) if name.isdecimal() and int(name) in self.kept else None

    def write(self, body: bytes, number: int | None) -> None:
        """Store a note, and answer with it."""
        try:
            note = json.loads(body)
        except ValueError:
            note = None
        valid = isinstance(note, dict) and set(note) == {"text"} and isinstance(note["text"], str)
        if not valid or self.headers.get("Content-Type") != "application/json":
            return self.reply(400, {"error": "this is no note"})
        with self.lock:
            number = max(self.kept) + 1 if number is None else number
            self.kept[number] = note["text"]
        return self.stored(number)

    def stored(self, number: int) -> None:
        """Answer that a note is stored."""
        created = self.command == "POST"
        self.reply(201 if created else 200, {"id": number, "text": self.kept[number]})

    def removed(self) -> None:
        """Answer that a note is gone."""
        self.reply(204, "")

    def shown(self, status: int) -> None:
        """Answer with the note that the path names."""
        self.reply(status, {"id": self.number, "text": self.kept[self.number or 0]})

    def unknown(self) -> bool:
        """Answer 404 where there is no such note, and return whether."""
        if self.number is None:
            self.missing()
        return self.number is None

    def refused(self) -> bool:
        """Answer 401 without a certificate, and return whether."""
        if not self.caller:
            self.reply(401, {"error": "client certificate required"})
        return not self.caller

    def refused_writing(self) -> bool:
        """Decide before the note is stored."""
        return self.refused()


class RefusesAfterwards(Notes):
    """Looks at the certificate when the note is stored or removed."""

    def refused_writing(self) -> bool:
        """Decide later."""
        return False

    def stored(self, number: int) -> None:
        """Refuse callers without a certificate."""
        if not self.refused():
            super().stored(number)

    def removed(self) -> None:
        """Refuse callers without a certificate."""
        if not self.refused():
            super().removed()


class HasAnOpenNote(Notes):
    """One note is for everybody."""

    def refused(self) -> bool:
        """Admit everybody who reads it."""
        return self.number != 105 and super().refused()
