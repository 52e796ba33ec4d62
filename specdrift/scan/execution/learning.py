"""Learns values of parameters before the probes are planned, with valid certificates and reading requests only.

A value is used only if the operation answers it with success. The identity that is admitted first learns for all
callers; what it found and others may not read, those learn again from their own answers.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from itertools import islice

from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_refused
from specdrift.checks.core.base import PlannedOperation
from specdrift.crawler.crawl import Crawler
from specdrift.events import Event, PhaseStarted, ProbeFinished
from specdrift.learning.path_shape import PathShape, collection_of, last_word
from specdrift.learning.similar_names import objects_of, plain, singulars
from specdrift.model.contract.operation import MADE_UP, OperationKey, ValueSource
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Connection, Phase, Probe
from specdrift.scan.execution.sending import ReplayingSender, Sender
from specdrift.scan.execution.state import ScanState
from specdrift.scan.execution.value_trials import Trial, ValueTrials, has_others, needs_values, relevant
from specdrift.scan.preparation.run import Run

MOST_IDENTITIES = 6
"""Identities that learn: first one of each set of roles."""
MOST_ROUNDS = 12
"""Rounds of trials: a collection inside of a collection needs one more."""
MOST_LISTS = 500
"""Operations without parameters that each identity requests."""
_FORBIDDEN = frozenset({401, 403})


async def learn_values(state: ScanState, crawler: Crawler) -> AsyncIterator[Event]:
    """Find values for the reading operations, and plan these again with them."""
    run = state.run
    wanted = [planned for planned in run.operations if needs_values(planned)]
    if not wanted or not run.learns or run.contract.requests is None:
        return
    sender: Sender = ReplayingSender(crawler, state.checkpoint) if state.checkpoint else crawler
    learners: list[ValueTrials] = []
    for name in islice(_valid(run), MOST_IDENTITIES):
        trials = _trials(run, name, _connection(state), wanted)
        learners.append(trials)
        trials.known = {
            key: values for one in reversed(learners[:-1]) for key, values in one.found.items() if values
        }
        async for event in _send(state, sender, trials, trials.first_trials()):
            yield event
        if trials.is_complete and _found_more(learners):
            # The values exist; what else there is, some of which may be open, only the lists say.
            async for event in _send(state, sender, trials, _lists_before(trials, run.sources)):
                yield event
        if trials.is_complete or (trials.found.keys() >= trials.known.keys() and not _may_go_on(learners)):
            continue
        async for event in _learn(state, sender, trials):
            yield event
    state.run = replace(run, operations=tuple(_with_values(run, learners)))


def first_lessons(run: Run) -> list[Probe]:
    """Return the requests with which learning begins, as the first valid identity."""
    wanted = [planned for planned in run.operations if needs_values(planned)]
    names = list(_valid(run))[:1]
    if not wanted or not run.learns:
        return []
    connection = Connection(endpoint=run.endpoint, alpn=HTTP_1)
    return [probe for name in names for probe in _lists(_trials(run, name, connection, wanted), run)]


def _found_more(learners: Sequence[ValueTrials]) -> bool:
    """Return whether the last identity read what none before could."""
    *before, last = learners
    return not last.found.keys() <= {key for one in before for key in one.found}


def _valid(run: Run) -> Iterable[str]:
    """Yield the names of the valid identities, those with other roles than all before first."""
    valid = [identity for identity in run.identities.values() if identity.is_control]
    first = {identity.roles: identity for identity in reversed(valid)}.values()
    return dict.fromkeys(identity.name for identity in (*reversed(first), *valid))


def _trials(
    run: Run, identity: str, connection: Connection, wanted: Sequence[PlannedOperation]
) -> ValueTrials:
    return ValueTrials(
        run=run, identity=identity, connection=connection, operations=relevant(run.sources, wanted)
    )


def _lists(trials: ValueTrials, run: Run) -> list[Probe]:
    sources = run.sources
    if run.only_changed:
        near = {*_collections(trials.operations), *(planned.key.path for planned in run.operations)}
        sources = tuple(planned for planned in sources if planned.key.path in near)
    return trials.lists(sources)[:MOST_LISTS]


def _lists_before(trials: ValueTrials, sources: Sequence[PlannedOperation]) -> list[Probe]:
    """Return the requests of the collections in front of the parameters of paths, and of those named after these."""
    near = set(_collections(trials.operations))
    shapes = (PathShape.of(planned.key.path) for planned in trials.operations)
    names = {each for shape in shapes for name in shape.names for each in (plain(name), *objects_of(name))}
    wanted = (p for p in sources if p.key.path in near or _names_one_of(p.key.path, names))
    return trials.lists(tuple(wanted))[:MOST_LISTS]


def _names_one_of(path: str, names: Collection[str]) -> bool:
    """Return whether the last word of a path is the plural of a parameter's name: ``/tenants`` of ``{tenant}``."""
    return not singulars(plain(last_word([path]))).isdisjoint(names)


