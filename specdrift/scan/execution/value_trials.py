"""Tries learned values, as one identity, until an operation answers with success. Sends nothing itself."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from http import HTTPStatus

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.checks.core.base import PlannedOperation
from specdrift.classify.likeness import redirect_target
from specdrift.learning.answer_reader import AnswerData, read_answer
from specdrift.learning.lessons import FIXED, GIVEN, STATED, Assignment, LearnedValue, Lessons
from specdrift.learning.path_shape import PathShape, collection_of
from specdrift.model.contract.operation import MADE_UP, OperationKey, ParameterValue, ValueSource
from specdrift.model.contract.path_index import PathIndex
from specdrift.model.exchange.observation import HttpFacts, Observation
from specdrift.model.exchange.probe import Connection, Phase, Probe, Request
from specdrift.model.policy import UnsafeMethods
from specdrift.scan.preparation.destructive import has_hint
from specdrift.scan.preparation.run import Run

CHECK = "values"
MOST_OTHERS = 8
"""Other resources of an operation."""
MOST_TRIALS = 3
"""Requests of one operation with different values, by one identity, besides that with its own values."""
READING = frozenset({"GET", "HEAD"})
AS_STATED: tuple[ParameterValue, ...] = ()
"""No other values than those that the operation has."""


class Trial(Struct):
    """An operation with values to try, and its answer."""

    planned: PlannedOperation
    values: tuple[ParameterValue, ...]
    number: int
    status: int = 0
    """0 before it is answered, and without an HTTP response."""
    redirected: bool = False
    """It leads elsewhere: to another path or host, such as that of a store of files."""

    @property
    def succeeded(self) -> bool:
        """Whether the answer was a success (RFC 9110 §15.3), or names where the resource is (§15.4)."""
        return 200 <= self.status < 300 or self.redirected


def _leads_elsewhere(trial: Trial, http: HttpFacts) -> bool:
    """Return whether learned values are redirected, not only to another spelling of the path."""
    if not trial.values or not 300 <= http.status < 400 or http.status == HTTPStatus.NOT_MODIFIED:
        return False
    there, here = redirect_target(http), path_of(trial.planned.request).strip("/").split("/")
    return bool(there) and (bool(there[0]) or [*there[1:]] != here)


def needs_values(planned: PlannedOperation) -> bool:
    """Return whether an operation reads something by values that may not exist on this server."""
    operation = planned.operation
    if planned.mode is not UnsafeMethods.SEND or operation.key.method not in READING:
        return False
    if has_hint(operation.key.path, operation.operation_id) and not planned.destructive_allowed:
        return False
    return has_others(planned) or any(
        value.source in MADE_UP or (value.location == "path" and value.source in STATED)
        for value in operation.parameters
    )


def has_others(planned: PlannedOperation) -> bool:
    """Return whether the configuration says which resource an operation reads: lists may name others."""
    in_path = [value for value in planned.operation.parameters if value.location == "path"]
    return (
        bool(in_path)
        and all(value.source in FIXED for value in in_path)
        and any(value.source is ValueSource.CONFIG for value in in_path)
    )


def lists_values(planned: PlannedOperation) -> bool:
    """Return whether an operation can be requested at once, and its answer may name values."""
    sent = planned.mode is UnsafeMethods.SEND and planned.key.method == "GET"
    in_path = (value for value in planned.operation.parameters if value.location == "path")
    return sent and all(value.source is ValueSource.CONFIG for value in in_path)


def relevant(
    sources: Sequence[PlannedOperation], wanted: Iterable[PlannedOperation]
) -> list[PlannedOperation]:
    """Return the operations that need values themselves, and those whose answers name values of theirs."""
    shapes = {planned.key: PathShape.of(planned.key.path) for planned in wanted}
    heads = {
        collection_of(shape.collection(number))
        for shape in shapes.values()
        for number in range(1, len(shape.names))
    }
    return [
        planned
        for planned in sources
        if needs_values(planned) and (planned.key in shapes or collection_of(planned.key.path) in heads)
    ]


class ValueTrials(Struct, dict=True):
    """The trials of one identity."""

    run: Run
    identity: str
    connection: Connection
    operations: Sequence[PlannedOperation]
    """Those that need values."""
    known: dict[OperationKey, tuple[ParameterValue, ...]] = field(default_factory=dict)
    """Values with which another identity succeeded; they are tried first."""
    trials: dict[OperationKey, list[Trial]] = field(default_factory=dict)
    found: dict[OperationKey, tuple[ParameterValue, ...]] = field(default_factory=dict)
    """The values with which each operation answered with success."""
    listed: dict[OperationKey, AnswerData] = field(default_factory=dict)
    """What the operations without parameters in their paths answered."""
    admitted: bool = False
    """Whether any answer was a success."""
    _waiting: dict[str, Trial] = field(default_factory=dict)

    @cached_property
    def lessons(self) -> Lessons:
        """What is learned about the paths of the operations."""
        lessons = Lessons(paths=PathIndex(planned.key.path for planned in self.operations))
        for path, place in self.run.recorded:
            lessons.add_link(path, place)
        return lessons

    @property
    def is_complete(self) -> bool:
        """Whether values of all operations are found."""
        return all(planned.key in self.found for planned in self.operations)

    def lists(self, sources: Iterable[PlannedOperation]) -> list[Probe]:
        """Return the requests of the operations that may list values."""
        return [
            self._probe(Trial(planned, AS_STATED, 0), "lists values")
            for planned in sources
            if lists_values(planned) and not (needs_values(planned) and planned in self.operations)
        ]

    def first_trials(self) -> list[Probe]:
        """Return the requests with values of another identity; as the first identity, with those of the document."""
        keys = self.known or {planned.key for planned in self.operations}
        return self._trials_of(planned for planned in self.operations if planned.key in keys)

    def next_trials(self) -> list[Probe]:
        """Return one request for each operation that has untried values."""
        return self._trials_of(self.operations)

    def _trials_of(self, operations: Iterable[PlannedOperation]) -> list[Probe]:
        return [
            self._probe(trial, f"trial {trial.number}")
            for planned in operations
            if planned.key not in self.found and (trial := self._next(planned)) is not None
        ]

    def last_trials(self) -> list[Probe]:
        """Return a request with the made-up values for each operation for which nothing else was tried."""
        return [
            self._probe(Trial(planned, AS_STATED, 0), "as made up")
            for planned in self.operations
            if planned.key not in self.found and not self._tried(planned.key, AS_STATED)
        ]

    def others(self, planned: PlannedOperation) -> tuple[Request, ...]:
        """Return the requests for other resources that the API lists."""
        found = next(trial.planned.request for trial in self.trials[planned.key] if trial.succeeded)
        operation = planned.with_values_of(self.identity).operation
        proposed = (
            self._with_values(planned, values)
            for values in self.lessons.proposals(operation, most=MOST_OTHERS + 1, fixed=GIVEN)
            if values
        )
        requests = {path_of(each.request): each.request for each in proposed if each is not None}
        requests.pop(path_of(found), None)
        return tuple(requests.values())[:MOST_OTHERS]

    def take(self, probe: Probe, observation: Observation) -> None:
        """Learn from an answer."""
        trial = self._waiting.pop(probe.id)
        trial.status = observation.http.status if observation.http else 0
        trial.redirected = observation.http is not None and _leads_elsewhere(trial, observation.http)
        if trial.redirected and any(planned.key == trial.planned.key for planned in self.operations):
            self.found[trial.planned.key] = trial.values
        if trial.redirected or not trial.succeeded or observation.http is None:
            return
        self.admitted = True
        key, operation = trial.planned.key, trial.planned.operation
        answer = self._read(trial.planned, observation.http)
        if any(planned.key == key for planned in self.operations):
            self.found[key] = trial.values
        else:
            self.listed[key] = answer
        self.lessons.add(operation, _assignment(trial, self.identity), answer)

    def _read(self, planned: PlannedOperation, http: HttpFacts) -> AnswerData:
        answer = read_answer(http, self.run.endpoint)
        base = self.run.base_path if planned.base_path is None else planned.base_path
        below = (link[len(base) :] if base and link.startswith(f"{base}/") else link for link in answer.links)
        return replace(answer, links=tuple(below))

    def _next(self, planned: PlannedOperation) -> Trial | None:
        """Return the next trial of an operation; ``None`` if there is nothing more to try at present."""
        tried = self.trials.get(planned.key, [])
        if len(tried) > MOST_TRIALS:
            return None
        for values in self._proposals(planned):
            if not self._tried(planned.key, values):
                made = self._with_values(planned, values)
                if made is not None:
                    return Trial(made, values, len(tried) + 1)
        return None

    def _proposals(self, planned: PlannedOperation) -> Iterator[tuple[ParameterValue, ...]]:
        if planned.key in self.known:
            yield self.known[planned.key]
        operation = planned.with_values_of(self.identity).operation
        in_path = [value for value in operation.parameters if value.location == "path"]
        if in_path and all(value.source in FIXED | STATED for value in in_path):
            yield AS_STATED
        yield from self.lessons.proposals(operation)

    def _with_values(
        self, planned: PlannedOperation, values: tuple[ParameterValue, ...]
    ) -> PlannedOperation | None:
        if not values:
            return planned
        requests, replanned = self.run.contract.requests, self.run.replanned
        operation = requests.with_values(planned.key, values) if requests else None
        return replanned(operation) if operation is not None and replanned is not None else None

    def _tried(self, key: OperationKey, values: tuple[ParameterValue, ...]) -> bool:
        texts = _texts(values)
        return any(_texts(trial.values) == texts for trial in self.trials.get(key, ()))

    def _probe(self, trial: Trial, variant: str) -> Probe:
        planned = trial.planned
        self.trials.setdefault(planned.key, []).append(trial)
        probe = Probe(
            check=CHECK,
            operation=planned.key,
            identity=self.identity,
            connection=self.connection,
            request=planned.request_for(self.identity),
            phase=Phase.PREFLIGHT,
            variant=variant,
            control=True,
            why="which values of parameters exist",
        )
        self._waiting[probe.id] = trial
        return probe


def absent(run: Run, planned: PlannedOperation) -> Request | None:
    """Return the request of an operation for a resource that does not exist, if its path names one."""
    requests, replanned = run.contract.requests, run.replanned
    operation = requests.with_absent_values(planned.key) if requests else None
    if operation is None or replanned is None:
        return None
    other = replanned(operation)
    if other.mode is not planned.mode or path_of(other.request) == path_of(planned.request):
        return None
    return replace(planned.request, target=other.request.target)


def path_of(request: Request) -> str:
    """Return the path of a request, without the query."""
    return request.target.partition("?")[0]


def _texts(values: Iterable[ParameterValue]) -> frozenset[tuple[str, str, str]]:
    return frozenset((value.location, value.name, value.value) for value in values)


def _assignment(trial: Trial, identity: str) -> Assignment:
    """Return the values in the path of an answered request, in their order."""
    operation = trial.planned.with_values_of(identity).operation
    own = {value.name: value for value in operation.parameters if value.location == "path"}
    names = PathShape.of(operation.key.path).names
    return tuple(LearnedValue(own[name].value, own[name].origin) for name in names if name in own)
