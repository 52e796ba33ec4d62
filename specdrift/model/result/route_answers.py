"""The run's answers for routes that the document does not have."""

from enum import StrEnum
from urllib.parse import urlsplit

from msgspec import Struct

from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.templates import fits
from specdrift.model.result.result import ProbeRecord, Result

CHECK = "undocumented"
"""The check that requests undocumented endpoints."""
ABSENT = frozenset({404, 405, 410, 501})
REFUSING = frozenset({401, 403})


class RoutePresence(StrEnum):
    """Whether a route exists, according to the responses of the run."""

    ANSWERS = "answers"
    REFUSES = "refuses"
    """It exists and refused every caller that requested it."""
    ABSENT = "absent"


class RouteAnswer(Struct, frozen=True, kw_only=True):
    """The answer of the runtime for a route."""

    presence: RoutePresence
    status: int
    """HTTP status."""
    admitted: tuple[str, ...] = ()
    """Names of the identities that were admitted."""

    def __str__(self) -> str:
        """Describe it: ``answers 200``."""
        return f"{_WORDS[self.presence]} {self.status}"


_WORDS = {
    RoutePresence.ANSWERS: "answers",
    RoutePresence.REFUSES: "refuses with",
    RoutePresence.ABSENT: "not there:",
}


def answer_of(result: Result, key: OperationKey) -> RouteAnswer | None:
    """Return the answer for a route of the source; ``None`` if it was not requested, or the answers are unclear."""
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
    """Return whether a path matches a template, with or without the API's base path."""
    return fits(template, path) or (path.startswith(base) and fits(template, path.removeprefix(base)))
