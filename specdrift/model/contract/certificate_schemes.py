"""The mutualTLS schemes of a document: where operations name different ones, a certificate counts for its own. Pure.

OpenAPI gives a scheme of type mutualTLS a name only. Which certificates are meant, the configuration states. A scheme
is then handled like a role: an operation for `partnerTls` is for identities with that scheme, and one for the role
`admin` of it for those with the role `partnerTls:admin`.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Requirement


def certificate_schemes(requirement: Requirement) -> frozenset[str]:
    """Return the mutualTLS schemes of which one is enough; empty if more than the certificate decides.

    Those of the alternatives with mutualTLS only, else of the one alternative with mutualTLS.
    """
    if not requirement.demand.excludes_anonymous:
        return frozenset()
    with_certificate = [a for a in requirement.alternatives if any(use.is_mutual_tls for use in a)]
    alone = [a for a in with_certificate if all(use.is_mutual_tls for use in a)]
    deciding = alone or (with_certificate if len(with_certificate) == 1 else [])
    named = [[use.scheme.name for use in alternative if use.is_mutual_tls] for alternative in deciding]
    if any(len(names) > 1 for names in named):
        return frozenset()
    return frozenset(name for names in named for name in names)


def are_distinguished(operations: Iterable[Operation]) -> bool:
    """Return whether operations name different schemes."""
    return len({names for each in operations if (names := certificate_schemes(each.requirement))}) > 1


def is_for_schemes_alone(operation: Operation) -> bool:
    """Return whether the operation is for all certificates of its schemes, and for no role."""
    return bool(operation.roles) and operation.roles <= certificate_schemes(operation.requirement)


def is_for_schemes(operation: Operation) -> bool:
    """Return whether the operation is for schemes, or for roles of them (`by_scheme`)."""
    schemes = certificate_schemes(operation.requirement)
    own = operation.requirement.roles
    return bool(schemes) and (
        is_for_schemes_alone(operation)
        or (bool(own) and operation.roles == frozenset(_qualified(schemes, own)))
    )


def held(schemes: frozenset[str], roles: frozenset[str], operations: Iterable[Operation]) -> frozenset[str]:
    """Return what an identity with these schemes and roles may call; empty if that is not known.

    Without schemes, or without roles where an operation of its schemes requires one, it is not known.
    """
    every = tuple(operations)
    if not are_distinguished(every):
        return roles
    with_roles = frozenset(
        name for each in every if each.roles for name in certificate_schemes(each.requirement)
    )
    if schemes & with_roles and not roles:
        return frozenset()
    return schemes | frozenset(_qualified(schemes, roles))


def by_scheme(operation: Operation) -> Operation:
    """Return the operation for its schemes, and for its roles of them. Only where operations name different schemes."""
    schemes = certificate_schemes(operation.requirement)
    if not schemes:
        return operation
    qualified = frozenset(_qualified(schemes, operation.roles)) if operation.roles else schemes
    return replace(operation, allow_roles=qualified)


def _qualified(schemes: frozenset[str], roles: frozenset[str]) -> Iterator[str]:
    return (f"{scheme}:{role}" for scheme in schemes for role in roles)
