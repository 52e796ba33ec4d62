"""Changes of paths and headers."""

import re
from collections.abc import Iterator

from specdrift.source.caddy.caddy_request import RequestInCaddy, cleaned, decoded, escaped
from specdrift.source.caddy.placeholders import filled
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.gateway.yaml_nodes import YamlNode

WHOLE, PARTS = "{http.request.uri}", "{http.request.uri.path}?{http.request.uri.query}"
REWRITES = frozenset(
    {"handler", "uri", "strip_path_prefix", "strip_path_suffix", "path_regexp", "uri_substring"}
)


def rewrite(node: YamlNode, request: RequestInCaddy) -> None:
    """Change the target. Raises Undetermined."""
    strange = next((name for name, _ in node.entries() if name not in REWRITES), None)
    if strange is not None:
        raise Undetermined(f"{strange} of a rewrite", node.place)
    if node.has("uri"):
        _set_uri(node, request)
    prefix = filled(node.get("strip_path_prefix").written, request)
    if prefix:
        path = cleaned(request.escaped, merge_slashes="//" not in prefix)
        _to_path(_without_prefix(path, prefix), request)
    suffix = filled(node.get("strip_path_suffix").written, request)
    if suffix:
        path = cleaned(request.escaped, merge_slashes="//" not in suffix)
        _to_path(_without_prefix(path[::-1], suffix[::-1])[::-1], request)
    for one in node.get("uri_substring").items():
        find, new = filled(one.get("find").written, request), filled(one.get("replace").written, request)
        if find and one.get("limit").number > 0:
            raise Undetermined("a limit of replacements", node.place)
        if find:
            path = cleaned(request.escaped, merge_slashes="//" not in find).replace(find, new)
            question, query = ("?", request.query.replace(find, new)) if "?" in request.target else ("", "")
            request.go_to(_known(f"{path}{question}{query}", node))
    for one in node.get("path_regexp").items():
        _substitute(one, request)


def _known(written: str, node: YamlNode) -> str:
    if UNKNOWN_PART in written:
        raise Undetermined("a path with a value that is not known", node.place)
    return written


def _set_uri(node: YamlNode, request: RequestInCaddy) -> None:
    """Set path, query or both: what is not written stays."""
    written = node.get("uri").written.replace(WHOLE, PARTS)
    path, question, query = written.partition("?")
    new = _known(filled(path, request), node)
    own = new.partition("?")[0]  # what a placeholder brings behind a question mark is dropped
    new_query = _known(filled(query, request), node)
    if "#" in new or "&" in query:
        raise Undetermined("a rewrite of arguments", node.place)
    before = request.escaped
    target = _as_written(own if own.startswith("/") else f"/{own}", before) if own else before
    if question:
        request.go_to(f"{target}?{new_query}" if new_query else target)
    else:
        request.go_to(f"{target}?{request.query}" if request.query else target)


def _as_written(path: str, before: str) -> str:
    """Return a new path; one that means the same as before stays as it was written."""
    new = decoded(path)
    return before if new == decoded(before) else escaped(new)


def _to_path(path: str, request: RequestInCaddy) -> None:
    _, question, query = request.target.partition("?")
    request.go_to(f"{path}{question}{query}")


def _without_prefix(path: str, prefix: str) -> str:
    """Return a path without a prefix, whose letters may be escaped in the path, in any case."""
    at = 0
    for number, letter in enumerate(prefix):
        if at >= len(path):
            return escaped(decoded(path))
        own, width = path[at], 1
        if own == "%" and letter != "%" and at + 2 < len(path):
            own, width = decoded(path[at : at + 3]), 3
        if own.lower() != letter.lower():
            return path
        at += width
        if number == len(prefix) - 1:
            return path[at:]
    return path


def _substitute(one: YamlNode, request: RequestInCaddy) -> None:
    try:
        found = compiled(one.get("find").written)
        found.search(request.escaped)
    except UnsupportedPattern as error:
        raise Undetermined(str(error), one.place) from None
    template = filled(one.get("replace").written, request)

    def group(match: re.Match[str]) -> str:
        return re.sub(r"\$(?:\{(\d)\}|(\d))", lambda part: _group(match, int(part[1] or part[2])), template)

    _to_path(_known(found.expression.sub(group, request.escaped), one), request)


def _group(match: re.Match[str], number: int) -> str:
    return (match[number] or "") if number <= match.re.groups else ""


def change_headers(changes: YamlNode, request: RequestInCaddy) -> None:
    """Add, set, delete and replace headers, in this order. Raises Undetermined."""
    for name, values in changes.get("add").entries():
        request.headers.setdefault(name.lower(), []).extend(_values(values, request))
    for name, values in changes.get("set").entries():
        if name.lower() == "host":
            continue  # a name of the service, for itself
        request.headers[name.lower()] = list(_values(values, request))
    for one in changes.get("delete").items():
        _delete(filled(one.written, request).lower(), request)
    for name, replacements in changes.get("replace").entries():
        for one in replacements.items():
            _replace(name.lower(), one, request)


def _values(values: YamlNode, request: RequestInCaddy) -> Iterator[str]:
    return (filled(one.written, request, keep_missing=True) for one in values.items())


def _delete(name: str, request: RequestInCaddy) -> None:
    inner = name.strip("*")
    for one in list(request.headers):
        if name == "*":
            fits = True
        elif name.startswith("*") and name.endswith("*"):
            fits = inner in one
        elif name.startswith("*"):
            fits = one.endswith(inner)
        else:
            fits = one.startswith(inner) if name.endswith("*") else one == name
        if fits:
            del request.headers[one]


def _replace(name: str, one: YamlNode, request: RequestInCaddy) -> None:
    if one.has("search_regexp") or name == "*":
        raise Undetermined("a header that an expression changes", one.place)
    find, new = filled(one.get("search").written, request), filled(one.get("replace").written, request)
    lines = request.headers.get(name, [])
    if any(UNKNOWN_PART in line for line in lines):
        raise Undetermined("a header with a value that is not known", one.place)
    if lines and find:
        request.headers[name] = [line.replace(find, new) for line in lines]
