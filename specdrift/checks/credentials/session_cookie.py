"""Whether what a client with a certificate was given replaces the certificate: a cookie, a token, a link.

An anonymous client sends what answers to valid certificates hand out to a few guarded operations, in the places where
servers take such things; and what its own answers do, refusals too. Clients whose certificate is refused send what
others were given, after that: a server may end a session that another certificate uses. Made-up values of the same form
must be refused: where they are not, no credential is needed, only its name.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import assess, must_be_admitted
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import as_control, repeat
from specdrift.checks.credentials.issued_values import IssuedCredentials, given_to_anyone, issued, made_up
from specdrift.checks.credentials.presented import (
    OF_COOKIES,
    OF_LINK,
    Presented,
    presented,
)
from specdrift.checks.credentials.session_callers import (
    SessionCaller,
    anonymous_caller,
    callers_with_certificates,
)
from specdrift.checks.credentials.session_findings import (
    ANYONES,
    GIVEN_TO,
    ByTag,
    IssuedAttempt,
    JudgedValue,
    given_words,
    judged_value,
)
from specdrift.checks.sharing.other_operations import few, not_established
from specdrift.checks.sharing.representatives import first_exchanges
from specdrift.classify.combined import combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Outcome
from specdrift.rules.ids import SESSION_REPLACES_CERTIFICATE

NAME = OF_COOKIES
FEW = 3
"""Guarded operations on which a value is tried first; all once one admits it, and with ``exhaustive``."""
MOST_LINKED = 2
"""Of them, those to which a link leads that was handed out."""


class SessionCookieCheck(Struct, frozen=True):
    """Cookies, tokens and links of an identity on a few operations, and made-up ones where they admit."""

    name: str = NAME
    rules: frozenset[str] = frozenset({SESSION_REPLACES_CERTIFICATE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:  # noqa: ARG002 - the answers have the values
        """Nothing: no answer has handed anything out yet."""
        return iter(())

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Send the values; then repeat what is admitted, send made-up ones there, and the values to all operations."""
        given, open_ones = issued(context, log), given_to_anyone(context, log)
        if not (given or open_ones):
            return
        classifier = log.classifier()
        admitted = [
            exchange
            for exchange in log.by_check(self.name)
            if exchange.probe.phase is Phase.MAIN
            and classifier.compared(exchange).outcome is Outcome.ADMITTED
        ]
        anonymous = anonymous_caller(context)
        first = [
            *(self._of(anonymous, given, admitted) if given else ()),
            *(self._of(anonymous, open_ones, admitted) if open_ones else ()),
        ]
        yield from first
        if given and (not first or any(log.by_check(self.name))):
            opened = {each.probe.operation for each in admitted if each.probe.identity == ANONYMOUS.name}
            for caller in callers_with_certificates(context, classifier):
                if foreign := caller.foreign(given):
                    yield from self._of(caller.without(opened), foreign, admitted)
        for exchange in admitted:
            yield from repeat(exchange.probe)

    def _of(
        self, caller: SessionCaller, given: Sequence[IssuedCredentials], admitted: Sequence[Exchange]
    ) -> Iterator[Probe]:
        """Yield the values of some holders, and made-up ones where they are admitted."""
        form, context = ANYONES if given[0].owner == ANONYMOUS else "", caller.context
        tags = [
            (each.probe.operation, each.probe.tag)
            for each in admitted
            if each.probe.tag and each.probe.identity == caller.identity.name
        ]
        places = {(operation, tag.name) for operation, tag in tags if tag.form == form}
        ways = {way for _, way in places}
        sample = {planned.key for planned in _sample(caller, given)}
        for planned in caller.suited(any_method=context.exhaustive or bool(ways)):
            holder = _holder(planned, given)
            values, other = holder.on(planned), partial(made_up, nonce=context.nonce)
            invented = {each.way: each for each in presented(planned, values, other)}
            for each in presented(planned, values):
                if _is_of_another_operation(each, context):
                    continue
                if planned.key in sample or each.way in ways:
                    yield self._probe(caller, planned, each, f'of "{holder.owner.name}"', form)
                if (planned.key, each.way) in places and each.way in invented:
                    yield _as_control(self._probe(caller, planned, invented[each.way], "made up", form))

    def _probe(
        self, caller: SessionCaller, planned: PlannedOperation, each: Presented, whose: str, form: str
    ) -> Probe:
        tag = ProbeTag(name=each.way, subject=", ".join(each.names), headers=each.fields, form=form)
        return Probe(
            check=self.name,
            operation=planned.key,
            identity=caller.identity.name,
            connection=caller.context.connection(caller.context.tls[0]),
            request=each.request,
            phase=Phase.MAIN,
            variant=f"{each.words}, {whose}",
            tag=tag,
            why=f"whether what {GIVEN_TO[form]} was given stands for the certificate",
        )

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation that a value opens, and those that did not refuse it."""
        if not any(classifier.log.by_check(self.name)):
            return Conclusions()
        findings: list[Finding] = []
        undecided: list[UndecidedOperation] = []
        opened: set[OperationKey] = set()
        for caller in (anonymous_caller(context), *callers_with_certificates(context, classifier)):
            judged = [
                each for each in _of_caller(caller, classifier) if each.attempt.planned.key not in opened
            ]
            shown = [each for each in judged if each.finding is not None]
            opened |= {each.attempt.planned.key for each in shown if caller.is_anonymous}
            findings += (each.finding for each in shown if each.finding)
            undecided += (each.undecided for each in judged if each.undecided is not None)
            undecided += _undecided(shown, caller, classifier)
        return Conclusions(findings=tuple(findings), undecided=tuple(undecided))


def _as_control(probe: Probe) -> Probe:
    return replace(probe, control=True, tag=probe.tag and as_control(probe.tag, Control.NEGATIVE))


def _of_caller(caller: SessionCaller, classifier: Classifier) -> Iterator[JudgedValue]:
    """Yield what is known of each operation that refuses the caller without the values."""
    for planned in caller.context.guarded:
        got = _by_tag(planned, caller.identity, classifier) if planned.key in caller.refused else {}
        if got and (not caller.is_anonymous or _refuses_anonymous(planned, caller.context, classifier)):
            judged = judged_value(planned, caller.identity, got, classifier)
            if judged is not None:
                yield judged


def _refuses_anonymous(planned: PlannedOperation, context: PlanContext, classifier: Classifier) -> bool:
    return assess(context, planned, classifier).anonymous.outcome.refused


def _by_tag(planned: PlannedOperation, caller: ClientIdentity, classifier: Classifier) -> ByTag:
    """Join what the attempts of each tag got."""
    exchanges: dict[ProbeTag, list[Exchange]] = defaultdict(list)
    for exchange in classifier.log.of(NAME, planned.key, caller.name):
        if exchange.probe.tag is not None:
            exchanges[exchange.probe.tag].append(exchange)
    return {
        tag: combine((each, classifier.compared(each)) for each in sent) for tag, sent in exchanges.items()
    }


def _undecided(
    shown: Sequence[JudgedValue], caller: SessionCaller, classifier: Classifier
) -> Iterator[UndecidedOperation]:
    """Yield the operations of which it is not known whether a value opens them too."""
    tags = dict.fromkeys(each.attempt.tag for each in shown)
    yield from not_established(
        [each.attempt for each in shown],
        [
            IssuedAttempt(planned, tag, caller.identity)
            for planned in caller.suited(any_method=True)
            for tag in tags
        ],
        first_exchanges(classifier.log.by_check(NAME)),
        describe=lambda attempts: f"with {given_words(attempts[0])}",
        absent=lambda _: (),
        context=caller.context,
        classifier=classifier,
    )


def _holder(planned: PlannedOperation, given: Sequence[IssuedCredentials]) -> IssuedCredentials:
    """Return what the first identity was given that may call the operation, else what the first one was."""
    return next((each for each in given if must_be_admitted(each.owner, planned)), given[0])


def _sample(caller: SessionCaller, given: Sequence[IssuedCredentials]) -> list[PlannedOperation]:
    """Return a few of the operations; with ``exhaustive`` all.

    Those to which a link leads come first, then those that hand something out themselves.
    """
    context = caller.context
    suited = caller.suited(any_method=context.exhaustive)
    if context.exhaustive:
        return suited
    holders = {planned.key: _holder(planned, given) for planned in suited}
    linked = {planned.key for planned in suited if holders[planned.key].has_link_to(planned)}
    chosen = few([planned for planned in suited if planned.key in linked], MOST_LINKED, context)
    taken = {planned.key for planned in chosen}
    for gives in (True, False):
        rest = [
            planned
            for planned in suited
            if (planned.key in holders[planned.key].by_operation) is gives and planned.key not in taken
        ]
        chosen += few(rest, FEW - len(chosen), context) if len(chosen) < FEW else []
    return chosen


def _is_of_another_operation(each: Presented, context: PlanContext) -> bool:
    """Return whether a link leads to a documented operation, which may be open, and has its own requests."""
    return each.way == OF_LINK and context.documented(each.request.method, each.request.target)


CHECK: Check = SessionCookieCheck()
