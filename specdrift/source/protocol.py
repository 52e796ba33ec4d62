"""The interface of a framework adapter: one package per framework."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from specdrift.model.result.source import SourceFinding, SourceView


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceQuery:
    """What to analyse, and what the configuration states about it."""

    folder: Path
    """Folder of the crate or workspace."""
    entry: str = ""
    """A function whose router to analyse; empty for the routers that are served."""
    guards: Collection[str] = field(default_factory=tuple)
    """Names of layers, extractors and functions that are guards."""
    assume: Collection[str] = field(default_factory=tuple)
    """Conditions with a known outcome, in the syntax of ``rust.conditions``."""
    roles: Collection[str] = field(default_factory=tuple)
    """Roles in the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAnalysis:
    """The result of reading a folder."""

    view: SourceView
    findings: tuple[SourceFinding, ...] = ()
    """Findings that need no document."""


class Framework(Protocol):
    """Reads services of one framework."""

    @property
    def name(self) -> str: ...

    def recognises(self, folder: Path) -> bool:
        """Return whether the folder contains a service of this framework."""
        ...

    def read(self, query: SourceQuery) -> SourceAnalysis:
        """Return routes, layers and TLS configuration. Raises UsageError for a folder that cannot be read."""
        ...
