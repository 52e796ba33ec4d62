"""Operations that store what they are sent, and the requests that may show it. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from specdrift.checks.bypass.lower_roles import lower_roles
from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.effects.marks import Mark, MarkKind, mark_for
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Request
from specdrift.model.policy import UnsafeMethods

MOST_LISTS = 6
WRITING = frozenset({"POST", "PUT", "PATCH"})
REPLACING = frozenset({"PUT", "PATCH"})
"""Methods that change what is there: the usual body is sent once more at the end."""

Caller = tuple[ClientIdentity, PlannedOperation]
"""Who must be refused, and the operation with the caller's credentials."""


class Turn(Struct, frozen=True):
    """A write of a caller. ``number`` is 0 for the valid certificate's, and counts those of each other caller."""

    caller: ClientIdentity
    planned: PlannedOperation
    number: int


class Writer(Struct, frozen=True):
    """An operation that stores what it is sent, and how to see that it did."""

    planned: PlannedOperation
    valid: ClientIdentity
    """Writes first, and reads what each one wrote."""
    mark: Mark
    readers: tuple[tuple[OperationKey, Request], ...]
    """GET requests that may show what is stored."""
    elsewhere: tuple[tuple[OperationKey, Request], ...]
    """Lists at other paths, for what none of these shows."""
    callers: tuple[Caller, ...]
    lists: tuple[tuple[OperationKey, Request], ...] = ()
    """The same lists, for numbers that its amounts may move."""

    @property
    def first(self) -> Turn:
        """The valid certificate's write, which shows where the mark is read."""
        return Turn(self.valid, self.planned, 0)

    def turns(self, caller: ClientIdentity, planned: PlannedOperation) -> Iterator[Turn]:
        """Yield the writes of a caller that must be refused: as many as show that it changed the value."""
        return (Turn(caller, planned, number) for number in range(1, self.mark.turns + 1))


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


def callers_of(context: PlanContext) -> Callable[[PlannedOperation], tuple[Caller, ...]]:
    """Return what gives who must be refused: without a certificate, with one of anyone's making, without the role."""
    lower: dict[OperationKey, list[Caller]] = defaultdict(list)
    for caller, own in lower_roles(context, each=True):
        for planned in own.guarded:
            lower[planned.key].append((caller, planned))
    without = (ANONYMOUS, *context.wrong_certificates)
    return lambda planned: (*((caller, planned) for caller in without), *lower[planned.key])


def _writers(context: PlanContext) -> Iterator[Writer]:
    callers = callers_of(context)
    reading = _by_path(context)
    for planned in writing(context):
        valid = next((i for i in context.accepted if must_be_admitted(i, planned)), None)
        mark = mark_for(planned)
        if valid is not None and mark is not None:
            readers = tuple(_readers(planned, valid, reading))
            near = {key for key, _ in readers}
            elsewhere = [one for one in _lists(context, valid) if one[0] not in near]
            lists = tuple(elsewhere[:MOST_LISTS])
            others = () if mark.kind is MarkKind.CHOICE else lists
            yield Writer(planned, valid, mark, readers, others, callers(planned), lists)


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


def _lists(context: PlanContext, valid: ClientIdentity) -> Iterator[tuple[OperationKey, Request]]:
    """Yield the GET requests of paths without parameters that the identity may send."""
    for planned in context.guarded:
        if (
            planned.request.method == "GET"
            and "{" not in planned.key.path
            and must_be_admitted(valid, planned)
        ):
            yield planned.key, planned.request_for(valid.name)
