"""Numbers of a service's result, which stay in memory after the result is written. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from specdrift.errors import ExitStatus
from specdrift.fleet.scheduler.task import Failure
from specdrift.model.result.drift import DriftStatus, Severity
from specdrift.model.result.result import Result
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content.headline import Standing, standing, standing_without_result

_ORDER = (
    ExitStatus.DRIFT,
    ExitStatus.INTERNAL,
    ExitStatus.USAGE,
    ExitStatus.INCOMPLETE,
    ExitStatus.OK,
)
"""From the worst: drift wins, as for one service; services without a result come before incomplete ones."""
_STATUS_OF: Mapping[Failure, ExitStatus] = {
    Failure.REFUSED: ExitStatus.USAGE,
    Failure.CRASHED: ExitStatus.INTERNAL,
    Failure.LOST: ExitStatus.INCOMPLETE,
}


class DriftCounts(Struct, frozen=True, kw_only=True):
    """Open drifts by severity, and those that the baseline accepts."""

    error: int = 0
    warning: int = 0
    note: int = 0
    accepted: int = 0

    @property
    def counting(self) -> int:
        """Errors and warnings."""
        return self.error + self.warning


class ServiceChange(Struct, frozen=True, kw_only=True):
    """Changes since the last result of the service, of the time ``since`` (ISO 8601)."""

    since: str
    new: int
    fixed: int


class Summary(Struct, frozen=True, kw_only=True):
    """One service in one run."""

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
    drifts: DriftCounts = field(default_factory=DriftCounts)
    worst: tuple[str, ...] = ()
    """Titles of its most severe drifts."""
    change: ServiceChange | None = None
    reason: str = ""
    """Why it was not judged, or not completely."""
    result: bool = True
    """Whether there is a result."""
    standing: Standing | None = None
    """The word of the service's report; ``None`` without a result."""
    judged: bool = True
    """Whether any operation was judged; False for a service that is down."""
    trend: tuple[int, ...] = ()
    """Errors and warnings of its runs, this one last."""
    owner: str = ""
    """Who is responsible for it, as the inventory says."""

    @property
    def shown_standing(self) -> Standing:
        """The word of the service's report. Without a result nothing was judged, whatever the exit status."""
        if self.standing is not None:
            return self.standing
        return standing_without_result(self.exit_status) if self.judged else Standing.PROBLEM

    @property
    def rank(self) -> tuple[int, int, int, int, str]:
        """Sort key: the worst first."""
        place = _ORDER.index(ExitStatus(self.exit_status)) if self.exit_status in _ORDER else len(_ORDER)
        return (place, -self.drifts.error, -self.drifts.warning, -self.undecided, self.service)


def summary_of(service: str, result: Result) -> Summary:
    """Return the numbers of a result."""
    previous = result.previous
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
        change=ServiceChange(
            since=previous.started_at.isoformat(),
            new=sum(drift.status is DriftStatus.NEW for drift in result.drifts),
            fixed=len(previous.fixed),
        )
        if previous
        else None,
        reason=str(result.problem or ""),
        standing=standing(result),
        judged=_judged(result),
    )


def _judged(result: Result) -> bool:
    """Return whether any operation was judged; a run that stopped early may have judged some."""
    return not result.problem or any(one.verdict is not Verdict.UNDECIDED for one in result.operations)


def _tally(result: Result) -> DriftCounts:
    open_ones = [drift for drift in result.drifts if drift.status is not DriftStatus.SUPPRESSED]
    by = Counter(drift.severity for drift in open_ones)
    return DriftCounts(
        error=by[Severity.ERROR],
        warning=by[Severity.WARNING],
        note=by[Severity.NOTE],
        accepted=len(result.drifts) - len(open_ones),
    )


def _worst(result: Result, *, most: int = 3) -> tuple[str, ...]:
    open_ones = [drift for drift in result.drifts if drift.status is not DriftStatus.SUPPRESSED]
    most_severe = sorted(open_ones, key=lambda drift: -drift.severity.rank)
    titles = dict.fromkeys(f"{drift.rule}: {drift.title}" for drift in most_severe)
    return tuple(titles)[:most]


def failed(service: str, failure: Failure, reason: str) -> Summary:
    """Return the summary of a service without a result."""
    return Summary(
        service=service,
        exit_status=_STATUS_OF[failure],
        reason=reason,
        result=False,
        judged=False,
    )


def worst_first(summaries: Iterable[Summary]) -> tuple[Summary, ...]:
    """Sort services by `Summary.rank`, as every list does."""
    return tuple(sorted(summaries, key=lambda one: one.rank))


def exit_status(summaries: Iterable[Summary]) -> ExitStatus:
    """Return the worst exit status: 1 (drift) before 4, 2 and 3."""
    return min((ExitStatus(one.exit_status) for one in summaries), key=_ORDER.index, default=ExitStatus.OK)
