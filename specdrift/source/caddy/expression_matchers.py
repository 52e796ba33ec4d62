"""Matchers that are called in a condition, as nodes like those of a configuration: ``path("/a*")``."""

from collections.abc import Callable, Iterator, Mapping

from specdrift.loader.parse.tree import Mark, MarkedMapping, Value
from specdrift.source.caddy.caddy_expressions import Condition, NotUnderstood, parsed
from specdrift.source.gateway.yaml_nodes import YamlNode

Members = tuple[tuple[str, Value], ...]
TextOf = Callable[[Condition], str]
"""Returns the text that an argument is."""


def called(call: Condition, node: YamlNode, text: TextOf) -> YamlNode:
    """Return the value of the matcher that a call names. ``node`` has the condition. Raises NotUnderstood."""
    make = _MADE.get(call.name)
    if make is None:
        raise NotUnderstood(call.name)
    return YamlNode(make(call, _mark(node), text), node.file, node.place)


def calls_in(node: YamlNode) -> Iterator[tuple[str, YamlNode]]:
    """Yield the matchers that a condition calls, those that are understood."""
    try:
        waiting = [parsed(node.written or node.get("expr").written)]
    except NotUnderstood:
        return
    while waiting:
        one = waiting.pop()
        waiting += one.inner
        if one.kind == "call":
            try:
                yield one.name, called(one, node, _template)
            except NotUnderstood:
                continue


def _mark(node: YamlNode) -> Mark:
    start = node.file.starts[node.place.line - node.file.before - 1] + node.place.column - 1
    return start, start


def _mapping(members: Members, mark: Mark) -> MarkedMapping:
    made = MarkedMapping()
    for name, value in members:
        made[name] = value
        made.marks[name] = mark
    return made


def _template(one: Condition) -> str:
    """Return a text with the placeholders in it."""
    if one.kind == "+":
        return "".join(map(_template, one.inner))
    if one.kind not in ("text", "placeholder"):
        raise NotUnderstood(one.kind)
    return f"{{{one.name}}}" if one.kind == "placeholder" else one.name


def _constant(one: Condition) -> str:
    if one.kind != "text":
        raise NotUnderstood(one.kind)
    return one.name


def _list(call: Condition, mark: Mark, text: TextOf) -> Value:
    del mark
    return [text(one) for one in call.inner]


def _map(call: Condition, mark: Mark, text: TextOf) -> Value:
    if len(call.inner) != 1 or call.inner[0].kind != "map" or len(call.inner[0].inner) % 2:
        raise NotUnderstood(call.name)
    keys, values = call.inner[0].inner[::2], call.inner[0].inner[1::2]
    texts = ([text(each) for each in (one.inner if one.kind == "list" else (one,))] for one in values)
    return _mapping(tuple(zip(map(text, keys), texts, strict=True)), mark)


def _protocol(call: Condition, mark: Mark, text: TextOf) -> Value:
    del mark, text
    if len(call.inner) != 1:
        raise NotUnderstood(call.name)
    return _constant(call.inner[0])


def _expression(call: Condition, mark: Mark, *, fields: int) -> Value:
    """Return an expression: of a field if there is one, and with a name before all if that is given."""
    texts = tuple(map(_constant, call.inner))
    if len(texts) not in (fields + 1, fields + 2):
        raise NotUnderstood(call.name)
    name = texts[0] if len(texts) == fields + 2 else ""
    expression = _mapping((("name", name), ("pattern", texts[-1])), mark)
    return _mapping(((texts[-2], expression),), mark) if fields else expression


def _of_path(call: Condition, mark: Mark, text: TextOf) -> Value:
    del text
    return _expression(call, mark, fields=0)


def _of_field(call: Condition, mark: Mark, text: TextOf) -> Value:
    del text
    return _expression(call, mark, fields=1)


_MADE: Mapping[str, Callable[[Condition, Mark, TextOf], Value]] = {
    "host": _list,
    "path": _list,
    "method": _list,
    "query": _map,
    "header": _map,
    "vars": _map,
    "protocol": _protocol,
    "path_regexp": _of_path,
    "header_regexp": _of_field,
    "vars_regexp": _of_field,
}
