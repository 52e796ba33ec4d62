"""Gives an operation its credentials besides the certificate, and those of each caller who has some. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.operation import Operation
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Request
from specdrift.scan.preparation.credentials.bound_tokens import bound_token, owner_of
from specdrift.scan.preparation.credentials.credential_sets import (
    CredentialSet,
    companies,
    company_of,
    of_strangers,
)
from specdrift.scan.preparation.credentials.variations import variations
from specdrift.settings import SchemeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What the configuration has. Whoever has no credentials of its own sends those of the first good identity."""

    schemes: Mapping[str, SchemeSettings]
    identities: Mapping[str, ClientIdentity]
    base_path: str

    @property
    def _lead(self) -> str:
        return next(iter(self._good()), "")

    def request(self, operation: Operation) -> Request:
        """The request of everybody who has nothing of its own, and of those who must not get in."""
        return self._strangers(operation, self._lead).request(operation, self.base_path)

    def secret_names(self, operation: Operation) -> tuple[str, ...]:
        """Headers and parameters of any of its requests that hold a secret."""
        every = companies(operation, self.schemes, caller=self._lead)
        return tuple(dict.fromkeys(name for one in every for name in one.secret_names))

    def accompany(self, subject: PlannedOperation) -> PlannedOperation:
        """The operation with all that follows from its requirement and these credentials."""
        operation, lead = subject.operation, self._lead
        chosen = company_of(operation, self.schemes, caller=lead)
        if not self.schemes:
            return replace(subject, accompanied=chosen.complete)
        common = chosen.request(operation, self.base_path)
        tokens = {name: self._request_of(name, operation) for name in self._with_tokens()}
        own = {name: common for name in self._good() if name not in tokens} | tokens
        return replace(
            subject,
            accompanied=chosen.complete,
            own={name: request for name, request in own.items() if request != subject.request},
            tokens=frozenset(name for name, request in tokens.items() if request != common),
            owners=self._owners(chosen, lead),
            variations=tuple(variations(operation, self.schemes, lead=lead, base_path=self.base_path)),
            bound=bound_token(operation, self.schemes, self.identities, lead=lead, base_path=self.base_path),
        )

    def _with_tokens(self) -> dict[str, None]:
        return dict.fromkeys(name for scheme in self.schemes.values() for name in scheme.tokens)

    def _request_of(self, name: str, operation: Operation) -> Request:
        good = name in self._good()
        given = company_of(operation, self.schemes, caller=name) if good else self._strangers(operation, name)
        return given.request(operation, self.base_path)

    def _strangers(self, operation: Operation, caller: str) -> CredentialSet:
        chosen = company_of(operation, self.schemes, caller=caller)
        return of_strangers(operation, chosen, self.schemes, caller=caller)

    def _good(self) -> tuple[str, ...]:
        return tuple(name for name, identity in self.identities.items() if identity.is_control)

    def _owners(self, chosen: CredentialSet, lead: str) -> frozenset[str]:
        """Whom the credentials suit: who has tokens of its own, and whose the others' token is."""
        for use in chosen.uses:
            owner = owner_of(use, self.schemes, self.identities, lead)
            if owner is not None:
                return frozenset({owner.name, *self.schemes[use.scheme.name].tokens})
        return frozenset()
