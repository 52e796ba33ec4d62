"""Whether a request that is refused takes effect all the same: a handler that runs before its guard, or beside it.

The answer alone does not show it. A valid certificate writes a mark that is nowhere else, and reads what may show it:
the same path, the folder above, and where the answer says that the result is. Where the mark is read there, a caller
that must be refused writes another one. If a valid certificate then reads that, the refused request was carried out.
What deletes is tried last; see ``removal``.
"""

from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.choices.body_members import Value
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import caller_phrase, fresh, ids_of, probe_ids
from specdrift.checks.effects.amounts import AmountSteps, amounts_of, counted
from specdrift.checks.effects.doubt import Written, doubt_about, undecided
from specdrift.checks.effects.late import LateReads
from specdrift.checks.effects.reads import Readers, at_location, further_pages
from specdrift.checks.effects.removal import (
    finding_of,
    is_seen,
    next_step,
    removals,
    removals_apart,
    steps_of,
    unclear_of,
)
from specdrift.checks.effects.unmarked_requests import NAME
from specdrift.checks.effects.unseen import unseen, unseen_media
from specdrift.checks.effects.writers import REPLACING, Turn, Writer, writers_apart
from specdrift.checks.inputs.idempotency import with_key_of
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Phase, Probe, ProbeTag
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Confidence, Outcome
from specdrift.rules.ids import EFFECT_DESPITE_REFUSAL


class WriteStep(StrEnum):
    """What a probe does for one writing operation and caller."""

    WRITE = "write"
    READ = "read"
    RESTORE = "restore"


class EffectCheck(Struct, frozen=True):
    """Writes as callers that must be refused, and reads as the valid certificate."""

    name: str = NAME
    rules: frozenset[str] = frozenset({EFFECT_DESPITE_REFUSAL})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """The valid certificate's marks, and the first resource to be removed; the rest depends on the answers."""
        apart = writers_apart(context)
        for writers in apart[:1]:
            yield from (_write(context, one, one.first) for one in writers)
        for group in () if apart else removals_apart(context)[:1]:
            yield from (probe for removal in group for probe in next(steps_of(removal, context, NAME)))

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Read after each write, and write as the others where the valid certificate's mark was read; then remove.

        One step a round, and one set of writers or of resources after the other.
        """
        steps = _Steps(context, log.classifier())
        for writers in writers_apart(context):
            probes = [probe for one in writers for probe in steps.up_to_the_next(one)]
            yield from probes
            if any(probe.id not in log.by_id for probe in probes):
                return
        for moving in steps.amounts:
            following = moving.next_step()
            yield from following
            if following:
                return
        for group in removals_apart(context):
            following = tuple(p for one in group for p in next_step(one, context, steps.classifier, NAME))
            yield from following
            if following:
                return
        yield from steps.late.next_step()

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation and caller; operations whose effect is not visible are listed."""
        steps = _Steps(context, classifier)
        found: list[Finding | UndecidedOperation | None] = []
        visible: set[OperationKey] = set()
        for writer in (one for writers in writers_apart(context) for one in writers):
            if steps.seen(writer, writer.first):
                visible.add(writer.planned.key)
                found += steps.concluded_of(writer)
        found += counted(steps.amounts)
        visible |= {each.amount.writer.planned.key for each in steps.amounts if each.shown}
        without_mark = list(removals(context, classifier.log))
        for removal in without_mark:
            found += (finding_of(removal, classifier, NAME), unclear_of(removal, classifier, NAME))
        findings = [each for each in found if isinstance(each, Finding)]
        unclear = tuple(each for each in found if isinstance(each, UndecidedOperation))
        seen = [
            one
            for one in without_mark
            if is_seen(one, classifier, NAME) or unclear_of(one, classifier, NAME) is not None
        ]
        visible |= {one.planned.key for one in seen if not one.media_type}
        media = {(one.planned.key, one.media_type) for one in seen}
        hidden = (
            *unseen(context, classifier, visible, NAME),
            *unseen_media(context, classifier, media, NAME),
        )
        return Conclusions(findings=tuple(findings), undecided=unclear, skipped=hidden)


