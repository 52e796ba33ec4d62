"""Tries other bodies where a valid certificate gets 400 or 422 for a body that no configuration has.

Before the operations that change something are probed, the first control of each is sent. If the server does not take
its body, the same request is sent with others of the document: its examples, and one with the optional members. The
operation is probed with the first body that gets a success. A body that the server takes costs no further request.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_admitted, must_be_refused
from specdrift.checks.core.base import REMOVING, SAFE_METHODS, PlannedOperation
from specdrift.classify.check_names import CERTIFICATE
from specdrift.events import Event, PhaseStarted, ProbeFinished
from specdrift.model.contract.operation import Operation, OperationKey, RequestBody, ValueSource
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Phase, Probe
from specdrift.model.policy import WITH_BODY, UnsafeMethods
from specdrift.scan.execution.sending import Sender
from specdrift.scan.execution.state import ScanState
from specdrift.scan.preparation.destructive import has_hint
from specdrift.scan.preparation.run import Run

CHECK = "bodies"
"""The name under which requests with bodies that the server did not take are kept."""
MOST = 3
"""Other bodies of one operation."""
_PART, _LONGEST_WORD = 1000, 100
"""Characters of a body that are searched at once for words, and those that two parts share."""
NOT_TAKEN = frozenset({400, 422})
"""RFC 9110 §15.5.1 and §15.5.21."""


class _Trial(Struct):
    """The bodies of one operation that are tried, and their answers."""

    planned: PlannedOperation
    declared: Operation
    """The operation before it was planned."""
    probe: Probe
    """The control of the certificate check; of the last body that was sent."""
    left: list[RequestBody]
    kept: tuple[Probe, Observation] | None = None
    """The exchange with the operation's own body."""
    refused: list[int] = field(default_factory=list)
    """Statuses of the bodies that were not taken."""


async def try_bodies(state: ScanState, sender: Sender, probes: Sequence[Probe]) -> AsyncIterator[Event]:
    """Send the first control of each operation with a made-up body, then other bodies; plan the operations again.

    ``probes`` are those that the run will send.
    """
    trials = {one.planned.key: one for one in _trials(state, probes)}
    waiting = list(trials.values())
    while waiting:
        yield PhaseStarted(phase=Phase.BEFORE, probes=len(waiting))
        by_id = {one.probe.id: one for one in waiting}
        waiting = []
        async for probe, observation in sender.crawl([one.probe for one in by_id.values()]):
            yield ProbeFinished(probe=probe, observation=observation)
            if _take(state, by_id[probe.id], observation):
                waiting.append(by_id[probe.id])
        state.sent = replace(state.sent, follow_ups=state.sent.follow_ups + len(waiting))


def most_further_requests(run: Run, probes: Sequence[Probe]) -> int:
    """Return how many requests other bodies take at most."""
    declared = _declared(run)
    candidates = _candidates(run.operations, run.identities, probes)
    return sum(len(_others(run, planned, declared.get(planned.key))) for planned, _ in candidates)


def _trials(state: ScanState, probes: Sequence[Probe]) -> Iterator[_Trial]:
    declared = _declared(state.run)
    for planned, probe in _candidates(state.context.operations, state.context.identities, probes):
        operation = declared.get(planned.key)
        others = _others(state.run, planned, operation)
        if operation is not None and others:
            yield _Trial(planned, operation, probe, others)


def _candidates(
    operations: Iterable[PlannedOperation], identities: Mapping[str, ClientIdentity], probes: Iterable[Probe]
) -> Iterator[tuple[PlannedOperation, Probe]]:
    """Yield each operation with a body that may be another one, and its first control."""
    controls: dict[OperationKey, list[Probe]] = {}
    for probe in probes:
        if probe.check == CERTIFICATE and probe.control and probe.operation is not None:
            controls.setdefault(probe.operation, []).append(probe)
    for planned in operations:
        if is_variable(planned):
            first = _first(planned, controls.get(planned.key, ()), identities)
            if first is not None:
                yield planned, first


def is_variable(planned: PlannedOperation) -> bool:
    """Return whether an operation is sent with a body that the configuration does not have."""
    return planned.mode is UnsafeMethods.SEND and _has_variable_body(planned)


def _has_variable_body(planned: PlannedOperation) -> bool:
    method, body = planned.key.method, planned.operation.body
    has_body = body is not None and bool(body.content) and body.source is not ValueSource.CONFIG
    return has_body and method not in SAFE_METHODS | REMOVING


def _first(
    planned: PlannedOperation, controls: Iterable[Probe], identities: Mapping[str, ClientIdentity]
) -> Probe | None:
    able = [probe for probe in controls if not must_be_refused(identities[probe.identity], planned)]
    certain = (probe for probe in able if must_be_admitted(identities[probe.identity], planned))
    return next(certain, able[0] if able else None)


