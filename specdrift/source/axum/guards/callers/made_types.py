"""Types that code makes of what it has of a client: their values say who it is, whatever the types are called."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from msgspec import Struct
from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import arguments, descendants, path_of, plain, text

GIVING = frozenset({"map", "and_then", "map_or", "map_or_else", "filter_map", "flat_map", "inspect"})
"""Methods that give a closure what is in an option or a list."""
INSERTS = re.compile(
    r"\bextensions(?:_mut)?\b[^;{}]{0,40}?\.\s*insert\s*(?:::<[^>]*>)?\(|\bExtension\s*\([^;]{0,300}\)\s*\.\s*layer\s*\("
    r"|\blayer\s*\(\s*(?:\w+::)*Extension\s*\(|\bAddExtensionLayer::new\s*\(|\bextensions_mut\s*\("
)
"""Puts a value into the extensions of a request."""
INSERTS_IN_BYTES = re.compile(rb"xtension(?:s|\s*\(|Layer)")
"""Occurs in each file with a function that inserts. It begins with a text, which is fast."""
STORED = re.compile(r"\b(?:insert|Extension|new)\s*\(\s*(\w+)\s*\)")
"""Gives a variable to what stores it."""
NAMED = re.compile(r"\b[A-Z]\w*")
Key = Callable[[Sequence[str], RustModule], str]
"""Gives the name by which a type is known that a path names in a module."""


class Sources(Struct, frozen=True):
    """What values are made of that say who the client is."""

    asked: re.Pattern[str]
    """Asks the connection for them."""
    holds: Callable[[str], bool]
    """Tells whether values of a type have them, by its key."""


def stored_of_callers(index: CrateIndex, key: Key, sources: Sources) -> frozenset[str]:
    """Return the types of what code stores in requests and has made of its sources, or of what it stored so before."""
    found: set[str] = set()
    sites = _storing(index)
    for _ in sites:  # a type may be made of that of any other site
        before = len(found)
        for site in sites:
            found |= {key(path, site.module) for path in _made_at(site, index, key, sources, found)}
        if len(found) == before:
            break
    return frozenset(found)


def _made_at(
    site: RustItem, index: CrateIndex, key: Key, sources: Sources, known: Collection[str]
) -> Iterator[tuple[str, ...]]:
    own = {one: key((one,), site.module) for one in set(NAMED.findall(site.code.source_text))}
    held = sorted(one for one, meant in own.items() if meant in known or sources.holds(meant))
    if not held and sources.asked.search(site.code.source_text) is None:
        return iter(())
    names = rf"\b(?:{'|'.join(held)})\b" if held else r"(?!)"
    return made_in(site, index, re.compile(rf"{sources.asked.pattern}|{names}"))


def _storing(index: CrateIndex) -> list[RustItem]:
    """Return the functions that store in requests, and those that give them what they store."""
    every = index.functions_in(index.files_with((b"xtension",), INSERTS_IN_BYTES))
    own = [one for one in every if INSERTS.search(one.code.source_text)]
    given = {one.name for one in own if _is_given(one, index)}
    if not given:
        return own
    word = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, given)))})\s*\(")
    files = index.files_with([one.encode() for one in sorted(given)], re.compile(word.pattern.encode()))
    storing = {one.id for one in own}
    calling = (one for one in index.functions_in(files) if word.search(one.code.source_text))
    return [*own, *(one for one in calling if one.id not in storing)]


def _is_given(item: RustItem, index: CrateIndex) -> bool:
    """Return whether a function stores a parameter of a type of the crates."""
    stored = set(STORED.findall(item.code.source_text))
    listed = syntax.field(item.node, "parameters") if stored else None
    return any(
        index.types(name)
        for one in (plain(listed) if listed is not None else ())
        if _bound(syntax.field(one, "pattern")) & stored
        for name in NAMED.findall(text(syntax.field(one, "type")))
    )


def made_in(item: RustItem, index: CrateIndex, of: re.Pattern[str]) -> Iterator[tuple[str, ...]]:
    """Yield the types of values that a function makes of what a pattern finds, directly or through variables."""
    if item.body is None:
        return
    names = _variables(item, of)
    for node in descendants(item.body):
        path, parts = _construction(node)
        own = (item.owner,) if path == ("Self",) else _type_of(path, index)
        if own and any(_holds(part, names, of) for part in parts):
            yield own


def _type_of(path: tuple[str, ...], index: CrateIndex) -> tuple[str, ...]:
    """Return the path of the type that a path of it or of its variant names; empty for types of other crates."""
    whole = (path[:length] for length in (len(path), len(path) - 1) if length > 0)
    return next((one for one in whole if index.types(one[-1])), ())


def _variables(item: RustItem, of: re.Pattern[str]) -> set[str]:
    """Return the variables of a function whose values depend on what a pattern finds."""
    found: set[str] = {"self"} if of.fullmatch(item.owner) else set()
    for parameter in plain(syntax.field(item.node, "parameters") or item.node):
        if parameter.type == "parameter" and of.search(text(syntax.field(parameter, "type"))):
            found |= _bound(syntax.field(parameter, "pattern"))
    for node in descendants(item.body or item.node):
        if node.type == "call_expression" and _holds_receiver(node, found, of):
            found |= set(_given_to_closures(node))
        if node.type not in {"let_declaration", "let_condition", "match_expression"}:
            continue
        value = syntax.field(node, "value")
        if value is not None and _holds(value, found, of):
            found |= _bound(syntax.field(node, "pattern") or syntax.field(node, "body"))
    return found


def _bound(pattern: Node | None) -> set[str]:
    nodes = descendants(pattern) if pattern is not None else ()
    return {text(one) for one in nodes if one.type in {"identifier", "shorthand_field_identifier"}}


def _holds_receiver(call: Node, names: set[str], of: re.Pattern[str]) -> bool:
    """Return whether a method gives a closure what depends on what a pattern finds."""
    callee = syntax.field(call, "function")
    method = callee is not None and text(syntax.field(callee, "field")) in GIVING
    receiver = syntax.field(callee, "value") if callee is not None and method else None
    return receiver is not None and _holds(receiver, names, of)


def _given_to_closures(call: Node) -> Iterator[str]:
    """Yield the parameters of the closures that a method gets, such as that of ``map``."""
    for argument in arguments(call):
        given = syntax.field(argument, "parameters") if argument.type == "closure_expression" else None
        yield from (text(one) for one in descendants(given) if one.type == "identifier") if given else ()


def _holds(node: Node, names: set[str], of: re.Pattern[str]) -> bool:
    return of.search(text(node)) is not None or any(
        child.type in {"identifier", "shorthand_field_identifier", "self"} and text(child) in names
        for child in descendants(node)
    )


def _construction(node: Node) -> tuple[tuple[str, ...], list[Node]]:
    """Return the type that an expression makes, and what of: ``Peer { … }``, ``Peer(…)``, ``Peer::new(…)``."""
    if node.type == "struct_expression":
        body = syntax.field(node, "body")
        return path_of(syntax.field(node, "name")), [body] if body is not None else []
    if node.type == "call_expression":
        path = path_of(syntax.field(node, "function"))
        last = max((number for number, part in enumerate(path, 1) if part[:1].isupper()), default=0)
        return path[:last], arguments(node)
    return (), []