class _Steps(Struct, frozen=True, dict=True):
    """What was sent, and what follows from it."""

    context: PlanContext
    classifier: Classifier

    @cached_property
    def _by_tag(self) -> dict[ProbeTag | None, list[Exchange]]:
        found: dict[ProbeTag | None, list[Exchange]] = defaultdict(list)
        for exchange in self.classifier.log.by_check(NAME):
            found[exchange.probe.tag].append(exchange)
        return found

    @cached_property
    def amounts(self) -> list[AmountSteps]:
        """The amounts of the writers whose marks no answer shows."""
        return [
            AmountSteps(amount, self.context, self.classifier)
            for writers in writers_apart(self.context)
            for writer in writers
            if self._written(writer, writer.first) and not self.seen(writer, writer.first)
            for amount in amounts_of(writer)
        ]

    @cached_property
    def late(self) -> LateReads:
        """What is read once more at the end."""
        every = [writer for writers in writers_apart(self.context) for writer in writers]
        return LateReads(self.context, self.classifier.log, every, self.seen)

    def up_to_the_next(self, writer: Writer) -> Iterator[Probe]:
        """Yield the steps that were made, and the one that follows."""
        yield _write(self.context, writer, writer.first)
        written = self._written(writer, writer.first)
        if written is None or not _is_success(written):
            return
        yield from self._reads(writer, writer.first, written)
        if not self.seen(writer, writer.first):
            return
        for caller in writer.callers:
            for turn in writer.turns(*caller):
                yield _write(self.context, writer, turn)
                attempt = self._written(writer, turn)
                if attempt is None:
                    return
                if self.classifier.compared(attempt).outcome is Outcome.ADMITTED:
                    break
                reads = list(self._reads(writer, turn, attempt))
                yield from reads
                if any(probe.id not in self.classifier.log.by_id for probe in reads):
                    return
                if not self.seen(writer, turn):
                    break
        if writer.planned.request.method in REPLACING:
            yield _restore(self.context, writer)

    def _reads(self, writer: Writer, turn: Turn, written: Exchange) -> Iterator[Probe]:
        """Yield what may show the mark of a turn: also at other paths, where the first one is at none nearby."""
        near = (*writer.readers, *at_location(self.context, writer, written))
        yield from _reads(self.context, writer, turn, near, 0)
        first = self._by_tag.get(_tag(WriteStep.READ, writer, writer.first), ())
        shown = {one.probe.request for one in self.seen(writer, writer.first)}
        if len(first) < len(near) or shown & {request for _, request in near}:
            return
        pages = list(further_pages(self.context, near, first, lambda one: one.probe.request in shown))
        # What is added later is on the page that shows the first mark, or on the next one.
        pages = pages if turn == writer.first else pages[-2:]
        yield from _reads(self.context, writer, turn, pages, len(near) + len(writer.elsewhere))
        if len(first) < len(near) + len(pages) or shown & {request for _, request in pages}:
            return
        yield from _reads(self.context, writer, turn, writer.elsewhere, len(near))

    def _written(self, writer: Writer, turn: Turn) -> Exchange | None:
        return next(iter(self._by_tag.get(_tag(WriteStep.WRITE, writer, turn), ())), None)

    def _shown(self, writer: Writer, turn: Turn) -> Written | None:
        written = self._written(writer, turn)
        if written is None:
            return None
        return Written(_own(self.context, writer, turn), written, self._seen_in_the_end(writer, turn))

    def seen(self, writer: Writer, turn: Turn) -> list[Exchange]:
        """Return the answers to the valid certificate that show what was written in a turn."""
        return self._showing(writer, turn, of=turn)

    def _seen_in_the_end(self, writer: Writer, turn: Turn) -> list[Exchange]:
        """Return the same, or where there is none the answers at the end that show it."""
        own = _own(self.context, writer, turn)

        def shows(exchange: Exchange) -> bool:
            http = exchange.observation.http
            return http is not None and writer.mark.is_in(http, own)

        return self.seen(writer, turn) or self.late.showing(writer, shows)

    def _showing(self, writer: Writer, turn: Turn, *, of: Turn) -> list[Exchange]:
        """Return the answers after a turn that show the mark ``of`` a turn."""
        own = _own(self.context, writer, of)
        return [
            exchange
            for exchange in self._by_tag.get(_tag(WriteStep.READ, writer, turn), ())
            if (http := exchange.observation.http) and writer.mark.is_in(http, own)
        ]

    def concluded_of(self, writer: Writer) -> list[Finding | UndecidedOperation]:
        """Return what follows for all callers; for a wrong certificate only what having none does not do."""
        found: list[Finding | UndecidedOperation] = []
        for caller, planned in writer.callers:
            if not (found and caller in self.context.wrong_certificates):
                found += self.concluded(writer, caller, planned)
        return found

    def concluded(
        self, writer: Writer, caller: ClientIdentity, planned: PlannedOperation
    ) -> Iterator[Finding | UndecidedOperation]:
        """Yield what follows from a caller's requests that were refused, and whose marks were read."""
        turns = list(writer.turns(caller, planned))
        attempts = [attempt for turn in turns if (attempt := self._written(writer, turn)) is not None]
        seen = [self._seen_in_the_end(writer, turn) for turn in turns]
        if not attempts or not all(seen) or self._showing(writer, writer.first, of=turns[0]):
            return
        accepted, theirs = self._shown(writer, writer.first), self._shown(writer, turns[0])
        if accepted and theirs and (doubt := doubt_about(writer, accepted, theirs)):
            yield undecided(writer, caller, theirs, doubt)
            return
        refused = self.classifier.compared(attempts[0])
        place = seen[0][0].probe.operation
        yield Finding(
            rule=EFFECT_DESPITE_REFUSAL,
            operation=writer.planned.key,
            identity=caller.name,
            profile=caller.profile or None,
            message=f"{caller_phrase(caller)} is not admitted ({refused.reason}), and what it sent is stored all the "
            f"same: its {writer.mark.in_words} is in the answer to {place} of a valid certificate.",
            confidence=Confidence.HIGH if writer.mark.is_unique else Confidence.MEDIUM,
            probes=probe_ids(
                ids_of([*attempts, *chain.from_iterable(seen)]), ids_of(self.seen(writer, writer.first))
            ),
            subject=writer.mark.member,
        )


