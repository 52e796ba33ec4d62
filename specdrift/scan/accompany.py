"""The credentials besides the certificate: API keys, passwords and tokens that a requirement ANDs with it. Pure.

With them in the request a missing certificate is the only thing that is missing, and a refusal means it.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from specdrift.model.operation import Operation
from specdrift.model.requirement import SchemeType, SchemeUse, SecurityScheme
from specdrift.settings import SchemeSettings, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What goes into the request. ``complete``: everything that the chosen alternative asks for beside the
    certificate is there. ``secret_names``: headers and parameters whose values are secret.
    """

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    complete: bool = True
    secret_names: tuple[str, ...] = ()

    def target(self, target: str) -> str:
        """The request target with the query parameters added."""
        extra = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query)
        return f"{target}{'&' if '?' in target else '?'}{extra}" if extra else target


def company_of(operation: Operation, schemes: Mapping[str, SchemeSettings]) -> Company:
    """The credentials for the alternative that can be satisfied best: one with a certificate first."""
    options = [_company(alternative, schemes) for alternative in _ordered(operation.requirement.alternatives)]
    return next((option for option in options if option.complete), Company(complete=not options))


def _ordered(alternatives: Iterable[tuple[SchemeUse, ...]]) -> list[tuple[SchemeUse, ...]]:
    return sorted(alternatives, key=lambda uses: not any(use.is_mutual_tls for use in uses))


def _company(uses: tuple[SchemeUse, ...], schemes: Mapping[str, SchemeSettings]) -> Company:
    headers: list[tuple[str, str]] = []
    query: list[tuple[str, str]] = []
    complete = True
    for use in uses:
        if use.is_mutual_tls:
            continue
        place = _placed(use.scheme, schemes.get(use.scheme.name, SchemeSettings()))
        if place is None:
            complete = False
            continue
        where, name, value = place
        (query if where == "query" else headers).append((name, value))
    names = tuple(name for name, _ in (*headers, *query))
    return Company(headers=tuple(headers), query=tuple(query), complete=complete, secret_names=names)


def _placed(scheme: SecurityScheme, settings: SchemeSettings) -> tuple[str, str, str] | None:
    """Where a credential goes and what it is: (``header`` or ``query``, name, value); ``None`` without one."""
    if scheme.type is SchemeType.API_KEY and scheme.parameter and settings.value:
        where, name = scheme.parameter
        value = settings.value.reveal()
        return ("header", "Cookie", f"{name}={value}") if where == "cookie" else (where, name, value)
    if scheme.type is SchemeType.HTTP and scheme.http_scheme == "basic" and settings.value:
        return "header", "Authorization", f"Basic {_basic(settings.value)}"
    token = settings.token or (settings.value if scheme.type is SchemeType.HTTP else None)
    bearer = scheme.type in (SchemeType.OAUTH2, SchemeType.OPENID_CONNECT) or scheme.http_scheme == "bearer"
    return ("header", "Authorization", f"Bearer {token.reveal()}") if token and bearer else None


def _basic(value: Secret) -> str:
    return base64.b64encode(value.reveal().encode()).decode()
