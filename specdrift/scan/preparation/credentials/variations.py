"""The requests of an operation with other credentials than all of them: one left out, made up, another way. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from specdrift.checks.core.base import DEMANDS_SOMETHING, CredentialChange, Variation
from specdrift.model.contract.operation import Operation
from specdrift.scan.preparation.credentials.credential_sets import (
    CredentialSet,
    companies,
    company,
    satisfied,
)
from specdrift.settings import SchemeSettings, Secret

MADE_UP = SchemeSettings(value=Secret("specdrift:made-up"), token=Secret("specdrift-made-up"))
"""A key, a user with a password, and a token that nobody has. No user's password is tried: it could be locked."""


def variations(
    operation: Operation, schemes: Mapping[str, SchemeSettings], *, lead: str, base_path: str
) -> Iterator[Variation]:
    """Members of the alternative that is asked, each left out and each made up; then the other alternatives."""
    if operation.requirement.demand not in DEMANDS_SOMETHING:
        return
    chosen, *others = [*companies(operation, schemes, caller=lead)] or [CredentialSet()]
    for name in chosen.schemes if chosen.certificate else ():
        if not satisfied(operation, set(chosen.schemes) - {name}, certificate=True):
            uses = tuple(use for use in chosen.uses if use.scheme.name != name)
            left_out = company(uses, schemes, caller=lead)
            made_up = company(chosen.uses, {**schemes, name: MADE_UP}, caller=lead)
            yield _variation(CredentialChange.LEFT_OUT, name, left_out, operation, base_path)
            yield _variation(CredentialChange.MADE_UP, name, made_up, operation, base_path)
    for other in others:
        if other.schemes and _kind(other) != _kind(chosen):
            way = " and ".join(use.scheme.name for use in other.uses)
            one = _variation(CredentialChange.OTHER_ALTERNATIVE, way, other, operation, base_path)
            yield replace(one, certificate=other.certificate)


def _kind(given: CredentialSet) -> tuple[frozenset[str], bool]:
    """What it takes: the same credentials with a certificate and without are two ways."""
    return frozenset(given.schemes), given.certificate


def _variation(
    change: CredentialChange, scheme: str, given: CredentialSet, operation: Operation, base_path: str
) -> Variation:
    return Variation(change=change, scheme=scheme, request=given.request(operation, base_path))
