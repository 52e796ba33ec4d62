"""What was measured, kept in ``build/benchmarks/measured``: a run that is stopped goes on with ``--resume``."""

import json
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from benchmarks.documents import CACHE
from benchmarks.table import Job, Row, Theme

FOLDER = CACHE / "measured"


def keep(name: str, theme: Theme, *, load: float) -> None:
    """Writes one part down, and how busy the machine was after it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    _file(name).write_text(
        json.dumps({"load": load, "theme": to_builtins(theme)}, indent=1), encoding="utf-8"
    )


def kept(name: str) -> tuple[Theme, float] | None:
    """What ``keep`` wrote; ``None`` where it did not."""
    if not _file(name).exists():
        return None
    found = json.loads(_file(name).read_text(encoding="utf-8"))
    return _theme(found["theme"]), found["load"]


def _theme(found: dict[str, Any]) -> Theme:
    jobs = tuple(Job(job["name"], tuple(Row(**row) for row in job["rows"])) for job in found["jobs"])
    return Theme(title=found["title"], about=found["about"], jobs=jobs)


def _file(name: str) -> Path:
    return FOLDER / f"{name}.json"
