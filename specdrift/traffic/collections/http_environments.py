"""Environments beside ``.http`` files: of JetBrains and Visual Studio, and of REST Client in settings of VS Code."""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from specdrift.loader.parse.node import DocumentNode
from specdrift.traffic.collections.structured import root_of_companion
from specdrift.traffic.traffic_format import CompanionFile, UnreadableTraffic

SHARED = "$shared"
"""The environment whose values all others have."""
SETTING = "rest-client.environmentVariables"
"""The setting of VS Code that has the environments of REST Client."""


COMMENT = re.compile(r"^[ \t]*//.*$", re.MULTILINE)
"""A comment in these settings."""


def environments_of(companions: Sequence[CompanionFile]) -> tuple[Mapping[str, str], ...]:
    """Return the values of each environment. Raises UnreadableTraffic for a file of them that cannot be read."""
    return tuple(one for companion in companions for one in _environments(_root(companion)))


def _root(companion: CompanionFile) -> DocumentNode:
    """Read a file. Settings of an editor may have what JSON has not, and then have no values here."""
    if SETTING not in companion.text:
        return root_of_companion(companion)
    try:
        return root_of_companion(replace(companion, text=COMMENT.sub("", companion.text)))
    except UnreadableTraffic:
        return root_of_companion(replace(companion, text="{}"))


def _environments(root: DocumentNode) -> Iterator[Mapping[str, str]]:
    """Yield the values of each environment. Objects are references to stores of secrets, or settings of sign-ins."""
    setting = root.get(SETTING).value
    chosen = setting if isinstance(setting, dict) else root.value
    if not isinstance(chosen, dict):
        return
    values = {name: _texts(one) for name, one in chosen.items() if isinstance(one, dict)}
    shared = values.pop(SHARED, {})
    for one in values.values() or [{}]:
        yield {**shared, **one}


def _texts(environment: Mapping[str, object]) -> dict[str, str]:
    return {
        str(name): str(value)
        for name, value in environment.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }
