"""Whether what a client with a certificate was given replaces the certificate: a cookie, a token, a link.

An anonymous client sends what answers to valid certificates hand out to a few guarded operations, in the places where
servers take such things; and what its own answers do, refusals too. Made-up values of the same form must be refused:
where they are not, no credential is needed, only its name.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import assess, must_be_admitted
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import as_control, probe_ids, repeat
from specdrift.checks.core.undecided import REPEAT, Undecided
from specdrift.checks.credentials.issued_values import IssuedCredentials, given_to_anyone, issued, made_up
from specdrift.checks.credentials.presented import (
    COOKIE_WAYS,
    OF_COOKIES,
    OF_LINK,
    WORDS,
    Presented,
    presented,
)
from specdrift.checks.sharing.other_operations import few, not_established
from specdrift.checks.sharing.representatives import first_exchanges
from specdrift.classify.combined import NOT_PROBED, CombinedClassification, combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Outcome

NAME, RULE = OF_COOKIES, "session-replaces-certificate"
FEW = 3
"""Guarded operations on which a value is tried first; all once one admits it, and with ``exhaustive``."""
MOST_LINKED = 2
"""Of them, those to which a link leads that was handed out."""
ANYONES = "given to anyone"
"""The form of attempts with what an answer to the anonymous client has."""
GIVEN_TO = {"": "a valid certificate", ANYONES: "a client without a certificate"}
UNDECLARED = "undeclared-input"
"""The check that sends cookies of usual names."""


class IssuedAttempt(Struct, frozen=True):
    """What identities were given, on one operation, without a certificate."""

    planned: PlannedOperation
    tag: ProbeTag
    caller: ClientIdentity = ANONYMOUS
    requires: str = ""


class SessionCookieCheck(Struct, frozen=True):
    """Cookies, tokens and links of an identity on a few operations, and made-up ones where they admit."""

    name: str = NAME
    rules: frozenset[str] = frozenset({RULE})

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
        for holders in filter(None, (given, open_ones)):
            yield from self._of(context, holders, admitted)
        for exchange in admitted:
            yield from repeat(exchange.probe)

    def _of(
        self, context: PlanContext, given: Sequence[IssuedCredentials], admitted: Sequence[Exchange]
    ) -> Iterator[Probe]:
        """Yield the values of some holders, and made-up ones where they are admitted."""
        form = ANYONES if given[0].owner == ANONYMOUS else ""
        tags = [(each.probe.operation, each.probe.tag) for each in admitted if each.probe.tag]
        places = {(operation, tag.name) for operation, tag in tags if tag.form == form}
        ways = {way for _, way in places}
        sample = {planned.key for planned in _sample(context, given)}
        for planned in _suited(context, any_method=context.exhaustive or bool(ways)):
            holder = _holder(planned, given)
            values, other = holder.on(planned), partial(made_up, nonce=context.nonce)
            invented = {each.way: each for each in presented(planned, values, other)}
            for each in presented(planned, values):
                if _is_of_another_operation(each, context):
                    continue
                if planned.key in sample or each.way in ways:
                    yield self._probe(context, planned, each, f'of "{holder.owner.name}"', form)
                if (planned.key, each.way) in places and each.way in invented:
                    yield _as_control(self._probe(context, planned, invented[each.way], "made up", form))

    def _probe(
        self, context: PlanContext, planned: PlannedOperation, each: Presented, whose: str, form: str
    ) -> Probe:
        tag = ProbeTag(name=each.way, subject=", ".join(each.names), headers=each.fields, form=form)
        return Probe(
            check=self.name,
            operation=planned.key,
            identity=ANONYMOUS.name,
            connection=context.connection(context.tls[0]),
            request=each.request,
            phase=Phase.MAIN,
            variant=f"{each.words}, {whose}",
            tag=tag,
            why=f"whether what {GIVEN_TO[form]} was given stands for the certificate",
        )

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation that a value opens, and those that did not refuse it."""
        got = {planned.key: _by_tag(planned, classifier) for planned in context.guarded}
        judged = [
            each
            for planned in context.guarded
            if got[planned.key] and assess(context, planned, classifier).anonymous.outcome.refused
            if (each := _judged(planned, got[planned.key], classifier)) is not None
        ]
        shown = [each for each in judged if each.finding is not None]
        undecided = [
            *(each.undecided for each in judged if each.undecided is not None),
            *_undecided(shown, context, classifier),
        ]
        return Conclusions(
            findings=tuple(each.finding for each in shown if each.finding), undecided=tuple(undecided)
        )


def _as_control(probe: Probe) -> Probe:
    return replace(probe, control=True, tag=probe.tag and as_control(probe.tag, Control.NEGATIVE))


class JudgedValue(Struct, frozen=True):
    """The conclusion of one operation; an operation with neither refuses every value."""

    attempt: IssuedAttempt
    finding: Finding | None = None
    undecided: UndecidedOperation | None = None


ByTag = Mapping[ProbeTag, CombinedClassification]


def _by_tag(planned: PlannedOperation, classifier: Classifier) -> ByTag:
    """Join what the attempts of each tag got."""
    exchanges: dict[ProbeTag, list[Exchange]] = defaultdict(list)
    for exchange in classifier.log.of(NAME, planned.key, ANONYMOUS.name):
        if exchange.probe.tag is not None:
            exchanges[exchange.probe.tag].append(exchange)
    return {
        tag: combine((each, classifier.compared(each)) for each in sent) for tag, sent in exchanges.items()
    }


def _judged(planned: PlannedOperation, got: ByTag, classifier: Classifier) -> JudgedValue | None:
    """Return the first finding; where none is certain, why a value that was admitted decides nothing."""
    unclear = None
    for tag, own in got.items():
        if tag.control is not None or own.outcome is not Outcome.ADMITTED:
            continue
        invented = got.get(as_control(tag, Control.NEGATIVE), NOT_PROBED)
        attempt = IssuedAttempt(planned, tag)
        if own.others:
            unclear = unclear or JudgedValue(attempt, undecided=_changing(planned.key, tag, own))
        elif invented.outcome.refused:
            return JudgedValue(attempt, _finding(planned, tag, own, invented))
        elif not _is_always_admitted(invented):
            unclear = unclear or JudgedValue(attempt, undecided=_changing(planned.key, tag, invented))
        elif tag.name not in COOKIE_WAYS or not _is_any_cookie_admitted(planned, classifier):
            return JudgedValue(attempt, _finding_of_names(planned, tag, invented, own))
    return unclear


def _undecided(
    shown: Sequence[JudgedValue], context: PlanContext, classifier: Classifier
) -> Iterator[UndecidedOperation]:
    """Yield the operations of which it is not known whether a value opens them too."""
    tags = dict.fromkeys(each.attempt.tag for each in shown)
    yield from not_established(
        [each.attempt for each in shown],
        [IssuedAttempt(planned, tag) for planned in _suited(context, any_method=True) for tag in tags],
        first_exchanges(classifier.log.by_check(NAME)),
        describe=lambda attempts: f"with {_given(attempts[0].tag)}",
        absent=lambda _: (),
        context=context,
        classifier=classifier,
    )


def _changing(key: OperationKey, tag: ProbeTag, got: CombinedClassification) -> UndecidedOperation:
    return Undecided(
        kind=UndecidedReason.INCONCLUSIVE,
        reason=f"a client without a certificate is admitted with {_given(tag)}, and not each time, "
        f"or made-up ones are not refused clearly ({got.classification.reason})",
        advice=REPEAT,
    ).of(key)


def _words(tag: ProbeTag) -> str:
    """Return what was sent, with the names of fields and parameters."""
    words = WORDS.get(tag.name, "values")
    return words if tag.name in COOKIE_WAYS or not tag.subject else f"{words} ({tag.subject})"


def _given(tag: ProbeTag) -> str:
    """Return what was sent, and who was given it."""
    return f"{_words(tag)} that {GIVEN_TO[tag.form]} was given"


def _is_always_admitted(got: CombinedClassification) -> bool:
    return got.outcome is Outcome.ADMITTED and not got.others


def _is_any_cookie_admitted(planned: PlannedOperation, classifier: Classifier) -> bool:
    """Return whether cookies of usual names are admitted too, which the check of undeclared inputs reports."""
    return any(
        any(name == "Cookie" for name, _ in each.probe.request.headers)
        and classifier.compared(each).outcome is Outcome.ADMITTED
        for each in classifier.log.of(UNDECLARED, planned.key, ANONYMOUS.name)
        if each.probe.request
    )


def _finding(
    planned: PlannedOperation, tag: ProbeTag, own: CombinedClassification, invented: CombinedClassification
) -> Finding:
    return Finding(
        rule=RULE,
        operation=planned.key,
        identity=ANONYMOUS.name,
        message=f"A client without a certificate is admitted with {_given(tag)} before "
        f"({own.classification.reason}), which the document does not declare. Made-up ones are "
        "refused.",
        confidence=own.classification.confidence,
        probes=probe_ids(own.probes, invented.probes),
    )


def _finding_of_names(
    planned: PlannedOperation, tag: ProbeTag, invented: CombinedClassification, own: CombinedClassification
) -> Finding:
    what = (
        "the cookies that the server sets"
        if tag.name in COOKIE_WAYS
        else f"{_words(tag)} that the server gives"
    )
    return Finding(
        rule=RULE,
        operation=planned.key,
        identity=ANONYMOUS.name,
        message=f"A client without a certificate is admitted with made-up values of {what} "
        f"({invented.classification.reason}): their names are enough.",
        confidence=invented.classification.confidence,
        probes=probe_ids(invented.probes, own.probes),
    )


def _holder(planned: PlannedOperation, given: Sequence[IssuedCredentials]) -> IssuedCredentials:
    """Return what the first identity was given that may call the operation, else what the first one was."""
    return next((each for each in given if must_be_admitted(each.owner, planned)), given[0])


def _sample(context: PlanContext, given: Sequence[IssuedCredentials]) -> list[PlannedOperation]:
    """Return a few of the operations; with ``exhaustive`` all.

    Those to which a link leads come first, then those that hand something out themselves.
    """
    suited = _suited(context, any_method=context.exhaustive)
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


def _suited(context: PlanContext, *, any_method: bool) -> list[PlannedOperation]:
    """Return the operations that an identity may call, and no caller without a certificate: a session is none."""
    return [
        planned
        for planned in context.guarded
        if (any_method or planned.request.method == "GET")
        and planned.operation.requirement.demand is Demand.REQUIRED
        and any(must_be_admitted(identity, planned) for identity in context.accepted)
    ]


def _is_of_another_operation(each: Presented, context: PlanContext) -> bool:
    """Return whether a link leads to a documented operation, which may be open, and has its own requests."""
    return each.way == OF_LINK and context.documented(each.request.method, each.request.target)


CHECK: Check = SessionCookieCheck()
