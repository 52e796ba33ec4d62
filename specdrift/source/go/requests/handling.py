"""Evaluates handlers and middleware for a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.source.go.interpreter.go_effects import READING, may_change
from specdrift.source.go.language.go_files import code_of, part
from specdrift.source.go.requests import answers
from specdrift.source.go.requests.request_values import (
    ABORTED,
    FORWARDED,
    GIN_CONTEXT,
    REQUEST,
    STATE,
    WRITER,
    NextHandler,
)
from specdrift.source.go.routers.wiring import is_standard
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    Closure,
    DeclaredFunction,
    GoNumber,
    GoUnknown,
    GoValue,
    HandlerValue,
    LibraryCode,
    Table,
    TypeName,
    ValueOrigin,
    alternatives,
    held,
    origins_of,
    record_of,
)
from specdrift.source.go.values.header_values import OF_HEADERS, REMOVED, known_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tree_sitter import Node

    from specdrift.source.go.interpreter.machine import Call, GoFrame, Machine
    from specdrift.source.go.interpreter.standard_library import LibraryFunction


SHORT = 600
"""Bytes of a function that is followed in any case."""
DEEPEST_UNRELATED = 12
"""Calls within each other down to which short functions are followed."""
DEEPEST_CONTEXT = 8
"""Calls within each other down to which functions are followed that only get the context."""
LONGEST_SHOWN = 60
"""Characters of code in a message."""
DEEPEST_PART = 2
"""Structs within each other that are searched for a part of the request."""
OF_IDENTITY = frozenset({ValueOrigin.CERTIFICATE, ValueOrigin.CONTEXT})
DENYING = (GoNumber(401), GoNumber(403))


class Forward(Struct, frozen=True):
    """A call of another handler with the request."""

    target: GoValue
    request: GoValue
    is_certain: bool
    """Whether no unknown condition decides it."""
    why: str = ""
    """The call and the condition that decides it, for people."""


class Handling:
    """The purpose of an evaluation that looks at what becomes of a request."""

    ignores_failures = False

    def __init__(self, table: Mapping[str, LibraryFunction], stops: Callable[[GoValue], bool]) -> None:
        self._table = table
        self._stops = stops
        """Whether a handler is not followed when it is called."""
        self.forwards: list[Forward] = []
        self.origins: set[ValueOrigin] = set()
        """What unknown conditions were made of."""
        self.has_panicked = False
        self.may_have_panicked = False
        self.denies = False
        """Whether it answers with 401 or 403 somewhere, also if the status was sent before."""
        self.headers: set[str] = set()
        """Headers of the request that are read, in lower case."""
        self.ran: list[Closure | DeclaredFunction] = []
        """The functions that got the request and the response."""
        self.calling: list[Call] = []
        """The calls within which other handlers are called."""
        self.written = answers.WrittenAnswers()
        self.last_condition = ""
        """The last condition that is not known, for people."""
        self._open: list[tuple[int, str]] = []
        """Conditions that are not known, with the number of those around them."""
        self.reads_certificate = False
        self.reads_identity = False
        """Whether a value of the request's context decides."""

    def watch(self, name: str) -> None:
        """Note that a field of the connection's state is read, or a header that middleware has removed."""
        self.reads_certificate |= name in {"PeerCertificates", "VerifiedChains"}
        self.reads_identity |= name == REMOVED

    def library(self, name: str) -> Callable[[Machine, Call], GoValue] | None:
        return self._table.get(name)

    def called(self, machine: Machine, function: GoValue, call: Call) -> GoValue | None:
        """Note a call of another handler: one that a variable or a field holds, or that has ``ServeHTTP``."""
        if isinstance(function, NextHandler):
            self.forward(machine, function, call.arguments)
            return NIL
        if not _has_request(call.arguments):
            receiver = function.receiver if isinstance(function, DeclaredFunction) else None
            given = call.arguments if receiver is None else (*call.arguments, receiver)
            return None if self._matters(machine, function, given) else self._skipped(machine, given)
        if isinstance(function, HandlerValue) or _serves(call) or (call.is_dynamic and _is_served(call)):
            target = _target(function)
            if not isinstance(target, Closure | DeclaredFunction) or self._stops(target):
                self.forward(machine, target, call.arguments)
                return GoUnknown(origins=frozenset({ValueOrigin.REQUEST}))
        if isinstance(function, Closure | DeclaredFunction) and _is_served(call):
            self.ran.append(function)
        return None

    def _matters(self, machine: Machine, function: GoValue, given: Iterable[GoValue]) -> bool:
        """Return whether a call may have to do with the request: what it gets does, or it is short."""
        if not isinstance(function, DeclaredFunction):
            return True
        body = part(function.function.node, "body")
        length = body.end_byte - body.start_byte if body is not None else 0
        if length < SHORT and len(machine.stack) < DEEPEST_UNRELATED:
            return True
        values = [one for value in given for one in alternatives(value)]
        # A context is given to all code; what tells callers apart is near.
        near = len(machine.stack) < DEEPEST_CONTEXT
        return any(_is_of_request(one) for one in values if near or not isinstance(one, Table))

    def _skipped(self, machine: Machine, given: Iterable[GoValue]) -> GoValue:
        """Return the result of a call that is not followed: anything."""
        may_change(machine, "", given)
        return GoUnknown(origins=origins_of(*given))

    def forward(self, machine: Machine, target: GoValue, arguments: Iterable[GoValue]) -> None:
        """Note that a handler gets the request."""
        given = list(arguments)
        request = next((one for one in given if _has_request([one])), UNKNOWN)
        where, condition = machine.calls[-1] if machine.calls else None, self.condition(machine)
        call = f"which reaches {shown(where.node, where.frame)}" if where is not None else ""
        why = ", ".join(filter(None, (call, f"depending on {condition}" if condition else "")))
        self.forwards.append(Forward(target, request, not machine.is_conditional, why))
        self.calling += [one for one in machine.calls if one not in self.calling]
        for one in given:
            for each in alternatives(one):
                answer(machine, each, FORWARDED)
        may_change(machine, "", given)  # such as what a struct around the response notes

    def requests(self) -> list[GoValue]:
        """Return the requests that other handlers got."""
        return [one.request for one in self.forwards]

    def decided(self, machine: Machine, value: GoValue, node: Node, frame: GoFrame) -> None:
        self.origins |= origins_of(value)
        self._open = [one for one in self._open if one[0] < machine.conditions]
        self.last_condition = shown(node, frame)
        self._open.append((machine.conditions, self.last_condition))

    def condition(self, machine: Machine) -> str:
        """Return the condition that is not known and decides whether the code is run; empty if there is none."""
        return next((text for level, text in reversed(self._open) if level < machine.conditions), "")

    def unknown_call(self, machine: Machine, call: Call) -> GoValue:
        """Return what code that is not known may return, and do with the request."""
        given = [*call.arguments, *([call.receiver] if call.receiver is not None else [])]
        may_change(machine, call.name, call.arguments)
        origins = set(origins_of(*given))
        standard = is_standard(call.name) or _is_of_standard(call.receiver)
        for value in given:
            for one in (*alternatives(value), *held([value])):
                if is_of(one, WRITER) and not _wraps(call.name):
                    answer(machine, one, GoNumber(200) if standard else GoUnknown(), has_content=standard)
                elif is_of(one, REQUEST, GIN_CONTEXT) and not standard:
                    origins.add(ValueOrigin.REQUEST)
                    _may_abort(machine, one)
                if isinstance(one, NextHandler):
                    self.forwards.append(Forward(one, UNKNOWN, is_certain=False))
                if not call.name.startswith(READING):
                    _may_change_headers(machine, one, is_standard=standard)
        self._call_back(call)
        return GoUnknown(origins=frozenset(origins), holds=held(given), made_by=call.name, place=call.place)

    def _call_back(self, call: Call) -> None:
        """Note that code of another module may call functions that it was given."""
        for one in held(call.arguments):
            if isinstance(one, Closure) and not isinstance(one, NextHandler) and calls_next(one):
                self.forwards.append(Forward(UNKNOWN, UNKNOWN, is_certain=False))


