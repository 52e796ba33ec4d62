"""Whether operations with roles admit a valid certificate of an unknown client. Pure.

The default value of a role may be one that admits, as the zero value of an enumeration. A server may also give a role
to unknown clients on purpose, and the document may let that role call the operation. Reported are operations that are
for roles above that of an identity which they refuse: each of these roles may do all that the identity may, and more.
Where the document gives each role operations of its own, an identity with several roles shows which is above: such
operations are reported if the unknown client is admitted to all that the refused identity may call.
"""

from collections.abc import Iterator

from msgspec import Struct

from specdrift.checks.certificate.imitation.imitators import (
    UNKNOWN_CLIENT,
    UNKNOWN_NAME,
    AnswersOf,
    with_profile,
)
from specdrift.checks.core.assessment import must_be_admitted, must_be_refused
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.confirm import is_confirmed, probe_ids, role_phrase
from specdrift.model.contract.certificate_schemes import is_for_schemes_alone
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import ROLE_NOT_ENFORCED


class Suspicion(Struct, frozen=True):
    """An operation with roles that admits an unknown client."""

    planned: PlannedOperation
    caller: ClientIdentity
    """With the certificate that is judged."""
    holder: ClientIdentity
    """Has the role and is admitted; its values are sent."""
    refused: ClientIdentity
    """Lacks the role and is refused."""


def holder_of(planned: PlannedOperation, context: PlanContext) -> str:
    """Return the identity whose values an unknown client sends; empty if the operation has no roles, or none fits."""
    for_roles = planned.operation.roles and not is_for_schemes_alone(planned.operation)
    if with_profile(context, UNKNOWN_NAME) is None or not for_roles:
        return ""
    return next((i.name for i in context.accepted if must_be_admitted(i, planned)), "")


def suspected(context: PlanContext, answers: AnswersOf) -> Iterator[Suspicion]:
    """Yield the operations that admit an unknown client and refuse an identity that may do less."""
    caller, unknown = with_profile(context, UNKNOWN_NAME), with_profile(context, UNKNOWN_CLIENT)
    for planned in context.guarded if caller and unknown else ():
        name = holder_of(planned, context)
        if caller and unknown and name and answers(planned, unknown.name, name).admitted:
            holder = context.identities[name]
            refused = _refused(planned, holder, context, answers)
            if refused and answers(planned, name, name).admitted:
                yield Suspicion(planned, caller, holder, refused)


def found(context: PlanContext, answers: AnswersOf) -> Iterator[Finding]:
    """Yield a finding for each operation that admits the certificate each time."""
    for each in suspected(context, answers):
        planned, caller, holder, refused = each.planned, each.caller, each.holder, each.refused
        got = answers(planned, caller.name, holder.name)
        if not (got.admitted and got.combined.unanimous and is_confirmed(got.exchanges)):
            continue
        subject = caller.certificate.subject if caller.certificate else "an unknown client"
        compared = (answers(planned, i.name, i.name).exchanges for i in (holder, refused))
        yield Finding(
            rule=ROLE_NOT_ENFORCED,
            operation=planned.key,
            identity=caller.name,
            profile=caller.profile,
            message=(
                f'A certificate of profile {caller.profile} ({subject}) is admitted as "{holder.name}" is, although '
                f'"{refused.name}" ({role_phrase(refused.roles)}) is refused and the operation is for '
                f"{role_phrase(planned.operation.roles)}. If the server gives that role to every client of the CA on "
                f'purpose, write `{UNKNOWN_NAME} = "skip"` under `[battery]`.'
            ),
            confidence=Confidence.HIGH,
            probes=probe_ids(
                [exchange.probe.id for exchange in got.exchanges],
                [exchange.probe.id for exchanges in compared for exchange in exchanges],
            ),
        )


def _refused(
    planned: PlannedOperation, holder: ClientIdentity, context: PlanContext, answers: AnswersOf
) -> ClientIdentity | None:
    """Return an identity without the role that is refused, and that may do less than each role of the operation; or
    less than the holder of the role, if an unknown client may do the same as both.
    """
    above = [_allowed(frozenset({role}), context) for role in planned.operation.roles]
    of_holder = _allowed(holder.roles, context)
    for identity in context.accepted:
        own = _allowed(identity.roles, context)
        if not must_be_refused(identity, planned):
            continue
        by_document = all(own < allowed for allowed in above)
        if not (by_document or (own < of_holder and _admits_to_all(own, context, answers))):
            continue
        combined = answers(planned, identity.name, identity.name).combined
        if combined.outcome.refused and combined.unanimous:
            return identity
    return None


def _admits_to_all(keys: frozenset[OperationKey], context: PlanContext, answers: AnswersOf) -> bool:
    """Return whether each of these operations admits an unknown client."""
    unknown = with_profile(context, UNKNOWN_CLIENT)
    if unknown is None:
        return False
    these = [planned for planned in context.guarded if planned.key in keys]
    return (
        bool(keys)
        and len(these) == len(keys)
        and all(
            (holder := holder_of(planned, context)) and answers(planned, unknown.name, holder).admitted
            for planned in these
        )
    )


def _allowed(roles: frozenset[str], context: PlanContext) -> frozenset[OperationKey]:
    """Return the operations that these roles may call."""
    return frozenset(p.key for p in context.operations if p.operation.roles & roles)
