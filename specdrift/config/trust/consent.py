"""The owner's consent to a configuration file."""

from collections.abc import Callable, Mapping
from enum import Enum, auto

from msgspec import Struct

from specdrift.config.reading.file import ConfigFile
from specdrift.config.reading.overlay import ALLOW_ENV_VARIABLE
from specdrift.config.trust.store import TrustStore
from specdrift.config.value_types.plain import split_commas


class Trust(Enum):
    """How the owner decides about a configuration file."""

    RECORDED = auto()
    """Trust a named file, and a found one that ``specdrift trust`` has recorded."""
    GRANTED = auto()
    """``--trust-config``: trust the file in this run."""
    WITHHELD = auto()
    """``--no-trust-config``: trust no file, not even a named one."""


Trusts = Callable[[ConfigFile, bool], bool]
"""Whether the owner trusts a file; the second argument is whether it was named, not found."""


class Use(Enum):
    """What a command does with the configuration."""

    SEND = auto()
    """Sends requests, or loads credentials."""
    READ = auto()
    """Reads the document and writes reports: no credential and no target."""
    INSPECT = auto()
    """Shows the values only."""


class Consent(Struct, frozen=True, kw_only=True):
    trust: Trust = Trust.RECORDED
    variables: frozenset[str] | None = None
    """Environment variables that a file may expand; None: all for a trusted file, none for others."""

    def with_environment(self, environ: Mapping[str, str]) -> "Consent":
        """Return the consent with the names of ``SPECDRIFT_ALLOW_ENV``, unless ``--allow-env`` gave some."""
        names = environ.get(ALLOW_ENV_VARIABLE)
        if self.variables is not None or names is None:
            return self
        return Consent(trust=self.trust, variables=frozenset(split_commas(names)))

    def trusts(self, environ: Mapping[str, str]) -> "Trusts":
        """Return the decision as a function of a file and of whether it was named."""
        return lambda file, named: self.covers(file, named=named, environ=environ)

    def covers(self, file: ConfigFile, *, named: bool, environ: Mapping[str, str]) -> bool:
        """Return whether the owner trusts a file that was named or found."""
        match self.trust:
            case Trust.GRANTED:
                return True
            case Trust.WITHHELD:
                return False
            case Trust.RECORDED:
                return named or TrustStore.of(environ).has(file)


class ConfigAccess(Struct, frozen=True, kw_only=True):
    """What a command takes from a configuration file, and what its owner consents to."""

    consent: Consent = Consent()
    use: Use = Use.SEND