def _is_of_standard(receiver: GoValue | None) -> bool:
    """Return whether a function of the standard library made what has the method, such as an encoder."""
    return isinstance(receiver, GoUnknown) and receiver.made_by != "" and is_standard(receiver.made_by)


def _wraps(name: str) -> bool:
    """Return whether a function makes something around a response: by Go's convention, it writes nothing yet."""
    return name.rpartition(".")[2].startswith("New")


def shown(node: Node, frame: GoFrame) -> str:
    """Return code on one line with its place, as a message has it."""
    line = " ".join(code_of(node).split())
    line = line if len(line) <= LONGEST_SHOWN else f"{line[: LONGEST_SHOWN - 1]}…"
    return f"{line} ({frame.file.place(node)})"


def all_handlers(target: GoValue) -> bool:
    """Return True: no handler is followed."""
    del target
    return True


def no_handlers(target: GoValue) -> bool:
    """Return False: each handler is followed."""
    del target
    return False


def calls_next(closure: Closure) -> bool:
    """Return whether a function literal has the handler that comes next in its variables."""
    scope = closure.scope
    names = code_of(part(closure.node, "body"))
    found = (cell.value for name, cell in scope.names.items() if name in names)
    return any(isinstance(one, NextHandler) for one in found)


def is_of(value: GoValue, *kinds: TypeName) -> bool:
    """Return whether a value is an object of a request."""
    record = record_of(value)
    return record is not None and record.kind in kinds


