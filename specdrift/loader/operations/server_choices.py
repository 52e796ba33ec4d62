"""The servers that a document allows: each value that it lists for a variable makes one (Server Variable Object)."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from math import prod

from specdrift.loader.dialects import Dialect, Feature
from specdrift.loader.dialects.openapi3 import filled
from specdrift.loader.parse.node import DocumentNode

_VARIABLE = re.compile(r"\{([^{}]+)\}")
_ORIGIN = re.compile(r"(?:[^/]*//)?[^/]*")
_ABSOLUTE = re.compile(r"[^/\\]*[/\\]{2}|https?:|wss?:", re.IGNORECASE)
_MOST_OF_ONE = 1000
_MOST = 100_000

Values = Mapping[str, tuple[str, ...]]
"""Values of the variables of a URL."""


class ServerChoices:
    """Lists the URLs of ``servers`` members, each member once."""

    def __init__(self, dialect: Dialect, variables: Mapping[str, str]) -> None:
        self._dialect = dialect
        self._expands = Feature.SERVER_VARIABLES in dialect.features
        self._configured = variables
        self._room = _MOST
        self._known: dict[int, tuple[str, ...]] = {}

    def of(self, holder: DocumentNode) -> tuple[str, ...]:
        """Return the URLs of every allowed value; empty without a variable in the origin of a URL.

        A variable without an enumeration has any value: the URL appears with its default, and with the variable. A
        configured value is the only one. A URL with more than a thousand combinations has those of one variable at
        a time, and itself as written.
        """
        if not self._expands:
            return self._of_any_scheme(holder)
        listed = holder.get("servers").value
        if not isinstance(listed, list):
            return ()
        if id(listed) not in self._known:  # documents live as long as their reader
            self._known[id(listed)] = self._listed(listed)
        return self._known[id(listed)]

    def _of_any_scheme(self, holder: DocumentNode) -> tuple[str, ...]:
        """Return the URLs of a host without ``schemes``: the scheme is that by which the document was got (2.0)."""
        if not isinstance(holder.get("host").value, str) or holder.get("schemes").value:
            return ()
        whole = holder._replace(value={**holder.value, "schemes": ["https", "http"]})
        return self._dialect.servers(whole, self._configured)

    def _listed(self, listed: list[object]) -> tuple[str, ...]:
        servers = [one for one in listed if isinstance(one, dict) and isinstance(one.get("url"), str)]
        values = [self._values(server) for server in servers]
        if not any(values):
            return ()
        found = dict.fromkeys(
            url for server, named in zip(servers, values, strict=True) for url in self._urls(server, named)
        )
        self._room -= len(found)
        return tuple(found)

    def _values(self, server: Mapping[str, object]) -> Values:
        """Return the values of the variables in the origin; one with any value has its name in braces, too."""
        declared = server.get("variables")
        found: dict[str, tuple[str, ...]] = {}
        for name in _VARIABLE.findall(_origin(str(server["url"]))) if self._is_absolute(server) else ():
            variable = declared.get(name) if isinstance(declared, dict) else None
            if name not in self._configured and isinstance(variable, dict):
                allowed = variable.get("enum")
                own = [variable.get("default"), *(allowed if isinstance(allowed, list) else [f"{{{name}}}"])]
                found[name] = tuple(dict.fromkeys(str(one) for one in own if one is not None))
        return {name: values for name, values in found.items() if values}

    def _is_absolute(self, server: Mapping[str, object]) -> bool:
        """Return whether a URL names a server at all: a variable at its beginning may be a path."""
        return bool(_ABSOLUTE.match(_origin(filled(server, self._configured))))

    def _urls(self, server: Mapping[str, object], values: Values) -> Iterator[str]:
        if prod(map(len, values.values())) > _MOST_OF_ONE:
            yield str(server["url"])
            chosen = ({name: one} for name, own in values.items() for one in own)
        else:
            chosen = (dict(zip(values, one, strict=True)) for one in product(*values.values()))
        for one in islice(chosen, max(self._room, 0)):
            yield filled(server, {**self._configured, **one})


def _origin(url: str) -> str:
    """Return the part of a URL that says which server it is; variables of its path choose none."""
    found = _ORIGIN.match(url)
    return found[0] if found else ""
