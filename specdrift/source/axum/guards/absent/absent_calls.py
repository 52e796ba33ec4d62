"""Calls in a function that is evaluated for a client without a certificate."""

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_extensions import (
    called_by_path,
    extracted_by,
    of_connection,
    optional,
)
from specdrift.source.axum.guards.absent.absent_forwarding import (
    is_always_layered,
    is_forward,
    is_kept,
    is_next,
    postpone,
)
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame
from specdrift.source.axum.guards.absent.absent_parts import (
    chosen,
    enum_of,
    filled_by,
    independent,
    is_filled_later,
    lend,
    made_of,
    struct_key,
)
from specdrift.source.axum.guards.absent.absent_shapes import PathForm
from specdrift.source.axum.guards.absent.absent_tasks import (
    COLLECTING,
    LOCKING,
    built_with,
    collected_into,
    is_list_made,
    is_own_function,
    is_stateful,
    may_be_result,
    of_closure,
    of_each,
    of_task,
    waits,
)
from specdrift.source.axum.guards.absent.absent_texts import of_empty, of_known
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    ANYTHING,
    CHOSEN,
    COPYING,
    FAILURE,
    FALSE,
    FORWARDED,
    GIVEN,
    HEADERS,
    INSTEAD,
    NOTHING,
    OPAQUE,
    OUTCOMES,
    OWN,
    REJECTION,
    REPLACING,
    REQUEST,
    RESPONSE,
    SAME,
    SUCCESS,
    TEXT,
    TRUE,
    UNKNOWN,
    WHOLE,
    Atom,
    Holding,
    KnownUri,
    Present,
    Text,
    Texts,
    Value,
    dereferenced,
    is_of_response,
    some,
    truth,
    truths,
)
from specdrift.source.axum.guards.callers.extension_reads import reads_extensions
from specdrift.source.axum.guards.cases.questions import OfRequest
from specdrift.source.axum.guards.composed_extractors import EXTRACTING_CALLS, extracted
from specdrift.source.axum.guards.outcomes.role_comparisons import of_method
from specdrift.source.axum.guards.presence.default_values import default_of
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import arguments, path_of, text, type_arguments

READ_ONLY = SAME | WHOLE | INSTEAD | frozenset(OUTCOMES) | {"unwrap", "expect", "run", "call"}
"""Methods that leave what they are called on as it is."""
CONVERTING = {"into": "from", "try_into": "try_from", "parse": "from_str"}
"""Methods that a trait of the resulting type implements under another name."""
COMPARING = frozenset({"eq", "contains", "contains_key", "eq_ignore_ascii_case", "starts_with", "ends_with"})
BUILDING = frozenset({"header", "headers", "body", "extension", "unwrap", "expect"})
"""Methods with which a response is built of its status."""
UNWRAPPING = frozenset({"unwrap", "expect", "unwrap_or", "unwrap_or_else", "unwrap_or_default", "transpose"})
SHARING = frozenset({"DashMap", "ArcSwap", "ArcSwapOption", "Cache"})
"""Types whose values tasks share without a lock."""
REDIRECT = "Redirect"
"""The type of axum whose functions make responses without data."""
WRAPPING = (("Box",), ("Arc",), ("Rc",), ("Cow",))
READING = frozenset({"get", "get_mut", "remove"})
TRIED = frozenset({"from_str", "from_bytes", "from_utf8", "try_from"})
OF_TEXT = TRIED | {"from", "from_static", "from_utf8_lossy", "new"}
"""Functions that make a text, or the name or value of a header."""


