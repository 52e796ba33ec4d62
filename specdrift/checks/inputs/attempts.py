"""The invalid values for each guarded operation, and how many of them. Pure.

A few operations get every kind of value; many get one of them in turn, and those that had an effect elsewhere.
Traversals and oversized values go to safe methods only: a traversal must not write or remove a file.
"""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.inputs.idempotency import with_key_of
from specdrift.checks.inputs.invalid_values import (
    LONG,
    WORDS,
    InputDefect,
    InvalidValue,
    described,
    invalid_values,
    wrong_word,
)
from specdrift.checks.inputs.requests import present, with_invalid, with_member, with_raw
from specdrift.checks.inputs.traversal import FORMS, TraversalForm
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import ProbeTag, Request
from specdrift.model.plural import plural

FEW = 8
"""Up to this many operations with input, each gets ``MOST`` values; if there are more, each gets one."""
MOST = 7
READ_ONLY = frozenset({"GET", "HEAD"})
PLAIN = ("Content-Type", "text/plain")
WHOLE_BODY = Input(name="the body", place=Place.BODY, required=True, constraint=Constraint(type="object"))
"""Stands for a body as a whole."""


class InputAttempt(Struct, frozen=True, kw_only=True):
    """One value, or one bundle of values."""

    name: str
    kind: InputDefect
    inputs: tuple[Input, ...]
    text: str
    request: Request
    violates: bool
    """The document does not allow it, so that a success is an effect."""
    control: Request | None = None
    """Must be answered otherwise: the value that a lenient server makes of this one, or a file that does not exist."""
    awaits: str = ""
    """The name of another attempt of this operation that has to have an effect first."""

    @property
    def tag(self) -> ProbeTag:
        """The tag of its probes."""
        return ProbeTag(name=self.name)

    @property
    def words(self) -> str:
        """The value and its place, for a message."""
        if self.kind is InputDefect.UNDECLARED:
            return f'the undeclared member "{self.text}"'
        names = ", ".join(
            one.name if one is WHOLE_BODY else f"{one.name} ({one.place.value})" for one in self.inputs
        )
        if self.kind is InputDefect.MISSING:
            return f"nothing for {names}"
        if self.kind is InputDefect.LENGTH:
            return f"{plural((self.inputs[0].constraint.max_length or 0) + 1, 'character')} for {names}"
        return f"{self.text} for {names}" if self.kind in _NAMED else f'"{self.text}" for {names}'

    @property
    def allowed(self) -> str:
        """The document's constraint."""
        if self.kind is InputDefect.MISSING:
            return "required"
        if self.kind is InputDefect.UNDECLARED:
            return "no other members"
        return described(self.inputs[0].constraint)


_NAMED = frozenset({InputDefect.OVERSIZED, InputDefect.DUPLICATE})


def valid_caller(context: PlanContext, planned: PlannedOperation) -> ClientIdentity | None:
    """Return the valid identity that sends: the first that may call the operation."""
    return next((identity for identity in context.accepted if must_be_admitted(identity, planned)), None)


def with_input(context: PlanContext) -> list[PlannedOperation]:
    """Return the guarded operations with input."""
    return [planned for planned in context.guarded if planned.operation.inputs]


def first_attempts(context: PlanContext) -> Iterator[tuple[PlannedOperation, InputAttempt]]:
    """Yield the attempts that are sent first, as many as the number of operations allows."""
    operations = with_input(context)
    for turn, planned in enumerate(operations):
        first = [attempt for attempt in attempts(context, planned) if not attempt.awaits]
        if not context.exhaustive:
            first = first[:MOST] if len(operations) <= FEW else _rotated(first, turn)
        yield from ((planned, attempt) for attempt in first)


def _rotated(every: list[InputAttempt], turn: int) -> list[InputAttempt]:
    return [every[turn % len(every)]] if every else []


def attempts(context: PlanContext, planned: PlannedOperation) -> Iterator[InputAttempt]:
    """Yield all attempts of an operation: the first of every kind before the second ones.

    Each has a key of its own where the request has one: the answer to a known key is the stored one of another body.
    """
    for attempt in _attempts(context, planned):
        if any(one.place is Place.HEADER for one in attempt.inputs):
            yield attempt
        else:
            control = attempt.control and with_key_of(attempt.control, f"{attempt.name} control")
            yield replace(attempt, request=with_key_of(attempt.request, attempt.name), control=control)


def _attempts(context: PlanContext, planned: PlannedOperation) -> Iterator[InputAttempt]:
    inputs = planned.operation.inputs
    caller = valid_caller(context, planned)
    planned = replace(planned, request=planned.request_for(caller.name)) if caller else planned
    read_only = planned.request.method in READ_ONLY
    invalid = [list(_invalid(context, planned, one, read_only=read_only)) for one in inputs]
    interleaved = (attempt for turn in zip_longest(*invalid) for attempt in turn if attempt)
    if not read_only:
        yield from _interleaved(_body_changes(planned), interleaved)
        return
    yield from _interleaved(_traversals(context, planned), interleaved)
    yield from _stress(context, planned)


def _interleaved(one: Iterable[InputAttempt], other: Iterable[InputAttempt]) -> Iterator[InputAttempt]:
    return (attempt for pair in zip_longest(one, other) for attempt in pair if attempt)


