"""What a framework must offer to be read from its source: one package behind these functions."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from specdrift.model.result.source import SourceFinding, SourceView


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceQuery:
    """``folder`` is the crate or workspace; ``entry`` a function whose router is meant (empty: what is served);
    ``guards`` are names of layers, extractors and functions that the owner calls guards; ``assume`` conditions of which
    the owner says how they turn out, as ``rust.conditions`` reads them; ``roles`` those that the document names.
    """

    folder: Path
    entry: str = ""
    guards: Collection[str] = field(default_factory=tuple)
    assume: Collection[str] = field(default_factory=tuple)
    roles: Collection[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAnalysis:
    """What was read; ``findings`` are those that need no document."""

    view: SourceView
    findings: tuple[SourceFinding, ...] = ()


class Framework(Protocol):
    """A way to read services; ``name`` is what people call it."""

    @property
    def name(self) -> str: ...

    def recognises(self, folder: Path) -> bool:
        """Whether there is something in the folder that it can read."""
        ...

    def read(self, question: SourceQuery) -> SourceAnalysis:
        """Routes, layers and TLS set-up. Raises UsageError for a folder that cannot be read at all."""
        ...
