"""Loads what installed packages add through entry points."""

from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from specdrift.errors import UsageError

Plugin = TypeVar("Plugin")


def load_plugins(group: str, interface: type[Plugin]) -> tuple[Plugin, ...]:
    """Return the objects that installed packages register in an entry-point group, sorted by name.

    ``interface`` is a runtime-checkable protocol. Raises UsageError for an object that cannot be imported or that
    lacks a member of it.
    """
    found = sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value))
    return tuple(_load(entry, interface) for entry in found)


def _load(entry: EntryPoint, interface: type[Plugin]) -> Plugin:
    package = f" of the package {entry.dist.name}" if entry.dist is not None else ""
    where = f'entry point "{entry.name}" ({entry.value}, group {entry.group}){package}'
    try:
        loaded = entry.load()
    except Exception as error:  # importing a plugin runs its code, which may raise anything
        raise UsageError(
            f"{where}: cannot be loaded: {type(error).__name__}: {error}. Update or uninstall the package"
        ) from error
    if not isinstance(loaded, interface):
        raise UsageError(f"{where}: {type(loaded).__name__} does not implement {interface.__name__}")
    return loaded
