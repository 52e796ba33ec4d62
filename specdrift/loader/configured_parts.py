"""What the configuration states beside the document."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from specdrift.model.contract.configured_requirement import ConfiguredRequirement
from specdrift.settings import OperationSettings, SchemeSettings


class ConfiguredParts(Struct, frozen=True, kw_only=True):
    """What the configuration adds to a document."""

    schemes: Mapping[str, SchemeSettings] = field(default_factory=dict)
    """By the name of the security scheme."""
    requirements: Sequence[ConfiguredRequirement] = ()
    """Requirements that the document does not state."""
    operations: Sequence[OperationSettings] = ()
    """The ``[[operations]]`` entries."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Values of server variables."""


NO_PARTS = ConfiguredParts()