def _collections(operations: Iterable[PlannedOperation]) -> Iterable[str]:
    """Yield the paths in front of the parameters of paths: what else an unchanged operation lists is of no use."""
    for planned in operations:
        shape = PathShape.of(planned.key.path)
        yield from (shape.collection(number) for number in range(len(shape.names)))


def _connection(state: ScanState) -> Connection:
    endpoint = replace(state.run.endpoint, address=state.preflight.answering[0])
    return Connection(endpoint=endpoint, alpn=HTTP_2 if state.preflight.only_http2 else HTTP_1)


async def _learn(state: ScanState, sender: Sender, trials: ValueTrials) -> AsyncIterator[Event]:
    """Request the lists, then try what they name; at last what is made up, since it may exist too."""
    batch = _lists(trials, state.run)
    for _ in range(MOST_ROUNDS):
        async for event in _send(state, sender, trials, batch):
            yield event
        batch = trials.next_trials() or trials.last_trials()
        if not batch:
            return


async def _send(
    state: ScanState, sender: Sender, trials: ValueTrials, batch: Sequence[Probe]
) -> AsyncIterator[Event]:
    if not batch:
        return
    yield PhaseStarted(phase=Phase.PREFLIGHT, probes=len(batch))
    state.sent = replace(state.sent, follow_ups=state.sent.follow_ups + len(batch))
    async for probe, observation in sender.crawl(batch):
        state.exchanges.add(probe, observation)
        trials.take(probe, observation)
        yield ProbeFinished(probe=probe, observation=observation)


def _with_values(run: Run, learners: Sequence[ValueTrials]) -> Iterable[PlannedOperation]:
    """Yield the operations, with the values that were found."""
    for planned in run.operations:
        finders = [one for one in learners if planned.key in one.found]
        if not learners or not needs_values(planned):
            yield planned
        elif finders:
            yield _learned(planned, finders[0], [one for one in learners if one is not finders[0]])
        else:
            configured = has_others(planned)
            yield planned if configured else replace(planned, not_learned=_why_not(planned, learners[0]))


def _may_go_on(learners: Sequence[ValueTrials]) -> bool:
    """Return whether the last identity may find what the others did not: it is the first, or they were refused."""
    *before, last = learners
    return not before or any(
        trial.status in _FORBIDDEN and all(key not in one.found for one in before)
        for one in before
        for key, tried in one.trials.items()
        if key not in last.found
        for trial in tried
    )


def _learned(
    planned: PlannedOperation, first: ValueTrials, others: Sequence[ValueTrials]
) -> PlannedOperation:
    values = first.found[planned.key]
    if not values:
        return replace(planned, others=first.others(planned))
    made = _succeeding(first, planned.key)
    own = dict(made.own)
    readers = {first.identity}
    for other in others:
        if planned.key in other.found:
            own[other.identity] = _succeeding(other, planned.key).request_for(other.identity)
        if planned.key in other.found or _may_not_list(planned, other):
            readers.add(other.identity)
    requests = {name: request for name, request in own.items() if request != made.request}
    return replace(made, own=requests, learned_for=frozenset(readers), others=first.others(planned))


def _succeeding(trials: ValueTrials, key: OperationKey) -> PlannedOperation:
    return next(trial.planned for trial in trials.trials[key] if trial.succeeded)


def _may_not_list(planned: PlannedOperation, trials: ValueTrials) -> bool:
    """Return whether an identity is refused by the collection too, so that no resource of its own explains it.

    Not where it lacks the role for the collection: it may have a resource of its own there all the same.
    """
    shape = PathShape.of(planned.key.path)
    lists = {shape.collection(number) for number in range(len(shape.names))}
    asked = [
        trial for key, tried in trials.trials.items() if collection_of(key.path) in lists for trial in tried
    ]
    identity = trials.run.identities[trials.identity]
    if any(must_be_refused(identity, trial.planned) for trial in asked):
        return False
    if not trials.admitted or not shape.names:
        return True
    statuses = {trial.status for trial in asked}
    return bool(statuses) and statuses <= _FORBIDDEN


def _why_not(planned: PlannedOperation, trials: ValueTrials) -> str:
    """Return why no value was found, for people."""
    tried = [trial for trial in trials.trials.get(planned.key, ()) if trial.values and trial.status]
    if tried:
        return "; ".join(map(_tried, tried[-1:]))
    names = [value.name for value in planned.operation.parameters if value.source in MADE_UP]
    asked = trials.lessons.asked(planned.operation)
    of = ", ".join(names)
    if not asked:
        return f"no answer of the API names a value for {of}" if of else ""
    listed = ", ".join(map(str, asked[:2]))
    return f"{listed} names no value for {of}" if of else ""


def _tried(trial: Trial) -> str:
    learned = [value for value in trial.values if value.source is ValueSource.LEARNED]
    values = ", ".join(f"{value.name} = {value.value} (learned from {value.origin})" for value in learned)
    return f"{values} gets {trial.status}"
