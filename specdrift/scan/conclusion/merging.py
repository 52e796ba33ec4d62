"""Joins the results of shards into the result of the whole run, each exactly once. Pure.

A shard sends the requests of some operations of others too, as controls. Where it judged one of them worse than the
shard to which the operation belongs, the server was not the same for both: the worse judgement counts.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Protocol, TypeVar

from msgspec.structs import replace

from specdrift.classify.check_names import CERTIFICATE, CONSISTENCY
from specdrift.config.value_types.plain import Mismatch
from specdrift.config.value_types.quantities import parse_shard
from specdrift.differ.diff import ordered
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.shards import Shard, owns
from specdrift.model.exchange.identity import IdentityKind
from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import Counts, OperationResult, ProbeRecord, Result, UndecidedOperation
from specdrift.model.result.setting import Setting
from specdrift.model.result.verdict import Basis, Verdict
from specdrift.result.status import fail_on_of, incomplete_allowed, not_deployed_allowed, status_of
from specdrift.rules.ids import CERTIFICATE_NEVER_REQUESTED, VALID_CERTIFICATE_REFUSED
from specdrift.scan.conclusion.counting import answers
from specdrift.scan.conclusion.run_identity import RunBinding, values_of
from specdrift.scan.conclusion.tracing import traced

OPTION = "shard"
SENT = ("planned", "spared", "follow_ups", "requests", "connections")


class _OfOperation(Protocol):
    @property
    def operation(self) -> OperationKey | None: ...


Parts = Sequence[tuple[Shard, Result]]
Judges = Mapping[OperationKey, Shard]
"""The shard whose judgement of an operation counts."""
WEIGHT = {Verdict.CONSISTENT: 0, Verdict.UNDECIDED: 1, Verdict.DRIFT: 2}
LONGEST_SPAN = timedelta(days=1)
"""Between the starts of the first and the last shard of a run: what was found longer ago may hold no more."""
T = TypeVar("T")
S = TypeVar("S", bound=_OfOperation)


def merge(results: Iterable[tuple[str, Result]]) -> Result:
    """Join the results of all shards of one run; each is paired with the name of its file.

    Raises UsageError for what is no shard, is there twice or not at all, or is of another document or target.
    """
    shards = _in_order(results)
    parts = [result for _, result in shards]
    first, problem, judges = parts[0], _problem(shards), _judges(shards)
    merged = replace(
        first,
        run_id=hashlib.sha256(" ".join(part.run_id for part in parts).encode()).hexdigest()[:12],
        started_at=min(part.started_at for part in parts),
        finished_at=max(part.finished_at for part in parts),
        identities=_distinct((i for part in parts for i in part.identities), lambda i: i.name),
        rules=tuple(sorted({rule for part in parts for rule in part.rules})),
        operations=_operations(shards, judges),
        drifts=ordered(_drifts(shards, judges)),
        undocumented=_distinct(
            (u for part in parts for u in part.undocumented), lambda u: (u.method, u.path)
        ),
        skipped=_distinct(
            _judged(((shard, part.skipped) for shard, part in shards), judges), lambda entry: entry
        ),
        undecided=_distinct(
            _judged(((shard, _reasons(shard, part)) for shard, part in shards), judges), lambda entry: entry
        ),
        suppressed=_distinct((s for part in parts for s in part.suppressed), lambda s: s.fingerprint),
        baseline=None,
        previous=None,
        settings=_unsharded(first),
        source=next((part.source for part in parts if part.source), None),
        gateways=next((part.gateways for part in parts if part.gateways), ()),
        problem=problem,
        stop_reason=_stop_reason(parts),
    )
    if problem is not None and problem.kind is ProblemKind.NO_CONTROL:
        merged = _without_control(merged, problem)
    merged = replace(merged, probes=_probes(shards, judges, merged), counts=_counts(parts, merged))
    return traced(replace(merged, exit_status=_status(merged, parts)))


def _in_order(results: Iterable[tuple[str, Result]]) -> list[tuple[Shard, Result]]:
    """Return the results by the number of their shard. Raises UsageError unless they are of one run."""
    found: dict[int, tuple[str, Shard, Result]] = {}
    for file, result in results:
        shard = _shard(file, result)
        if shard[0] in found:
            raise UsageError(f"{file} and {found[shard[0]][0]} are both shard {shard[0]} of {shard[1]}")
        found[shard[0]] = file, shard, result
    if not found:
        raise UsageError("no results to be merged")
    name, (_, count), first = next(iter(found.values()))
    for file, shard, result in found.values():
        if shard[1] != count:
            raise UsageError(f"{file} is one shard of {shard[1]}, and {name} one of {count}")
        differences = list(_binding(first).differences(_binding(result)))
        if differences:
            raise UsageError(f"{file} is not of the same run as {name}: it has {'; '.join(differences)}")
    _refuse_old(found.values())
    missing = [str(number) for number in range(1, count + 1) if number not in found]
    if missing:
        raise UsageError(f"of {plural(count, 'shard')} these are missing: {', '.join(missing)}")
    return [(shard, result) for _, (_, shard, result) in sorted(found.items())]


def _refuse_old(found: Collection[tuple[str, Shard, Result]]) -> None:
    """Raise UsageError if a shard is of an earlier run: the server may have changed since then."""
    oldest, newest = (choose(found, key=lambda one: one[2].started_at) for choose in (min, max))
    if newest[2].started_at - oldest[2].started_at > LONGEST_SPAN:
        times = " and ".join(
            f"{file} at {result.started_at:%Y-%m-%d %H:%M}Z" for file, _, result in (oldest, newest)
        )
        raise UsageError(
            f"these are not of one run: {times} were begun more than a day apart. Run all shards again"
        )


def _shard(file: str, result: Result) -> Shard:
    try:
        return parse_shard(str(result.setting(OPTION, "")))
    except Mismatch:
        raise UsageError(
            f"{file} is not of a shard: only results of `specdrift check --shard I/N` are merged"
        ) from None


def _binding(result: Result) -> RunBinding:
    own = (i for i in result.identities if i.kind is IdentityKind.CONFIGURED)
    return RunBinding(
        version=result.tool_version,
        document=result.document.sha256,
        target=result.target.base_url,
        identities={i.name: i.certificate.sha256 for i in own if i.certificate},
        options=values_of(_unsharded(result)),
    )


def _unsharded(result: Result) -> dict[str, Setting]:
    return {key: setting for key, setting in result.settings.items() if key != OPTION}


def _problem(shards: Parts) -> Problem | None:
    """Return the problem of the whole run. ``NO_CONTROL`` counts only if every shard has it."""
    problems = [(shard, result.problem) for shard, result in shards if result.problem]
    if len({problem for _, problem in problems}) == 1 and len(problems) == len(shards):
        return problems[0][1]
    for (number, count), problem in problems:
        if problem.kind is not ProblemKind.NO_CONTROL:
            return replace(problem, text=f"shard {number} of {count}: {problem.text}")
    everywhere = len(problems) == sum(bool(result.operations) for _, result in shards)
    return problems[0][1] if problems and everywhere else None


def _stop_reason(parts: Sequence[Result]) -> StopReason | None:
    """Return the first stop reason in the order of ``StopReason``."""
    stopped = {part.stop_reason for part in parts}
    return next((stop for stop in StopReason if stop in stopped), None)


def _judges(shards: Parts) -> Judges:
    """Return whose judgement of each operation counts: the worst, or that of the shard to which the operation belongs.

    What a shard did not judge is no better than undecided.
    """
    found: dict[OperationKey, tuple[int, bool, Shard]] = {}
    for shard, part in shards:
        for one in part.operations:
            own = owns(shard, one.operation.key)
            rank = WEIGHT[one.verdict], own, shard
            found[one.operation.key] = max(rank, found.get(one.operation.key, rank))
    owners = {key: shard for key in found for shard, _ in shards if owns(shard, key)}
    at_home = {
        one.operation.key
        for shard, part in shards
        for one in part.operations
        if owns(shard, one.operation.key)
    }
    return {
        key: shard if key in at_home or weight > WEIGHT[Verdict.UNDECIDED] else owners[key]
        for key, (weight, _, shard) in found.items()
    }


def _counts_for(shard: Shard, key: OperationKey | None, judges: Judges) -> bool:
    """Return whether what a shard has of an operation (``None``: of none) counts."""
    return key is None or judges.get(key, shard if owns(shard, key) else None) == shard


def _judges_it(shard: Shard, key: OperationKey | None, judges: Judges) -> bool:
    """Return whether a shard judges an operation, or none does."""
    return key is None or judges.get(key, shard) == shard


def _operations(shards: Parts, judges: Judges) -> tuple[OperationResult, ...]:
    """Return the operations in the order of the document, by their lines."""
    all_of_them = (o for shard, part in shards for o in part.operations if judges[o.operation.key] == shard)
    return tuple(
        sorted(all_of_them, key=lambda o: (o.operation.declared_at.file, o.operation.declared_at.line))
    )


def _drifts(shards: Parts, judges: Judges) -> Iterator[Drift]:
    """Yield the drifts of operations from the shards that judge them, and from those to which they belong. All others
    come once, from the first shard.
    """
    known: set[str] = set()
    refuted = {CERTIFICATE_NEVER_REQUESTED} if _certificate_requested(shards) else frozenset[str]()
    for shard, part in shards:
        reported = (
            d for d in part.drifts if owns(shard, d.operation) or _judges_it(shard, d.operation, judges)
        )
        mine = [drift for drift in reported if drift.rule not in refuted]
        yield from (drift for drift in mine if drift.fingerprint not in known)
        known |= {drift.fingerprint for drift in mine}


def _reasons(shard: Shard, part: Result) -> Iterator[UndecidedOperation]:
    """Yield what a shard left undecided; of operations of others it says that it is another shard's control."""
    for one in part.undecided:
        foreign = one.operation is not None and not owns(shard, one.operation)
        text = f"as a control of shard {shard[0]} of {shard[1]}, which found less than its own shard: {one.reason}"
        yield replace(one, reason=text) if foreign else one


