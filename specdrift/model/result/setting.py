"""Settings of a run in its result."""

from msgspec import Struct

AGAINST = "against"
"""The setting of ``lint`` that names the older document."""


class Setting(Struct, frozen=True, kw_only=True):
    """A configuration key that something set. Secrets are masked."""

    value: object
    """A JSON value: a string, number, boolean, list or object."""
    text: str
    """The value as TOML."""
    origin: str = ""
    """Its origin: an option, a variable, or ``file:line``."""
    group: str = ""
    """The table of the key: ``network``, ``identities.alice``; empty at the top level."""

    @property
    def file(self) -> str:
        """The configuration file that set it; empty for an option, a variable or a default."""
        name, _, line = self.origin.rpartition(":")
        return name if line.isdecimal() else ""