def _seed(context: PlanContext, writer: Writer, turn: Turn) -> str:
    """Return a text that only this turn has, and only for this operation."""
    return f"{context.nonce} {writer.planned.key} {_by(turn)}"


def _by(turn: Turn) -> str:
    return turn.caller.name if turn.number <= 1 else f"{turn.caller.name} {turn.number}"


def _own(context: PlanContext, writer: Writer, turn: Turn) -> Value:
    """Return the mark that is written in this turn."""
    return writer.mark.value(_seed(context, writer, turn), turn.number)


def _write(context: PlanContext, writer: Writer, turn: Turn) -> Probe:
    planned, caller = turn.planned, turn.caller
    body = planned.operation.body
    assert body is not None  # noqa: S101 - a writer has one
    usual = planned.request_for(caller.name)
    content = writer.mark.written(usual.body, body.media_type, _own(context, writer, turn))
    # To the resource of the valid certificate, which is read afterwards.
    request = replace(usual.to(planned.request_for(writer.valid.name).target), body=content)
    return Probe(
        check=NAME,
        operation=planned.key,
        identity=caller.name,
        connection=context.connection(context.tls[0]),
        request=with_key_of(request, _seed(context, writer, turn)),
        phase=Phase.MAIN,
        variant="with a mark of its own" if turn.number <= 1 else "with the first mark again",
        tag=_tag(WriteStep.WRITE, writer, turn),
        control=caller == writer.valid,
        why="whether a refused request takes effect",
    )


def _reads(context: PlanContext, writer: Writer, turn: Turn, readers: Readers, start: int) -> Iterator[Probe]:
    """Yield the requests that may show what a caller wrote, sent by the valid certificate."""
    for number, (key, request) in enumerate(readers, start):
        probe = Probe(
            check=NAME,
            operation=key,
            identity=writer.valid.name,
            connection=context.connection(context.tls[0]),
            request=request,
            phase=Phase.CONFIRM,
            variant=f"after {writer.planned.key} of {_by(turn)}, {number}",
            tag=_tag(WriteStep.READ, writer, turn),
            control=True,
            why=f"whether it shows what {turn.caller.name} wrote",
            whole_body=True,
        )
        yield fresh(probe)


def _restore(context: PlanContext, writer: Writer) -> Probe:
    request = writer.planned.request_for(writer.valid.name)
    return Probe(
        check=NAME,
        operation=writer.planned.key,
        identity=writer.valid.name,
        connection=context.connection(context.tls[0]),
        request=with_key_of(request, f"{_seed(context, writer, writer.first)} restore"),
        phase=Phase.CONFIRM,
        variant="with the usual body again",
        tag=_tag(WriteStep.RESTORE, writer, writer.first),
        control=True,
        why="so that no mark of this check remains",
    )


def _tag(step: WriteStep, writer: Writer, turn: Turn) -> ProbeTag:
    return ProbeTag(name=f"{step} {writer.planned.key} {_by(turn)}")


def _is_success(exchange: Exchange) -> bool:
    http = exchange.observation.http
    return http is not None and 200 <= http.status < 300


CHECK: Check = EffectCheck()
