"""Events of a use case beside those of the scan. The caller decides how to show them."""

from collections.abc import Callable
from dataclasses import dataclass

from specdrift.model.result.result import Suppression
from specdrift.settings import ReportTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUnverified:
    """``--insecure``: the server's certificate is not verified in this run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWritten:
    target: ReportTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineNotUpdated:
    """The run did not complete, so ``--update-baseline`` left the file unchanged."""

    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineUpdated:
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
