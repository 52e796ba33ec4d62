"""Services of tower-http that answer with files, and what they give the requests to for which there is no file."""

from tree_sitter import Node

from specdrift.model.result.source import ANY_METHOD
from specdrift.source.axum.evaluate.endpoint_calls import endpoints
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.router_rules import wide
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import AxumEndpoint, FileService, FunctionValue, Router, Value
from specdrift.source.rust.syntax import arguments, short

FILES = frozenset({"ServeDir", "ServeFile"})

RESTS = frozenset({"fallback", "not_found_service"})


def made(frame: Frame, owner: str, node: Node) -> FileService | None:
    """Return what a function of such a type makes; ``None`` for other types."""
    if owner not in FILES:
        return None
    place = frame.module.file.place(node)
    return FileService(
        (AxumEndpoint((ANY_METHOD,), FunctionValue(short(node), place, path=(owner,)), place),)
    )


def method(evaluator: Evaluator, frame: Frame, node: Node, files: FileService, name: str) -> Value:
    """Evaluate a method: two of them name what answers without a file, others change how files are sent."""
    given = arguments(node)
    if name not in RESTS or not given:
        return files
    inner = evaluator.value(frame, given[0])
    if isinstance(inner, Router):
        rest = tuple(one.endpoint for one in (*inner.routes, *inner.fallbacks))
    else:
        rest = tuple(map(wide, endpoints(evaluator, frame, node, given, (ANY_METHOD,))))
    return FileService((*files.endpoints, *rest))
