"""Operations with roles that admit certificates of no configured identity without a finding. Pure.

A server may give a role to all names that share a part with those of an identity: a segment of a path, a domain, a
unit. Then it admits the certificate with an altered part and its neutral twin. That it compares the shared part as a
whole is established where it refuses a certificate of which that part is altered. Elsewhere the operation is undecided.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence

from msgspec import Struct

from specdrift.checks.certificate.imitation.imitators import (
    SHOWN,
    UNKNOWN_CLIENT,
    AnswersOf,
    fails,
    imitators_of,
    is_shared,
    some,
    with_profile,
)
from specdrift.checks.certificate.imitation.unknown_names import holder_of
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.confirm import role_phrase
from specdrift.checks.core.guard_groups import GuardGroups
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.plural import with_verb
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import Remedy, SkipReason, UndecidedReason
from specdrift.model.result.result import Skipped, UndecidedOperation
from specdrift.pki.battery import PROFILES, CertificateProfile


class Unreported(Struct, frozen=True):
    """A certificate of no configured identity that an operation with roles admits, and that no finding is about."""

    planned: PlannedOperation
    identity: ClientIdentity
    meant: bool
    """Whether the server compares as a whole what the certificate and its twin share with the imitated names."""


def profile_of(identity: ClientIdentity) -> CertificateProfile | None:
    """Return the profile of a generated certificate; that of a further imitated identity has its name at the end."""
    return PROFILES.get(identity.name) or PROFILES.get(identity.name.removesuffix(f"-{identity.imitates}"))


def unreported(
    context: PlanContext, log: ExchangeLog, answers: AnswersOf, findings: Sequence[Finding]
) -> tuple[Unreported, ...]:
    """Return the imitators that operations with roles admit where they refuse an unknown client, or fail on it."""
    groups = GuardGroups(context, log)
    alike: dict[Hashable, list[PlannedOperation]] = defaultdict(list)
    for planned in context.guarded:
        alike[groups.of(planned)].append(planned)
    reported = {(finding.operation, finding.identity) for finding in findings}
    unknown = with_profile(context, UNKNOWN_CLIENT)
    found = []
    for planned in context.guarded if unknown else ():
        imitators = [each for each in imitators_of(planned, context) if is_shared(each, context)]
        if not (unknown and planned.operation.roles and imitators):
            continue
        got = answers(planned, unknown.name, imitators[0].imitates)
        if not (got.combined.outcome.refused or fails(got)):
            continue
        admitted = [
            each
            for each in imitators
            if answers(planned, each.name, each.imitates).admitted
            and (planned.key, each.name) not in reported
        ]
        if admitted:
            refused = _altered_and_refused(alike[groups.of(planned)], imitators, answers)
            found += [
                Unreported(planned, each, _is_meant(planned, each, answers, refused)) for each in admitted
            ]
    return tuple(found)


def _altered_and_refused(
    alike: Collection[PlannedOperation], imitators: Iterable[ClientIdentity], answers: AnswersOf
) -> tuple[CertificateProfile, ...]:
    """Return the profiles that operations whose guards answer alike refused each time."""
    refused = []
    for identity in imitators:
        got = [answers(planned, identity.name, identity.imitates) for planned in alike]
        sent, profile = [each.combined for each in got if each.exchanges], profile_of(identity)
        if profile and sent and all(each.outcome.refused and each.unanimous for each in sent):
            refused.append(profile)
    return tuple(refused)


def _is_meant(
    planned: PlannedOperation,
    identity: ClientIdentity,
    answers: AnswersOf,
    refused: Iterable[CertificateProfile],
) -> bool:
    profile = profile_of(identity)
    own, twin = (answers(planned, name, identity.imitates) for name in (identity.name, identity.beside))
    if profile is None or not (twin.admitted and own.combined.unanimous and twin.combined.unanimous):
        return False
    return any(each.alters & profile.keeps & ~each.keeps for each in refused)


def undecided(
    found: Iterable[Unreported], drifting: Collection[OperationKey | None]
) -> Iterator[UndecidedOperation]:
    """Yield the operations that admit certificates for which nothing established accounts."""
    open_points: dict[OperationKey, list[Unreported]] = defaultdict(list)
    for each in found:
        if not each.meant and each.planned.key not in drifting:
            open_points[each.planned.key].append(each)
    for key, admitted in open_points.items():
        names = [each.identity.name for each in admitted]
        families = dict.fromkeys(profile.name for each in admitted if (profile := profile_of(each.identity)))
        yield UndecidedOperation(
            operation=key,
            kind=UndecidedReason.UNEXPLAINED,
            reason=(
                f"the operation is for {role_phrase(admitted[0].planned.operation.roles)}, and admits valid "
                f"certificates of clients that are not configured ({some(names)}); no finding explains it"
            ),
            how_to_decide=(
                "look how the server finds the role in a certificate; if it gives the role to such names on purpose, "
                + " and ".join(f'write {name} = "skip"' for name in [*families][:SHOWN])
                + " under [battery]"
            ),
            remedy=Remedy.OTHER,
        )


def skipped(
    check: str,
    found: Sequence[Unreported],
    context: PlanContext,
    answers: AnswersOf,
    findings: Sequence[Finding],
) -> Iterator[Skipped]:
    """Say once for the run which certificates of unknown clients are admitted where a role is required."""
    meant = [each for each in found if each.meant]
    if meant:
        count = len({each.planned.key for each in meant})
        names = [*dict.fromkeys(each.identity.name for each in meant)]
        yield Skipped(
            check=check,
            kind=SkipReason.ROLE_NOT_CHECKED,
            reason=(
                f"{_admit(count, f'certificates of clients that are not configured ({some(names)})')}: the server "
                "gives the role to all names with a part of the imitated one, and compares that part as a whole; not "
                "checked whether the CA issues them to holders of the role only"
            ),
        )
    reported = {finding.operation for finding in findings}
    count = sum(planned.key not in reported for planned in _for_all(context, answers))
    if count:
        yield Skipped(
            check=check,
            kind=SkipReason.ROLE_NOT_CHECKED,
            reason=(
                f"{_admit(count, f'a valid certificate of an unknown client ({UNKNOWN_CLIENT})')}: not checked whether "
                "the server gives the role to every client of the CA on purpose"
            ),
        )


def _for_all(context: PlanContext, answers: AnswersOf) -> Iterator[PlannedOperation]:
    """Yield the operations with roles that admit an unknown client; none if the configuration allows it."""
    unknown = with_profile(context, UNKNOWN_CLIENT)
    for planned in context.guarded if unknown else ():
        holder = holder_of(planned, context)
        if unknown and holder and answers(planned, unknown.name, holder).admitted:
            yield planned


def _admit(count: int, whom: str) -> str:
    subject = with_verb(count, "operation", "that requires", "that require")
    return f"{subject} a role {'admits' if count == 1 else 'admit'} {whom}"
