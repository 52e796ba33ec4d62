"""Why specdrift could not do its job. A server that says no is a measurement, never an exception.

SpecdriftError
 ├── UsageError          the command line asks for something impossible      exit 2
 ├── ConfigError         the configuration cannot be used (file, line)       exit 2
 ├── DocumentError       the OpenAPI document cannot be judged (diagnostics) exit 2
 ├── CredentialError     a certificate or key cannot be used                 exit 2
 └── TemplateError       a report template is missing or broken              exit 2
"""

from collections.abc import Sequence
from enum import IntEnum

from specdrift.model.contract.contract import Diagnostic


class ExitStatus(IntEnum):
    """What the process says to its caller; 1 wins over 3, and a crash is never 1."""

    OK = 0
    DRIFT = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERNAL = 4
    INTERRUPTED = 130


class SpecdriftError(Exception):
    """A sentence for the user: what is wrong, then what to do about it."""


class UsageError(SpecdriftError):
    pass


class ConfigError(SpecdriftError):
    pass


class DocumentError(SpecdriftError):
    """The document as a whole cannot be judged. ``diagnostics`` holds at least one reason."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__("\n".join(str(diagnostic) for diagnostic in diagnostics))
        self.diagnostics = tuple(diagnostics)


class CredentialError(SpecdriftError):
    pass


class TemplateError(SpecdriftError):
    pass