def _body_changes(planned: PlannedOperation) -> Iterator[InputAttempt]:
    """The whole JSON body: truncated, with another media type, with an undeclared member if the schema is closed, and
    left out if a member is required.
    """
    members = [one for one in planned.operation.inputs if one.place is Place.BODY]
    request = planned.request
    if not members or not request.body.endswith(b"}"):
        return
    others = tuple((name, value) for name, value in request.headers if name.lower() != "content-type")
    broken, renamed = replace(request, body=request.body[:-1]), replace(request, headers=(*others, PLAIN))
    changes = [(InputDefect.MALFORMED, "broken JSON", broken), (InputDefect.MEDIA, PLAIN[1], renamed)]
    more = with_member(request, WORDS[0], WORDS[0]) if members[0].closed else None
    if more is not None:
        changes.append((InputDefect.UNDECLARED, WORDS[0], more))
    if any(one.required for one in members):
        changes.append((InputDefect.MISSING, "nothing", replace(request, headers=others, body=b"")))
    for kind, text, changed in changes:
        yield InputAttempt(
            name=f"{kind.value} {WHOLE_BODY.place.value}",
            kind=kind,
            inputs=(WHOLE_BODY,),
            text=text,
            request=changed,
            violates=True,
        )


def _invalid(
    context: PlanContext, planned: PlannedOperation, field: Input, *, read_only: bool
) -> Iterator[InputAttempt]:
    for invalid in invalid_values(field):
        request = with_invalid(planned, planned.request, context.base_of(planned), field, invalid)
        if request is not None and (read_only or invalid.kind in (InputDefect.WRONG, InputDefect.MISSING)):
            lenient = replace(invalid, raw=invalid.lenient)
            yield InputAttempt(
                name=f"{invalid.kind.value} {field.place.value} {field.name} {invalid.text}",
                kind=invalid.kind,
                inputs=(field,),
                text=invalid.text,
                request=request,
                violates=field.place in (Place.PATH, Place.QUERY, Place.BODY),
                control=with_invalid(planned, planned.request, context.base_of(planned), field, lenient)
                if invalid.lenient
                else None,
            )


def _traversals(context: PlanContext, planned: PlannedOperation) -> Iterator[InputAttempt]:
    """Traversals in the last path parameter and in all free-text query parameters at once; the first form also in other
    query parameters, once an invalid value was accepted there.
    """
    texts = [one for one in planned.operation.inputs if one.constraint.type in ("string", "")]
    in_path = [one for one in planned.operation.inputs if one.place is Place.PATH][-1:]
    in_query = [one for one in texts if one.place is Place.QUERY]
    free = [one for one in in_query if not wrong_word(one.constraint)]
    for form in FORMS:
        if form.by_default or context.exhaustive:
            yield from _traversal(context, planned, in_path, form)
            if not form.only_path:
                yield from _traversal(context, planned, free, form)
    for one in in_query:
        if word := wrong_word(one.constraint):
            awaited = f"{InputDefect.WRONG.value} {one.place.value} {one.name} {word}"
            yield from _traversal(context, planned, [one], FORMS[0], awaits=awaited)


def _traversal(
    context: PlanContext,
    planned: PlannedOperation,
    inputs: list[Input],
    form: TraversalForm,
    *,
    awaits: str = "",
) -> Iterator[InputAttempt]:
    request = _filled(context, planned, inputs, form.raw)
    if inputs and request is not None:
        yield InputAttempt(
            name=f"{InputDefect.TRAVERSAL.value} {inputs[0].place.value} {inputs[0].name} {form.name}",
            kind=InputDefect.TRAVERSAL,
            inputs=tuple(inputs),
            text=form.words,
            request=request,
            violates=False,
            control=_filled(context, planned, inputs, form.lost),
            awaits=awaits,
        )


def _filled(context: PlanContext, planned: PlannedOperation, inputs: list[Input], raw: str) -> Request | None:
    request: Request | None = planned.request
    for one in inputs:
        request = with_raw(planned, request, context.base_of(planned), one, raw) if request else None
    return request


def _stress(context: PlanContext, planned: PlannedOperation) -> Iterator[InputAttempt]:
    """Values that must not make the server fail: an oversized one, and a duplicated one."""
    ordinary = [one for one in planned.operation.inputs if one.place in (Place.PATH, Place.QUERY)]
    for one in ordinary[-1:]:
        short = "1" if one.constraint.type in ("integer", "number") else "a"
        yield from _survived(
            context,
            planned,
            one,
            InvalidValue(kind=InputDefect.OVERSIZED, text=f"{LONG} characters", raw=short * LONG),
            sound=short,
        )
    for one in [one for one in ordinary if one.place is Place.QUERY and not one.several][:1]:
        value = present(planned.request, one.name) or "1"
        twice = f"{value}&{quote(one.name, safe='')}={value}"
        yield from _survived(
            context,
            planned,
            one,
            InvalidValue(kind=InputDefect.DUPLICATE, text="the same value twice", raw=twice),
            sound=value,
        )


def _survived(
    context: PlanContext, planned: PlannedOperation, field: Input, invalid: InvalidValue, *, sound: str
) -> Iterator[InputAttempt]:
    """Yield a value that is too long or sent twice; ``sound`` is the value itself, as it stands in a URL."""
    request = with_invalid(planned, planned.request, context.base_of(planned), field, invalid)
    if request is not None:
        yield InputAttempt(
            name=f"{invalid.kind.value} {field.place.value} {field.name}",
            kind=invalid.kind,
            inputs=(field,),
            text=invalid.text,
            request=request,
            violates=False,
            control=_filled(context, planned, [field], sound),
        )
