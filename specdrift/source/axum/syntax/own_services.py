"""Types of the crates that implement ``Service`` and give their requests to a router."""

from tree_sitter import Node

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
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import arguments, path_of, short

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
    return _whole(evaluator, frame, values[0], answered)


def function_of(evaluator: Evaluator, frame: Frame, node: Node) -> FunctionValue | None:
    """Return the function of which ``service_fn`` makes a service; ``None`` for any other expression."""
    made_by = path_of(syntax.field(node, "function"))[-1:] if node.type == "call_expression" else ()
    given = arguments(node) if made_by and made_by[0] in MAKING else []
    value = evaluator.value(frame, given[0]) if given else UNKNOWN
    return value if isinstance(value, FunctionValue) else None


def router_of(
    evaluator: Evaluator, frame: Frame, value: Value, makers: frozenset[str] = frozenset()
) -> Value:
    """Return the router that a service, or one that it makes, gives its requests to; the value itself if it is none.

    ``makers`` are the types of the services that made it.
    """
    kind = kind_of(evaluator, value) if isinstance(value, StructValue) else None
    found = evaluator.members.member(kind, "call") if kind is not None else None
    if kind is None or found is None or found.trait != "Service" or kind.name in makers:
        return value
    answered = evaluator.run(found, [UNKNOWN], value)
    if isinstance(answered, StructValue | Router):
        made = router_of(evaluator, frame, answered, makers | {kind.name})
        gate = connection_gates.of_acceptance(evaluator.index, found)
        return router_rules.layer(made, gate) if isinstance(made, Router) else value
    if not isinstance(answered, ResponseValue):
        return value
    function = FunctionValue(found.name, found.file.place(found.node), item=found)
    return _whole(evaluator, frame, function, answered)


def _whole(evaluator: Evaluator, frame: Frame, function: FunctionValue, answered: ResponseValue) -> Router:
    """Return the router that a service gives its requests to, incomplete if some are answered by anything else."""
    code = (function, *connection_gates.helpers_of(function, evaluator.index))
    dead = {spot for spot, live in evaluator.visited.items() if not live}
    own = ((one, connection_gates.own_answer(one)) for one in code)
    other = ((one, connection_gates.elsewhere(one, answered.calls, dead)) for one in code)
    router = answered.router
    for found, what in ((own, "answer beside the router"), (other, "service beside the router")):
        where, node = next((one for one in found if one[1] is not None), (function, None))
        if node is not None:
            within = Frame(where.written_in or frame.module, frame.scope)
            listed = evaluator.unresolved_at(within, node, f"{what}: {short(node)}")
            router = router_rules.with_unresolved(router, listed)
    return router
