"""Checks the arguments that a program passes, before anything uses them."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypedDict

from msgspec import Struct

from specdrift.errors import ConfigError
from specdrift.model.policy import Expect


class ArgumentType(Struct, frozen=True, kw_only=True):
    """What an argument may be."""

    what: str
    """Completes "expected …"."""
    accepts: Callable[[Any], bool]


TEXT = ArgumentType(what="a text", accepts=lambda value: isinstance(value, str))
SOME_TEXT = ArgumentType(
    what="a text that is not empty", accepts=lambda value: isinstance(value, str) and bool(value.strip())
)
TEXT_OR_NONE = ArgumentType(what="a text or None", accepts=lambda value: isinstance(value, str | None))
FILE = ArgumentType(what="a text or a path", accepts=lambda value: isinstance(value, str | Path))
SOME_FILE = ArgumentType(
    what="a text or a path that is not empty",
    accepts=lambda value: isinstance(value, Path) or (isinstance(value, str) and bool(value)),
)
FILE_OR_NONE = ArgumentType(
    what="a text, a path or None", accepts=lambda value: isinstance(value, str | Path | None)
)
EXPECT = ArgumentType(
    what=" or ".join(f'"{one}"' for one in Expect),
    accepts=lambda value: isinstance(value, str) and value in tuple(Expect),
)
FUNCTION_OR_NONE = ArgumentType(
    what="a function or None", accepts=lambda value: value is None or callable(value)
)


def require(arguments: Mapping[str, tuple[ArgumentType, object]]) -> None:
    """Raise ConfigError with every argument, by name, that is not of its type, one a line."""
    problems = [
        f"{name}: expected {accepted.what}, not {_shown(value)}"
        for name, (accepted, value) in arguments.items()
        if not accepted.accepts(value)
    ]
    if problems:
        raise ConfigError("\n".join(problems))


def several(name: str, values: object, each: ArgumentType, *, one: bool = True) -> tuple[Any, ...]:
    """Return the values of an argument; with ``one`` a single value stands for itself. Raises ConfigError."""
    if one and each.accepts(values):
        return (values,)
    if isinstance(values, str | bytes | Path | Mapping) or not isinstance(values, Iterable):
        raise ConfigError(f"{name}: expected a list, each of it {each.what}, not {_shown(values)}")
    found = tuple(values)
    require({f"{name}[{place}]": (each, value) for place, value in enumerate(found)})
    return found


class CertificateUse(TypedDict, total=False):
    """What the certificate of an identity is for."""

    roles: Iterable[str]
    """Its roles in the API."""
    schemes: Iterable[str]
    """The mutualTLS schemes of the document whose operations accept it, where operations name different ones."""
    names: Iterable[str]
    """Other names of the listener at which it is accepted."""


class UsedCertificate(TypedDict):
    """The same as an identity has it."""

    roles: frozenset[str]
    schemes: frozenset[str]
    names: tuple[str, ...]


def certificate_use(use: CertificateUse) -> UsedCertificate:
    """Return what a certificate is for; one text is one name. Raises ConfigError, also for an unknown argument."""
    for name in use:
        if name not in CertificateUse.__annotations__:
            raise ConfigError(f"unexpected keyword argument {name!r}")
    return UsedCertificate(
        roles=frozenset(several("roles", use.get("roles", ()), SOME_TEXT)),
        schemes=frozenset(several("schemes", use.get("schemes", ()), SOME_TEXT)),
        names=several("names", use.get("names", ()), SOME_TEXT),
    )


def command_words(command: object) -> tuple[str, ...]:
    """Return the words of a command. Raises ConfigError, also for one text, whose words are not known."""
    return several("command", command, TEXT, one=False)


def identity_name(name: str) -> str:
    """Return the name of an identity. Raises ConfigError for an empty one."""
    require({"name": (SOME_TEXT, name)})
    return name


def identity_file(cert_file: str | Path, *, key_file: object, passphrase: object, expect: object) -> Path:
    """Return the absolute path of an identity's certificate. Raises ConfigError for a wrong argument."""
    require(
        {
            "cert_file": (SOME_FILE, cert_file),
            "key_file": (FILE_OR_NONE, key_file),
            "passphrase": (TEXT_OR_NONE, passphrase),
            "expect": (EXPECT, expect),
        }
    )
    return Path(cert_file).absolute()


def _shown(value: object) -> str:
    """Show a text or ``None``; only the type of anything else, which may be a secret in the wrong form."""
    if isinstance(value, str):
        return f'"{value}"'
    return "None" if value is None else f"a value of type {type(value).__name__}"