def call(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate a call of a function, a method or a constructor."""
    before = case.effects.here
    value = _call(case, frame, node)
    postpone(case.effects, before, node)
    for argument in arguments(node):
        lend(frame, argument)
    filled_by(frame, node, READ_ONLY)
    return value


def _call(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    case.traces.top.calls.add(node.id)
    callee = syntax.field(node, "function")
    generic = callee is not None and callee.type == "generic_function"
    inner = syntax.field(callee, "function") if callee is not None and generic else callee
    if inner is not None and inner.type == "field_expression":
        receiver = case.value(frame, syntax.field(inner, "value"))
        name = text(syntax.field(inner, "field"))
        of_role = None if frame.dead else of_method(case, frame, node, receiver, name)
        return NOTHING if frame.dead else of_role or _method(case, frame, node, receiver, name)
    given = arguments(node)
    values = [case.value(frame, argument) for argument in given]
    if frame.dead:
        return NOTHING
    if is_forward(node):
        return _forwarded(case, node)
    if path_of(callee)[-1:] == ("Err",):
        case.traces.top.ends.add(node.id)
    if callee is not None and (found := of_task(case, frame, callee, given)) is not None:
        return found
    made = _made(case, frame, node, values)
    return made if made is not None else _function(case, frame, node, values)


def _forwarded(case: AbsentCase, node: Node) -> Value:
    """Note a call of the rest of the chain."""
    case.forwarded = case.forwarded or not is_kept(node)
    case.effects.forward()
    case.effects.run()
    case.traces.top.ends.add(node.id)
    return {FORWARDED}


def _made(case: AbsentCase, frame: AbsentFrame, node: Node, values: list[Value]) -> Value | None:
    """Evaluate a constructor; ``None`` for any other function."""
    path = path_of(syntax.field(node, "function"))
    name = path[-1] if path else ""
    enum = enum_of(case, frame, path)
    if name in {"Ok", "Some", "Err"} and not enum:
        return {ABSENT} if name == "Err" else {some(values[0] if values else {UNKNOWN})}
    wrapped = path[-2:-1] in WRAPPING and name in {"pin", "from", "new"}
    wrapped = wrapped or path[-2:] == ("mem", "take") or is_list_made(path, values)
    if values and (wrapped or name.lower() == "ready"):
        return values[0]
    of_text_alone = len(values) == 1 and all(isinstance(one, Text) for one in values[0])
    if of_text_alone and name in OF_TEXT and case.item(frame, path) is None:
        return {some(values[0])} if name in TRIED else values[0]
    if path[-2:] == ("AddExtensionLayer", "new") or name == "Extension":
        case.effects.build(values[0] if values else NOTHING, sure=is_always_layered(node))
    if name[:1].isupper():
        fields = {str(n): value for n, value in enumerate(values)}
        return {made_of(case, enum or struct_key(case, frame, path), fields, name if enum else "")}
    return None


def _function(case: AbsentCase, frame: AbsentFrame, node: Node, values: list[Value]) -> Value:
    """Evaluate a call of a function of the crates; what another function returns is unknown."""
    callee = syntax.field(node, "function")
    item = case.item(frame, path_of(callee))
    if callee is not None and (called := of_closure(case, frame, callee, values)) is not None:
        return called
    if item is None:
        passed = any(is_next(frame, argument) for argument in arguments(node))
        if passed:
            case.forwarded = True
            case.effects.forward()
        if passed or any(is_of_response(one) for value in values for one in value):
            return {RESPONSE}
        return _of_library(case, frame, node, values)
    return case.apply(item, values)


def _of_library(case: AbsentCase, frame: AbsentFrame, node: Node, values: list[Value]) -> Value:
    """Evaluate a call of a function of another crate."""
    callee = syntax.field(node, "function")
    path = path_of(callee)
    if path[-2:-1] and path[-2] in SHARING | {REDIRECT}:
        return {FAILURE if path[-2] == REDIRECT else ANYTHING}
    if path[-2:-1] == ("Request",):
        case.effects.reset()
    if path[-2:] == ("Vec", "new") and not is_filled_later(node):
        return {ABSENT}
    if path[-1:] == ("default",) and len(path) == 2:
        return default_of(case, path[:1], frame.module)
    if is_own_function(frame, node, path, values):
        return {OWN}
    return called_by_path(case, frame.module, callee)


def _method(case: AbsentCase, frame: AbsentFrame, node: Node, receiver: Value, name: str) -> Value:
    given = arguments(node)
    if name in case.results:
        return case.results[name]
    if (asked := of_connection(case, node, name)) is not None:
        return asked
    if name in {"headers", "headers_mut"} and not given and not any(map(is_of_response, receiver)):
        return {HEADERS}
    if name == "insert" and len(given) == 1:
        sure = "extensions" in text(syntax.field(node, "function"))
        case.effects.insert(case.value(frame, given[0]), sure=sure)
    if name in {"remove", "clear"}:
        case.effects.reset()
    case.effects.doubtful |= name in {"unwrap", "expect"} and UNKNOWN in receiver
    if (found := _extension(case, frame, node, name)) is not None:
        return found
    if is_forward(node):
        for argument in given:
            case.value(frame, argument)
        return _forwarded(case, node)
    result: set[Atom] = set()
    for one in receiver:
        result |= _on(case, frame, node, one, name)
    frame.dead = frame.dead or not result
    return result


def _extension(case: AbsentCase, frame: AbsentFrame, node: Node, name: str) -> Value | None:
    """Evaluate a method that reads an extension, or runs an extractor; ``None`` for others."""
    kind = extracted(node) if name in EXTRACTING_CALLS else None
    if kind is not None:
        return extracted_by(case, kind, frame.module)
    kinds = type_arguments(syntax.field(node, "function")) if name in READING else []
    read = case.profiles.read_by(node, frame.module) if reads_extensions(node) else next(iter(kinds), None)
    return optional(case, read, frame.module) if read is not None else None


def _on(case: AbsentCase, frame: AbsentFrame, node: Node, one: Atom, name: str) -> Value:
    """Evaluate a method of one value."""
    if one is ABSENT:
        return _on_absent(case, frame, node, name)
    if one is ANYTHING or (name in LOCKING and one in {UNKNOWN, OWN}):
        for argument in arguments(node):
            case.value(frame, argument)
        return {ANYTHING}
    if isinstance(one, Present):
        return _on_present(case, frame, node, one, name)
    if name not in COPYING and (inner := dereferenced(one)):
        return {atom for each in inner for atom in _on(case, frame, node, each, name)}
    same = isinstance(one, Holding) or one in {HEADERS, FORWARDED, SUCCESS}
    if one in {REJECTION, FAILURE} or (same and name in COPYING) or (one is SUCCESS and name in BUILDING):
        return {one}
    found = built_with(case, frame, arguments(node), name) if one in OPAQUE else None
    if one in {TRUE, FALSE} and name in {"then", "then_some"} and arguments(node):
        found = {chosen(case, frame, arguments(node)[0], one, late=name == "then")}
    if one in {HEADERS, TEXT, REQUEST} or isinstance(one, Text | Texts | PathForm | KnownUri):
        given = [case.value(frame, argument) for argument in arguments(node)]
        asked = one is REQUEST
        found = case.ask(OfRequest(name)) if asked else of_known(case.headers, one, name, given)
        found = None if isinstance(one, Texts) and is_stateful(frame, node, name) else found
    if isinstance(one, Texts) and name in {"any", "all"} and arguments(node):
        found = of_each(case, frame, arguments(node)[0], one, TRUE if name == "any" else FALSE)
    return _called(case, frame, node, one, name) if found is None else found


def _on_absent(case: AbsentCase, frame: AbsentFrame, node: Node, name: str) -> Value:
    given = arguments(node)
    if name in OUTCOMES:
        return {OUTCOMES[name]}
    if name == "transpose" or (name == "collect" and collected_into(frame, node) in COLLECTING):
        return {some({ABSENT})}  # ``Ok(None)``, and ``Ok`` of an empty list
    if name == "collect" and may_be_result(frame, node):
        return {ABSENT, some({ABSENT})}
    if name in INSTEAD and given:
        late = name.endswith("_else")
        value = case.closure(frame, given[0], [{REJECTION}]) if late else case.value(frame, given[0])
        # What stands for a missing certificate, and is not known, is there without one.
        return {ANYTHING if one is UNKNOWN and name in REPLACING else one for one in value}
    if name in {"unwrap", "expect"}:
        case.effects.doubtful = True
        return NOTHING
    shared = case.closure(frame, given[0], [{REJECTION}]) & {ANYTHING} if name == "map_err" else NOTHING
    empty = of_empty(name, [case.value(frame, one) for one in given]) if name in COMPARING else None
    return {ABSENT} | shared if name in SAME else empty or _called(case, frame, node, ABSENT, name)


def _on_present(case: AbsentCase, frame: AbsentFrame, node: Node, one: Present, name: str) -> Value:
    given = arguments(node)
    if name in WHOLE:
        if name == "inspect" and given:
            case.closure(frame, given[0], [one.inner])
        return {one}
    if name in {"is_some", "is_ok", "is_none", "is_err"}:
        return {TRUE if name in {"is_some", "is_ok"} else FALSE}
    if name in UNWRAPPING:
        return (
            {ABSENT if inner is ABSENT else one for inner in one.inner} if name == "transpose" else one.inner
        )
    if given and name == "filter":
        outcome = truth(case.closure(frame, given[0], [one.inner]))
        return {kept for found, kept in ((TRUE, one), (FALSE, ABSENT)) if found in outcome}
    if given and name in GIVEN:
        value = case.closure(frame, given[-1], [one.inner])
        return {some(value)} if name == "map" else value
    return _called(case, frame, node, UNKNOWN, name)


def _called(case: AbsentCase, frame: AbsentFrame, node: Node, receiver: Atom, name: str) -> Value:
    """Evaluate a method of the crates: of the receiver's type, or the only one of that name."""
    values = [case.value(frame, argument) for argument in arguments(node)]
    if name in CONVERTING and frame.wanted:
        item = case.item(frame, (frame.wanted, CONVERTING[name]))
        return case.apply(item, [{receiver}]) if item is not None else {UNKNOWN}
    if name in COMPARING and (outcome := case.of_role(*values)) is not None:
        return truths(outcome)
    if frame.dead:
        return {UNKNOWN}
    index = case.profiles.index
    if isinstance(receiver, Holding) and receiver.type:
        own = [
            item for item in case.profiles.types.methods_named(name, receiver.type) if item.body is not None
        ]
        fitting = own[0] if len(own) == 1 else None
    else:
        fitting = index.only_method(name, with_body=True)
    if fitting is not None:
        return case.run(fitting, values, {receiver})
    if is_of_response(receiver) or any(is_of_response(each) for value in values for each in value):
        return {RESPONSE}
    alone = receiver is OWN and not waits(node, name) and independent(frame, arguments(node), values)
    return {CHOSEN if receiver is CHOSEN else OWN if alone else UNKNOWN}