def _has_request(arguments: Iterable[GoValue]) -> bool:
    return any(is_of(one, REQUEST, GIN_CONTEXT) for value in arguments for one in alternatives(value))


def _is_of_request(value: GoValue, depth: int = 0) -> bool:
    """Return whether a value is a part of the request, or has one: a context, a response, a function."""
    if isinstance(value, Table | Closure | NextHandler):
        return True
    if origins_of(value) & OF_IDENTITY:
        return True
    record = record_of(value)
    if record is None or depth > DEEPEST_PART:
        return False
    if record.kind in {REQUEST, GIN_CONTEXT, WRITER, STATE}:
        return True
    return any(_is_of_request(one, depth + 1) for one in record.fields.values())


def _is_served(call: Call) -> bool:
    """Return whether a function gets a response as well: one that only gets the request is no handler."""
    values = [one for value in call.arguments for one in alternatives(value)]
    return any(is_of(one, GIN_CONTEXT) or answers.writer_of(one) is not None for one in values)


def _serves(call: Call) -> bool:
    callee = part(call.node, "function") if call.node.type == "call_expression" else None
    return callee is not None and code_of(part(callee, "field")) == "ServeHTTP"


def _target(function: GoValue) -> GoValue:
    """Return the handler whose method ``ServeHTTP`` a function is."""
    if isinstance(function, LibraryCode) and function.receiver is not None:
        return function.receiver
    return function


def answer(
    machine: Machine,
    writer: GoValue,
    status: GoValue,
    *,
    replaces: bool = False,
    sends: bool = True,
    has_content: bool = False,
) -> None:
    """Write the status of a response, or content."""
    record, purpose = answers.writer_of(writer), machine.purpose
    if record is None or not isinstance(purpose, Handling):
        return
    purpose.denies |= status in DENYING
    by_other = any(
        not one.name and _has_request(one.arguments) and one not in purpose.calling for one in machine.calls
    )
    answers.write(
        machine,
        record,
        status,
        purpose.written,
        replaces=replaces,
        sends=sends,
        has_content=has_content,
        by_other=by_other,
    )


def _may_change_headers(machine: Machine, value: GoValue, *, is_standard: bool) -> None:
    """Note that code which is not known may have changed headers; the standard library, those that it is given."""
    table, request = known_headers(value), record_of(value)
    if table is None and not is_standard and request is not None:
        request = record_of(request.fields.get("Request", value))
        table = known_headers(request.fields.get("Header", UNKNOWN)) if request is not None else None
    if table is not None:
        for name in list(table.fields):
            origin = frozenset() if is_standard else frozenset({ValueOrigin.REQUEST})
            machine.write(table, name, GoUnknown(origins=OF_HEADERS | origin))


def _may_abort(machine: Machine, context: GoValue) -> None:
    record = record_of(context)
    if record is not None and record.kind == GIN_CONTEXT:
        machine.write(record, ABORTED, GoUnknown(origins=frozenset({ValueOrigin.REQUEST})))
        answer(machine, context, GoUnknown())
