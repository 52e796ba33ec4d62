"""The differences between two configuration files, key by key, with their effect on the exit status."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from specdrift.config.describe.show import raw, toml
from specdrift.config.gate.effects import LIST_DEFAULTS, GateEffect, effect_of, judging, weakens
from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.config_key import Group, Key, Shape
from specdrift.config.reading.file import ConfigFile
from specdrift.config.reading.positions import KeyPath
from specdrift.config.value_types import plain
from specdrift.config.value_types.secret_values import PARAMETERS
from specdrift.model.contract.location import SourceLocation
from specdrift.model.gate import GateChange
from specdrift.settings import Settings

_MASK = "***"
_CARRIERS = (PARAMETERS, plain.ANY, plain.ANY_MAP)
"""Values that are sent, and may be secret."""
_LONGEST = 100
_SELECTORS = ("include-", "exclude-")


class _Written(Struct, frozen=True, kw_only=True):
    """A value in a file."""

    value: object
    path: KeyPath
    effect_key: str
    secret: bool = False


_Values = dict[str, _Written]
"""By dotted key, names and selectors included: ``identities.alice.expect``."""


def gate_changes(
    older: ConfigFile | None, newer: ConfigFile | None, *, incomplete_passes: bool = False
) -> tuple[GateChange, ...]:
    """Return the changed keys that are part of the gate. None stands for no configuration file.

    ``incomplete_passes``: what only makes a run incomplete is part of the gate too.
    """
    before, after = _values(older), _values(newer)
    found = [
        _change(key, before.get(key), after.get(key), (older, newer), incomplete_passes=incomplete_passes)
        for key in dict.fromkeys((*after, *before))
    ]
    moved = [name for name in _LISTS if _reordered(older, newer, name)]
    orders = (
        GateChange(
            subject=f"order of [[{name}]]", before="", after="", weaker=True, location=_at(newer, (name,))
        )
        for name in moved
    )
    return (*(change for change in found if change is not None), *orders)


def _change(
    key: str,
    before: _Written | None,
    after: _Written | None,
    files: tuple[ConfigFile | None, ConfigFile | None],
    *,
    incomplete_passes: bool,
) -> GateChange | None:
    written, (older, newer) = after or before, files
    if written is None:
        return None
    effect = judging(effect_of(written.effect_key), incomplete_passes=incomplete_passes)
    default = _DEFAULTS.get(written.effect_key)
    old, new = (one.value if one else default for one in (before, after))
    if effect is GateEffect.NONE or old == new:
        return None
    return GateChange(
        subject=key,
        before=_shown(before),
        after=_shown(after),
        weaker=weakens(effect, old, new) and not (effect is GateEffect.DIRECTS and older is None),
        location=_at(newer, written.path),
    )


def _shown(written: _Written | None) -> str:
    if written is None:
        return ""
    text = _MASK if written.secret else toml(written.value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _at(file: ConfigFile | None, path: KeyPath) -> SourceLocation | None:
    if file is None:
        return None
    line = file.positions.line((*file.prefix, *path))
    pointer = "".join(f"/{part}" for part in path)
    return SourceLocation(
        file=file.shown, line=line, column=1, end_line=line, end_column=1, pointer=pointer or "/"
    )


def _values(file: ConfigFile | None) -> _Values:
    found: _Values = {}
    for dotted, written in _written(file.table if file else {}):
        name, number = dotted, 1
        while name in found:  # entries with the same selectors
            number += 1
            name = f"{dotted} ({number})"
        found[name] = written
    return found


def _written(table: Mapping[str, Any]) -> Iterator[tuple[str, _Written]]:
    groups = {group.name: group for group in GROUPS}
    top = groups[""]
    for name, value in table.items():
        group = groups.get(name)
        if group is None:
            yield from _of_table(top, {name: value}, (), "")
            continue
        match group.shape, value:
            case Shape.SINGLE, dict():
                yield from _of_table(group, value, (name,), name)
            case Shape.LIST, list() | dict():
                entries = value if isinstance(value, list) else [value]
                for index, entry in enumerate(entries):
                    yield from _of_table(group, entry, (name, index), f"{name}.{_label(entry)}")
            case Shape.NAMED, dict():
                for inner, entry in value.items():
                    yield from _of_table(group, entry, (name, inner), f"{name}.{inner}")
            case Shape.FREE, dict():
                for inner, item in value.items():
                    yield f"{name}.{inner}", _Written(value=item, path=(name, inner), effect_key=name)
            case _:
                yield name, _Written(value=value, path=(name,), effect_key=name)


def _of_table(group: Group, table: object, path: KeyPath, prefix: str) -> Iterator[tuple[str, _Written]]:
    """Yield the keys of one table. An unknown key counts too: another version may know it."""
    for name, value in table.items() if isinstance(table, dict) else [("", table)]:
        if group.shape is Shape.LIST and name.startswith(_SELECTORS):
            continue  # they name the entry
        key = group.find(name)
        dotted = f"{prefix}.{name}" if prefix else name
        effect_key = f"{group.name}.{name}" if group.name else name
        secret = key is None or key.value_type.secret or key.value_type in _CARRIERS
        yield dotted, _Written(value=value, path=(*path, name), effect_key=effect_key, secret=secret)


def _label(entry: object) -> str:
    """Return the name of an entry, or its selectors."""
    if not isinstance(entry, dict):
        return ""
    if "name" in entry:
        return str(entry["name"])
    selectors = {name: value for name, value in entry.items() if name.startswith(_SELECTORS)}
    return json.dumps(selectors, sort_keys=True, default=str) if selectors else "*"


def _reordered(older: ConfigFile | None, newer: ConfigFile | None, name: str) -> bool:
    """Return whether the entries that both have are in another order: a later entry overrides an earlier one."""
    before, after = (_labels(file.table.get(name) if file else None) for file in (older, newer))
    return [one for one in before if one in after] != [one for one in after if one in before]


def _labels(entries: object) -> list[str]:
    return [_label(entry) for entry in entries] if isinstance(entries, list) else []


_LISTS = tuple(group.name for group in GROUPS if group.shape is Shape.LIST and group.name != "identities")


def _defaults() -> Iterator[tuple[str, object]]:
    yield from LIST_DEFAULTS.items()
    settings = Settings()
    for group in GROUPS:
        if group.shape is Shape.SINGLE:
            held = getattr(settings, group.name.replace("-", "_")) if group.name else settings
            yield from ((group.dotted(key), _default(key, held)) for key in group.keys)


def _default(key: Key, held: object) -> object:
    value = raw(key, held)
    return None if value in ("", [], {}, "system") else value


_DEFAULTS: Mapping[str, object] = dict(_defaults())
