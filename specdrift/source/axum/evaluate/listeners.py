"""Listeners, connections and acceptors: whether what they serve is behind TLS, by value, type and trait.

Types of other crates are known by name. A type of the crates is known by the connection that its implementation of
``Listener`` (axum) or ``Accept`` (axum-server) returns, else by its fields.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from tree_sitter import Node

from specdrift.model.result.source import ListenerKind
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import (
    FunctionValue,
    NumberValue,
    RouterLayer,
    SequenceValue,
    ServedCall,
    StructValue,
    TextValue,
    TransportValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import arguments, descendants, path_of, plain, text, type_arguments

TLS, PLAINTEXT, LOCAL, UNKNOWN = (
    ListenerKind.TLS,
    ListenerKind.PLAINTEXT,
    ListenerKind.LOCAL,
    ListenerKind.UNKNOWN,
)
TYPES = {
    **dict.fromkeys(("TlsStream", "SslStream", "TlsListener", "TlsAcceptor", "SslAcceptor"), TLS),
    **dict.fromkeys(("RustlsAcceptor", "OpenSSLAcceptor", "LazyConfigAcceptor", "StartHandshake"), TLS),
    **dict.fromkeys(
        ("TcpListener", "TcpStream", "AddrIncoming", "AddrStream", "TcpListenerStream"), PLAINTEXT
    ),
    **dict.fromkeys(("UnixListener", "UnixStream", "NamedPipeServer", "DuplexStream"), LOCAL),
    "DefaultAcceptor": PLAINTEXT,
}
"""Types of tokio, tokio-rustls, tokio-openssl, tokio-native-tls, tls-listener, axum-server and hyper."""
SERVERS = {
    **dict.fromkeys(("bind", "from_tcp"), PLAINTEXT),
    **dict.fromkeys(("bind_rustls", "from_tcp_rustls", "bind_openssl", "from_tcp_openssl"), TLS),
}
"""Functions of axum-server that make a server."""
OLD_SERVERS = frozenset({"bind", "try_bind", "from_tcp"})
"""Functions of hyper's ``Server`` before 1.0."""
CONNECTIONS = {"Listener": "Io", "Accept": "Stream"}
"""Traits of listeners and acceptors, and their associated type of a connection."""
SERVES = re.compile(r"\bserve(?:_connection\w*|_with_shutdown)?\s*\(")
CHANNELS = frozenset({"channel", "unbounded_channel", "sync_channel", "bounded", "unbounded"})
"""Functions that make a channel between tasks."""
LOOPBACK = re.compile(r"(?:127\.[\d.]+|localhost|\[::1\]|::1)(?::|$)")
WRITTEN = re.compile(
    r"&?\(*(?:(?:\w+::)*SocketAddr(?:V4|V6)?::(?:from|new)\(\(?)?(?:(?:\w+::)*IpAddr::(?:V4|V6|from)\()?"
    r"(?:\[127,|(?:\w+::)*Ipv[46]Addr::LOCALHOST\b|(?:\w+::)*Ipv4Addr::new\(127,|\"(?:127\.|localhost:|\[::1\]))"
    r"|&?format!\(\"(?:127\.|localhost:|\[::1\])"
)
"""An address of this machine as code makes it."""
DEEPEST = 4
NOTHING = UnknownValue()


def external(path: tuple[str, ...], values: list[Value]) -> TransportValue | None:
    """Return what a function of another crate makes of its arguments; ``None`` if it has nothing to do with it."""
    owner, name = (path[-2] if len(path) > 1 else ""), path[-1] if path else ""
    if path[:1] == ("axum_server",) and name in SERVERS and (len(path) == 2 or owner.startswith("tls_")):
        return TransportValue(SERVERS[name])
    if owner == "Server" and name in OLD_SERVERS:
        return TransportValue(PLAINTEXT)
    if owner in TYPES:
        kind = TYPES[owner]
        return TransportValue(LOCAL if kind is PLAINTEXT and values and _is_loopback(values[0]) else kind)
    return of_values(values)


def _is_loopback(address: Value) -> bool:
    """Return whether an address is one of this machine only."""
    match address:
        case TextValue():
            return LOOPBACK.match(address.value) is not None
        case UnknownValue():
            written = WRITTEN.match(address.source_text.replace(" ", ""))
            return written is not None or LOOPBACK.match(address.known) is not None
        case FunctionValue(path=path):
            return path[-1:] == ("LOCALHOST",)
        case SequenceValue(items=(first, *_)):
            return first == NumberValue(127) or _is_loopback(first)
    return False


