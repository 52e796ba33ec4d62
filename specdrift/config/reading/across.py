"""Validates keys against each other: repeated names, keys that exclude each other, unknown names."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from specdrift.config.keys.document import SCHEMES
from specdrift.config.keys.identities import BATTERY, CLIENT_CA, IDENTITIES
from specdrift.config.keys.output import REPORTS
from specdrift.config.keys.server import SERVER
from specdrift.config.reading.overlay import DEFAULT_IDENTITY
from specdrift.config.reading.own_values import own_value_problems
from specdrift.config.reading.validate import Checker, ConfigTable, ConfigTables, ConfigValue, did_you_mean
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.settings import CertificateFormat


class AllowedNames(Struct, frozen=True, kw_only=True):
    """Names that other parts of the program define. An empty collection allows every name."""

    checks: Collection[str] = ()
    profiles: Collection[str] = ()
    formats: Collection[str] = ()
    endings: Collection[str] = ()
    """Endings of report files, without the dot."""


Problem = tuple[str, str]
"""Location and text."""


def check_across(items: ConfigTables, allowed: AllowedNames, checker: Checker) -> None:
    """Report every problem between keys to ``checker``."""
    for found in (
        _identities(items),
        _server(items),
        _client_ca(items),
        _schemes(items),
        own_value_problems(items),
        _names(items, allowed),
    ):
        for where, what in found:
            checker.problem(where, what)


def archive(identity: ConfigTable) -> bool:
    """Return whether the certificate is a PKCS#12 archive, by ``cert-type`` or its file name."""
    if "cert-type" in identity:
        return identity["cert-type"].value is CertificateFormat.PKCS12
    return "cert-file" in identity and str(identity["cert-file"].value).lower().endswith((".p12", ".pfx"))


def _identities(items: ConfigTables) -> Iterator[Problem]:
    first: dict[str, ConfigValue] = {}
    for identity in items.lists.get(IDENTITIES.name, []):
        yield from _identity(identity)
        if "name" not in identity:
            continue
        name = identity["name"]
        if name.value in first:
            yield name.origin, f'identities.name: "{name.value}" is already at {first[name.value].origin}'
        first.setdefault(name.value, name)


def _identity(identity: ConfigTable) -> Iterator[Problem]:
    name = identity.get("name")
    if name and name.value == ANONYMOUS.name:
        yield (
            name.origin,
            f'identities.name: "{name.value}" is the caller without a certificate; choose another name',
        )
    if name and not name.value.strip():
        yield name.origin, "identities.name: is empty"
    yield from _material(identity)
    if archive(identity) and _set(identity, "key-file"):
        yield identity["key-file"].origin, "identities.key-file: a PKCS#12 archive brings its own key"
    given = [key for key in ("key-pass-file", "key-pass") if _set(identity, key)]
    if len(given) > 1:
        yield identity[given[1]].origin, f"identities.{given[1]}: {given[0]} is given as well; keep one"
    within = identity.get("revoke-within")
    # An identity of a program has all keys, with their defaults.
    if within and within.file is not None and not _set(identity, "revoke-command"):
        yield within.origin, "identities.revoke-within: needs a revoke-command beside it"
    stray = next(
        (identity[key] for key in ("key-file", "key-pass-file", "cert-type") if key in identity), None
    )
    if name and name.value == DEFAULT_IDENTITY and "cert-file" not in identity and stray:
        yield stray.origin, "there is no certificate to go with it; give --cert"


def _material(identity: ConfigTable) -> Iterator[Problem]:
    """A certificate comes from a file or from a command."""
    if "identity-command" in identity:
        others = (key for key in ("cert-file", "key-file", "cert-type") if key in identity)
        for key in others:
            yield identity[key].origin, f"identities.{key}: identity-command is given as well; keep one"


def _set(table: ConfigTable, key: str) -> bool:
    return key in table and bool(table[key].value)


def _server(items: ConfigTables) -> Iterator[Problem]:
    server = items.single.get(SERVER.name, {})
    lowest, highest = server.get("tls-min"), server.get("tls-max")
    if lowest and highest and lowest.value > highest.value:
        yield lowest.origin, f"server.tls-min: {lowest.value} is above tls-max ({highest.value})"


def _client_ca(items: ConfigTables) -> Iterator[Problem]:
    client_ca = items.single.get(CLIENT_CA.name, {})
    if _set(client_ca, "key-file") and not _set(client_ca, "cert-file"):
        yield client_ca["key-file"].origin, "client-ca.key-file: needs the CA's cert-file beside it"
    for key in ("short-validity", "key-pass-file"):
        if _set(client_ca, key) and not _set(client_ca, "key-file"):
            yield client_ca[key].origin, f"client-ca.{key}: needs the CA's key-file beside it"
    if _set(client_ca, "crl-file") and not _set(client_ca, "cert-file"):
        yield client_ca["crl-file"].origin, "client-ca.crl-file: needs the CA's cert-file beside it"


def _schemes(items: ConfigTables) -> Iterator[Problem]:
    names = [
        identity["name"].value for identity in items.lists.get(IDENTITIES.name, []) if "name" in identity
    ]
    for scheme, table in items.named.get(SCHEMES.name, {}).items():
        given = [key for key in ("value", "token", "token-command") if _set(table, key)]
        if len(given) > 1:
            yield table[given[1]].origin, f"schemes.{scheme}: {' and '.join(given)} exclude each other"
        if "tokens" in table:
            yield from _tokens(f"schemes.{scheme}.tokens", table["tokens"], names)


def _tokens(key: str, tokens: ConfigValue, names: Collection[str]) -> Iterator[Problem]:
    for name in tokens.value:
        if name not in (*names, ANONYMOUS.name):
            yield tokens.origin, f'{key}: there is no identity "{name}".{did_you_mean(name, names)}'


def _names(items: ConfigTables, allowed: AllowedNames) -> Iterator[Problem]:
    top = items.single.get("", {})
    for key in ("checks", "skip-checks"):
        for name in top[key].value if key in top else ():
            yield from _unknown(f"{key}:", "check", name, top[key].origin, allowed.checks)
    for group, what, names in (
        (BATTERY, "certificate profile", allowed.profiles),
        (REPORTS, "report format", allowed.formats),
    ):
        for name, item in items.free.get(group.name, {}).items():
            yield from _unknown(f"{group.name}:", what, name, item.origin, names)


def _unknown(key: str, what: str, name: str, where: str, allowed: Collection[str]) -> Iterator[Problem]:
    if allowed and name not in allowed:
        hint = did_you_mean(name, allowed) or f" Known: {', '.join(sorted(allowed))}."
        yield where, f'{key} unknown {what} "{name}".{hint}'
