"""Credentials besides the certificate: API keys, passwords and tokens that a requirement combines with it. Pure.

With them in the request only the certificate is missing, so that a rejection is about the certificate.
"""

import base64
from collections.abc import Collection, Iterable, Iterator, Mapping
from urllib.parse import quote

from msgspec import Struct

from specdrift.checks.core.base import GUARDED_DEMANDS
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import SchemeType, SchemeUse, SecurityScheme
from specdrift.model.exchange.probe import Request
from specdrift.settings import SchemeSettings, Secret

TOKEN_TYPES = frozenset({SchemeType.OAUTH2, SchemeType.OPENID_CONNECT})


class CredentialSet(Struct, frozen=True, kw_only=True):
    """The credentials for one alternative of a requirement."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    complete: bool = True
    """Whether all credentials of the alternative besides the certificate are configured."""
    secret_names: tuple[str, ...] = ()
    """Headers and parameters whose values are secret."""
    uses: tuple[SchemeUse, ...] = ()
    """The alternative."""

    @property
    def certificate(self) -> bool:
        """Whether the alternative includes a client certificate."""
        return any(use.is_mutual_tls for use in self.uses)

    @property
    def schemes(self) -> tuple[str, ...]:
        """Names of the schemes other than mutualTLS."""
        return tuple(use.scheme.name for use in self.uses if not use.is_mutual_tls)

    def target(self, target: str) -> str:
        """Return a request target with the query parameters added."""
        extra = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query)
        return f"{target}{'&' if '?' in target else '?'}{extra}" if extra else target

    def request(self, operation: Operation, base_path: str) -> Request:
        """Return the operation's request with these credentials."""
        body = operation.body
        content = (("Content-Type", body.media_type),) if body else ()
        return Request(
            method=operation.key.method,
            target=base_path + self.target(operation.target),
            headers=(*operation.headers, *self.headers, *content),
            body=body.content if body else b"",
        )


def credentials_for(
    operation: Operation, schemes: Mapping[str, SchemeSettings], *, caller: str = ""
) -> CredentialSet:
    """Return the credentials for the preferred complete alternative; one with a certificate comes first.

    ``caller`` is the identity whose own tokens are preferred.
    """
    options = credential_sets_for(operation, schemes, caller=caller)
    return next(options, CredentialSet(complete=not operation.requirement.alternatives))


def credential_sets_for(
    operation: Operation, schemes: Mapping[str, SchemeSettings], *, caller: str = ""
) -> Iterator[CredentialSet]:
    """Yield the credentials for each complete alternative, in order of preference."""
    every = (
        credential_set(uses, schemes, caller=caller) for uses in _ordered(operation.requirement.alternatives)
    )
    return (one for one in every if one.complete)


def credential_set(
    uses: tuple[SchemeUse, ...], schemes: Mapping[str, SchemeSettings], *, caller: str = ""
) -> CredentialSet:
    """Return the credentials for one alternative; not complete if one is not configured."""
    headers: list[tuple[str, str]] = []
    query: list[tuple[str, str]] = []
    complete = True
    for use in uses:
        if use.is_mutual_tls:
            continue
        place = _placed(use.scheme, schemes.get(use.scheme.name, SchemeSettings()), caller)
        if place is None:
            complete = False
            continue
        where, name, value = place
        (query if where == "query" else headers).append((name, value))
    names = tuple(name for name, _ in (*headers, *query))
    return CredentialSet(
        headers=tuple(headers), query=tuple(query), complete=complete, secret_names=names, uses=uses
    )


def satisfied(
    operation: Operation, schemes: Collection[str], *, certificate: bool
) -> tuple[tuple[SchemeUse, ...], ...]:
    """Return the alternatives that the credentials of these schemes satisfy, with or without a client certificate."""
    return tuple(
        uses
        for uses in operation.requirement.alternatives
        if all(certificate if use.is_mutual_tls else use.scheme.name in schemes for use in uses)
    )


def without_sufficient_credentials(
    operation: Operation, chosen: CredentialSet, schemes: Mapping[str, SchemeSettings], *, caller: str = ""
) -> CredentialSet:
    """Return the credentials to send without or with an invalid certificate.

    Omits those that satisfy another alternative alone: with the key of ``[{mtls, key}, {key}]`` a client without a
    certificate is rightly admitted.
    """
    if operation.requirement.demand not in GUARDED_DEMANDS:
        return chosen
    enough = {
        use.scheme.name for uses in satisfied(operation, chosen.schemes, certificate=False) for use in uses
    }
    kept = tuple(use for use in chosen.uses if use.scheme.name not in enough)
    return credential_set(kept, schemes, caller=caller) if enough else chosen


def token_of(scheme: SecurityScheme, settings: SchemeSettings, caller: str) -> Secret | None:
    """Return the bearer token of a caller: its own, else the shared one, else the first of another identity."""
    if scheme.type not in TOKEN_TYPES and scheme.http_scheme != "bearer":
        return None
    shared = settings.token or (settings.value if scheme.type is SchemeType.HTTP else None)
    return settings.tokens.get(caller) or shared or next(iter(settings.tokens.values()), None)


def _ordered(alternatives: Iterable[tuple[SchemeUse, ...]]) -> list[tuple[SchemeUse, ...]]:
    return sorted(alternatives, key=lambda uses: not any(use.is_mutual_tls for use in uses))


def _placed(scheme: SecurityScheme, settings: SchemeSettings, caller: str) -> tuple[str, str, str] | None:
    """Return (``header`` or ``query``, name, value) of a credential; ``None`` if it is not configured."""
    if scheme.type is SchemeType.API_KEY and scheme.parameter and settings.value:
        where, name = scheme.parameter
        value = settings.value.reveal()
        return ("header", "Cookie", f"{name}={value}") if where == "cookie" else (where, name, value)
    if scheme.type is SchemeType.HTTP and scheme.http_scheme == "basic" and settings.value:
        return "header", "Authorization", f"Basic {_basic(settings.value)}"
    token = token_of(scheme, settings, caller)
    return ("header", "Authorization", f"Bearer {token.reveal()}") if token else None


def _basic(value: Secret) -> str:
    return base64.b64encode(value.reveal().encode()).decode()
