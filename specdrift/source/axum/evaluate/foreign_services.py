"""Services of other crates: those of tower-http for files, with what answers without a file, and tonic's of gRPC."""

from collections.abc import Sequence

from tree_sitter import Node

from specdrift.model.result.source import ANY_METHOD, UnresolvedExpression, UnresolvedKind
from specdrift.source.axum.evaluate.endpoint_calls import endpoints
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.router_rules import wide, with_unresolved
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import AxumEndpoint, ForeignService, FunctionValue, Router, Value
from specdrift.source.rust.syntax import arguments, short

FILES = frozenset({"ServeDir", "ServeFile"})
"""Types of tower-http that serve files."""
RESTS = frozenset({"fallback", "not_found_service"})
"""Their methods that name what answers without a file."""
GRPC = frozenset({"Routes", "RoutesBuilder", "Server"})
"""Types of tonic that collect services of gRPC, whose paths their code names."""
TAKING = frozenset({"into_axum_router", "into_router"})
"""Their methods that give the router."""


def made(frame: Frame, path: tuple[str, ...], node: Node, values: Sequence[Value]) -> ForeignService | None:
    """Return what a function of such a type makes; ``None`` for other types."""
    owner = path[-2] if len(path) > 1 else ""
    place = frame.module.file.place(node)
    if owner in GRPC and path[0] == "tonic":
        paths = UnresolvedExpression(place, f"paths of gRPC: {short(node)}", UnresolvedKind.ROUTE)
        around = next((value for value in values if isinstance(value, Router)), Router())
        return ForeignService(router=with_unresolved(around, paths))
    if owner not in FILES:
        return None
    return ForeignService(
        (AxumEndpoint((ANY_METHOD,), FunctionValue(short(node), place, path=(owner,)), place),)
    )


def method(evaluator: Evaluator, frame: Frame, node: Node, files: ForeignService, name: str) -> Value:
    """Evaluate a method: most add services of gRPC, or change how files are sent."""
    given = arguments(node)
    if files.router is not None:
        return files.router if name in TAKING else files
    if name not in RESTS or not given:
        return files
    inner = evaluator.value(frame, given[0])
    if isinstance(inner, Router):
        rest = tuple(one.endpoint for one in (*inner.routes, *inner.fallbacks))
    else:
        rest = tuple(map(wide, endpoints(evaluator, frame, node, given, (ANY_METHOD,))))
    return ForeignService((*files.endpoints, *rest))
