"""What stands before a router where connections are accepted: whether it keeps clients without a certificate out."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from specdrift.model.result.source import Guarding
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_frames import AloneRun
from specdrift.source.axum.guards.absent.absent_values import ABSENT
from specdrift.source.axum.guards.callers.connection_types import PEER
from specdrift.source.axum.guards.cases.deciding_code import DecidingCode
from specdrift.source.axum.guards.cases.deciding_conditions import depends_on
from specdrift.source.axum.syntax.values import ServedCall
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import descendants, field, text

RECEIVES = re.compile(r"\.\s*(?:blocking_)?recv(?:_async|_many)?\s*\(")
"""Takes what another task has sent."""
SENDING = frozenset({"send", "try_send", "send_async", "blocking_send"})


def of_gate(gate: ServedCall, case: AbsentCase) -> Guarding:
    """Return whether a gate is a guard. One that takes connections of another task is what that task lets through."""
    if closes(gate, case):
        return Guarding.CERTIFICATE
    if condition_of(gate, case) is not None:
        return Guarding.UNKNOWN
    if not RECEIVES.search(text(gate.function)):
        return Guarding.NONE
    found = [(closes(sent, case), what) for sent, what in _sent(gate, case)]
    closed, open_ = ({what for behind, what in found if behind is wanted} for wanted in (True, False))
    if not closed or closed & open_:
        return Guarding.NONE
    return Guarding.UNKNOWN if open_ else Guarding.CERTIFICATE


def _sent(gate: ServedCall, case: AbsentCase) -> Iterator[tuple[ServedCall, str]]:
    """Yield the calls that send something, and what, of named functions that look at certificates."""
    for item in case.profiles.called(gate.function, gate.module):
        if PEER.search(text(item.node)):
            for call in descendants(item.node):
                if _sends(call):
                    yield ServedCall(item.node, item.module, item.owner, call), text(field(call, "arguments"))


def _sends(call: Node) -> bool:
    callee = field(call, "function") if call.type == "call_expression" else None
    return callee is not None and text(field(callee, "field")) in SENDING


def closes(gate: ServedCall, case: AbsentCase) -> bool:
    """Return whether a call is never reached without a certificate, though it is with one.

    Of an acceptor or a listener: whether it then returns no connection.
    """
    if not _is_closed(gate, case):
        return False
    otherwise = _alone(gate, case.otherwise())
    return otherwise is not None and _opens(gate, otherwise)


def condition_of(gate: ServedCall, case: AbsentCase) -> tuple[Node, RustModule] | None:
    """Return the condition that decides whether a gate keeps clients without a certificate out."""
    code = DecidingCode(gate.function, gate.module, gate.owner)
    return depends_on(code, case, lambda other: _is_closed(gate, other))


def _is_closed(gate: ServedCall, case: AbsentCase) -> bool:
    found = _alone(gate, case)
    return found is not None and not _opens(gate, found)


def _alone(gate: ServedCall, case: AbsentCase) -> AloneRun | None:
    return case.alone(gate.function, gate.module, gate.owner)


def _opens(gate: ServedCall, found: AloneRun) -> bool:
    if gate.call is None:
        return not found.value <= {ABSENT}
    return gate.call.id in found.calls
