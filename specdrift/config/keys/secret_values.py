"""Passphrases, keys and tokens: ``${VARIABLE}`` becomes its value, and the value shows itself nowhere."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from specdrift.config.keys.kinds import TEXT_MAP, Kind, Mismatch, Place, expect_type
from specdrift.model.secrets import SECRET_HEADERS, SECRET_PARAMETERS
from specdrift.settings import Secret, Settings

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_DOUBLED = "$${"
"""Stands for a literal ``${``."""


def expand(text: str, place: Place) -> str:
    """``text`` with each ``${NAME}`` replaced from the environment. An unset variable is an error."""
    return "${".join(_expand_part(part, place) for part in text.split(_DOUBLED))


def _expand_part(text: str, place: Place) -> str:
    if "${" in _REFERENCE.sub("", text):
        raise Mismatch(
            '"${" begins a variable that does not end in "}" (write "$${" for the characters themselves)'
        )
    unset = [name for name in _REFERENCE.findall(text) if name not in place.environ]
    if unset:
        raise Mismatch(f"the environment variable {unset[0]} is not set")
    return _REFERENCE.sub(lambda match: place.environ[match[1]], text)


def _secret(value: object, place: Place) -> Secret | None:
    text = str(expect_type(value, str))
    if text and not _REFERENCE.search(text):
        place.remark('a secret is written out in the file; "${VARIABLE}" or a separate file keeps it out')
    return Secret(expand(text, place)) if text else None


def _secret_map(value: object, place: Place) -> dict[str, Secret]:
    pairs = {name: _secret(item, place) for name, item in expect_type(value, dict).items()}
    return {name: secret for name, secret in pairs.items() if secret is not None}


def _show_parameters(values: Mapping[str, str]) -> dict[str, str]:
    return _masked(values, SECRET_HEADERS | SECRET_PARAMETERS)


def _masked(values: Mapping[str, str], secret: Collection[str]) -> dict[str, str]:
    return {name: "***" if name.lower() in secret else value for name, value in values.items()}


def without(settings: Settings) -> Settings:
    """The settings as they are shown: without the parameters that they call secret themselves."""
    secret = {name.lower() for name in settings.redact.names}
    masked = (replace(one, parameters=_masked(one.parameters, secret)) for one in settings.operations)
    return replace(settings, operations=tuple(masked)) if secret else settings


SECRET = Kind(
    what='a string, best as "${VARIABLE}"',
    schema={"type": "string"},
    convert=_secret,
    render=lambda secret: "***" if secret else "",
    secret=True,
)

SECRET_MAP = Kind(
    what='a table of strings, best as "${VARIABLE}"',
    schema={"type": "object", "additionalProperties": {"type": "string"}},
    convert=_secret_map,
    render=lambda secrets: dict.fromkeys(secrets, "***"),
    secret=True,
)

PARAMETERS = replace(TEXT_MAP, render=_show_parameters)
"""Some are secret by their name."""
