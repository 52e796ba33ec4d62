"""Variables of the environment, for which ``envsubst`` and the like put values before nginx reads the file."""

import re
from collections.abc import Collection, Iterator

from specdrift.source.gateway.templates import TemplateMark
from specdrift.source.nginx import variable_values
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.ways import all_statements

WITHOUT_VARIABLES = frozenset(
    {"listen", "server_name", "ssl_verify_client", "ssl_verify_depth", "satisfy", "allow", "deny", "server"}
)
"""Statements whose values nginx takes as they are written."""
HOST_NAME = "hostname"
"""The only variable of ``server_name``."""
_OF_ENVIRONMENT = re.compile(r"[A-Z][A-Z0-9_]*")
_FILLED = frozenset({"map", "geo", "split_clients", "perl_set", "js_set", "auth_request_set", "set_by_lua"})
"""Statements that define variables."""


def unfilled(http: Directive, defined: Collection[str]) -> Iterator[TemplateMark]:
    """Yield the first statement with a variable that nginx cannot know. ``defined`` are those of maps and ``set``."""
    every = tuple(all_statements.everything(http))
    own = {arg.removeprefix("$").lower() for one in every if one.name in _FILLED for arg in one.args[-2:]}
    known = own | {name.lower() for name in defined}
    for one in every:
        values = (arg for arg in one.args if not arg.startswith("~"))  # in an expression, a dollar is its end
        if any(_is_foreign(one.name, name, known) for arg in values for name in variable_values.names(arg)):
            yield TemplateMark.at(one.location)
            return


def _is_foreign(statement: str, variable: str, known: Collection[str]) -> bool:
    if statement in WITHOUT_VARIABLES:
        return variable != HOST_NAME or statement != "server_name"
    return _OF_ENVIRONMENT.fullmatch(variable) is not None and variable.lower() not in known
