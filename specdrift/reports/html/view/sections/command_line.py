"""The command line of a run, put together again from its settings and what set them."""

import json
import shlex
from collections.abc import Iterator

from specdrift.model.result.result import Result
from specdrift.result.printable import printable

POSITIONS = ("SPEC", "BASE_URL")


def command(result: Result) -> str:
    """``specdrift check SPEC BASE_URL …`` as it was called; without the keys of settings that a file or a variable set,
    for they are still set there. Empty where nothing was set by a command line.
    """
    given = {key: origin for key, origin in result.origins.items() if origin.startswith("--")}
    places = {origin: key for key, origin in result.origins.items() if origin in POSITIONS}
    if not (given or places):
        return ""
    words = [
        "specdrift",
        "check",
        *(_text(result.config[places[name]]) for name in POSITIONS if name in places),
    ]
    for option in dict.fromkeys(given.values()):
        keys = [key for key, origin in given.items() if origin == option and key in result.config]
        for value in _values(option, {key: _text(result.config[key]) for key in keys}):
            words += [option, value] if value else [option]
    return printable(shlex.join(words), limit=4000)


def _values(option: str, settings: dict[str, str]) -> Iterator[str]:
    """What followed an option: once for an identity, a report or a value."""
    if option == "--identity":
        yield from _identities(settings)
        return
    for key, value in settings.items():
        yield f"{key.partition('.')[2]}={value}" if option == "--report" else "" if value == "true" else value


def _identities(settings: dict[str, str]) -> Iterator[str]:
    people: dict[str, dict[str, str]] = {}
    for key, value in settings.items():
        name, _, member = key.removeprefix("identities.").rpartition(".")
        people.setdefault(name, {})[member] = value
    for name, members in people.items():
        parts = [members.get("cert-file", members.get("pkcs12-file", "")), members.get("key-file", "")]
        parts += [f"role={role}" for role in members.get("roles", "").split(",") if role]
        parts += [f"expect={members['expect']}"] if "expect" in members else []
        yield f"{name}={','.join(part for part in parts if part)}"


def _text(value: str) -> str:
    """A setting is written as TOML writes it, and read here as far as JSON can."""
    try:
        read = json.loads(value)
    except ValueError:
        return value
    if isinstance(read, list):
        return ",".join(map(str, read))
    return read if isinstance(read, str) else value
