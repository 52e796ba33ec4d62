"""Types of the crates that implement ``Service`` and give their requests to a router."""

from specdrift.source.axum.evaluate import connection_gates, router_rules
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.path_values import kind_of
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    FunctionValue,
    ResponseValue,
    Router,
    StructValue,
    Value,
)
from specdrift.source.rust.syntax import short

MAKING = frozenset({"service_fn", "make_service_fn"})
"""Functions that make a service of a function."""


def made(evaluator: Evaluator, frame: Frame, name: str, values: list[Value]) -> Value | None:
    """Return what ``service_fn`` and hyper 0.14's ``make_service_fn`` make; ``None`` for other functions."""
    if name not in MAKING or not values or not isinstance(values[0], FunctionValue):
        return None
    answered = evaluator.apply(values[0], [UNKNOWN])
    if name == "make_service_fn":
        return answered
    if not isinstance(answered, ResponseValue):
        return UNKNOWN
    return with_own_answer(evaluator, frame, values[0], answered.router)


def router_of(evaluator: Evaluator, frame: Frame, value: Value) -> Value:
    """Return the router that a service gives its requests to; the value itself if it is none."""
    kind = kind_of(evaluator, value) if isinstance(value, StructValue) else None
    found = evaluator.members.member(kind, "call") if kind is not None else None
    if found is None or found.trait != "Service":
        return value
    answered = evaluator.run(found, [UNKNOWN], value)
    if not isinstance(answered, ResponseValue):
        return value
    function = FunctionValue(found.name, found.file.place(found.node), item=found)
    return with_own_answer(evaluator, frame, function, answered.router)


def with_own_answer(evaluator: Evaluator, frame: Frame, function: FunctionValue, router: Router) -> Router:
    """Return the router that a service gives its requests to, incomplete if it answers some by itself."""
    helpers = connection_gates.helpers_of(function, evaluator.index.functions)
    answers = map(connection_gates.own_answer, (function, *helpers))
    own = next((one for one in answers if one is not None), None)
    if own is None:
        return router
    found = evaluator.unresolved_at(frame, own, f"answer beside the router: {short(own)}")
    return router_rules.with_unresolved(router, found)