def of_values(values: Sequence[Value]) -> TransportValue | None:
    """Return the transport of values that are wrapped together: TLS if one of them is; ``None`` without any."""
    kinds = [value.kind for value in values if isinstance(value, TransportValue)]
    if not kinds:
        return None
    gates = dict.fromkeys(gate for one in values if isinstance(one, TransportValue) for gate in one.gates)
    return TransportValue(TLS if TLS in kinds else kinds[0], tuple(gates))


def method(
    evaluator: Evaluator, frame: Frame, receiver: Value, name: str, values: list[Value]
) -> Value | None:
    """Return the result of a method of a listener, an acceptor or a server; ``None`` for other receivers."""
    given = of_values(tuple(_transports(evaluator, frame, values)))
    match receiver:
        case TransportValue() if name == "accept" and not values:
            return SequenceValue((receiver, UnknownValue()))
        case TransportValue() if name == "acceptor":
            return given or (receiver if receiver.kind is TLS else TransportValue(UNKNOWN))
        case TransportValue():
            return of_values((receiver, *values))
        case _ if given is not None and name in {"accept", "into_stream", "handshake"}:
            return TransportValue(TLS if given.kind is TLS else UNKNOWN, given.gates)
    return None


def served_on(
    evaluator: Evaluator, frame: Frame, values: list[Value], receiver: Value = NOTHING
) -> TransportValue:
    """Return the listener that a call serves a router on."""
    known = of_values(tuple(_transports(evaluator, frame, (*values, receiver))))
    return known or TransportValue(UNKNOWN)


def is_undeclared(frame: Frame, given: list[Node]) -> bool:
    """Return whether an argument is a name that nothing in the function declares."""
    node = given[0] if given else None
    return node is not None and node.type == "identifier" and frame.scope.get(text(node)) is None


def is_alternative(call: Node) -> bool:
    """Return whether another branch of a condition around a call that serves serves too: with TLS or without."""
    child, parent = call, call.parent
    while parent is not None and parent.type not in {"function_item", "closure_expression"}:
        others: list[Node] = []
        if parent.type == "if_expression":
            branches = (syntax.field(parent, name) for name in ("consequence", "alternative"))
            others = [one for one in branches if one is not None and one.id != child.id]
        elif parent.type == "match_block":
            others = [one for one in plain(parent) if one.id != child.id]
        if any(SERVES.search(text(one)) for one in others):
            return True
        child, parent = parent, parent.parent
    return False


def _transports(evaluator: Evaluator, frame: Frame, values: Iterable[Value]) -> Iterator[TransportValue]:
    for value in values:
        if isinstance(value, TransportValue):
            yield value
        elif isinstance(value, StructValue):
            path = (value.type,)
            kind = of_type(evaluator, path, frame.module)
            if kind is not UNKNOWN:
                yield TransportValue(kind, gates_of(evaluator, path, frame.module))


def declared(evaluator: Evaluator, module: RustModule, kind: Node | None) -> TransportValue | None:
    """Return the transport of a declared type, also in ``Arc``, ``Option`` and ``Result``; ``None`` if it is none."""
    for node in descendants(kind) if kind is not None else ():
        if node.type in {"type_identifier", "scoped_type_identifier"}:
            found = of_type(evaluator, path_of(node), module)
            if found is not UNKNOWN:
                return TransportValue(found, gates_of(evaluator, path_of(node), module))
    return None


def channel(evaluator: Evaluator, frame: Frame, node: Node, name: str) -> SequenceValue | None:
    """Return the ends of a channel for connections, by its type or that of a parameter which gets the sending end;
    ``None`` for any other call.
    """
    if name not in CHANNELS:
        return None
    written = [(kind, frame.module) for kind in type_arguments(syntax.field(node, "function"))]
    found = {declared(evaluator, module, kind) for kind, module in written or _taken(evaluator, frame, node)}
    only = found.pop() if len(found) == 1 else None
    return SequenceValue((only, only)) if only is not None else None


def _taken(evaluator: Evaluator, frame: Frame, node: Node) -> Iterator[tuple[Node, RustModule]]:
    """Yield the types of the parameters that get the sending end of a channel, with their modules."""
    bound = syntax.field(node.parent, "pattern") if node.parent is not None else None
    ends = plain(bound) if bound is not None and bound.type == "tuple_pattern" else []
    around = node
    while around.parent is not None and around.type != "function_item":
        around = around.parent
    for call in descendants(around) if ends else ():
        given = arguments(call) if call.type == "call_expression" else []
        places = [number for number, one in enumerate(given) if _root_name(one) == text(ends[0])]
        item = evaluator.names.item_at(syntax.field(call, "function"), frame.module) if places else None
        if item is not None and item.kind == "fn":
            parameters = syntax.field(item.node, "parameters")
            own = plain(parameters) if parameters is not None else []
            kinds = (syntax.field(own[place], "type") for place in places if place < len(own))
            yield from ((kind, item.module) for kind in kinds if kind is not None)


