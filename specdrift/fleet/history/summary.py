"""What stays in memory of a service once its result is written: a few numbers. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from specdrift.errors import ExitStatus
from specdrift.fleet.scheduler.task import Failure
from specdrift.model.result.drift import DriftStatus, Severity
from specdrift.model.result.result import Result
from specdrift.model.result.verdict import Verdict

_ORDER = (
    ExitStatus.DRIFT,
    ExitStatus.INTERNAL,
    ExitStatus.USAGE,
    ExitStatus.INCOMPLETE,
    ExitStatus.OK,
)
"""From the worst: drift wins, as it does for one service; what could not be looked at comes before what is in part."""
_STATUS_OF: Mapping[Failure, ExitStatus] = {
    Failure.REFUSED: ExitStatus.USAGE,
    Failure.CRASHED: ExitStatus.INTERNAL,
    Failure.LOST: ExitStatus.INCOMPLETE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Open drifts by severity, those that the baseline accepts apart."""

    error: int = 0
    warning: int = 0
    note: int = 0
    accepted: int = 0

    @property
    def counting(self) -> int:
        """Errors and warnings."""
        return self.error + self.warning


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Against the last result of the service, the one of ``since`` (ISO 8601)."""

    since: str
    new: int
    fixed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One service in one run. ``result`` says whether it has one, ``judged`` whether that knows anything of the API
    (of one that is down it does not), ``reason`` why not, or why not all; ``worst`` are titles of its gravest drifts;
    ``trend`` errors and warnings of its runs, this one last.
    """

    service: str
    exit_status: int
    title: str = ""
    base_url: str = ""
    started_at: str = ""
    seconds: float = 0.0
    operations: int = 0
    undecided: int = 0
    requests: int = 0
    connections: int = 0
    drifts: Tally = field(default_factory=Tally)
    worst: tuple[str, ...] = ()
    change: Change | None = None
    reason: str = ""
    result: bool = True
    judged: bool = True
    trend: tuple[int, ...] = ()

    @property
    def rank(self) -> tuple[int, int, int, int, str]:
        """Sorts the worst first."""
        place = _ORDER.index(ExitStatus(self.exit_status)) if self.exit_status in _ORDER else len(_ORDER)
        return (place, -self.drifts.error, -self.drifts.warning, -self.undecided, self.service)


def summary_of(service: str, result: Result) -> Summary:
    """The numbers of a result."""
    before = result.previous
    return Summary(
        service=service,
        exit_status=result.exit_status,
        title=result.document.title,
        base_url=result.target.base_url,
        started_at=result.started_at.isoformat(),
        seconds=(result.finished_at - result.started_at).total_seconds(),
        operations=len(result.operations),
        undecided=len(result.undecided),
        requests=result.counts.requests,
        connections=result.counts.connections,
        drifts=_tally(result),
        worst=_worst(result),
        change=Change(
            since=before.started_at.isoformat(),
            new=sum(drift.status is DriftStatus.NEW for drift in result.drifts),
            fixed=len(before.fixed),
        )
        if before
        else None,
        reason=str(result.problem or ""),
        judged=_judged(result),
    )


def _judged(result: Result) -> bool:
    """Whether anything is known of the API: a run that could not do its job may have come to some operations."""
    return not result.problem or any(one.verdict is not Verdict.UNDECIDED for one in result.operations)


def _tally(result: Result) -> Tally:
    open_ones = [drift for drift in result.drifts if drift.status is not DriftStatus.SUPPRESSED]
    by = Counter(drift.severity for drift in open_ones)
    return Tally(
        error=by[Severity.ERROR],
        warning=by[Severity.WARNING],
        note=by[Severity.NOTE],
        accepted=len(result.drifts) - len(open_ones),
    )


def _worst(result: Result, *, most: int = 3) -> tuple[str, ...]:
    open_ones = [drift for drift in result.drifts if drift.status is not DriftStatus.SUPPRESSED]
    gravest = sorted(open_ones, key=lambda drift: -drift.severity.rank)
    titles = dict.fromkeys(f"{drift.rule}: {drift.title}" for drift in gravest)
    return tuple(titles)[:most]


def failed(service: str, failure: Failure, reason: str) -> Summary:
    """A service without a result."""
    return Summary(
        service=service,
        exit_status=_STATUS_OF[failure],
        reason=reason,
        result=False,
        judged=False,
    )


def worst_first(summaries: Iterable[Summary]) -> tuple[Summary, ...]:
    """The order of every list of services."""
    return tuple(sorted(summaries, key=lambda one: one.rank))


def exit_status(summaries: Iterable[Summary]) -> ExitStatus:
    """The worst of all: 1 (drift) before 4, 2 and 3."""
    return min((ExitStatus(one.exit_status) for one in summaries), key=_ORDER.index, default=ExitStatus.OK)
