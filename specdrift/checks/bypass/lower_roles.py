"""Plans bypass attempts of identities that lack an operation's role. Pure.

A guard that decides by role may be bypassed like one that asks for a certificate. Each operation with roles gets one
caller that must be refused. The attempts are those of the anonymous caller, planned on a context that holds the
caller's operations with the caller's own credentials.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from msgspec.structs import replace

from specdrift.checks.certificate.unknown_path import folder
from specdrift.checks.core.assessment import must_be_admitted, must_be_refused
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.model.exchange.identity import ClientIdentity

SAMPLE = 8
"""Number of operations of each set of roles; every folder is among the first."""


def lower_roles(
    context: PlanContext, most: int = SAMPLE, *, each: bool = False
) -> Iterator[tuple[ClientIdentity, PlanContext]]:
    """Yield each caller that lacks a role, with the context of the operations that it is sent to: ``most`` of a role.

    One caller for an operation; with ``each``, one of every set of roles that lacks it.

    Operations without a valid identity of their role are left out: there is no control.
    """
    open_to_all = [planned for planned in context.operations if not planned.is_guarded]
    for caller, operations in _by_caller(context, most, each=each).items():
        identity = context.identities[caller]
        allowed = (planned for planned in context.guarded if must_be_admitted(identity, planned))
        targets = (
            planned.request_for(caller).target for planned in allowed if planned.request.method == "GET"
        )
        own = [replace(planned, request=planned.request_for(caller)) for planned in operations]
        yield (
            identity,
            replace(context, operations=(*own, *open_to_all), allowed_target=next(targets, "")),
        )


def _by_caller(context: PlanContext, most: int, *, each: bool) -> dict[str, list[PlannedOperation]]:
    by_roles: dict[tuple[str, frozenset[str]], list[PlannedOperation]] = defaultdict(list)
    for planned in context.guarded if len(context.accepted) > 1 else ():
        if not any(must_be_admitted(identity, planned) for identity in context.accepted):
            continue
        lacking: dict[frozenset[str], str] = {}
        for identity in context.accepted:
            if must_be_refused(identity, planned):
                lacking.setdefault(identity.roles, identity.name)
        for caller in list(lacking.values())[: None if each else 1]:
            by_roles[caller, planned.operation.roles].append(planned)
    by_caller: dict[str, list[PlannedOperation]] = defaultdict(list)
    for (caller, _), operations in by_roles.items():
        sampled = len(operations) if context.exhaustive else most
        by_caller[caller] += one_of_each_folder(operations, sampled)
    return by_caller


def one_of_each_folder(operations: Sequence[PlannedOperation], most: int) -> list[PlannedOperation]:
    """Return at most so many operations, one of each folder in turn, in their order."""
    if len(operations) <= most:
        return list(operations)
    folders: dict[str, list[PlannedOperation]] = {}
    for planned in operations:
        folders.setdefault(folder(planned.key.path), []).append(planned)
    by_turns = (s for turn in zip_longest(*folders.values()) for s in turn if s is not None)
    chosen = {s.key for _, s in zip(range(most), by_turns, strict=False)}
    return [planned for planned in operations if planned.key in chosen]
