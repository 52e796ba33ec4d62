"""A framework whose reader is imported when there is something that it may read."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from msgspec import Struct

from specdrift.source.protocol import Framework, SourceAnalysis, SourceQuery


class ListedFramework(Struct, frozen=True, kw_only=True):
    """A framework of the list. The reader of each language brings a grammar, which other services do not need."""

    name: str
    module: str
    """Has its reader as ``FRAMEWORK``."""
    may_be: Callable[[Path], bool]
    """Whether a folder may be its, without its reader: never False for what the reader recognises."""

    def recognises(self, folder: Path) -> bool:
        """Return whether the folder contains a service of this framework."""
        return self.may_be(folder) and self._reader.recognises(folder)

    def read(self, query: SourceQuery) -> SourceAnalysis:
        """Return routes, layers and TLS configuration. Raises UsageError for a folder that cannot be read."""
        return self._reader.read(query)

    @property
    def _reader(self) -> Framework:
        return cast("Framework", import_module(self.module).FRAMEWORK)
