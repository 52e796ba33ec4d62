"""The JSON Schema of the configuration file, generated from the tables of keys."""

from typing import Any

from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.config_key import Group, Key, Shape


def config_schema() -> dict[str, Any]:
    """Build the JSON Schema (2020-12) of ``specdrift.toml``."""
    properties: dict[str, Any] = {}
    for group in GROUPS:
        if group.name:
            properties[group.name] = _group(group)
        else:
            properties |= _properties(group)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "specdrift configuration",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _group(group: Group) -> dict[str, Any]:
    about = {"description": f"{group.about}."}
    match group.shape:
        case Shape.SINGLE:
            return about | _table(group)
        case Shape.LIST:
            several = {"type": "array", "items": _table(group)}
            return about | ({"anyOf": [_table(group), several]} if group.single else several)
        case Shape.NAMED:
            return about | {"type": "object", "additionalProperties": _table(group)}
        case Shape.FREE:
            return about | {
                "type": "object",
                "additionalProperties": group.values.schema if group.values else {},
            }


def _table(group: Group) -> dict[str, Any]:
    required = [key.name for key in group.keys if key.required]
    table = {"type": "object", "properties": _properties(group), "additionalProperties": False}
    alternatives = {"anyOf": [{"required": [name]} for name in group.one_of]} if group.one_of else {}
    return table | ({"required": required} if required else {}) | alternatives


def _properties(group: Group) -> dict[str, Any]:
    return {key.name: _property(key) for key in group.keys}


def _property(key: Key) -> dict[str, Any]:
    return {"description": key.help, **key.value_type.schema}
