"""Unsafe use of request data in handlers: file paths, unwraps, default identities, untyped bodies."""

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from specdrift.model.result.source import SourceFinding
from specdrift.model.result.verdict import Confidence
from specdrift.source.axum import present_data
from specdrift.source.axum.guards.access_profiles import AccessProfiles
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.present_data import PANICKING
from specdrift.source.axum.syntax.values import AxumEndpoint, FunctionValue, RoutedEndpoint
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import descendants, path_of, plain, text, type_arguments

INPUT = frozenset(
    {"Path", "Query", "Json", "Form", "HeaderMap", "TypedHeader", "Bytes", "String", "Multipart", "Request"}
)
NUMBERS = re.compile(r"[ui](?:8|16|32|64|128|size)|Uuid|bool|NaiveDate|Ulid|ObjectId|f32|f64")
FILES = re.compile(
    r"\bfs::|\bFile::|\bServeFile\b|\bread_to_string\b|\bNamedFile\b|\bOpenOptions\b|\bReaderStream\b"
)
CHECKED = re.compile(
    r"\bcanonicalize\b|\bstarts_with\b|\bfile_name\b|\bcomponents\b|\bsanitize\w*|\bcontains\s*\(|\bis_valid\w*"
)
ASKS = frozenset({"is_some", "is_none", "is_ok", "is_err", "is_some_and", "is_ok_and", "is_none_or"})
"""Methods that tell whether a value can be unwrapped."""
DEFAULTS = re.compile(r"\bunwrap_or(?:_default|_else)?\b")


def findings(routes: Iterable[RoutedEndpoint], profiles: AccessProfiles) -> Iterator[SourceFinding]:
    """Yield the findings of each handler once."""
    handlers: dict[int, list[RoutedEndpoint]] = {}
    for route in routes:
        if (code := route.endpoint.handler.code) is not None:
            handlers.setdefault(code.id, []).append(route)
    for own in handlers.values():
        endpoint = own[0].endpoint
        node, module = endpoint.handler.code, endpoint.handler.written_in
        if node is None or module is None:
            continue
        bound = dict(bindings(node))
        yield from _joined(endpoint, node, module, bound)
        yield from _unwrapped(own, node, module, bound, profiles)
        yield from _defaulted(endpoint, node, module, profiles)


