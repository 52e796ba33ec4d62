"""Operations that store a text, and the requests that may show what they stored. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from specdrift.checks.bypass.lower_roles import lower_roles
from specdrift.checks.certificate.body_members import members
from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.model.contract.inputs import Input, Place
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Request
from specdrift.model.policy import UnsafeMethods

WRITING = frozenset({"POST", "PUT", "PATCH"})
TEXTS = ("text", "note", "comment", "description", "title", "summary", "remark", "message", "name", "label")
"""Names of members that most likely take any text, the likeliest first."""
LONGEST_TEXT = 24
"""Characters that a member must take."""

Caller = tuple[ClientIdentity, PlannedOperation]
"""Who must be refused, and the operation with the caller's credentials."""


@dataclass(frozen=True, slots=True)
class Writer:
    """An operation that stores a text, and how to see that it did."""

    planned: PlannedOperation
    valid: ClientIdentity
    """Writes first, and reads what each one wrote."""
    member: str
    """Name of the member of the body that takes the text."""
    readers: tuple[tuple[OperationKey, Request], ...]
    """GET requests that may show what is stored."""
    callers: tuple[Caller, ...]


def writing(context: PlanContext) -> tuple[PlannedOperation, ...]:
    """Return the guarded operations that write and may be sent."""
    return tuple(p for p in context.guarded if p.request.method in WRITING and p.mode is UnsafeMethods.SEND)


def writers_apart(context: PlanContext) -> list[list[Writer]]:
    """Return the writers in sets in which no two are read by the same request, so that none replaces another's."""
    sets: list[tuple[list[Writer], set[str]]] = []
    for writer in _writers(context):
        places = {request.target for _, request in writer.readers}
        own = next((each for each in sets if not each[1] & places), None)
        if own is None:
            own = ([], set())
            sets.append(own)
        own[0].append(writer)
        own[1].update(places)
    return [writers for writers, _ in sets]


def _writers(context: PlanContext) -> Iterator[Writer]:
    lower: dict[OperationKey, list[Caller]] = defaultdict(list)
    for caller, own in lower_roles(context):
        for planned in own.guarded:
            lower[planned.key].append((caller, planned))
    reading = _by_path(context)
    for planned in writing(context):
        valid = next((i for i in context.accepted if must_be_admitted(i, planned)), None)
        member = member_for_text(planned)
        if valid is not None and member:
            readers = tuple(_readers(planned, valid, reading))
            callers = ((ANONYMOUS, planned), *lower[planned.key])
            yield Writer(planned, valid, member, readers, callers)


def member_for_text(planned: PlannedOperation) -> str:
    """Return the member of the body that most likely takes any text; empty if none does."""
    body = planned.operation.body
    if body is None or not planned.request.body:
        return ""
    present = members(planned.request.body, body.media_type)
    declared = {one.name: one for one in planned.operation.inputs if one.place is Place.BODY}
    free = [
        name
        for name in dict.fromkeys((*present, *declared))
        if isinstance(present.get(name, ""), str)
        and (_takes_any_text(declared[name]) if name in declared else present[name])
    ]
    likely = (name for word in TEXTS for name in free if name.lower() == word)
    return next(likely, free[0] if free else "")


def _takes_any_text(declared: Input) -> bool:
    limits = declared.constraint
    if declared.several or limits.type not in ("", "string"):
        return False
    if limits.allowed or limits.pattern or limits.format:
        return False
    return limits.max_length is None or limits.max_length >= LONGEST_TEXT


def _by_path(context: PlanContext) -> Mapping[str, Sequence[PlannedOperation]]:
    found: dict[str, list[PlannedOperation]] = defaultdict(list)
    for planned in context.operations:
        if planned.request.method == "GET" and planned.mode is UnsafeMethods.SEND:
            found[planned.key.path].append(planned)
    return found


def _readers(
    planned: PlannedOperation, valid: ClientIdentity, reading: Mapping[str, Sequence[PlannedOperation]]
) -> Iterator[tuple[OperationKey, Request]]:
    """Yield a GET of the same path with the same values, and of the folder above."""
    path, target = planned.key.path, planned.request_for(valid.name).target.partition("?")[0]
    for template, place in ((path, target), (path.rpartition("/")[0], target.rpartition("/")[0])):
        for other in reading.get(template, ()):
            request = other.request_for(valid.name)
            _, mark, query = request.target.partition("?")
            yield other.key, request.to(place + mark + query)
