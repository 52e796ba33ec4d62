"""A service of a fleet, and the settings of the fleet."""

import re
from pathlib import Path

from msgspec import Struct

from specdrift.config.reading.file import ConfigFile

ID = re.compile(r"(?=.{1,100}\Z)[A-Za-z0-9][A-Za-z0-9._-]*(@[A-Za-z0-9][A-Za-z0-9._-]*)?")
"""``orders`` or ``orders@staging``; also the name of its files."""


class Service(Struct, frozen=True, kw_only=True):
    """One service in one environment."""

    id: str
    name: str
    environment: str
    layers: tuple[ConfigFile, ...]
    """Its configuration tables, from the shared defaults to its own."""
    where: str
    """Position in the inventory: ``inventory.toml:12``."""
    owner: str = ""
    """Who is responsible for it; empty without one."""
    parts: int = 1
    """Number of workers that its operations are divided among."""
    notes: tuple[str, ...] = ()
    """Warnings for the user."""


class FleetSettings(Struct, frozen=True, kw_only=True):
    """The table ``[fleet]``. Times are in seconds."""

    folder: Path
    """Folder of the inventory; the default place of the history."""
    name: str
    workers: int | None = None
    """None: one for each processor."""
    scheduler: str = ""
    scheduler_insecure: bool = False
    """Whether a scheduler beyond loopback may be used without TLS."""
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
