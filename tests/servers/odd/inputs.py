"""Servers that validate their input or not (inputs.yaml); all of them authorize the caller first."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGITS = re.compile(r"[0-9]{1,9}")
ORDERS = {"asc", "desc"}
TEXTS = {"terms.txt": "Payment is due within thirty days."}


class InputChecked(Guarded):
    """Refuses values that the document does not allow."""

    def missing(self) -> None:
        """Answer two paths to known callers."""
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        folder, _, name = url.path.rpartition("/")
        if url.path != "/search" and folder != "/files":
            return super().missing()
        if not self.caller:
            return self.denied()
        return self.found(query) if url.path == "/search" else self.file(unquote(name))

    def found(self, query: Mapping[str, str]) -> None:
        """Return as many results as requested."""
        limit, order = query.get("limit", ""), query.get("order", "asc")
        if not DIGITS.fullmatch(limit) or not 1 <= int(limit) <= 100 or order not in ORDERS:
            return self.reply(400, {"error": "limit or order is wrong"})
        return self.results(int(limit))

    def results(self, limit: int) -> None:
        """Return the answer to valid input; there are a thousand results."""
        self.reply(200, {"results": list(range(min(limit, 1000)))})

    def file(self, name: str) -> None:
        """Look the name up in a table."""
        if name not in TEXTS:
            return super().missing()
        return self.reply(200, {"text": TEXTS[name]})


class InputUnchecked(InputChecked):
    """Accepts every value."""

    def found(self, query: Mapping[str, str]) -> None:
        """Take an invalid number for ten."""
        limit = query.get("limit", "")
        self.results(int(limit) if DIGITS.fullmatch(limit) else 10)


class InputClamped(InputChecked):
    """Clamps numbers to the allowed range, and refuses other values."""

    def found(self, query: Mapping[str, str]) -> None:
        """Limit the results to a hundred."""
        limit = query.get("limit", "")
        if not DIGITS.fullmatch(limit.removeprefix("-")):
            return self.reply(400, {"error": "limit is wrong"})
        return super().found({**query, "limit": str(min(max(int(limit), 1), 100))})


class InputCrashes(InputChecked):
    """Parses numbers without validation."""

    def found(self, query: Mapping[str, str]) -> None:
        """Answer as a framework after an uncaught exception."""
        try:
            self.results(int(query.get("limit", "")))
        except ValueError:
            self.reply(500, {"error": "internal error"})


class CrashesOnAnyParameter(InputChecked):
    """Fails at every unknown parameter, and at invalid numbers."""

    def found(self, query: Mapping[str, str]) -> None:
        """Fail whatever the value."""
        if set(query) != {"limit"} or not DIGITS.fullmatch(query["limit"]):
            return self.reply(500, {"error": "internal error"})
        return super().found(query)


class JoinsPath(InputChecked):
    """Joins the parameter to a folder."""

    def file(self, name: str) -> None:
        """Return the file of that name."""
        with tempfile.TemporaryDirectory(prefix="specdrift-files-") as folder:
            for known, text in TEXTS.items():
                (Path(folder) / known).write_text(text, encoding="utf-8")
            try:
                text = self.at(Path(folder), name).read_text(encoding="utf-8", errors="replace")
            except (OSError, ValueError):  # missing, or an impossible file name
                return Guarded.missing(self)
            return self.reply(200, {"text": text})

    def at(self, folder: Path, name: str) -> Path:
        """Join the name to the folder."""
        return folder / name


class JoinsPathInside(JoinsPath):
    """Verifies that the joined path is inside the folder."""

    def at(self, folder: Path, name: str) -> Path:
        """Raise an error where the path is outside the folder."""
        file = (folder / name).resolve()
        if not file.is_relative_to(folder.resolve()):
            raise FileNotFoundError(name)
        return file
