"""Checks that an HTTP API demands client certificates exactly where its OpenAPI document says so.

from specdrift import Identity, check

alice = Identity.from_files("alice", "alice.pem", "alice.key")
result = check("openapi.yaml", "https://localhost:8443", identities=[alice], ca="ca.pem")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specdrift.app.library import acheck, check, lint, read_result, render
    from specdrift.errors import (
        ConfigError,
        CredentialError,
        DocumentError,
        ExitStatus,
        OutOfTimeError,
        SpecdriftError,
        TemplateError,
        UsageError,
    )
    from specdrift.model.policy import Expect
    from specdrift.model.result.drift import Drift, Severity
    from specdrift.model.result.result import Result
    from specdrift.settings import Identity

__version__ = "0.1.0"
__all__ = [
    "ConfigError",
    "CredentialError",
    "DocumentError",
    "Drift",
    "ExitStatus",
    "Expect",
    "Identity",
    "OutOfTimeError",
    "Result",
    "Severity",
    "SpecdriftError",
    "TemplateError",
    "UsageError",
    "__version__",
    "acheck",
    "check",
    "lint",
    "read_result",
    "render",
]

_MODULES = {
    "specdrift.app.library": ("acheck", "check", "lint", "read_result", "render"),
    "specdrift.errors": (
        "ConfigError",
        "CredentialError",
        "DocumentError",
        "ExitStatus",
        "OutOfTimeError",
        "SpecdriftError",
        "TemplateError",
        "UsageError",
    ),
    "specdrift.model.policy": ("Expect",),
    "specdrift.model.result.drift": ("Drift", "Severity"),
    "specdrift.model.result.result": ("Result",),
    "specdrift.settings": ("Identity",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - type checkers read the imports above
    """Import a public name when it is first used, so that ``import specdrift`` stays fast."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
