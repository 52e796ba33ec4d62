"""What clients can send so that conditions of an nginx configuration hold."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import PRESENT, ClientChoice, Maker
from specdrift.source.gateway.host_choices import candidates
from specdrift.source.gateway.patterns import whole
from specdrift.source.gateway.samples import attempts
from specdrift.source.nginx import variable_values
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.servers import PASSES
from specdrift.source.nginx.variable_values import VARIABLE
from specdrift.source.nginx.ways.expansions import SETTINGS, Expansions

LONGEST, MOST_PARTS = 500, 6
_KNOWN = {"ssl_client_verify": "NONE|FAILED:[^|]*|SUCCESS", "request_method": "[A-Z]+", "scheme": "https?"}
"""Values of variables that clients do not fill as they like."""
WITH_QUERY = frozenset({"args", "query_string", "request_uri"})
"""Variables that hold the query, which clients fill as they like."""
_OPERATORS = {"~": False, "!~": False, "~*": True, "!~*": True}
"""Those with a regular expression, and whether they ignore case."""
WITH_PATH = frozenset({"request", "request_uri"})
"""Variables that hold the path as it was sent."""
SERVER_NAME = "ssl_server_name"
VERSIONS = ("HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0")


class Compared(Struct, frozen=True):
    """A text for which a condition holds."""

    value: str
    anywhere: bool = False
    """It may stand within another one: the condition is a regular expression."""


class NginxChoices(Struct, frozen=True):
    """Collects them from the conditions of ``if`` and ``map``, and from addresses that clients choose."""

    expansions: Expansions
    services: tuple[str, ...] = ()
    """Names and addresses of services that a client may name."""

    def of(self, statements: Iterable[Directive]) -> tuple[ClientChoice, ...]:
        """Return the choices of some statements, and one of all together."""
        return client_choices.with_combination(
            choice for one in statements for choice in self._of_statement(one)
        )

    def _of_statement(self, one: Directive) -> Iterator[ClientChoice]:
        if one.name == "if" and one.args:
            yield from self._all(one.args[0], _compared(one.args), one.location)
        elif one.name == "map" and len(one.args) == 2:
            for entry in one.block:
                if entry.name not in SETTINGS:
                    yield from self._all(one.args[0], _of_key(entry.name), entry.location)
        elif one.name in PASSES:
            yield from self._of_address(one)

    def _of_address(self, one: Directive) -> Iterator[ClientChoice]:
        """Yield the choices with which a request gets to each service of the configuration."""
        named = map(Compared, self.services)
        yield from self._all(one.first.partition("://")[2].partition("/")[0], named, one.location)

    def _all(self, template: str, every: Iterable[Compared], at: SourceLocation) -> Iterator[ClientChoice]:
        compared = tuple(every)
        for expanded in self.expanded(template):
            yield from _of_text(expanded, compared, at)

    def expanded(self, template: str) -> tuple[str, ...]:
        """Replace variables of ``set`` and of maps by what they may be."""
        return tuple(dict.fromkeys(one.written for one in self.expansions.of(template)))


def _of_text(expanded: str, compared: Iterable[Compared], at: SourceLocation) -> Iterator[ClientChoice]:
    makers = [(name, make) for name in variable_values.names(expanded) if (make := maker(name))]
    for one in compared:
        for part, wild in product(_parts(expanded) if one.anywhere else (expanded,), (".*?", ".*")):
            chosen = [
                make(text, at)
                for name, text in _solved(part, one.value, wild)
                if text and (make := maker(name))
            ]
            if chosen:
                yield client_choices.together(chosen)
        if one.anywhere and one.value:
            yield from (make(one.value, at) for _, make in makers)
            yield from _beginnings(one.value, expanded, at)
    yield from (make("" if name == SERVER_NAME else PRESENT, at) for name, make in makers)


def _beginnings(value: str, template: str, at: SourceLocation) -> Iterator[ClientChoice]:
    """Yield the choice of dot segments behind a path for which an expression about the target as sent holds."""
    names = frozenset(variable_values.names(template))
    if names & WITH_PATH:
        yield from client_choices.line_beginning(value, at)


def _parts(template: str) -> Iterator[str]:
    """Yield a text, its beginnings and its ends, each with a variable: an expression may match a part of it."""
    edges = sorted({at for found in VARIABLE.finditer(template) for at in found.span()})[: 2 * MOST_PARTS]
    yield template
    yield from (template[:at] for at in edges if "$" in template[:at])
    yield from (template[at:] for at in edges if "$" in template[at:])


def _solved(template: str, value: str, wild: str) -> Iterator[tuple[str, str]]:
    """Yield values of variables with which a text has this value."""
    pattern, names, at = "", list[str](), 0
    for found in VARIABLE.finditer(template):
        names.append(found[1] or found[2])
        pattern += re.escape(template[at : found.start()]) + f"({_KNOWN.get(names[-1], wild)})"
        at = found.end()
    if len(names) > MOST_PARTS:
        return
    solution = whole(pattern + re.escape(template[at:]), value[:LONGEST])
    yield from zip(names, solution.groups() if solution else (), strict=False)


def _compared(args: tuple[str, ...]) -> Iterator[Compared]:
    if len(args) == 3:
        if args[1] in _OPERATORS:
            for text in attempts(args[2], ignore_case=_OPERATORS[args[1]]):
                yield Compared(text, anywhere=True)
        else:
            yield Compared(args[2])


def values_of(one: Directive) -> Iterator[Compared]:
    """Yield the texts that ``if`` or ``map`` compares a variable with."""
    if one.name == "if":
        yield from _compared(one.args)
    elif one.name == "map":
        for entry in one.block:
            if entry.name not in SETTINGS:
                yield from _of_key(entry.name)


def _of_key(key: str) -> Iterator[Compared]:
    if key.startswith("~"):
        any_case = key.startswith("~*")
        pattern = key.lstrip("~*") if any_case else key[1:]
        yield from (Compared(text, anywhere=True) for text in attempts(pattern, ignore_case=any_case))
    else:
        key = key.removeprefix("\\")
        yield Compared(key)
        if "*" in key or key.startswith("."):  # perhaps a pattern of host names
            yield from map(Compared, candidates((key.lstrip("."),), ()))


def _version(value: str) -> str:
    """Return the version of HTTP that a text means; an old one for any other text."""
    return next((one for one in VERSIONS if value.startswith("HTTP/") and one.startswith(value)), VERSIONS[0])


def _line(value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of a request line: with a text in its query, or with a target that does not begin as usual."""
    if value == PRESENT:
        return client_choices.absolute_target(at)
    return client_choices.query(client_choices.escaped(value, "/?=&:"), at)


_MAKERS: Mapping[str, Maker] = {
    **dict.fromkeys(WITH_QUERY, client_choices.query),
    "host": client_choices.host,
    "http_host": client_choices.host_field,
    "remote_user": client_choices.user,
    SERVER_NAME: client_choices.server_name,
    "is_args": lambda _, at: client_choices.query(PRESENT, at),
    "server_protocol": lambda value, at: client_choices.protocol(_version(value), at),
    "request": _line,
}


def maker(name: str) -> Maker | None:
    """Return what makes a request with a value of a variable; ``None`` if clients do not choose it."""
    if name in _MAKERS:
        return _MAKERS[name]
    kind, _, own = name.partition("_")
    match kind if own else "":
        case "http":
            return lambda value, at: client_choices.header(own.replace("_", "-"), value, at)
        case "cookie":
            return lambda value, at: client_choices.cookie(own, value, at)
        case "arg":
            return lambda value, at: client_choices.argument(own, value, at)
    return None
