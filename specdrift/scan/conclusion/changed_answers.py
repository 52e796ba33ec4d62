"""What is concluded of a server that answers a caller otherwise than before: no operation is consistent. Pure."""

from collections.abc import Iterable

from msgspec.structs import replace

from specdrift.checks.core.undecided import Resolution, Undecided
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import OperationResult, UndecidedOperation
from specdrift.model.result.verdict import Verdict
from specdrift.rules.ids import MTLS_OVER_ENFORCED, ROLE_OVER_ENFORCED, VALID_CERTIFICATE_REFUSED
from specdrift.scan.steadiness import ChangedAnswer

OF_REFUSALS = frozenset({VALID_CERTIFICATE_REFUSED, MTLS_OVER_ENFORCED, ROLE_OVER_ENFORCED})
"""Rules about refusals of callers who should be admitted: a server that bans them refuses these too."""
BANNED = Resolution(
    Remedy.PACE,
    "except the address of the run from what bans clients, such as a firewall; or send more slowly: --rate-limit",
)


def problem_of(found: ChangedAnswer | None) -> Problem | None:
    """The problem of a run whose server answers a caller otherwise than before."""
    if found is None:
        return None
    text = f"the server no longer answers as before: {found}. Nothing more was sent"
    return Problem(kind=ProblemKind.STOPPED, text=text)


def undecided_by_change(
    found: ChangedAnswer | None, results: Iterable[OperationResult]
) -> tuple[UndecidedOperation, ...]:
    """Say why each consistent operation is undecided: since when the server refuses is not known."""
    return tuple(
        Undecided(
            kind=UndecidedReason.UNANSWERED,
            reason=f"{found}, so that refusals may be those of a server that bans its clients",
            advice=BANNED,
        ).of(result.operation.key)
        for result in results
        if found and result.verdict is Verdict.CONSISTENT
    )


def without_consistent(
    found: ChangedAnswer | None, results: Iterable[OperationResult]
) -> tuple[OperationResult, ...]:
    """Leave no operation consistent where a caller is answered otherwise than before."""
    return tuple(
        replace(each, verdict=Verdict.UNDECIDED) if found and each.verdict is Verdict.CONSISTENT else each
        for each in results
    )
