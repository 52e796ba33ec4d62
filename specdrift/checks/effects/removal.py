"""Whether a refused request that carries no mark takes effect: a DELETE, or a POST without a body. Pure.

A valid certificate reads the resource, a caller that must be refused sends the request, and the valid certificate reads
it again. All of this comes before any other DELETE of the run. What does not remove is sent by the valid certificate
too: that shows whether an effect could be seen. Bodies of a second media type carry no mark either.
"""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.confirm import caller_phrase, fresh, ids_of, probe_ids
from specdrift.checks.effects.doubt import HOW
from specdrift.checks.effects.marks import mark_for
from specdrift.checks.effects.unmarked_requests import (
    AS,
    names_what_it_makes,
    other_media_types,
    with_other_value,
)
from specdrift.checks.effects.writers import REPLACING, WRITING, Caller, callers_of
from specdrift.checks.inputs.idempotency import with_key_of
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Phase, Probe, ProbeTag, Request
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Confidence, Outcome
from specdrift.rules.ids import EFFECT_DESPITE_REFUSAL

GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
HIGHEST = 2
"""Folders above a path whose answers may show what its request does: the resource of an action, and its list."""
TIMES = 2
"""Requests that read the resource before and after: an answer may be an accident."""


class Removal(Struct, frozen=True):
    """An operation that deletes, and how to see whether it did."""

    planned: PlannedOperation
    valid: ClientIdentity
    """Reads the resource, before and after."""
    reader: tuple[OperationKey, Request]
    callers: tuple[Caller, ...]
    change: Callable[[Request], Request]
    """Makes what is sent of the usual request."""
    media_type: str = ""
    """Of the body, if it is not the usual one."""

    @property
    def removes(self) -> bool:
        """Whether its resource is gone afterwards; else the valid certificate sends it as well."""
        return self.planned.request.method == "DELETE"


def removals(context: PlanContext, log: ExchangeLog | None = None) -> Iterator[Removal]:
    """Yield the guarded operations that delete or carry no mark, may be sent, and whose resource can be read.

    Those with bodies of other media types as well: of the document, and of the ``log`` that is judged again.
    """
    callers_for = callers_of(context)
    reading = {p.key.path: p for p in context.operations if p.request.method == "GET"}
    for planned in context.guarded:
        removes, writes = planned.request.method == "DELETE", planned.request.method in WRITING
        if planned.mode is not UnsafeMethods.SEND or not (removes or writes):
            continue
        valid = next((i for i in context.accepted if must_be_admitted(i, planned)), None)
        if valid is None:
            continue
        named = not removes and names_what_it_makes(planned)
        reader = next(_readers(planned, valid, reading, 0 if removes else HIGHEST, parent=named), None)
        if reader is None:
            continue
        callers = callers_for(planned)
        if removes or mark_for(planned) is None:
            yield Removal(planned, valid, reader, callers, _unmarked(context, planned))
        for media_type, change in other_media_types(context, planned, log).items():
            yield Removal(planned, valid, reader, callers, change, media_type)


def _unmarked(context: PlanContext, planned: PlannedOperation) -> Callable[[Request], Request]:
    seed = f"{context.nonce} {planned.key}"
    return lambda request: with_other_value(planned, request, seed)


def _readers(
    planned: PlannedOperation,
    valid: ClientIdentity,
    reading: Mapping[str, PlannedOperation],
    highest: int,
    *,
    parent: bool,
) -> Iterator[tuple[OperationKey, Request]]:
    """Yield a GET of the same path with the same values, unless ``parent``, then of the folders above."""
    path, place = planned.key.path, planned.request_for(valid.name).target.partition("?")[0]
    for height in range(highest + 1):
        found = reading.get(path) if height or not parent else None
        if found is not None and found.mode is UnsafeMethods.SEND:
            usual = found.request_for(valid.name)
            _, mark, query = usual.target.partition("?")
            yield found.key, usual.to(place + mark + query)
        path, place = path.rpartition("/")[0], place.rpartition("/")[0]


def removals_apart(context: PlanContext) -> list[list[Removal]]:
    """Return them in sets in which no resource is below another one, which is removed with it."""
    sets: list[list[Removal]] = []
    for removal in sorted(removals(context), key=lambda one: not one.removes):
        own = next((each for each in sets if not any(_is_within(removal, one) for one in each)), None)
        if own is None:
            own = []
            sets.append(own)
        own.append(removal)
    return sets


