"""The callers that send what other identities were given: the anonymous client, and certificates to refuse. Pure.

A server may require a certificate of each request and take the role from the session. Then a session of one identity
gives its role to every client with a certificate: those that lack the role, and those that must be refused everywhere.
"""

from collections.abc import Collection, Iterator
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.lower_roles import lower_roles
from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.credentials.issued_values import IssuedCredentials
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.listener import refused_by_listener
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity


class SessionCaller(Struct, frozen=True):
    """A caller, and the operations that it must not reach with what others were given."""

    identity: ClientIdentity
    context: PlanContext
    """Its operations have the requests of the caller."""
    refused: frozenset[OperationKey]
    """Those that its own certificate did not reach in this run: there more requests may show something."""

    @property
    def is_anonymous(self) -> bool:
        """Whether it sends no certificate."""
        return self.identity.name == ANONYMOUS.name

    def suited(self, *, any_method: bool) -> list[PlannedOperation]:
        """Return the operations that an identity may call, and not the caller, whatever it sends beside.

        Where a certificate and something else are required together, that may be what the server hands out.
        """
        return [
            planned
            for planned in self.context.guarded
            if planned.key in self.refused
            and (any_method or planned.request.method == "GET")
            and planned.operation.requirement.demand is Demand.REQUIRED
            and (self.is_anonymous or planned.operation.requirement.certificate_alone_suffices)
            and any(must_be_admitted(identity, planned) for identity in self.context.accepted)
        ]

    def without(self, operations: Collection[OperationKey | None]) -> "SessionCaller":
        """Return the caller with fewer operations."""
        return replace(self, refused=frozenset(key for key in self.refused if key not in operations))

    def foreign(self, given: tuple[IssuedCredentials, ...]) -> tuple[IssuedCredentials, ...]:
        """Return what others were given."""
        return tuple(each for each in given if each.owner.name != self.identity.name)


def anonymous_caller(context: PlanContext) -> SessionCaller:
    """Return the client without a certificate."""
    return SessionCaller(ANONYMOUS, context, frozenset(planned.key for planned in context.guarded))


def callers_with_certificates(context: PlanContext, classifier: Classifier) -> Iterator[SessionCaller]:
    """Yield those whose certificates the application refused: it may ask a session in their place."""
    wrong = ((caller, _of(caller, context)) for caller in context.wrong_certificates)
    for caller, own in chain(lower_roles(context, len(context.operations)), wrong):
        refused = frozenset(
            planned.key for planned in own.guarded if _is_refused_by_application(planned, caller, classifier)
        )
        if refused:
            yield SessionCaller(caller, own, refused)


def _of(caller: ClientIdentity, context: PlanContext) -> PlanContext:
    """Return the context with the requests that a caller sends."""
    operations = (
        replace(planned, request=planned.request_for(caller.name)) for planned in context.operations
    )
    return replace(context, operations=tuple(operations))


def _is_refused_by_application(
    planned: PlannedOperation, caller: ClientIdentity, classifier: Classifier
) -> bool:
    own = classifier.log.of(CERTIFICATE, planned.key, caller.name)
    return bool(own) and all(
        classifier.compared(each).outcome.refused and not refused_by_listener(each.observation)
        for each in own
    )
