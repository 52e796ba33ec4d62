"""Joins the outcomes of a service's parts when the last one arrives."""

from collections.abc import Iterable, Mapping, Sequence

from specdrift import reports
from specdrift.errors import UsageError
from specdrift.fleet.scheduler.outcome import TaskOutcome, pack, unpack
from specdrift.fleet.scheduler.task import Failure, Task
from specdrift.scan.conclusion.merging import merge

_WORST = (Failure.CRASHED, Failure.REFUSED, Failure.LOST)


class PartJoiner:
    """Collects the outcomes of parts by service."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._waiting: dict[str, list[TaskOutcome]] = {task.service: [] for task in tasks}

    def joined(self, outcome: TaskOutcome) -> TaskOutcome | None:
        """Return the outcome of the whole service; ``None`` while parts are missing."""
        if outcome.part is None:
            return outcome
        found = self._waiting[outcome.service]
        found.append(outcome)
        return _whole(found) if len(found) == outcome.part[1] else None


def _whole(parts: Sequence[TaskOutcome]) -> TaskOutcome:
    """Join the outcomes of all parts. If one has no result, the service has none, since it would be incomplete."""
    service = parts[0].service
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    failed = [part for part in parts if part.failure is not None]
    if failed:
        worst = min(failed, key=lambda part: _RANK[part.failure])
        reason = f"part {worst.part[0]} of {worst.part[1]}: {worst.reason}" if worst.part else worst.reason
        return TaskOutcome(service=service, failure=worst.failure, reason=reason, notes=notes)
    try:
        result = merge((part.name, reports.read(unpack(part.result))) for part in parts)
    except UsageError as error:
        return TaskOutcome(service=service, failure=Failure.REFUSED, reason=str(error), notes=notes)
    return TaskOutcome(service=service, result=pack(reports.render(result, "json")), notes=notes)


_RANK: Mapping[Failure | None, int] = {failure: rank for rank, failure in enumerate(_WORST)}
