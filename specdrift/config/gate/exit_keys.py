"""The keys that turn findings into an exit status, read from one configuration file."""

from typing import Any, NamedTuple

from specdrift.config.keys.top import TOP
from specdrift.config.reading.file import ConfigFile
from specdrift.config.reading.validate import Checker
from specdrift.settings import GateSettings

_PREFIX = "gate."
DEFAULT = "default"


class ExitKey(NamedTuple):
    """A key of the file, or its default."""

    name: str
    """``fail-on``."""
    member: str
    """The attribute of ``GateSettings``."""
    value: Any
    origin: str
    """``main:specdrift.toml:3``, or ``default``."""


def exit_keys(file: ConfigFile | None) -> list[ExitKey]:
    """Return ``fail-on``, ``allow-incomplete`` and ``exit-zero``; an invalid value counts as the default."""
    found = []
    for key in TOP.keys:
        if not key.target.startswith(_PREFIX):
            continue
        member = key.target.removeprefix(_PREFIX)
        one = ExitKey(key.name, member, getattr(GateSettings(), member), DEFAULT)
        if file is not None and key.name in file.table:
            checker = Checker(cwd=file.path.parent, environ={}, warn=lambda _: None)
            where = file.where(key.name)
            item = checker.convert(key.value_type, file.table[key.name], key=key.name, where=where)
            one = one._replace(value=item.value, origin=where) if item else one
        found.append(one)
    return found
