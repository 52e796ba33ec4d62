"""Adds credentials besides the certificate to an operation's requests, for each identity. Pure."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.operation import Operation
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Request
from specdrift.scan.preparation.credentials.bound_tokens import bound_token, owner_of
from specdrift.scan.preparation.credentials.credential_sets import (
    CredentialSet,
    credential_sets_for,
    credentials_for,
    without_sufficient_credentials,
)
from specdrift.scan.preparation.credentials.variations import variations
from specdrift.settings import SchemeSettings


class Credentials(Struct, frozen=True, kw_only=True):
    """The configured credentials. Identities without their own send those of the first valid identity."""

    schemes: Mapping[str, SchemeSettings]
    identities: Mapping[str, ClientIdentity]
    base_path: str
    leader: str = ""
    """The valid identity whose credentials others send; empty: the first."""

    @property
    def _lead(self) -> str:
        return self.leader or next(iter(self._valid()), "")

    def request(self, operation: Operation) -> Request:
        """Return the request of identities without their own credentials, and of those to be rejected."""
        return self._without_sufficient(operation, self._lead).request(operation, self.base_path)

    def secret_names(self, operation: Operation) -> tuple[str, ...]:
        """Return the headers and parameters that hold a secret in any request of the operation."""
        every = credential_sets_for(operation, self.schemes, caller=self._lead)
        return tuple(dict.fromkeys(name for one in every for name in one.secret_names))

    def with_credentials(self, planned: PlannedOperation) -> PlannedOperation:
        """Return the operation with the requests that its requirement and these credentials allow."""
        operation, lead = planned.operation, self._lead
        chosen = credentials_for(operation, self.schemes, caller=lead)
        if not self.schemes:
            return replace(planned, has_all_credentials=chosen.complete)
        common = chosen.request(operation, self.base_path)
        tokens = {name: self._request_of(name, operation) for name in self._with_tokens()}
        own = {name: common for name in self._valid() if name not in tokens} | tokens
        return replace(
            planned,
            has_all_credentials=chosen.complete,
            own={name: request for name, request in own.items() if request != planned.request},
            tokens=frozenset(name for name, request in tokens.items() if request != common),
            valid_for=self._owners(chosen, lead),
            variations=tuple(variations(operation, self.schemes, lead=lead, base_path=self.base_path)),
            bound=bound_token(operation, self.schemes, self.identities, lead=lead, base_path=self.base_path),
        )

    def _with_tokens(self) -> dict[str, None]:
        return dict.fromkeys(name for scheme in self.schemes.values() for name in scheme.tokens)

    def _request_of(self, name: str, operation: Operation) -> Request:
        valid = name in self._valid()
        given = (
            credentials_for(operation, self.schemes, caller=name)
            if valid
            else self._without_sufficient(operation, name)
        )
        return given.request(operation, self.base_path)

    def _without_sufficient(self, operation: Operation, caller: str) -> CredentialSet:
        chosen = credentials_for(operation, self.schemes, caller=caller)
        return without_sufficient_credentials(operation, chosen, self.schemes, caller=caller)

    def _valid(self) -> tuple[str, ...]:
        return tuple(name for name, identity in self.identities.items() if identity.is_control)

    def _owners(self, chosen: CredentialSet, lead: str) -> frozenset[str]:
        """Return the identities with their own tokens, and the owner of the shared one."""
        for use in chosen.uses:
            owner = owner_of(use, self.schemes, self.identities, lead)
            if owner is not None:
                return frozenset({owner.name, *self.schemes[use.scheme.name].tokens})
        return frozenset()
