"""Requests of an operation with changed credentials: one omitted, one invalid, another alternative. Pure."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from specdrift.checks.core.base import GUARDED_DEMANDS
from specdrift.checks.core.credentials import CredentialChange, Variation
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import SchemeType
from specdrift.model.exchange.probe import Request
from specdrift.scan.preparation.credentials.altered_values import altered_of, is_basic
from specdrift.scan.preparation.credentials.credential_sets import (
    CredentialSet,
    credential_set,
    credential_sets_for,
    satisfied,
    token_of,
)
from specdrift.settings import SchemeSettings, Secret

MADE_UP = SchemeSettings(value=Secret("specdrift:made-up"), token=Secret("specdrift-made-up"))
"""Invalid credentials. No configured user name is used: the account could be locked."""
OTHERS = (("Authorization", "Bearer specdrift-made-up"), ("Cookie", "session=specdrift-made-up"))
"""Fields with credentials that may stand in place of another one."""


def variations(
    operation: Operation, schemes: Mapping[str, SchemeSettings], *, lead: str, base_path: str
) -> Iterator[Variation]:
    """Yield each credential of the chosen alternative omitted, invalid and altered, then the other alternatives."""
    if operation.requirement.demand not in GUARDED_DEMANDS:
        return
    chosen, *others = [*credential_sets_for(operation, schemes, caller=lead)] or [CredentialSet()]
    for name in chosen.schemes if chosen.certificate else ():
        if not satisfied(operation, set(chosen.schemes) - {name}, certificate=True):
            uses = tuple(use for use in chosen.uses if use.scheme.name != name)
            left_out = credential_set(uses, schemes, caller=lead)
            made_up = credential_set(chosen.uses, {**schemes, name: MADE_UP}, caller=lead)
            yield _variation(CredentialChange.LEFT_OUT, name, left_out, operation, base_path)
            yield _variation(CredentialChange.MADE_UP, name, made_up, operation, base_path)
            omitted = _variation(CredentialChange.OTHER_KIND, name, left_out, operation, base_path)
            yield replace(omitted, request=_with_others(omitted.request))
            for change, altered in _altered(chosen, name, schemes, lead):
                yield _variation(change, name, altered, operation, base_path)
    for other in others:
        if other.schemes and _kind(other) != _kind(chosen):
            names = " and ".join(use.scheme.name for use in other.uses)
            one = _variation(CredentialChange.OTHER_ALTERNATIVE, names, other, operation, base_path)
            yield replace(one, certificate=other.certificate, roles=_roles(operation, other))
            for name in other.schemes if not other.certificate else ():
                for change, altered in _altered(other, name, schemes, lead):
                    made = _variation(change, name, altered, operation, base_path)
                    yield replace(made, certificate=False)


def _with_others(request: Request) -> Request:
    """Return the request with made-up credentials in the usual fields that it does not have."""
    present = {name.lower() for name, _ in request.headers}
    others = (field for field in OTHERS if field[0].lower() not in present)
    return replace(request, headers=(*request.headers, *others))


def _roles(operation: Operation, given: CredentialSet) -> frozenset[str]:
    """Return the roles that may call the operation with these credentials: of each alternative that they are for."""
    enough = [
        frozenset(scope for use in uses if use.is_mutual_tls for scope in use.scopes)
        for uses in operation.requirement.alternatives
        if {use.scheme.name for use in uses if not use.is_mutual_tls} <= set(given.schemes)
    ]
    return operation.allow_roles or (frozenset().union(*enough) if all(enough) else frozenset())


def _altered(
    given: CredentialSet, name: str, schemes: Mapping[str, SchemeSettings], lead: str
) -> Iterator[tuple[CredentialChange, CredentialSet]]:
    """Yield the credentials with values that resemble that of a scheme.

    Of a password only an empty one is: the account could be locked.
    """
    scheme = next(use.scheme for use in given.uses if use.scheme.name == name)
    settings = schemes.get(name, SchemeSettings())
    has_value = scheme.type is SchemeType.API_KEY or is_basic(scheme)
    key = settings.value if has_value else token_of(scheme, settings, lead)
    for change, value in altered_of(scheme, key.reveal()) if key is not None else ():
        like = SchemeSettings(value=Secret(value), token=Secret(value))
        yield change, credential_set(given.uses, {**schemes, name: like}, caller=lead)


def _kind(given: CredentialSet) -> tuple[frozenset[str], bool]:
    """Return the schemes, and whether a certificate is among them."""
    return frozenset(given.schemes), given.certificate


def _variation(
    change: CredentialChange, scheme: str, given: CredentialSet, operation: Operation, base_path: str
) -> Variation:
    return Variation(change=change, scheme=scheme, request=given.request(operation, base_path))
