"""A configuration as TOML, each value with its origin; secrets are masked."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.config_key import Group, Key, Shape
from specdrift.config.value_types.secret_values import without
from specdrift.model.result.setting import Setting
from specdrift.settings import NO_FILE, Settings

DEFAULT = "default"
"""The origin of a key that nothing set."""


def show(settings: Settings) -> str:
    """Format as TOML. The comment after a value is its origin; keys without a value are comments."""
    shown = without(settings)
    blocks = ["\n".join(_block(group, shown)) for group in GROUPS]
    return "\n\n".join(block for block in blocks if block) + "\n"


def describe(settings: Settings) -> dict[str, Setting]:
    """Every key that something has set, by its dotted name (``network.timeout``); secrets are masked."""
    shown = without(settings)
    return {
        dotted: Setting(
            value=_json(value), text=toml(value), origin=origin, group=_table_of(group, dotted, name)
        )
        for group in GROUPS
        for _, entries in tables(group, shown)
        for dotted, name, value in entries
        if value is not None and (origin := settings.origins.get(dotted, DEFAULT)) != DEFAULT
    }


def _table_of(group: Group, dotted: str, name: str) -> str:
    return group.name if group.shape is Shape.FREE else dotted.removesuffix(name).removesuffix(".")


def _json(value: object) -> object:
    """A TOML value as JSON; dates and times, infinity and NaN become strings."""
    match value:
        case Mapping():
            return {str(name): _json(item) for name, item in value.items()}
        case list() | tuple():
            return [_json(item) for item in value]
        case float() if not isfinite(value):
            return str(value)
        case bool() | int() | float():
            return value
        case _:
            return str(value)


ShownValue = tuple[str, str, object]
"""Dotted name, name as written, TOML value (None: no value)."""


def _block(group: Group, settings: Settings) -> Iterator[str]:
    for header, entries in tables(group, settings):
        if header:
            yield header
        for dotted, name, value in entries:
            origin = settings.origins.get(dotted, "default")
            yield f"# {name} is not set" if value is None else f"{name} = {toml(value)}  # {origin}"


def tables(group: Group, settings: Settings) -> Iterator[tuple[str, list[ShownValue]]]:
    """Yield the tables of a group: header line and values."""
    held: Any = getattr(settings, group.name.replace("-", "_")) if group.name else settings
    match group.shape:
        case Shape.SINGLE:
            yield f"[{group.name}]" if group.name else "", _entries(group, held, group.name)
        case Shape.LIST:
            for index, entry in enumerate(held):
                label = getattr(entry, "name", str(index))
                yield (
                    f"[[{group.name}]]",
                    _explicit(_entries(group, entry, f"{group.name}.{label}"), settings),
                )
        case Shape.NAMED:
            for name, entry in held.items():
                dotted = f"{group.name}.{name}"
                yield f"[{group.name}.{toml_key(name)}]", _explicit(_entries(group, entry, dotted), settings)
        case Shape.FREE:
            pairs = held.items() if isinstance(held, Mapping) else [(item.format, item.path) for item in held]
            if pairs:
                yield f"[{group.name}]", [(f"{group.name}.{n}", toml_key(n), str(v)) for n, v in pairs]


def _explicit(entries: list[ShownValue], settings: Settings) -> list[ShownValue]:
    """Omit defaults: in lists they would outnumber the explicit values."""
    return [entry for entry in entries if entry[0] in settings.origins]


def _entries(group: Group, held: object, prefix: str) -> list[ShownValue]:
    return [(f"{prefix}.{key.name}" if prefix else key.name, key.name, raw(key, held)) for key in group.keys]


def raw(key: Key, held: object) -> object:
    """The TOML value of a key in its settings group; None if it has no value."""
    value = held
    for member in key.target.split("."):
        value = getattr(value, member)
    return None if value == NO_FILE else key.value_type.render(value)


def toml_key(name: str) -> str:
    """Format a key, without quotes if TOML allows it."""
    plain = name.replace("-", "").replace("_", "")
    return name if plain.isalnum() and plain.isascii() else toml(name)


def toml(value: object) -> str:
    """Format a TOML value. JSON strings, numbers and booleans are TOML too."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{toml_key(str(name))} = {toml(item)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml(item) for item in value)}]"
    if isinstance(value, str | int | float):
        return json.dumps(value, ensure_ascii=False)
    return str(value)  # dates and times
