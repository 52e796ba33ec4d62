"""Whether a refused request moves a number that another answer shows: stock that falls, seats that are taken. Pure.

Where no answer has a request's mark, a valid certificate sends two amounts and reads before and after each. A number
that changes in proportion to both shows the effect; what counts requests does not. Then callers that must be refused
send the same two amounts. A number that falls by theirs was taken from. One that rises may count refused ones as well.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.body.cut_json import completed
from specdrift.checks.choices.body_members import has_members, members, nested, with_nested, with_value
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.confirm import caller_phrase, fresh, ids_of, probe_ids
from specdrift.checks.effects.doubt import HOW
from specdrift.checks.effects.marks import near_number
from specdrift.checks.effects.writers import Writer
from specdrift.checks.inputs.idempotency import with_key_of
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.model.contract.inputs import Constraint, Place
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Phase, Probe, ProbeTag, Request
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Confidence, Outcome
from specdrift.rules.ids import EFFECT_DESPITE_REFUSAL

MOST_MEMBERS = 2
"""Numbers of a body that are tried."""
LEAST_SHARE = 1e-9
"""Relative difference of numbers that are the same: decimals are rounded."""
NAME = "effect"

Path = tuple[str, ...]
Leaf = tuple[OperationKey, Path]
"""A number in the answers to an operation."""
Numbers = Mapping[Leaf, float]


class Amount(Struct, frozen=True):
    """A number in the body of a writing operation, and two values of it."""

    writer: Writer
    path: Path
    values: tuple[float, float]

    @property
    def member(self) -> str:
        """The path in one text."""
        return ".".join(self.path)


def amounts_of(writer: Writer) -> Iterator[Amount]:
    """Yield the numbers of a body that have two values within their limits."""
    body = writer.planned.operation.body
    if body is None or not has_members(body.media_type):
        return
    content = writer.planned.request_for(writer.valid.name).body
    declared = {one.name: one for one in writer.planned.operation.inputs if one.place is Place.BODY}
    found = [((name,), value) for name, value in members(content, body.media_type).items()]
    count = 0
    for path, own in (*found, *nested(content, body.media_type)):
        limits = declared[path[0]].constraint if len(path) == 1 and path[0] in declared else Constraint()
        if _is_amount(own) and not limits.allowed and count < MOST_MEMBERS:
            assert isinstance(own, int | float)  # noqa: S101 - it is an amount
            near = near_number(own, limits)
            if near is not None and near > 0:
                count += 1
                yield Amount(writer, path, (own, near))


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


class AmountSteps(Struct, frozen=True):
    """The probes of one amount, and what their answers show."""

    amount: Amount
    context: PlanContext
    classifier: Classifier

    def next_step(self) -> tuple[Probe, ...]:
        """Return the probes of the first step that was not sent; none after the last, or where nothing is shown."""
        log = self.classifier.log
        for step in self._steps():
            if any(probe.id not in log.by_id for probe in step):
                return step
        return ()

    def _steps(self) -> Iterator[tuple[Probe, ...]]:
        writer = self.amount.writer
        yield self._reads(writer.valid, 0)
        for turn in (1, 2):
            yield (self._write(writer.valid, turn),)
            if not self._succeeded(turn):
                return
            yield self._reads(writer.valid, turn)
        for caller, _ in writer.callers if self.shown else ():
            for turn in (1, 2):
                yield (self._write(caller, turn),)
                if self._is_admitted(caller, turn):
                    break
                yield self._reads(caller, turn)

    @property
    def shown(self) -> Mapping[Leaf, float]:
        """The numbers that a valid certificate's amounts move, each with what one unit moves it by."""
        valid = self.amount.writer.valid
        before, first, second = (self._numbers(valid, turn) for turn in (0, 1, 2))
        return self._moved(before, first, second)

    def _moved(self, before: Numbers, first: Numbers, second: Numbers) -> Mapping[Leaf, float]:
        one, other = self.amount.values
        found: dict[Leaf, float] = {}
        for leaf in before.keys() & first.keys() & second.keys():
            factor = (first[leaf] - before[leaf]) / one
            if factor and _is_same(second[leaf] - first[leaf], factor * other):
                found[leaf] = factor
        return found

    def concluded(self) -> Finding | UndecidedOperation | None:
        """Return what follows from the first caller whose refused amounts moved such a number."""
        shown, writer = self.shown, self.amount.writer
        last: Numbers = self._numbers(writer.valid, 2)
        for caller, _ in writer.callers if shown else ():
            first, second = self._numbers(caller, 1), self._numbers(caller, 2)
            moved = self._moved(last, first, second)
            same = [leaf for leaf, factor in moved.items() if leaf in shown and _is_same(factor, shown[leaf])]
            if same and not self._is_admitted(caller, 1):
                falling = [leaf for leaf in same if shown[leaf] < 0]
                return self._finding(caller, falling[0]) if falling else self._unclear(caller, same[0])
            last = second or last
        return None

    def _finding(self, caller: ClientIdentity, leaf: Leaf) -> Finding:
        refused = self._written(caller, 1)
        assert refused is not None  # noqa: S101 - its effect was read
        return Finding(
            rule=EFFECT_DESPITE_REFUSAL,
            operation=self.amount.writer.planned.key,
            identity=caller.name,
            profile=caller.profile or None,
            message=f"{caller_phrase(caller)} is not admitted ({self.classifier.compared(refused).reason}), and its "
            f'"{self.amount.member}" counts all the same: "{".".join(leaf[1])}" of {leaf[0]} falls by what two '
            "requests ask for, as it does for a valid certificate.",
            confidence=Confidence.MEDIUM,
            probes=probe_ids(ids_of(self._all_of(caller)), ids_of(self._all_of(self.amount.writer.valid))),
            subject=self.amount.member,
        )

    def _unclear(self, caller: ClientIdentity, leaf: Leaf) -> UndecidedOperation:
        return UndecidedOperation(
            operation=self.amount.writer.planned.key,
            kind=UndecidedReason.UNCLEAR_EFFECT,
            reason=f'{caller_phrase(caller)} is not admitted, and "{".".join(leaf[1])}" of {leaf[0]} rises by its '
            f'"{self.amount.member}": the request was carried out, or counted as refused',
            how_to_decide=HOW,
            remedy=Remedy.LEAVE_OUT,
        )

    def _reads(self, caller: ClientIdentity, turn: int) -> tuple[Probe, ...]:
        writer = self.amount.writer
        places = {key for key, _ in self.shown} if caller != writer.valid else None
        readers = (*writer.readers, *writer.lists)
        return tuple(
            self._read(caller, turn, number, *reader)
            for number, reader in enumerate(readers)
            if places is None or reader[0] in places
        )

    def _read(
        self, caller: ClientIdentity, turn: int, number: int, key: OperationKey, request: Request
    ) -> Probe:
        writer = self.amount.writer
        probe = Probe(
            check=NAME,
            operation=key,
            identity=writer.valid.name,
            connection=self.context.connection(self.context.tls[0]),
            request=request,
            phase=Phase.CONFIRM,
            variant=f"{self.amount.member} of {writer.planned.key} by {caller.name}, {turn}, {number}",
            tag=self._tag("read", caller, turn),
            control=True,
            why=f"whether a number in it follows what {caller.name} sent",
            whole_body=True,
        )
        return fresh(probe)

    def _write(self, caller: ClientIdentity, turn: int) -> Probe:
        writer, amount = self.amount.writer, self.amount
        planned = _planned_for(writer, caller)
        body = planned.operation.body
        assert body is not None  # noqa: S101 - it has an amount
        usual, value = planned.request_for(caller.name), amount.values[turn - 1]
        content = (
            with_nested(usual.body, amount.path, value)
            if len(amount.path) > 1
            else with_value(usual.body, body.media_type, amount.path[0], value)
        )
        request = replace(usual.to(planned.request_for(writer.valid.name).target), body=content)
        seed = f"{self.context.nonce} {planned.key} {amount.member} {caller.name} {turn}"
        return Probe(
            check=NAME,
            operation=planned.key,
            identity=caller.name,
            connection=self.context.connection(self.context.tls[0]),
            request=with_key_of(request, seed),
            phase=Phase.CONFIRM,
            variant=f"with {amount.member} {value:g}",
            tag=self._tag("write", caller, turn),
            control=caller == writer.valid,
            why="whether a refused request takes effect",
        )

    def _tag(self, step: str, caller: ClientIdentity, turn: int) -> ProbeTag:
        return ProbeTag(
            name=f"{step} amount {turn} {self.amount.writer.planned.key} {caller.name}",
            subject=self.amount.member,
        )

    def _of(self, step: str, caller: ClientIdentity, turn: int) -> list[Exchange]:
        tag = self._tag(step, caller, turn)
        return [exchange for exchange in self.classifier.log.by_check(NAME) if exchange.probe.tag == tag]

    def _all_of(self, caller: ClientIdentity) -> list[Exchange]:
        steps = (("read", 0), ("write", 1), ("read", 1), ("write", 2), ("read", 2))
        return [exchange for step, turn in steps for exchange in self._of(step, caller, turn)]

    def _written(self, caller: ClientIdentity, turn: int) -> Exchange | None:
        return next(iter(self._of("write", caller, turn)), None)

    def _succeeded(self, turn: int) -> bool:
        written = self._written(self.amount.writer.valid, turn)
        http = written.observation.http if written else None
        return http is not None and 200 <= http.status < 300

    def _is_admitted(self, caller: ClientIdentity, turn: int) -> bool:
        written = self._written(caller, turn)
        return written is not None and self.classifier.compared(written).outcome is Outcome.ADMITTED

    def _numbers(self, caller: ClientIdentity, turn: int) -> Numbers:
        """Return the numbers of all answers that were read after a write; those before it for turn 0."""
        found: dict[Leaf, float] = {}
        for exchange in self._of("read", caller, turn):
            key, http = exchange.probe.operation, exchange.observation.http
            if key is not None and http is not None and 200 <= http.status < 300:
                found |= {(key, path): value for path, value in _numbers_in(http.body_excerpt)}
        return found


