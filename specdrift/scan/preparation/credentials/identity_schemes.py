"""Identities with the mutualTLS schemes that they are configured for."""

from collections.abc import Iterable

from msgspec.structs import replace

from specdrift.errors import ConfigError
from specdrift.model.contract.certificate_schemes import held
from specdrift.model.contract.contract import Contract
from specdrift.settings import Identity


def with_schemes(identities: Iterable[Identity], contract: Contract) -> tuple[Identity, ...]:
    """Return the identities with what they may call by scheme and role. Raises ConfigError for an unknown scheme."""
    known = {
        use.scheme.name
        for operation in contract.operations
        for alternative in operation.requirement.alternatives
        for use in alternative
        if use.is_mutual_tls
    }
    given = tuple(identities)
    for identity in given:
        if unknown := sorted(identity.schemes - known):
            named = ", ".join(sorted(known)) or "none"
            raise ConfigError(
                f'identity "{identity.name}": no operation requires the mutualTLS scheme {unknown[0]!r} (schemes); '
                f"the document's are: {named}"
            )
    return tuple(
        replace(identity, roles=held(identity.schemes, identity.roles, contract.operations))
        for identity in given
    )
