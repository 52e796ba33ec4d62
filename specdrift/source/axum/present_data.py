"""Request data that every request of a route has: parameters of its path, and headers that a layer around it sets."""

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from specdrift.source.axum.guards.access_profiles import AccessProfiles
from specdrift.source.axum.syntax.values import RoutedEndpoint, RouterLayer
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import arguments, descendants, path_of, text, type_arguments

PARAMETER = re.compile(r"(?:\{\*?|/[:*])(\w+)")
"""A parameter in the path of a route, in the syntax of each version of axum."""
PANICKING = frozenset({"unwrap", "expect"})
MAPS = frozenset({"HashMap", "BTreeMap"})
SETTING = frozenset({"insert", "append"})
"""Methods that set a header."""
FORWARDING = frozenset({"Service"})
DECIDING = frozenset({"if_expression", "let_condition", "match_expression", "try_expression", "block"})
NOTHING_GIVEN = re.compile(r"\bOk\s*\(\s*(?:_|\(\s*\))\s*\)")
LITERAL = re.compile(r'"([^"]*)"')


def is_present(
    value: Node | None,
    kind: Node,
    module: RustModule,
    routes: Iterable[RoutedEndpoint],
    profiles: AccessProfiles,
) -> bool:
    """Return whether each request of some routes has what a chain of methods unwraps.

    ``kind`` is the type of the parameter at the start of the chain.
    """
    chain = list(_calls(value))
    given = arguments(chain[-1]) if chain else []
    if len(given) != 1 or _method(chain[-1]) != "get":
        return False
    if path_of(kind)[-1:] == ("HeaderMap",):
        header = _name(given[0], module, profiles)
        return all(_sets(one.endpoint.layers, header, profiles) for one in routes)
    inner = type_arguments(kind)
    by_name = path_of(kind)[-1:] == ("Path",) and bool(inner) and path_of(inner[0])[-1] in MAPS
    wanted = LITERAL.fullmatch(text(given[0]))
    return (
        by_name
        and wanted is not None
        and len(chain) == 1
        and all(wanted[1] in PARAMETER.findall(one.path) for one in routes)
    )


def checked_by(call: Node) -> str:
    """Return the variable that a call checks as a whole: ``form.validate()?``, or in the condition of a ``return``.

    Empty for any other call, also for one whose result is used.
    """
    callee, given = syntax.field(call, "function"), arguments(call)
    receiver = syntax.field(callee, "value") if callee is not None else None
    checked = receiver if receiver is not None and not given else given[0] if len(given) == 1 else None
    name = text(checked).lstrip("&")
    return name if name.isidentifier() and _ends(call) else ""


def _ends(call: Node) -> bool:
    """Return whether the function ends, and nothing else happens, where a call fails."""
    around = call.parent
    while around is not None and around.type not in DECIDING:
        if around.type == "call_expression" and _method(around) in PANICKING:
            return False
        around = around.parent
    if around is None or around.type == "try_expression":
        parent = around.parent if around is not None else None
        return parent is not None and parent.type == "expression_statement"
    if around.type == "let_condition":
        if not text(syntax.field(around, "pattern")).startswith("Err"):
            return False
        around = around.parent
    elif around.type == "match_expression" and not NOTHING_GIVEN.search(text(around)):
        return False
    if around is None or around.type not in {"if_expression", "match_expression"}:
        return False
    return any(one.type == "return_expression" for one in descendants(around))


def _calls(node: Node | None) -> Iterator[Node]:
    """Yield the calls of a chain of methods, the last one first."""
    while node is not None and node.type == "call_expression":
        yield node
        callee = syntax.field(node, "function")
        if callee is not None and callee.type == "generic_function":
            callee = syntax.field(callee, "function")
        node = syntax.field(callee, "value") if callee is not None else None


def _method(call: Node) -> str:
    return text(syntax.field(syntax.field(call, "function") or call, "field"))


def _sets(layers: Iterable[RouterLayer], header: str, profiles: AccessProfiles) -> bool:
    return any(header in _set_by(layer, profiles) for layer in layers)


def _set_by(layer: RouterLayer, profiles: AccessProfiles) -> Iterator[str]:
    """Yield the headers that a layer sets: by its function, by its service, or as a layer of tower-http."""
    function = layer.function
    if function is not None and function.code is not None and function.written_in is not None:
        yield from _set_in(function.code, function.written_in, profiles)
    for name in (layer.type, *profiles.services_of(layer.type)) if layer.type else ():
        for item in profiles.methods_of(name, FORWARDING):
            yield from _set_in(item.node, item.module, profiles)
    if layer.type.startswith("SetRequest"):
        yield from (_flat(word) for word in re.findall(r"[\w-]+", layer.name))


def _set_in(code: Node, module: RustModule, profiles: AccessProfiles) -> Iterator[str]:
    if "headers_mut" not in text(code):
        return
    for call in descendants(code):
        given = arguments(call) if call.type == "call_expression" and _method(call) in SETTING else []
        if len(given) == 2:
            yield _name(given[0], module, profiles)


def _name(written: Node, module: RustModule, profiles: AccessProfiles) -> str:
    """Return the name of a header, of a literal or a constant."""
    item = profiles.names.item_at(written, module)
    source = text(item.node) if item is not None else text(written)
    quoted = LITERAL.search(source)
    return _flat(quoted[1] if quoted else source.rpartition("::")[2])


def _flat(name: str) -> str:
    return name.casefold().replace("-", "_").strip("&* ")