def _is_within(one: Removal, other: Removal) -> bool:
    paths = sorted(f"{each.reader[1].target.partition('?')[0].rstrip('/')}/" for each in (one, other))
    return paths[1].startswith(paths[0])


def next_step(
    removal: Removal, context: PlanContext, classifier: Classifier, check: str
) -> tuple[Probe, ...]:
    """Return the probes of the first step that was not sent; none after the last, or without a resource to read."""
    for number, step in enumerate(steps_of(removal, context, check)):
        if number and not is_there(removal, classifier, check):
            return ()
        if any(probe.id not in classifier.log.by_id for probe in step):
            return step
    return ()


def steps_of(removal: Removal, context: PlanContext, check: str) -> Iterator[tuple[Probe, ...]]:
    """Yield the probes of each step, in their order: what is sent together is sent together."""
    yield tuple(_reads(removal, context, check, removal.valid, "before"))
    for caller, planned in removal.callers:
        yield (_attempt(removal, context, check, caller, planned),)
        yield tuple(_reads(removal, context, check, caller, "after"))
    if not removal.removes:
        yield (_attempt(removal, context, check, removal.valid, removal.planned),)
        yield tuple(_reads(removal, context, check, removal.valid, "after"))
        if removal.planned.request.method in REPLACING:
            yield (_restore(removal, context, check),)


def _restore(removal: Removal, context: PlanContext, check: str) -> Probe:
    sent = _attempt(removal, context, check, removal.valid, removal.planned)
    request = removal.planned.request_for(removal.valid.name)
    return replace(
        sent,
        request=with_key_of(request, f"{context.nonce} {removal.planned.key} restore"),
        variant=f"with the usual values again{_as(removal)}",
        tag=_tag(removal, removal.valid, "restore"),
        why="so that no value of this check remains",
    )


def _attempt(
    removal: Removal, context: PlanContext, check: str, caller: ClientIdentity, planned: PlannedOperation
) -> Probe:
    target = planned.request_for(removal.valid.name).target
    request = removal.change(planned.request_for(caller.name).to(target))
    return Probe(
        check=check,
        operation=removal.planned.key,
        identity=caller.name,
        connection=context.connection(context.tls[0]),
        request=with_key_of(request, f"{context.nonce} {removal.planned.key} {caller.name}{_as(removal)}"),
        phase=Phase.CONFIRM,
        variant="before the resource is removed"
        if removal.removes
        else f"between readings of the resource{_as(removal)}",
        tag=_tag(removal, caller, "remove"),
        control=caller == removal.valid,
        why="whether a refused request takes effect",
    )


def _reads(
    removal: Removal, context: PlanContext, check: str, caller: ClientIdentity, when: str
) -> Iterator[Probe]:
    key, request = removal.reader
    for number in range(1, TIMES + 1):
        probe = Probe(
            check=check,
            operation=key,
            identity=removal.valid.name,
            connection=context.connection(context.tls[0]),
            request=request,
            phase=Phase.CONFIRM,
            variant=f"{when} {removal.planned.key}{_as(removal)} of {caller.name}, {number}",
            tag=_tag(removal, caller, when),
            control=True,
            whole_body=True,
            why=f"whether the resource is there {when} {removal.planned.key}",
        )
        yield fresh(probe)


def is_there(removal: Removal, classifier: Classifier, check: str) -> bool:
    """Return whether the valid certificate reads the resource each time before anybody deletes it."""
    before = _of(removal, removal.valid, "before", classifier, check)
    return bool(before) and all(200 <= _status(each) < 300 for each in before)


def removed(removal: Removal, caller: ClientIdentity, classifier: Classifier, check: str) -> list[Exchange]:
    """Return the answers to the valid certificate that show that the resource is gone after a caller's request."""
    after = _of(removal, caller, "after", classifier, check)
    return after if after and all(_status(each) in GONE for each in after) else []


def is_seen(removal: Removal, classifier: Classifier, check: str) -> bool:
    """Return whether the effect of a request could be seen: of an accepted one it was, or the resource is removed."""
    if not is_there(removal, classifier, check) or not _is_steady(
        removal, removal.valid, "before", classifier, check
    ):
        return False
    accepted = _of(removal, removal.valid, "remove", classifier, check)
    return removal.removes or (
        any(200 <= _status(each) < 300 for each in accepted)
        and _changed(removal, removal.valid, classifier, check, since=removal.callers[-1][0])
    )


