"""The credentials besides the certificate: API keys, passwords and tokens that a requirement ANDs with it. Pure.

With them in the request a missing certificate is the only thing that is missing, and a refusal means it.
"""

import base64
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from specdrift.checks.core.base import DEMANDS_SOMETHING
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import SchemeType, SchemeUse, SecurityScheme
from specdrift.model.exchange.probe import Request
from specdrift.settings import SchemeSettings, Secret

TOKEN_TYPES = frozenset({SchemeType.OAUTH2, SchemeType.OPENID_CONNECT})


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSet:
    """What goes into the request. ``complete``: everything that the chosen alternative asks for beside the
    certificate is there. ``secret_names``: headers and parameters whose values are secret; ``uses``: the alternative.
    """

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    complete: bool = True
    secret_names: tuple[str, ...] = ()
    uses: tuple[SchemeUse, ...] = ()

    @property
    def certificate(self) -> bool:
        """Whether a client certificate belongs to it."""
        return any(use.is_mutual_tls for use in self.uses)

    @property
    def schemes(self) -> tuple[str, ...]:
        """Names of the schemes besides the certificate's."""
        return tuple(use.scheme.name for use in self.uses if not use.is_mutual_tls)

    def target(self, target: str) -> str:
        """The request target with the query parameters added."""
        extra = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query)
        return f"{target}{'&' if '?' in target else '?'}{extra}" if extra else target

    def request(self, operation: Operation, base_path: str) -> Request:
        """The operation's request with these credentials."""
        body = operation.body
        content = (("Content-Type", body.media_type),) if body else ()
        return Request(
            method=operation.key.method,
            target=base_path + self.target(operation.target),
            headers=(*operation.headers, *self.headers, *content),
            body=body.content if body else b"",
        )


def company_of(
    operation: Operation, schemes: Mapping[str, SchemeSettings], *, caller: str = ""
) -> CredentialSet:
    """The credentials for the alternative that can be satisfied best: one with a certificate first.

    ``caller`` is the identity whose own tokens are preferred.
    """
    options = companies(operation, schemes, caller=caller)
    return next(options, CredentialSet(complete=not operation.requirement.alternatives))


def companies(
    operation: Operation, schemes: Mapping[str, SchemeSettings], *, caller: str = ""
) -> Iterator[CredentialSet]:
    """The credentials for each alternative that can be satisfied, in the order of preference."""
    every = (company(uses, schemes, caller=caller) for uses in _ordered(operation.requirement.alternatives))
    return (one for one in every if one.complete)


def company(
    uses: tuple[SchemeUse, ...], schemes: Mapping[str, SchemeSettings], *, caller: str = ""
) -> CredentialSet:
    """The credentials for one alternative; where one is not configured, it is not complete."""
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
    """The alternatives that the credentials of these schemes satisfy, with a client certificate or without one."""
    return tuple(
        uses
        for uses in operation.requirement.alternatives
        if all(certificate if use.is_mutual_tls else use.scheme.name in schemes for use in uses)
    )


def of_strangers(
    operation: Operation, chosen: CredentialSet, schemes: Mapping[str, SchemeSettings], *, caller: str = ""
) -> CredentialSet:
    """What goes with no certificate, or a bad one: where that must not get in, nothing that is enough by itself.

    Beside the key of ``[{mtls, key}, {key}]`` a certificate is not missed, and letting in whoever has the key is right.
    """
    if operation.requirement.demand not in DEMANDS_SOMETHING:
        return chosen
    enough = {
        use.scheme.name for uses in satisfied(operation, chosen.schemes, certificate=False) for use in uses
    }
    kept = tuple(use for use in chosen.uses if use.scheme.name not in enough)
    return company(kept, schemes, caller=caller) if enough else chosen


def token_of(scheme: SecurityScheme, settings: SchemeSettings, caller: str) -> Secret | None:
    """The bearer token that a caller sends: its own, else everybody's, else the first that somebody has."""
    if scheme.type not in TOKEN_TYPES and scheme.http_scheme != "bearer":
        return None
    shared = settings.token or (settings.value if scheme.type is SchemeType.HTTP else None)
    return settings.tokens.get(caller) or shared or next(iter(settings.tokens.values()), None)


def _ordered(alternatives: Iterable[tuple[SchemeUse, ...]]) -> list[tuple[SchemeUse, ...]]:
    return sorted(alternatives, key=lambda uses: not any(use.is_mutual_tls for use in uses))


def _placed(scheme: SecurityScheme, settings: SchemeSettings, caller: str) -> tuple[str, str, str] | None:
    """Where a credential goes and what it is: (``header`` or ``query``, name, value); ``None`` without one."""
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
