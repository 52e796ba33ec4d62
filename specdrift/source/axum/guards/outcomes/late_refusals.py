"""Layers that refuse a client without a certificate, but only after the handler has run for it."""

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_forwarding import is_forward, is_kept, is_postponed
from specdrift.source.axum.guards.absent.absent_frames import AloneRun
from specdrift.source.axum.guards.absent.absent_values import is_of_response
from specdrift.source.axum.guards.access_profiles import REFUSES
from specdrift.source.axum.guards.guard_exits import GuardExits, identifiers, is_inner_call
from specdrift.source.axum.guards.outcomes.outer_answers import may_answer
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import descendants, plain, text


def refused_late(case: AbsentCase, code: Node, module: RustModule, owner: str) -> Node | None:
    """Return where a function refuses every client without a certificate, each after the handler has run.

    ``None`` for one that refuses earlier, not every one of them, or whatever the certificate is.
    """
    found = case.alone(code, module, owner)
    if found is None or not (found.effects.ends_late and _refuses(found, case)):
        return None
    otherwise = case.otherwise()
    other = otherwise.alone(code, module, owner)
    if other is None or _refuses(other, otherwise):
        return None
    if any(is_forward(node) for node in descendants(code) if node.id in other.ends - found.ends):
        return None  # what has run was another service
    reached = [node for node in descendants(code) if node.id in found.ends]
    ran = next((node.end_byte for node in reached if is_forward(node)), 0)
    body = syntax.field(code, "body") or code
    after = [node for node in reached if node.start_byte >= ran] or plain(body)[-1:] or [code]
    return next((node for node in after if REFUSES.search(text(node))), after[0])


def _refuses(found: AloneRun, case: AbsentCase) -> bool:
    """Return whether no end of a function gives the client the answer of the handler, or another one with data."""
    given = any(map(is_of_response, found.value))
    return found.reached and bool(found.value) and not (given or may_answer(found.value, case))


def written_late(exits: GuardExits, code: Node, module: RustModule) -> Node | None:
    """Return the first rejection of a function, if each stands behind a call of the handler; ``None`` otherwise.

    This needs no evaluation: what is checked may be a token.
    """
    rejections = exits.rejections(code, module)
    body = syntax.field(code, "body")
    statements = plain(body) if body is not None else []
    ran = next(
        (s for s in statements if s.type == "let_declaration" and any(map(_runs, descendants(s)))), None
    )
    if ran is None or body is None or any(one.start_byte < ran.end_byte for one in rejections):
        return None
    results = exits.results(body)
    late = next((one for one in rejections if _decided_before(one, results)), None)
    again = late is not None and any(one.start_byte > late.end_byte for one in exits.forwards(code))
    return None if again else late  # the first call was not that of the handler


def _runs(node: Node) -> bool:
    """Return whether a node calls the inner service, other than for a future that a variable gets."""
    if not is_inner_call(node) or is_kept(node):
        return False
    around = node.parent
    while around is not None and around.type != "async_block":
        around = around.parent
    return around is None or not is_postponed(around)


def _decided_before(exit_: Node, results: frozenset[str]) -> bool:
    """Return whether a condition decides an exit, and none that depends on the response of the inner service."""
    attempt = exit_.type == "try_expression" and [one.type for one in plain(exit_)] == ["identifier"]
    conditions, current = int(attempt and not identifiers(exit_) & results), exit_.parent
    while current is not None and current.type not in {"function_item", "closure_expression"}:
        decides = {"if_expression": "condition", "match_expression": "value"}.get(current.type)
        condition = syntax.field(current, decides) if decides else None
        if condition is not None:
            conditions += 1
            if identifiers(condition) & results or any(map(is_inner_call, descendants(condition))):
                return False
        current = current.parent
    return conditions > 0
