"""What clients can send so that conditions of an nginx configuration hold."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import PRESENT, ClientChoice
from specdrift.source.gateway.samples import sample
from specdrift.source.nginx import variable_values
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.variable_values import VARIABLE
from specdrift.source.nginx.variables import DEEPEST

LONGEST, MOST_PARTS = 500, 6
_KNOWN = {"ssl_client_verify": "NONE|FAILED:[^|]*|SUCCESS", "request_method": "[A-Z]+", "scheme": "https?"}
"""Values of variables that clients do not fill as they like."""
WITH_QUERY = frozenset({"args", "query_string", "request_uri"})
"""Variables that hold the query, which clients fill as they like."""
_OPERATORS = {"~": False, "!~": False, "~*": True, "!~*": True}
"""Those with a regular expression, and whether they ignore case."""


@dataclass(frozen=True, slots=True)
class NginxChoices:
    """Collects them from the conditions of ``if`` and ``map``."""

    setters: Mapping[str, str]

    def of(self, statements: Iterable[Directive]) -> tuple[ClientChoice, ...]:
        return client_choices.with_combination(
            choice for one in statements for choice in self._of_statement(one)
        )

    def _of_statement(self, one: Directive) -> Iterator[ClientChoice]:
        if one.name == "if" and one.args:
            yield from self._all(one.args[0], _compared(one.args), one.location)
        elif one.name == "map" and len(one.args) == 2:
            for entry in one.block:
                yield from self._all(one.args[0], _of_key(entry.name), entry.location)

    def _all(self, template: str, values: Iterable[str], at: SourceLocation) -> Iterator[ClientChoice]:
        expanded = self._expanded(template)
        for value in values:
            for wild in (".*?", ".*"):
                chosen = [
                    _choice(name, part, at)
                    for name, part in _solved(expanded, value, wild)
                    if part and _maker(name)
                ]
                if chosen:
                    yield client_choices.together(chosen)
        yield from (
            _choice(name, PRESENT, at) for name in variable_values.names(expanded) if _maker(name) is not None
        )

    def _expanded(self, template: str) -> str:
        """Replace the variables of ``set`` by what they are set to. A map has conditions of its own."""
        for _ in range(DEEPEST):
            found = next((v for v in VARIABLE.finditer(template) if (v[1] or v[2]) in self.setters), None)
            if found is None or len(template) > LONGEST:
                break
            template = (
                template[: found.start()] + self.setters[found[1] or found[2]] + template[found.end() :]
            )
        return template


def _solved(template: str, value: str, wild: str) -> Iterator[tuple[str, str]]:
    """Yield values of variables with which a text has this value."""
    pattern, names, at = "", list[str](), 0
    for found in VARIABLE.finditer(template):
        names.append(found[1] or found[2])
        pattern += re.escape(template[at : found.start()]) + f"({_KNOWN.get(names[-1], wild)})"
        at = found.end()
    if len(names) > MOST_PARTS:
        return
    solution = re.fullmatch(pattern + re.escape(template[at:]), value[:LONGEST], re.DOTALL)
    yield from zip(names, solution.groups() if solution else (), strict=False)


def _compared(args: tuple[str, ...]) -> Iterator[str]:
    if len(args) == 3:
        if args[1] in _OPERATORS:
            yield sample(args[2], ignore_case=_OPERATORS[args[1]]) or ""
        else:
            yield args[2]


def _of_key(key: str) -> Iterator[str]:
    if key.startswith("~"):
        any_case = key.startswith("~*")
        yield sample(key.lstrip("~*") if any_case else key[1:], ignore_case=any_case) or ""
    else:
        yield key.removeprefix("\\")


Maker = Callable[[str, SourceLocation], ClientChoice]


def _choice(name: str, value: str, at: SourceLocation) -> ClientChoice:
    maker = _maker(name)
    assert maker is not None  # noqa: S101 - only such names are kept
    return maker(value, at)


def _maker(name: str) -> Maker | None:
    """Return what makes a request with a value of a variable; ``None`` if clients do not choose it."""
    if name in WITH_QUERY:
        return client_choices.query
    if name in ("host", "http_host"):
        return client_choices.host
    if name.startswith("http_"):
        return lambda value, at: client_choices.header(name[5:].replace("_", "-"), value, at)
    if name.startswith("cookie_"):
        return lambda value, at: client_choices.cookie(name[7:], value, at)
    if name.startswith("arg_"):
        return lambda value, at: client_choices.argument(name[4:], value, at)
    return None
