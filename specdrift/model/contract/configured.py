"""Requirements that the configuration states (``[contract]``)."""

from dataclasses import dataclass, field
from enum import StrEnum

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.selector import Selector


class RequiredScheme(StrEnum):
    """What a ``[contract]`` entry requires."""

    MUTUAL_TLS = "mutualTLS"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredRequirement:
    """One ``[contract]`` entry: a requirement that the document does not state."""

    require: RequiredScheme
    location: SourceLocation | None = None
    """The line of ``require``; ``None`` if no file states it."""
    include: Selector = field(default_factory=Selector)
    exclude: Selector = field(default_factory=Selector)
    roles: frozenset[str] = frozenset()
    """Roles of the certificate; empty means any."""
    reason: str = ""
