"""What a document promises a caller."""

from enum import StrEnum

from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.policy import Expect


class Promise(StrEnum):
    """How a correct server answers a caller, as far as the client certificate decides it."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    NONE = "no promise about the certificate"


def promise(identity: ClientIdentity, operation: Operation, *, has_all_credentials: bool = False) -> Promise:
    """Return what the document promises an identity.

    ``has_all_credentials``: the request carries every credential besides the certificate that the operation requires,
    and they are valid for this identity.
    """
    requirement = operation.requirement
    guarded = requirement.demand.excludes_anonymous
    if requirement.demand is Demand.UNKNOWN:
        return Promise.NONE
    if identity.kind is IdentityKind.ANONYMOUS:
        if guarded:
            return Promise.REFUSED
        return Promise.ADMITTED if requirement.anonymous_allowed else Promise.NONE
    if identity.refused_by_policy:
        return Promise.NONE
    if identity.expect is Expect.REFUSED or identity.lacks(operation.roles):
        return Promise.REFUSED if guarded else Promise.NONE
    enough = requirement.certificate_alone_suffices or requirement.anonymous_allowed or has_all_credentials
    return Promise.ADMITTED if enough and identity.holds(operation.roles) else Promise.NONE
