"""Servers that look at their input or not (inputs.yaml): all of them ask for a certificate first."""

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
    """Refuses what the document does not allow."""

    def missing(self) -> None:
        """Two paths of its own, for those who are known."""
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        folder, _, name = url.path.rpartition("/")
        if url.path != "/search" and folder != "/files":
            return super().missing()
        if not self.caller:
            return self.denied()
        return self.found(query) if url.path == "/search" else self.file(unquote(name))

    def found(self, query: Mapping[str, str]) -> None:
        """As many results as were asked for."""
        limit, order = query.get("limit", ""), query.get("order", "asc")
        if not DIGITS.fullmatch(limit) or not 1 <= int(limit) <= 100 or order not in ORDERS:
            return self.reply(400, {"error": "limit or order is wrong"})
        return self.results(int(limit))

    def results(self, limit: int) -> None:
        """The answer to good input; a thousand are all there are."""
        self.reply(200, {"results": list(range(min(limit, 1000)))})

    def file(self, name: str) -> None:
        """By a key of a table."""
        if name not in TEXTS:
            return super().missing()
        return self.reply(200, {"text": TEXTS[name]})


class InputUnchecked(InputChecked):
    """Makes something of everything."""

    def found(self, query: Mapping[str, str]) -> None:
        """What is no number is ten."""
        limit = query.get("limit", "")
        self.results(int(limit) if DIGITS.fullmatch(limit) else 10)


class InputClamped(InputChecked):
    """Takes the nearest number that is allowed, and refuses what is none."""

    def found(self, query: Mapping[str, str]) -> None:
        """Nobody gets more than a hundred."""
        limit = query.get("limit", "")
        if not DIGITS.fullmatch(limit.removeprefix("-")):
            return self.reply(400, {"error": "limit is wrong"})
        return super().found({**query, "limit": str(min(max(int(limit), 1), 100))})


class InputCrashes(InputChecked):
    """Reads numbers without expecting anything else."""

    def found(self, query: Mapping[str, str]) -> None:
        """What a framework makes of an exception that nobody caught."""
        try:
            self.results(int(query.get("limit", "")))
        except ValueError:
            self.reply(500, {"error": "internal error"})


class CrashesOnAnyParameter(InputChecked):
    """Fails where there is any parameter that it does not know, whatever it says, and where a number is none."""

    def found(self, query: Mapping[str, str]) -> None:
        """Bad input is not the cause."""
        if set(query) != {"limit"} or not DIGITS.fullmatch(query["limit"]):
            return self.reply(500, {"error": "internal error"})
        return super().found(query)


class JoinsPath(InputChecked):
    """Keeps its files in a folder, and joins to it what the caller says."""

    def file(self, name: str) -> None:
        """Whatever is there."""
        with tempfile.TemporaryDirectory(prefix="specdrift-files-") as folder:
            for known, text in TEXTS.items():
                (Path(folder) / known).write_text(text, encoding="utf-8")
            try:
                text = self.at(Path(folder), name).read_text(encoding="utf-8", errors="replace")
            except (OSError, ValueError):  # not there, or no name that a file could have
                return Guarded.missing(self)
            return self.reply(200, {"text": text})

    def at(self, folder: Path, name: str) -> Path:
        """The file of that name."""
        return folder / name


class JoinsPathInside(JoinsPath):
    """Looks where the joined path leads."""

    def at(self, folder: Path, name: str) -> Path:
        """Nothing where it leads out of the folder."""
        file = (folder / name).resolve()
        if not file.is_relative_to(folder.resolve()):
            raise FileNotFoundError(name)
        return file