def bindings(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the names bound by parameters, each with its type."""
    parameters = syntax.field(node, "parameters")
    for parameter in plain(parameters) if parameters is not None else ():
        kind = syntax.field(parameter, "type")
        pattern = syntax.field(parameter, "pattern")
        if kind is None or pattern is None:
            continue
        for child in descendants(pattern):
            if child.type in {"identifier", "shorthand_field_identifier"} and text(child)[:1].islower():
                yield text(child), kind


def _joined(
    endpoint: AxumEndpoint, node: Node, module: RustModule, bound: dict[str, Node]
) -> Iterator[SourceFinding]:
    """Report a path parameter that becomes part of a file path without validation."""
    texts = {name for name, kind in bound.items() if _is_text_of_path(kind)}
    source_text = text(node)
    if not texts or not FILES.search(source_text) or CHECKED.search(source_text):
        return
    for child in descendants(node):
        if child.type == "call_expression" and (name := _joins(child, texts)):
            yield SourceFinding(
                rule="path-parameter-in-file-path",
                message=f"The path parameter {name} becomes part of a file path; it may be .. or start with a slash.",
                location=module.file.place(child),
                confidence=Confidence.MEDIUM,
                related=(endpoint.location,),
                subject=endpoint.handler.name,
            )
            return


def _is_text_of_path(kind: Node) -> bool:
    if path_of(kind)[-1:] != ("Path",):
        return False
    return not _holds_a_number(kind)


def _holds_a_number(kind: Node) -> bool:
    """Return whether an extractor parses into a type without strings."""
    inner = type_arguments(kind)
    return bool(inner) and NUMBERS.fullmatch(text(inner[0]).rpartition("::")[2]) is not None


def _joins(call: Node, names: set[str]) -> str:
    """Return the parameter passed to ``.join(name)`` or ``.push(name)``; empty for any other call."""
    callee = syntax.field(call, "function")
    if callee is None or text(syntax.field(callee, "field")) not in {"join", "push"}:
        return ""
    given = re.findall(r"\w+", text(syntax.field(call, "arguments")))
    return next((word for word in given if word in names), "")


def _unwrapped(
    routes: list[RoutedEndpoint],
    node: Node,
    module: RustModule,
    bound: dict[str, Node],
    profiles: AccessProfiles,
) -> Iterator[SourceFinding]:
    """Report what a handler unwraps: of each chain of methods the first value that may be missing."""
    names = {name for name, kind in bound.items() if path_of(kind)[-1:] and path_of(kind)[-1] in INPUT}
    names -= {name for name in names if _holds_a_number(bound[name])}  # parsed values are valid
    if not names or not any(one in text(node) for one in PANICKING):
        return
    endpoint = routes[0].endpoint
    for base, callees in _unwraps(node, names):
        values = ((one, syntax.field(one, "value")) for one in callees)
        missing = (
            one
            for one, value in values
            if not present_data.is_present(value, bound[base], module, routes, profiles)
        )
        callee = next(missing, None)
        if callee is None:
            continue
        yield SourceFinding(
            rule="unwrap-on-request-data",
            message=f"The handler unwraps request data ({base}) and panics if it is missing.",
            location=module.file.place(syntax.field(callee, "field") or callee),
            confidence=Confidence.MEDIUM,
            related=(endpoint.location,),
            subject=f"{endpoint.handler.name} {base}",
        )


def _unwraps(code: Node, names: set[str]) -> Iterator[tuple[str, list[Node]]]:
    """Yield the variable of each chain of methods with its unwraps, from the first on, unless the code looks for it."""
    found: dict[int, tuple[str, list[Node]]] = {}
    checks = _checks(code)
    for child in descendants(code):
        callee = syntax.field(child, "function") if child.type == "call_expression" else None
        if callee is None or text(syntax.field(callee, "field")) not in PANICKING:
            continue
        value = syntax.field(callee, "value")
        base = _base(value)
        first = min(checks.get(_flat(value), child.end_byte), checks.get(base, child.end_byte))
        if base in names and first > child.start_byte:
            found.setdefault(child.start_byte, (base, []))[1].append(callee)
    for base, callees in found.values():
        yield base, sorted(callees, key=lambda one: one.end_byte)


def _checks(code: Node) -> dict[str, int]:
    """Return where code first asks whether a value is there: ``id.is_some() && id.unwrap() > 0``.

    A variable that is checked as a whole, with an end for what is wrong, has what it must have.
    """
    found: dict[str, int] = {}
    for node in descendants(code):
        callee = syntax.field(node, "function") if node.type == "call_expression" else None
        if callee is not None and text(syntax.field(callee, "field")) in ASKS:
            found.setdefault(_flat(syntax.field(callee, "value")), node.start_byte)
        elif callee is not None and (name := present_data.checked_by(node)):
            found.setdefault(name, node.start_byte)
    return found


def _flat(node: Node | None) -> str:
    """Return an expression without spaces, references and copies."""
    found = re.sub(r"\s", "", text(node))
    return re.sub(r"\.(?:clone|as_ref|as_deref|as_mut|to_owned)\(\)", "", found).lstrip("&")


def _base(node: Node | None) -> str:
    """Return the variable at the start of a method chain."""
    while node is not None and node.type in {
        "call_expression",
        "field_expression",
        "try_expression",
        "await_expression",
    }:
        node = (
            syntax.field(node, "function")
            or syntax.field(node, "value")
            or next(iter(node.named_children), None)
        )
    return text(node) if node is not None and node.type == "identifier" else ""


def _defaulted(
    endpoint: AxumEndpoint, node: Node, module: RustModule, profiles: AccessProfiles
) -> Iterator[SourceFinding]:
    """Report an optional identity that the handler replaces with a default."""
    for name, kind in bindings(node):
        inner = type_arguments(kind)
        if path_of(kind)[-1:] != ("Option",) or not inner or path_of(inner[0])[-1:] != ("Extension",):
            continue
        held = type_arguments(inner[0])
        if (
            held
            and profiles.types.of_type(profiles.types.key(path_of(held[0]), module)) is Reads.IDENTITY
            and DEFAULTS.search(text(node))
            and not profiles.of_node(node, module).refuses
        ):
            yield SourceFinding(
                rule="identity-defaulted",
                message=f"Without an identity in the request, {endpoint.handler.name} uses a default one"
                f" ({name}: {text(kind)}).",
                location=module.file.place(kind),
                confidence=Confidence.MEDIUM,
                related=(endpoint.location,),
                subject=endpoint.handler.name,
            )


def untyped_body(handler: FunctionValue) -> Node | None:
    """Return the parameter that accepts any JSON body; ``None`` if the body is typed or absent."""
    for _, kind in bindings(handler.code) if handler.code is not None else ():
        flat = text(kind).replace(" ", "")
        if re.search(r"\bJson<(?:serde_json::)?Value>", flat):
            return kind
    return None