def _root_name(node: Node) -> str:
    """Return the variable that an argument is, or a clone of it."""
    return text(node).removesuffix(".clone()")


def gates_of(evaluator: Evaluator, path: tuple[str, ...], module: RustModule) -> tuple[RouterLayer, ...]:
    """Return what a type of the crates does when it accepts a connection: it may refuse some."""
    item = _type_at(evaluator, path, module)
    accepting = evaluator.index.methods("accept", {item.name}) if item is not None else []
    return tuple(
        RouterLayer(
            f"accept of {one.owner}",
            one.file.place(one.node),
            (one.file.name, one.node.start_byte),
            gate=ServedCall(one.node, one.module, one.owner, None),
        )
        for one in accepting
        if one.trait in CONNECTIONS and one.body is not None
    )


def _type_at(evaluator: Evaluator, path: tuple[str, ...], module: RustModule) -> RustItem | None:
    item = evaluator.members.type_at(path, module) if path else None
    if item is None and len(path) == 1 and path[0] not in module.uses:
        return evaluator.members.type_named(path[0])
    return item


def of_type(evaluator: Evaluator, path: tuple[str, ...], module: RustModule, depth: int = 0) -> ListenerKind:
    """Return the kind of connections of a type."""
    item = _type_at(evaluator, path, module)
    if item is None:
        return TYPES.get(path[-1], UNKNOWN) if path else UNKNOWN
    if item.id not in evaluator.listeners and depth < DEEPEST:
        evaluator.listeners[item.id] = UNKNOWN  # a type within itself adds nothing
        evaluator.listeners[item.id] = _of_item(evaluator, item, depth)
    return evaluator.listeners.get(item.id, UNKNOWN)


def _of_item(evaluator: Evaluator, item: RustItem, depth: int) -> ListenerKind:
    for one in evaluator.index.impls(item.name, CONNECTIONS):
        wanted = CONNECTIONS.get(one.trait, "")
        connection = _associated(one.node, wanted) if wanted else None
        if connection is not None:
            kind = of_type(evaluator, path_of(connection), one.module, depth + 1)
            own = _type_at(evaluator, path_of(connection), one.module) is not None
            if kind is not UNKNOWN or own:
                return kind
    parts = _parts(item)
    every = [set(_of_parts(evaluator, item, one, depth)) for one in parts]
    kinds = {kind for one in every for kind in one or ({UNKNOWN} if item.kind == "enum" else ())}
    if UNKNOWN in kinds or (item.kind == "enum" and len(kinds) > 1):
        return UNKNOWN  # it may be either
    return next((kind for kind in (TLS, PLAINTEXT, LOCAL) if kind in kinds), UNKNOWN)


def _parts(item: RustItem) -> list[Node]:
    """Return the fields of a struct, or the variants of an enum."""
    body = syntax.field(item.node, "body")
    return plain(body) if body is not None else []


def _of_parts(evaluator: Evaluator, item: RustItem, part: Node, depth: int) -> Iterator[ListenerKind]:
    """Yield the kinds of the outermost known types in a field or a variant; unknown if one may be missing."""
    stack = [part]
    while stack:
        node = stack.pop()
        path = (
            path_of(node)
            if node.type in {"type_identifier", "scoped_type_identifier", "generic_type"}
            else ()
        )
        kind = of_type(evaluator, path, item.module, depth + 1) if path and path[-1] != item.name else UNKNOWN
        if kind is not UNKNOWN:
            yield UNKNOWN if _is_optional(node, part) else kind
        else:
            stack.extend(node.children)


def _is_optional(node: Node, part: Node) -> bool:
    """Return whether a type stands in an ``Option`` in a field."""
    current = node.parent
    while current is not None and current.id != part.id:
        if current.type == "generic_type" and path_of(current)[-1:] == ("Option",):
            return True
        current = current.parent
    return False


def _associated(implementation: Node, name: str) -> Node | None:
    """Return the associated type ``name`` of an implementation."""
    body = syntax.field(implementation, "body")
    for child in plain(body) if body is not None and name else ():
        if child.type == "type_item" and text(syntax.field(child, "name")) == name:
            return syntax.field(child, "type")
    return None
