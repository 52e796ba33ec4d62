"""One service of a fleet, and how the fleet is worked through."""

import re
from dataclasses import dataclass
from pathlib import Path

from specdrift.config.reading.file import ConfigFile

ID = re.compile(r"(?=.{1,100}\Z)[A-Za-z0-9][A-Za-z0-9._-]*(@[A-Za-z0-9][A-Za-z0-9._-]*)?")
"""``orders``, or ``orders@staging``: also the name of its files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """``layers`` are the tables that speak of it, from the shared defaults to its own; ``where`` is its place
    in the inventory (``inventory.toml:12``); its operations are divided among workers into ``parts``; ``notes`` are to
    be read by whoever runs it.
    """

    id: str
    name: str
    environment: str
    layers: tuple[ConfigFile, ...]
    where: str
    parts: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSettings:
    """``[fleet]``. Times are seconds; ``workers`` ``None`` means one for each processor; ``folder`` is the
    inventory's own, where the history is kept unless it is named.
    """

    folder: Path
    name: str
    workers: int | None = None
    scheduler: str = ""
    scheduler_ca_file: Path | None = None
    scheduler_cert_file: Path | None = None
    scheduler_key_file: Path | None = None
    timeout: float = 1800.0
    grace: float = 30.0
    patience: float = 60.0
    attempts: int = 3
    output: Path | None = None
    history: Path | None = None
    keep: int = 3

    @property
    def history_file(self) -> Path:
        return self.history or self.folder / "specdrift-history.sqlite"
