"""The secrets of a configuration. A server or a document cannot add one: it could blank words of the report. Pure."""

import base64
import binascii
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import unquote, unquote_plus, urlsplit

from specdrift.model.contract.operation import Operation, ParameterValue, ValueSource
from specdrift.model.secrets import SECRET_HEADERS, SECRET_PARAMETERS
from specdrift.settings import SchemeSettings, Secret, Settings

AUTHENTICATION_SCHEMES = frozenset({"basic", "bearer", "digest", "dpop", "negotiate"})


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return the credentials and passphrases of a configuration, and the parameters with a secret name."""
    names = SECRET_HEADERS | SECRET_PARAMETERS | {name.lower() for name in settings.redact.names}
    found = list(credentials_of(settings.schemes.values()))
    found += [one.key_pass.reveal() for one in settings.identities if one.key_pass is not None]
    found += [*url_secrets(settings.spec), *url_secrets(settings.selection.changed_since)]
    for entry in settings.operations:
        for table in (entry.parameters, *entry.own_parameters.values()):
            for name, value in table.items():
                found += secret_parts(value) if name.lower() in names else ()
    return tuple(dict.fromkeys(filter(None, found)))


def credentials_of(schemes: Iterable[SchemeSettings]) -> Iterator[str]:
    """Yield the values of ``[schemes]``, and the password of each ``user:password``."""
    for scheme in schemes:
        for secret in filter(None, (scheme.value, scheme.token, *scheme.tokens.values())):
            yield from _with_password(secret)


def parameters_of(operations: Iterable[Operation], names: Collection[str]) -> Iterator[str]:
    """Yield the configured values of secret parameters. What a document itself gives one is no secret."""
    chosen = {name.lower() for name in names}
    for parameter in (each for operation in operations for each in operation.every_parameter):
        if parameter.source is ValueSource.CONFIG and is_secret(parameter, chosen):
            yield from secret_parts(parameter.value)


def is_secret(parameter: ParameterValue, names: Collection[str]) -> bool:
    """Return whether the value of a parameter is secret by its name and place. ``names`` are lower-case."""
    name = parameter.name.lower()
    match parameter.location:
        case "header":
            return name in SECRET_HEADERS or name in names
        case "query":
            return name in SECRET_PARAMETERS or name in names
        case place:
            return place == "cookie"


def secret_parts(value: str) -> Iterator[str]:
    """Yield the secrets in the value of a header or parameter: a token, a password, the values of cookies."""
    scheme, space, token = value.partition(" ")
    if space and scheme.lower() in AUTHENTICATION_SCHEMES:
        yield token.strip()
        yield from _password(token) if scheme.lower() == "basic" else ()
        return
    yield value
    for pair in value.split(";"):
        yield pair.partition("=")[2].strip().strip('"')


def url_secrets(name: str) -> Iterator[str]:
    """Yield password (else user) and query values of a document's URL; nothing for another name of a document."""
    try:
        parts = urlsplit(name)
    except ValueError:
        return
    if not parts.netloc:
        return
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    yield unquote(password or user)
    for pair in parts.query.split("&"):
        yield unquote_plus(pair.partition("=")[2])


def _with_password(secret: Secret) -> Iterator[str]:
    yield secret.reveal()
    yield secret.reveal().partition(":")[2]


def _password(token: str) -> Iterator[str]:
    try:
        decoded = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    yield decoded.partition(":")[2]
