"""A place that somebody has seen: it may answer, and the document does not have it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """``path`` is what reports call it, with expressions where values were (``/items/{id}``); ``target`` the
    origin-form request target that stands for it, without a query. ``file`` and ``line`` (from 1) say who speaks of
    it. ``unsafe_allowed``: the owner lets a method that changes things be sent there.
    """

    method: str
    path: str
    target: str
    file: str
    line: int
    unsafe_allowed: bool = False

    @property
    def source(self) -> str:
        """Where it stands: ``access.log:12``."""
        return f"{self.file}:{self.line}"
