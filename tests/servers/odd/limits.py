"""Servers that keep a number, a state and a file (limits.yaml): one stores what it then refuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import ClassVar, TypeVar

from tests.servers.odd.bypasses import content
from tests.servers.python.serve import Guarded

MOST = 999_999
LATEST = 20
"""Bookings that are shown."""
T = TypeVar("T")
Read = Callable[[bytes], "object | None"]
"""Reads what a body says; ``None`` if it says nothing that can be stored."""


class Limits(Guarded):
    """Requires a certificate for everything, before anything is stored."""

    kept: ClassVar[dict[str, object]] = {
        "/limits/ac-71": 2500,
        "/valves/north": False,
        "/pumps/west": 0,
        "/statements": ["opening balance"],
        "/manuals/pump": "Close the valve before you open the pump.",
    }
    lock: ClassVar[threading.Lock] = threading.Lock()

    def respond(self) -> None:
        """Answer GET."""
        if self.path not in self.kept:
            self.missing()
        elif not self.refused():
            self.shown()

    def do_PATCH(self) -> None:  # noqa: N802 (the name is the base class's)
        """Change a limit or a valve."""
        if self.path.startswith("/valves/"):
            self.change("/valves/", "application/json", _state)
        else:
            self.change("/limits/", "application/json", _limit)

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Book what other requests show, or rinse a pump."""
        if self.path.endswith("/rinse"):
            return self.rinse(self.path.removesuffix("/rinse"))
        return self.change("/bookings", "application/json", _booked)

    def do_PUT(self) -> None:  # noqa: N802 (the name is the base class's)
        """Replace the manual."""
        self.change("/manuals/", "text/plain", _manual)

    def rinse(self, place: str) -> None:
        """Count that a pump was rinsed. There is no body."""
        content(self)
        count = self.kept.get(place)
        if not place.startswith("/pumps/") or not isinstance(count, int):
            return self.missing()
        if not self.refused_writing():
            with self.lock:
                self.kept[place] = count + 1
            self.path = place
            self.stored()
        return None

    def change(self, folder: str, media_type: str, read: Read) -> None:
        """Store what the body says."""
        body = content(self)
        place = "/statements" if self.path == "/bookings" else self.path
        if not self.path.startswith(folder) or place not in self.kept:
            self.missing()
        elif not self.refused_writing():
            value = read(body) if self.headers.get_content_type() == media_type else None
            if value is None:
                return self.reply(400, {"error": "this cannot be stored"})
            with self.lock:
                shown = self.kept[place]
                self.kept[place] = [*shown, value][-LATEST:] if isinstance(shown, list) else value
            self.stored()
        return None

    def stored(self) -> None:
        """Answer that it is stored."""
        self.shown()

    def shown(self) -> None:
        """Answer with what the path names."""
        value = self.kept.get(self.path)
        if value is None:
            self.reply(202, {"booked": True})
        elif isinstance(value, list):
            self.reply(200, value)
        elif self.path.startswith("/limits/"):
            self.reply(200, {"account": self.path.rpartition("/")[2], "daily": value})
        elif self.path.startswith("/pumps/"):
            self.reply(200, {"pump": self.path.rpartition("/")[2], "rinses": value})
        elif self.path.startswith("/valves/"):
            self.reply(200, {"valve": self.path.rpartition("/")[2], "open": value})
        else:
            self.reply(200, str(value))

    def refused(self) -> bool:
        """Answer 401 without a certificate, and return whether."""
        if not self.caller:
            self.reply(401, {"error": "client certificate required"})
        return not self.caller

    def refused_writing(self) -> bool:
        """Decide before anything is stored."""
        return self.refused()


class RefusesAfterwards(Limits):
    """Looks at the certificate when it is stored."""

    def refused_writing(self) -> bool:
        """Decide later."""
        return False

    def stored(self) -> None:
        """Refuse callers without a certificate."""
        if not self.refused():
            super().stored()


class KeepsATrail(Limits):
    """Lists each booking that was asked for, also those that were refused."""

    def change(self, folder: str, media_type: str, read: Read) -> None:
        """Write the request down, and decide then."""
        if self.path != "/bookings":
            return super().change(folder, media_type, read)
        text = content(self).decode(errors="replace")
        with self.lock:
            trail = self.kept["/statements"]
            entry = {"decision": "allow" if self.caller else "deny", "reference": text}
            self.kept["/statements"] = [*trail, entry][-LATEST:] if isinstance(trail, list) else [entry]
        if not self.refused():
            value = _booked(text.encode()) if self.headers.get_content_type() == media_type else None
            self.reply(202, {"booked": True}) if value else self.reply(
                400, {"error": "this cannot be stored"}
            )
        return None


class ClosesValves(Limits):
    """Closes a valve by itself, after it was seen open."""

    def shown(self) -> None:
        """Close it afterwards."""
        super().shown()
        if self.command == "GET" and self.path.startswith("/valves/"):
            with self.lock:
                self.kept[self.path] = False


def _state(body: bytes) -> bool | None:
    return _only(body, "open", bool)


def _limit(body: bytes) -> int | None:
    daily = _only(body, "daily", int)
    return daily if daily is not None and 0 <= daily <= MOST else None


def _only(body: bytes, name: str, kind: type[T]) -> T | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    value = found.get(name) if isinstance(found, dict) and len(found) == 1 else None
    return value if type(value) is kind else None


def _booked(body: bytes) -> str | None:
    return _only(body, "reference", str)


def _manual(body: bytes) -> str | None:
    return body.decode(errors="replace") or None
