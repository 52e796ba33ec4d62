"""Entries of the configuration that select operations, and the requirements that they state (``[contract]``)."""

from dataclasses import dataclass, field
from enum import StrEnum

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.selector import Selector


class RequiredScheme(StrEnum):
    """What a ``[contract]`` entry requires."""

    MUTUAL_TLS = "mutualTLS"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredEntry:
    """An entry of the configuration that selects operations."""

    location: SourceLocation | None = field(default=None, compare=False)
    """Its first line; ``None`` if no file states it."""
    shared: bool = False
    """Whether it is written for several services, so that it may match nothing in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredRequirement(ConfiguredEntry):
    """One ``[contract]`` entry: a requirement that the document does not state."""

    require: RequiredScheme
    location: SourceLocation | None = None
    """The line of ``require``; ``None`` if no file states it."""
    include: Selector = field(default_factory=Selector)
    exclude: Selector = field(default_factory=Selector)
    roles: frozenset[str] = frozenset()
    """Roles of the certificate; empty means any."""
    reason: str = ""
