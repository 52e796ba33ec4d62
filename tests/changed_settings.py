"""Settings with other values, by the names of the configuration keys."""

from typing import Any

from msgspec.structs import replace

from specdrift.config.keys.catalogue import GROUPS
from specdrift.settings import Settings

TOP = next(group for group in GROUPS if not group.name)
TARGETS = {key.name.replace("-", "_"): key.target for key in TOP.keys} | {
    "include": "selection.include",
    "exclude": "selection.exclude",
}
"""Attribute paths by key, such as ``checks.skip`` by ``skip_checks``."""


def changed(settings: Settings, **values: Any) -> Settings:  # noqa: ANN401 - as the keys have them
    """Return the settings with other values; names are keys at the top of the file, or groups."""
    for name, value in values.items():
        settings = _with(settings, TARGETS.get(name, name).split("."), value)
    return settings


def _with(group: Any, path: list[str], value: object) -> Any:  # noqa: ANN401 - a frozen group, by its path
    name, *rest = path
    return replace(group, **{name: _with(getattr(group, name), rest, value) if rest else value})
