"""What a run saw of a route that the document does not have."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from specdrift.model.operation import OperationKey
from specdrift.model.result import ProbeRecord, Result

CHECK = "undocumented"
"""The check that asks what the document does not have."""
ABSENT = frozenset({404, 405, 410, 501})
REFUSING = frozenset({401, 403})
EXPRESSION = re.compile(r"\{[^{}/]*\}")


class Presence(StrEnum):
    """Whether a route is there, as far as the run asked."""

    ANSWERS = "answers"
    REFUSES = "refuses"
    """It is there, and told nobody who asked what it does."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``status`` is the HTTP status that says so; ``admitted`` are the callers to whom it answered."""

    presence: Presence
    status: int
    admitted: tuple[str, ...] = ()

    def __str__(self) -> str:
        """In a few words: ``answers 200``."""
        return f"{_WORDS[self.presence]} {self.status}"


_WORDS = {Presence.ANSWERS: "answers", Presence.REFUSES: "refuses with", Presence.ABSENT: "not there:"}


def answer_of(result: Result, key: OperationKey) -> Answer | None:
    """What the run saw at a method and path template of the source; ``None`` where it did not ask, or cannot tell."""
    place = _pattern(result, key.path)
    for item in result.undocumented:
        if item.method == key.method and (item.path == key.path or place.fullmatch(item.path)):
            return Answer(presence=Presence.ANSWERS, status=item.status, admitted=item.admitted)
    statuses = [
        record.observation.http.status
        for record in result.probes
        if _asks(record, key.method, place) and record.observation.http is not None
    ]
    if statuses and all(status in ABSENT for status in statuses):
        return Answer(presence=Presence.ABSENT, status=statuses[0])
    refused = next((status for status in statuses if status in REFUSING), None)
    return Answer(presence=Presence.REFUSES, status=refused) if refused else None


def _asks(record: ProbeRecord, method: str, place: re.Pattern[str]) -> bool:
    request = record.probe.request
    return (
        record.probe.check == CHECK
        and request is not None
        and request.method == method
        and record.probe.variant == f"{method} {request.target}"
        and place.fullmatch(request.target.partition("?")[0]) is not None
    )


def _pattern(result: Result, path: str) -> re.Pattern[str]:
    """The targets of a template, with or without the base path of the API."""
    base = urlsplit(result.target.base_url).path.rstrip("/")
    fixed = map(re.escape, EXPRESSION.split(path))
    return re.compile(f"(?:{re.escape(base)})?{'[^/]+'.join(fixed)}")
