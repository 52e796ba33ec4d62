"""A change of the configuration that judges the change itself."""

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation


class GateChange(Struct, frozen=True, kw_only=True):
    """A key or file of the gate that differs from the base revision."""

    subject: str
    """The dotted key, such as ``fail-on``, or the file."""
    before: str
    """At the base revision, as text; empty: not set."""
    after: str
    """Now, as text; empty: not set."""
    weaker: bool
    """Whether a run may pass that failed before. False only where that is impossible."""
    location: SourceLocation | None = None
    """In the present configuration or baseline."""