def _planned_for(writer: Writer, caller: ClientIdentity) -> PlannedOperation:
    return next((planned for one, planned in writer.callers if one == caller), writer.planned)


def _numbers_in(text: str) -> Iterator[tuple[Path, float]]:
    """Yield the numbers of a JSON text, each with its place."""
    for whole in (text, completed(text)):
        try:
            waiting: list[tuple[Path, object]] = [((), json.loads(whole))]
        except (ValueError, RecursionError):
            continue
        break
    else:
        return
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, dict):
            waiting += [((*path, str(name)), inner) for name, inner in node.items()]
        elif isinstance(node, list):
            waiting += [((*path, str(place)), inner) for place, inner in enumerate(node)]
        elif isinstance(node, int | float) and not isinstance(node, bool):
            yield path, float(node)


def _is_same(one: float, other: float) -> bool:
    return abs(one - other) <= LEAST_SHARE * max(abs(one), abs(other), 1.0)


def counted(
    amounts: Sequence[AmountSteps],
) -> Iterator[Finding | UndecidedOperation]:
    """Yield what follows from all amounts: one conclusion for each operation, a finding before what is unclear."""
    by_operation: dict[OperationKey, Finding | UndecidedOperation] = {}
    for steps in amounts:
        found, key = steps.concluded(), steps.amount.writer.planned.key
        if found is not None and not isinstance(by_operation.get(key), Finding):
            by_operation[key] = found
    yield from by_operation.values()
