"""What a run saw of a route that the document does not have."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.templates import fits
from specdrift.model.result.result import ProbeRecord, Result

CHECK = "undocumented"
"""The check that asks what the document does not have."""
ABSENT = frozenset({404, 405, 410, 501})
REFUSING = frozenset({401, 403})


class RoutePresence(StrEnum):
    """Whether a route is there, as far as the run asked."""

    ANSWERS = "answers"
    REFUSES = "refuses"
    """It is there, and told nobody who asked what it does."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAnswer:
    """``status`` is the HTTP status that says so; ``admitted`` are the callers to whom it answered."""

    presence: RoutePresence
    status: int
    admitted: tuple[str, ...] = ()

    def __str__(self) -> str:
        """In a few words: ``answers 200``."""
        return f"{_WORDS[self.presence]} {self.status}"


_WORDS = {
    RoutePresence.ANSWERS: "answers",
    RoutePresence.REFUSES: "refuses with",
    RoutePresence.ABSENT: "not there:",
}


def answer_of(result: Result, key: OperationKey) -> RouteAnswer | None:
    """What the run saw at a method and path template of the source; ``None`` where it did not ask, or cannot tell."""
    base = urlsplit(result.target.base_url).path.rstrip("/")
    for item in result.undocumented:
        if item.method == key.method and (item.path == key.path or _means(key.path, item.path, base)):
            return RouteAnswer(presence=RoutePresence.ANSWERS, status=item.status, admitted=item.admitted)
    statuses = [
        record.observation.http.status
        for record in result.probes
        if _asks(record, key, base) and record.observation.http is not None
    ]
    if statuses and all(status in ABSENT for status in statuses):
        return RouteAnswer(presence=RoutePresence.ABSENT, status=statuses[0])
    refused = next((status for status in statuses if status in REFUSING), None)
    return RouteAnswer(presence=RoutePresence.REFUSES, status=refused) if refused else None


def _asks(record: ProbeRecord, key: OperationKey, base: str) -> bool:
    request = record.probe.request
    return (
        record.probe.check == CHECK
        and request is not None
        and request.method == key.method
        and record.probe.tag is not None
        and record.probe.tag.control is None
        and _means(key.path, request.target.partition("?")[0], base)
    )


def _means(template: str, path: str, base: str) -> bool:
    """Whether a path is one of a template's, with or without the base path of the API."""
    return fits(template, path) or (path.startswith(base) and fits(template, path.removeprefix(base)))
