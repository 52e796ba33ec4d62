"""The command line of a run, put together again from its settings and what set them."""

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping

from specdrift.model.result.result import Result
from specdrift.model.result.setting import Setting
from specdrift.result.printable import printable

POSITIONS = ("SPEC", "BASE_URL")


def command(result: Result) -> str:
    """``specdrift check SPEC BASE_URL …`` with the options of the run. Settings of files and variables are left out:
    they are still set there. Empty for a run without a command line.
    """
    options: dict[str, dict[str, Setting]] = defaultdict(dict)
    for key, setting in result.settings.items():
        options[setting.origin][key] = setting
    words = [_word(setting.value) for name in POSITIONS for setting in options[name].values()]
    for option, settings in options.items():
        if option.startswith("--"):
            for value in _values(option, settings):
                words += [option, value] if value else [option]
    return printable(shlex.join(["specdrift", "check", *words]), limit=4000) if words else ""


def _values(option: str, settings: Mapping[str, Setting]) -> Iterator[str]:
    """The values of an option: one for each identity, report or setting; empty for a flag."""
    if option == "--identity":
        yield from _identities(settings)
        return
    for key, setting in settings.items():
        word = _word(setting.value)
        yield f"{_name(key, setting)}={word}" if option == "--report" else word


def _identities(settings: Mapping[str, Setting]) -> Iterator[str]:
    people: dict[str, dict[str, object]] = defaultdict(dict)
    for key, setting in settings.items():
        people[setting.group.removeprefix("identities.")][_name(key, setting)] = setting.value
    for name, members in people.items():
        files = (members.get("cert-file") or members.get("pkcs12-file"), members.get("key-file"))
        roles = members.get("roles")
        parts = [str(file) for file in files if file]
        parts += [f"role={role}" for role in roles] if isinstance(roles, list) else []
        parts += [f"expect={members['expect']}"] if "expect" in members else []
        yield f"{name}={','.join(parts)}"


def _name(key: str, setting: Setting) -> str:
    """The last member of a dotted key."""
    return key.removeprefix(f"{setting.group}.")


def _word(value: object) -> str:
    """A value as an option takes it."""
    if value is True:
        return ""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