def _certificate_requested(shards: Parts) -> bool:
    """Whether the target's listener requested a certificate in any shard, perhaps for one path only."""
    return any(
        record.observation.tls.certificate_requested
        for _, part in shards
        for record in part.probes
        if record.probe.check in (CERTIFICATE, CONSISTENCY)
    )


def _judged(parts: Iterable[tuple[Shard, Iterable[S]]], judges: Judges) -> Iterator[S]:
    """Yield the entries about operations that the shard judges, and those about no operation."""
    return (entry for shard, part in parts for entry in part if _counts_for(shard, entry.operation, judges))


def _distinct(items: Iterable[T], key: Callable[[T], object]) -> tuple[T, ...]:
    """Return the first item of each key."""
    found: dict[object, T] = {}
    for item in items:
        found.setdefault(key(item), item)
    return tuple(found.values())


def _without_control(merged: Result, problem: Problem) -> Result:
    """Draw no conclusion from rejections if no valid certificate was admitted in the whole run."""
    kept = tuple(drift for drift in merged.drifts if drift.rule != VALID_CERTIFICATE_REFUSED)
    drifting = {drift.operation for drift in kept}
    open_again = {
        o.operation.key
        for o in merged.operations
        if o.verdict is Verdict.DRIFT and o.operation.key not in drifting
    }
    reopened = tuple(
        UndecidedOperation(
            operation=key, kind=UndecidedReason.CONTROL_REFUSED, reason=problem.text, how_to_decide=""
        )
        for key in sorted(open_again, key=str)
    )
    return replace(
        merged,
        drifts=kept,
        operations=tuple(
            replace(o, verdict=Verdict.UNDECIDED) if o.operation.key in open_again else o
            for o in merged.operations
        ),
        undecided=(*merged.undecided, *reopened),
    )


