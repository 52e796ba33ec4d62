"""The same request for days long past and far ahead: a guard may cover one side of a day only. Pure."""

import re
from urllib.parse import parse_qsl, urlencode

from specdrift.checks.choices.pairs import Named
from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.inputs import Input, Place

DAY, MOMENT = "date", "date-time"
"""Formats of RFC 3339, as JSON Schema names them."""
FAR = {DAY: ("2000-01-01", "2100-01-01"), MOMENT: ("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z")}
FORMS = (
    (DAY, re.compile(r"\d{4}-\d\d-\d\d")),
    (MOMENT, re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d[\d:.]{0,20}\S{0,6}")),
)
"""How a value shows the format that the document does not name."""


def by_day(planned: PlannedOperation) -> Named:
    """Yield the request with all days of its query long past, and with all far ahead."""
    path, _, query = planned.request.target.partition("?")
    sent = parse_qsl(query, keep_blank_values=True)
    days = {
        declared.name: FAR[form]
        for declared in planned.operation.inputs
        if declared.place is Place.QUERY and (form := _format(declared, dict(sent).get(declared.name, "")))
    }
    kept = [pair for pair in sent if pair[0] not in days]
    for each in zip(*days.values(), strict=True):
        parameters = list(zip(days, each, strict=True))
        yield urlencode(parameters), planned.request.to(f"{path}?{urlencode(kept + parameters)}")


def _format(declared: Input, now: str) -> str:
    """Return the format of a day or moment, by the document or by the value that it shows; empty without one."""
    limits = declared.constraint
    if limits.allowed or limits.type not in ("string", ""):
        return ""
    if limits.format or limits.pattern:
        return limits.format if limits.format in FAR else ""
    shown = (now, *declared.examples[:1])
    return next((name for name, form in FORMS if any(map(form.fullmatch, shown))), "")
