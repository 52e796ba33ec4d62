"""A gateway whose adapter is imported when there is something that it may read."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from msgspec import Struct

from specdrift.source.gateway.exchange import GatewayConfiguration
from specdrift.source.protocol import Gateway


class ListedGateway(Struct, frozen=True, kw_only=True):
    """A gateway of the list. Most services are read beside none, and all adapters take longer than a small service."""

    name: str
    module: str
    """Has its adapter as ``GATEWAY``."""
    may_be: Callable[[Path], bool]
    """Whether a path may be its configuration, without its adapter: never False for what the adapter recognises."""

    def recognises(self, path: Path) -> bool:
        """Return whether a file or folder is a configuration of this gateway."""
        return self.may_be(path) and self._adapter.recognises(path)

    def read(self, path: Path) -> GatewayConfiguration:
        """Return the configuration. Raises UsageError for a file that cannot be read."""
        return self._adapter.read(path)

    @property
    def _adapter(self) -> Gateway:
        return cast("Gateway", import_module(self.module).GATEWAY)


def named(*patterns: str) -> Callable[[Path], bool]:
    """Return whether a path is a file, or a folder with one of some usual names."""

    def fits(path: Path) -> bool:
        return not path.is_dir() or any(any(path.glob(one)) for one in patterns)

    return fits