def _probes(shards: Parts, judges: Judges, merged: Result) -> tuple[ProbeRecord, ...]:
    """Return each exchange once: those of an operation from the shard that judges it, others from the first shard.

    Exchanges of another shard are included if a drift cites them.
    """
    cited = {name for drift in merged.drifts for name in drift.probes}
    owned = (
        p for shard, part in shards for p in part.probes if _counts_for(shard, p.probe.operation, judges)
    )
    beside = (p for _, part in shards for p in part.probes if p.probe.id in cited)
    return _distinct(chain(owned, beside), lambda record: record.probe.id)


def _counts(parts: Sequence[Result], merged: Result) -> Counts:
    """Add up what was sent, including controls that several shards sent; count the rest again."""
    cells = answers(
        merged.operations, {p.probe.id for part in parts for p in part.probes if p.observation.attempts}
    )
    sent = {name: sum(getattr(part.counts, name) for part in parts) for name in SENT}
    return Counts(
        operations=len(merged.operations),
        probed=cells[Basis.PROBED],
        by_listener=cells[Basis.LISTENER],
        undecided=len(merged.undecided),
        skipped=len(merged.skipped),
        **sent,
    )


def _status(merged: Result, parts: Sequence[Result]) -> ExitStatus:
    if any(part.exit_status == ExitStatus.USAGE for part in parts):
        return ExitStatus.USAGE
    return status_of(
        merged,
        fail_on_of(merged),
        allow_incomplete=incomplete_allowed(merged),
        not_deployed_ok=not_deployed_allowed(merged),
    )
