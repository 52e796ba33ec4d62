"""Passphrases, keys and tokens: ``${VARIABLE}`` expands to its value, and values are masked when shown."""

import re
from collections.abc import Collection, Mapping

from msgspec.structs import replace

from specdrift.config.value_types.plain import (
    TEXT_MAP,
    ConversionContext,
    Mismatch,
    ValueType,
    expect_type,
    plain_text,
)
from specdrift.model.secrets import SECRET_HEADERS, SECRET_PARAMETERS
from specdrift.settings import Secret, Settings

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_DOUBLED = "$${"
"""Stands for a literal ``${``."""


def expand(text: str, context: ConversionContext) -> str:
    """Replace each ``${NAME}`` by its environment variable. Raises Mismatch for one that is unset or not allowed."""
    return "${".join(_expand_part(part, context) for part in text.split(_DOUBLED))


def refers_to_variable(text: str) -> bool:
    """Return whether a text has a reference to a variable."""
    return bool(_REFERENCE.search(text.replace(_DOUBLED, "")))


def _expand_part(text: str, context: ConversionContext) -> str:
    if "${" in _REFERENCE.sub("", text):
        raise Mismatch(
            '"${" begins a variable that does not end in "}" (write "$${" for the characters themselves)'
        )
    return _REFERENCE.sub(lambda match: context.variable(match[1]), text)


def _secret(value: object, context: ConversionContext) -> Secret | None:
    text = str(expect_type(value, str))
    if text and not _REFERENCE.search(text):
        context.warn('the file contains a secret; use "${VARIABLE}" or a separate file')
    return Secret(expand(text, context)) if text else None


def _secret_map(value: object, context: ConversionContext) -> dict[str, Secret]:
    pairs = {name: _secret(item, context) for name, item in expect_type(value, dict).items()}
    return {name: secret for name, secret in pairs.items() if secret is not None}


Parameters = Mapping[str, str | Mapping[str, str]]
"""Values by name, and such tables by identity."""


def _parameters(value: object, _: ConversionContext) -> dict[str, str | dict[str, str]]:
    return {
        name: {inner: plain_text(one) for inner, one in item.items()}
        if isinstance(item, dict)
        else plain_text(item)
        for name, item in expect_type(value, dict).items()
    }


def _show_parameters(values: Parameters) -> dict[str, str | dict[str, str]]:
    secret = SECRET_HEADERS | SECRET_PARAMETERS
    shared = {name: value for name, value in values.items() if isinstance(value, str)}
    own = {name: _masked(value, secret) for name, value in values.items() if not isinstance(value, str)}
    return {**_masked(shared, secret), **own}


def _masked(values: Mapping[str, str], secret: Collection[str]) -> dict[str, str]:
    return {name: "***" if name.lower() in secret else value for name, value in values.items()}


def without(settings: Settings) -> Settings:
    """Mask the parameter values that ``[redact]`` names."""
    secret = {name.lower() for name in settings.redact.names}
    masked = (
        replace(
            one,
            parameters=_masked(one.parameters, secret),
            own_parameters={name: _masked(own, secret) for name, own in one.own_parameters.items()},
        )
        for one in settings.operations
    )
    return replace(settings, operations=tuple(masked)) if secret else settings


SECRET = ValueType(
    what='a string, best as "${VARIABLE}"',
    schema={"type": "string"},
    convert=_secret,
    render=lambda secret: "***" if secret else "",
    secret=True,
)

SECRET_MAP = ValueType(
    what='a table of strings, best as "${VARIABLE}"',
    schema={"type": "object", "additionalProperties": {"type": "string"}},
    convert=_secret_map,
    render=lambda secrets: dict.fromkeys(secrets, "***"),
    secret=True,
)

PARAMETERS = ValueType(
    what=f"{TEXT_MAP.what}, or such a table for an identity",
    schema={
        "type": "object",
        "additionalProperties": {"anyOf": [TEXT_MAP.schema["additionalProperties"], TEXT_MAP.schema]},
    },
    convert=_parameters,
    render=_show_parameters,
)
"""Values of parameters with a secret name are masked."""