def unclear_of(removal: Removal, classifier: Classifier, check: str) -> UndecidedOperation | None:
    """Return that the resource was another one after a caller's refused request, if it was."""
    before = removal.valid
    for caller, _ in removal.callers:
        attempts = _of(removal, caller, "remove", classifier, check)
        refused = attempts and classifier.compared(attempts[0]).outcome is not Outcome.ADMITTED
        if refused and _changed(removal, caller, classifier, check, since=before):
            return UndecidedOperation(
                operation=removal.planned.key,
                kind=UndecidedReason.UNCLEAR_EFFECT,
                reason=f"{caller_phrase(caller)} is not admitted{_as(removal)}, and {removal.reader[0]} of a valid "
                "certificate shows something else right after the request than twice before: the request took effect, "
                "or something else changed the resource",
                how_to_decide=HOW,
                remedy=Remedy.LEAVE_OUT,
            )
        before = caller
    return None


def _changed(
    removal: Removal, caller: ClientIdentity, classifier: Classifier, check: str, *, since: ClientIdentity
) -> bool:
    """Return whether the resource is steadily another one after a caller's request than before."""
    when = "before" if since == removal.valid else "after"
    steady = _is_steady(removal, since, when, classifier, check) and _is_steady(
        removal, caller, "after", classifier, check
    )
    return steady and _state(removal, since, when, classifier, check) != _state(
        removal, caller, "after", classifier, check
    )


def _is_steady(
    removal: Removal, caller: ClientIdentity, when: str, classifier: Classifier, check: str
) -> bool:
    """Return whether all readings of a step are there, and alike."""
    read = _of(removal, caller, when, classifier, check)
    is_read = all(200 <= _status(each) < 300 or _status(each) in GONE for each in read)
    return is_read and len(_state(removal, caller, when, classifier, check)) == 1


def _state(
    removal: Removal, caller: ClientIdentity, when: str, classifier: Classifier, check: str
) -> frozenset[tuple[int, str]]:
    """Return the statuses and bodies of the readings of a step."""
    return frozenset(
        (http.status, http.body_sha256)
        for each in _of(removal, caller, when, classifier, check)
        if (http := each.observation.http)
    )


def finding_of(removal: Removal, classifier: Classifier, check: str) -> Finding | None:
    """Return the finding about the first caller whose refused request removed the resource."""
    if not removal.removes or not is_there(removal, classifier, check):
        return None
    for caller, _ in removal.callers:
        attempts = _of(removal, caller, "remove", classifier, check)
        gone = removed(removal, caller, classifier, check)
        if not attempts or not gone:
            continue
        got = classifier.compared(attempts[0])
        if got.outcome is Outcome.ADMITTED:
            return None  # a finding of the certificate check
        success = 200 <= _status(attempts[0]) < 300
        how = f"gets HTTP {_status(attempts[0])}" if success else f"is not admitted ({got.reason})"
        return Finding(
            rule=EFFECT_DESPITE_REFUSAL,
            operation=removal.planned.key,
            identity=caller.name,
            profile=caller.profile or None,
            message=f"{caller_phrase(caller)} {how}, and the resource is removed{'' if success else ' all the same'}: "
            f"{removal.reader[0]} of a valid certificate gets HTTP {_status(gone[0])} afterwards.",
            confidence=Confidence.HIGH,
            probes=probe_ids(
                ids_of([attempts[0], *gone]),
                ids_of(_of(removal, removal.valid, "before", classifier, check)),
            ),
        )
    return None


def _of(
    removal: Removal, caller: ClientIdentity, step: str, classifier: Classifier, check: str
) -> list[Exchange]:
    tag = _tag(removal, caller, step)
    return [exchange for exchange in classifier.log.by_check(check) if exchange.probe.tag == tag]


def _status(exchange: Exchange) -> int:
    return exchange.observation.http.status if exchange.observation.http else 0


def _tag(removal: Removal, caller: ClientIdentity, step: str) -> ProbeTag:
    return ProbeTag(name=f"{step} {removal.planned.key}{_as(removal)} {caller.name}")


def _as(removal: Removal) -> str:
    return f"{AS}{removal.media_type}" if removal.media_type else ""
