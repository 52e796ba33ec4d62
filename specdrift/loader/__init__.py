"""Reads an OpenAPI document: operations, their security requirements, and the source location of each."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specdrift.loader.configured_parts import ConfiguredParts
    from specdrift.loader.contract_loader import load
    from specdrift.loader.matching.matcher import Matcher
    from specdrift.loader.operations.operation_reader import Bodies

__all__ = ["Bodies", "ConfiguredParts", "Matcher", "load"]

_HOMES = {
    "Bodies": "operations.operation_reader",
    "ConfiguredParts": "configured_parts",
    "Matcher": "matching.matcher",
    "load": "contract_loader",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - type checkers read the imports above
    """Import what reads documents when it is first used: `routes` without one uses `parse` alone."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
