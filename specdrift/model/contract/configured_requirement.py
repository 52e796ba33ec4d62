"""Entries of the configuration that select operations, and the requirements that they state (``[contract]``)."""

from enum import StrEnum
from typing import ClassVar

from msgspec import field

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.selector import Selector
from specdrift.model.partly_compared import PartlyCompared


class RequiredScheme(StrEnum):
    """What a ``[contract]`` entry requires."""

    MUTUAL_TLS = "mutualTLS"


class ConfiguredEntry(PartlyCompared, frozen=True, eq=False, kw_only=True):
    """An entry of the configuration that selects operations."""

    aside: ClassVar = frozenset({"location"})

    location: SourceLocation | None = None
    """Its first line; ``None`` if no file states it."""
    shared: bool = False
    """Whether it is written for several services, so that it may match nothing in one."""


class ConfiguredRequirement(ConfiguredEntry, frozen=True, eq=False, kw_only=True):
    """One ``[contract]`` entry: a requirement that the document does not state."""

    require: RequiredScheme
    location: SourceLocation | None = None
    """The line of ``require``; ``None`` if no file states it."""
    include: Selector = field(default_factory=Selector)
    exclude: Selector = field(default_factory=Selector)
    roles: frozenset[str] = frozenset()
    """Roles of the certificate; empty means any."""
    reason: str = ""
