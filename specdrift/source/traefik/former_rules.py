"""Matchers of rules as Traefik 2 writes them, by those of Traefik 3."""

import re
from collections.abc import Callable, Iterator, Mapping

from specdrift.source.traefik.traefik_rules import AND, OR, Builder, RouterRule, RuleNotRead, checked

_SEGMENT, _LABEL = "[^/]+", "[^.]+"
"""What ``{name}`` fits in a path, and in a host."""
_META = re.compile(r"[\\.+*?()|\[\]{}^$]")


def _any(kind: str) -> Builder:
    return lambda values: _joined(OR, tuple(checked(kind, (one,)) for one in values))


def _joined(operator: str, parts: tuple[RouterRule, ...]) -> RouterRule:
    return parts[0] if len(parts) == 1 else RouterRule(operator, parts=parts)


def _paths(kind: str, end: str) -> Builder:
    """Return the builder of a matcher whose values may have templates."""

    def build(values: tuple[str, ...]) -> RouterRule:
        return _joined(OR, tuple(map(one_of, values)))

    def one_of(value: str) -> RouterRule:
        if "{" not in value and "}" not in value:
            return checked(kind, (value,))
        if not value.startswith("/"):
            raise RuleNotRead(value)
        return RouterRule("PathRegexp", (f"^{_expression(value, _SEGMENT)}{end}",))

    return build


def _hosts(values: tuple[str, ...]) -> RouterRule:
    return _joined(OR, tuple(checked("HostRegexp", (f"(?i)^{_expression(one, _LABEL)}$",)) for one in values))


def _pairs(kind: str) -> Builder:
    def build(values: tuple[str, ...]) -> RouterRule:
        if len(values) % 2:
            raise RuleNotRead(kind)
        found = zip(values[::2], values[1::2], strict=True)
        return _joined(AND, tuple(RouterRule(kind, one) for one in found))

    return build


def _expression(template: str, default: str) -> str:
    """Return the expression of a template: ``{name}`` and ``{name:expression}`` stand for parts."""
    return "".join(_parts(template, default))


def _parts(template: str, default: str) -> Iterator[str]:
    level, start = 0, 0
    for at, letter in enumerate(template):
        if letter == "{":
            level += 1
            if level == 1:
                yield _META.sub(r"\\\g<0>", template[start:at])
                start = at + 1
        elif letter == "}":
            level -= 1
            if level == 0:
                name, colon, pattern = template[start:at].partition(":")
                if not name or (colon and not pattern):
                    raise RuleNotRead(template)
                yield f"(?:{pattern if colon else default})"
                start = at + 1
        if level < 0:
            raise RuleNotRead(template)
    if level:
        raise RuleNotRead(template)
    yield _META.sub(r"\\\g<0>", template[start:])


FORMER: Mapping[str, Callable[[tuple[str, ...]], RouterRule]] = {
    "ClientIP": _any("ClientIP"),
    "Host": _any("Host"),
    "HostRegexp": _hosts,
    "Method": _any("Method"),
    "Path": _paths("Path", "$"),
    "PathPrefix": _paths("PathPrefix", ""),
    "Headers": _pairs("Header"),
    "HeadersRegexp": _pairs("HeaderRegexp"),
}
"""The matcher ``Query`` compares the first argument of a name, ``HostHeader`` chooses no options: they are not read."""
