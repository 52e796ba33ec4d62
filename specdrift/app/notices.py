"""Events of a use case beside those of the scan. The caller decides how to show them."""

from collections.abc import Callable

from msgspec import Struct

from specdrift.model.result.result import Suppression
from specdrift.settings import ReportTarget


class ServerUnverified(Struct, frozen=True, kw_only=True):
    """``--insecure``: the server's certificate is not verified in this run."""


class ReportWritten(Struct, frozen=True, kw_only=True):
    target: ReportTarget


class BaselineNotUpdated(Struct, frozen=True, kw_only=True):
    """The run did not complete, so ``--update-baseline`` left the file unchanged."""

    source: str


class BaselineUpdated(Struct, frozen=True, kw_only=True):
    source: str
    entries: int
    """All entries of the file, the added ones included."""
    added: int
    removed: tuple[Suppression, ...]
    """Entries whose drift is fixed."""
    without_reason: int
    """Entries that need a reason before the file can be used."""


Notice = ServerUnverified | ReportWritten | BaselineNotUpdated | BaselineUpdated
Notify = Callable[[Notice], None]


def ignore(_: Notice) -> None:
    """Show no notice."""