def _others(run: Run, planned: PlannedOperation, declared: Operation | None) -> list[RequestBody]:
    """Return the other bodies of an operation that may be tried."""
    requests = run.contract.requests
    found = requests.bodies(planned.key) if requests else ()
    return list(islice(_allowed(run, planned, declared, found), MOST))


def representations(run: Run, planned: PlannedOperation) -> tuple[RequestBody, ...]:
    """Return the bodies of other media types, and of other alternatives of its schema, that may be sent, or whose heads
    may.
    """
    requests, declared = run.contract.requests, _declared(run).get(planned.key)
    if requests is None or planned.mode not in WITH_BODY or not _has_variable_body(planned):
        return ()
    return tuple(_allowed(run, planned, declared, requests.representations(planned.key)))


def _allowed(
    run: Run, planned: PlannedOperation, declared: Operation | None, bodies: Iterable[RequestBody]
) -> Iterator[RequestBody]:
    """Yield those of other bodies that may be sent.

    None has a member that looks destructive, and none replaces something by made-up content, unless that is allowed.
    """
    if run.replanned is None or declared is None:
        return
    own, replanned = planned.operation.body, run.replanned
    for body in bodies:
        if (
            (own is None or (body.media_type, body.content) != (own.media_type, own.content))
            and (planned.destructive_allowed or not _looks_destructive(body))
            and replanned(_with_body(declared, body)).mode is planned.mode
        ):
            yield body


def _looks_destructive(body: RequestBody) -> bool:
    text = body.content.decode(errors="replace")
    parts = (text[start : start + _PART] for start in range(0, len(text), _PART - _LONGEST_WORD))
    return has_hint("", *parts)


def _take(state: ScanState, trial: _Trial, observation: Observation) -> bool:
    """Judge an answer. Return whether another body is to be sent."""
    status = observation.http.status if observation.http else 0
    if trial.kept is None:
        trial.kept = trial.probe, observation
        if status not in NOT_TAKEN:
            state.exchanges.add(trial.probe, observation)
            return False
    elif 200 <= status < 300:
        _note(state, *trial.kept)
        state.exchanges.add(trial.probe, observation)
        _replace(state, trial.planned)
        return False
    else:
        _note(state, trial.probe, observation)
    trial.refused.append(status)
    if _next(state, trial):
        return True
    state.exchanges.add(*trial.kept)
    tried = ", ".join(map(str, trial.refused))
    _replace(state, replace(_operation_of(state, trial), bodies_refused=f"its bodies get {tried}"))
    return False


def _note(state: ScanState, probe: Probe, observation: Observation) -> None:
    """Keep an exchange that decides nothing."""
    state.exchanges.add(replace(probe, check=CHECK, why="whether the server takes the body"), observation)


def _next(state: ScanState, trial: _Trial) -> bool:
    """Make the control with the next body; return whether there is one."""
    run = state.run
    if not trial.left or run.replanned is None:
        return False
    body = replace(trial.left.pop(0), origin=f"sent after HTTP {trial.refused[0]} to another one")
    trial.planned = run.replanned(_with_body(trial.declared, body))
    alone = replace(state.context, operations=(trial.planned,))
    probes = (probe for check in run.checks if check.name == CERTIFICATE for probe in check.plan(alone))
    same = (p for p in probes if (p.identity, p.phase) == (trial.probe.identity, trial.probe.phase))
    trial.probe = next(same)
    return True


def _with_body(operation: Operation, body: RequestBody) -> Operation:
    """Return an operation with another body, except for identities that have one of their own."""
    own = (
        one if one.body and one.body.source is ValueSource.CONFIG else replace(one, body=body)
        for one in operation.own
    )
    return replace(operation, body=body, own=tuple(own))


def _declared(run: Run) -> dict[OperationKey, Operation]:
    """Return the operations before they were planned, without those that only an older document has."""
    return {each.key: each for each in run.contract.operations}


def _operation_of(state: ScanState, trial: _Trial) -> PlannedOperation:
    return next(one for one in state.context.operations if one.key == trial.planned.key)


def _replace(state: ScanState, planned: PlannedOperation) -> None:
    """Plan the operation so from now on."""
    state.run = replace(state.run, operations=_replaced(state.run.operations, planned))
    operations = _replaced(state.context.operations, planned)
    state.context = replace(state.context, operations=operations)


def _replaced(
    operations: Sequence[PlannedOperation], planned: PlannedOperation
) -> tuple[PlannedOperation, ...]:
    return tuple(planned if one.key == planned.key else one for one in operations)
