"""Requests of an open operation with what its document does not offer: undeclared inputs, and malformed ones. Pure.

A switch for developers may add guarded records to an open answer, and an error page may print what the handler holds.
"""

from collections.abc import Iterator
from itertools import islice
from urllib.parse import quote, urlencode

from msgspec.structs import replace

from specdrift.checks.choices.pairs import Named
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.inputs.attempts import attempts
from specdrift.checks.inputs.invalid_values import InputDefect
from specdrift.checks.inputs.undeclared_kinds import (
    BROWSER,
    FIELD_SWITCHES,
    MADE_UP,
    MALFORMED,
    SWITCHES,
    Fields,
)
from specdrift.model.contract.inputs import Place
from specdrift.model.exchange.probe import Request

MOST_INVALID = 4
"""Requests with invalid values of declared inputs."""
DEFECTS = frozenset(
    {InputDefect.WRONG, InputDefect.MALFORMED, InputDefect.MISSING, InputDefect.MEDIA, InputDefect.LENGTH}
)
"""Those that no handler takes for a path or a load."""
FURTHER = ("all", "full", "details", "expand", "include", "fields", "extended", "trace", "stats", "dump")
"""Parameters with which open answers are extended."""
OF_CALLERS = frozenset({"authorization", "cookie"})
AS_LISTS = ("{}[]=1", "{}[$ne]=1", "{}[0][a]=1")
"""A name as frameworks write members of lists and objects."""
UNREADABLE = "%ff=%&=%00&&"


def unoffered(context: PlanContext, planned: PlannedOperation) -> Named:
    """Yield few requests, each with a name: what is declared for the operation is left out or malformed."""
    request = planned.request
    there = {declared.name.lower() for declared in planned.operation.inputs}
    there |= {name.lower() for name, _ in request.headers}
    for value in ("1", "true"):
        parameters = [(name, value) for name in (*SWITCHES, *FURTHER) if name not in there]
        yield f"undeclared parameters of the value {value}", _with_query(request, urlencode(parameters))
    switches = (BROWSER, *((name, "1") for name in FIELD_SWITCHES))
    yield "undeclared header fields", _with_fields(request, switches, there)
    yield "a malformed query", _with_query(request, "&".join((UNREADABLE, *_as_lists(planned))))
    yield "malformed header fields", _with_fields(request, MALFORMED, there | OF_CALLERS)
    invalid = (each for each in attempts(context, planned) if each.kind in DEFECTS)
    for attempt in islice(invalid, MOST_INVALID):
        yield attempt.words, attempt.request


def _as_lists(planned: PlannedOperation) -> Iterator[str]:
    names = [each.name for each in planned.operation.inputs if each.place is Place.QUERY]
    for name in (*names, "id"):
        yield from (form.format(quote(name, safe="")) for form in AS_LISTS)


def _with_query(request: Request, further: str) -> Request:
    return request.to(f"{request.target}{'&' if '?' in request.target else '?'}{further}")


def _with_fields(request: Request, fields: Fields, there: frozenset[str] | set[str]) -> Request:
    added = tuple(field for field in fields if field[0].lower() not in there and MADE_UP not in field[1])
    return replace(request, headers=(*request.headers, *added))
