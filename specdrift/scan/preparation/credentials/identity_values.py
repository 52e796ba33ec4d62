"""Requests of identities with configured values of their own: alice requests her objects, bob his. Pure."""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_admitted, must_be_refused
from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.operation import Operation, ValueSource
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Request
from specdrift.model.policy import Expect, UnsafeMethods

MODES = tuple(UnsafeMethods)
"""From the least to the most that is sent."""
Plan = Callable[[Operation, str], PlannedOperation]
"""Plans an operation with the credentials of a valid identity, by name; empty: the first."""


def with_own_values(
    operation: Operation, identities: Mapping[str, ClientIdentity], plan: Plan
) -> PlannedOperation:
    """Return an operation whose identities send their own values.

    The positive control is the first identity that may call the operation and has values. Callers that must be refused
    send its values, so that their answers are compared with an answer about the same resource; so do valid identities
    without any value, of which the document then promises nothing.
    """
    plain = plan(operation, "")
    callers = [i for i in identities.values() if i.is_control and not must_be_refused(i, plain)]
    served = {i.name: found for i in callers if (found := _values_of(operation, i.name)) is not None}
    lead = _lead(callers, plain, served)
    if not lead:
        return plain
    base = plan(served[lead], lead)
    variants = {name: plan(found, lead) for name, found in served.items()}
    requests = {name: variant.request_for(name) for name, variant in variants.items()}
    requests |= _of_refused(operation, identities.values(), variants)
    names = frozenset(served)
    least = min(variants.values(), key=lambda variant: MODES.index(variant.mode))
    return replace(
        base,
        mode=least.mode,
        withheld=least.withheld,
        own={n: request for n, request in {**base.own, **requests}.items() if request != base.request},
        variants={
            i.name: replace(variants.get(i.name, base), configured_for=names)
            for i in identities.values()
            if i.is_control
        },
        configured_for=names,
    )


def _values_of(operation: Operation, identity: str) -> Operation | None:
    """Return the operation with the values of an identity; ``None`` if a value is made up that others have configured.

    The document's example may be the resource of another identity, so that it counts as made up.
    """
    own = operation.with_values_of(identity)
    if own is not operation:
        return own
    configured = {
        (value.location, value.name)
        for other in operation.own
        for value in other.parameters
        if value.source is ValueSource.CONFIG
    }
    lacking = any(
        value.source is not ValueSource.CONFIG and (value.location, value.name) in configured
        for value in operation.parameters
    )
    bodies = any(other.body and other.body.source is ValueSource.CONFIG for other in operation.own)
    without_body = bodies and operation.body and operation.body.source is not ValueSource.CONFIG
    return None if lacking or without_body else operation


def _lead(callers: Iterable[ClientIdentity], plain: PlannedOperation, served: Mapping[str, Operation]) -> str:
    """Return the positive control: one that must be admitted, else one whose roles are not known."""
    able = [identity for identity in callers if identity.name in served]
    certain = (identity.name for identity in able if must_be_admitted(identity, plain))
    return next(certain, able[0].name if able else "")


def _of_refused(
    operation: Operation, identities: Iterable[ClientIdentity], variants: Mapping[str, PlannedOperation]
) -> dict[str, Request]:
    """Return the requests of identities that must be refused and have the values of a valid one."""
    names = [one.identity for one in operation.own]
    found = {}
    for identity in identities:
        if identity.name in names and identity.expect is Expect.REFUSED:
            own = _sent(operation.with_values_of(identity.name))
            for variant in variants.values():
                if _sent(variant.operation) == own:
                    found[identity.name] = variant.request_for(identity.name)
    return found


def _sent(operation: Operation) -> tuple[object, ...]:
    content = operation.body and (operation.body.media_type, operation.body.content)
    return operation.target, operation.headers, content
