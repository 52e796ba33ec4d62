"""Variables in the requests of collections: ``{{baseUrl}}/items/:id``. Pure.

A variable at the beginning is where the API is: the owner runs the collection against several hosts, so that its host
does not matter. Elsewhere it is a parameter, unless the collection has its value. A value that the collection declares
secret, or whose name is that of a credential, is not used.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from specdrift.traffic.credential_names import names_credential
from specdrift.traffic.traffic_format import BELOW_BASE, ImportedEndpoint, UnreadableLine

EXPRESSION = re.compile(r"\{\{([^{}]*)\}\}|\{%([^%]*)%\}")
"""A variable, or a tag of Insomnia, which computes a value."""
NAMED = re.compile(r"(?<=/):([A-Za-z_][\w-]*)")
"""A parameter in the path."""
BRACKETED = re.compile(r"""_\[["']([^"'\[\]]*)["']\]""")
"""A name that is no identifier, in Insomnia."""
WITHOUT_VALUE = re.compile(r"\{([^{}/]*)\}")
ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#{}]*")
SCHEMES = {"ws": "http", "wss": "https", "grpc": "http", "grpcs": "https"}
"""Schemes of clients for what is sent as HTTP."""
HOST_ALONE = re.compile(r"(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?(?=[/?#]|$)")
"""A host without a scheme, as people type it."""
DEEPEST = 5
"""Variables within the values of variables."""
HIDDEN_TYPE = "secret"
"""Type of a variable whose value its owner hides, in Postman and Insomnia."""
LONGEST = 4000
"""Characters of a URL; values can make it longer at each level."""
MOST_ENVIRONMENTS = 20
"""Environments of a collection whose values are used."""

Values = Mapping[str, str]


class CollectionVariables(Struct, frozen=True):
    """The variables of a collection, by name; members of objects by dotted path."""

    environments: Sequence[Values] = ()
    """What a user chooses from. Each may give a request another URL; what one lacks, another may have."""
    layers: tuple[Values, ...] = ()
    """Values that override those of the environments, and each the ones before it."""
    defaults: Values | None = None
    """Values for what nothing else has."""

    def below(self, values: Values) -> "CollectionVariables":
        """Return the variables of a folder or a request with values of its own."""
        return replace(self, layers=(*self.layers, values)) if values else self

    def endpoints(
        self, method: str, url: str, line: int, *, parameters: Values | None = None, status: int = 0
    ) -> Iterator[ImportedEndpoint | UnreadableLine]:
        """Yield the request of a collection, once for each URL that its environments give it.

        Its values are examples that its owner chose.
        """
        chosen = tuple(islice(self.environments, MOST_ENVIRONMENTS)) or ({},)
        scopes = (
            _Scope((*reversed(self.layers), one, *chosen, self.defaults or {}), parameters or {})
            for one in chosen
        )
        yield from dict.fromkeys(one.endpoint(method, url, line, status) for one in scopes)


class _Scope(Struct, frozen=True):
    """The values that one request sees; the first mapping with a name has its value."""

    mappings: tuple[Values, ...]
    parameters: Values

    def endpoint(self, method: str, url: str, line: int, status: int) -> ImportedEndpoint | UnreadableLine:
        whole = url.strip()
        if len(whole) > LONGEST:
            return UnreadableLine(line=line)
        placed = EXPRESSION.match(whole)
        whole = EXPRESSION.sub(_template, self._resolved(whole))
        whole = NAMED.sub(self._parameter, whole)
        roots: tuple[str | None, ...] = ("",)
        if placed:
            origin = ORIGIN.match(whole) or HOST_ALONE.match(whole)
            if origin is None:
                whole, roots = re.sub(r"^\{[^{}]*\}", "", whole), (BELOW_BASE, "")
            else:
                whole = whole[origin.end() :]
            whole = whole if whole.startswith("/") else f"/{whole}"
        elif not whole.startswith("/") and HOST_ALONE.match(whole):
            whole = f"https://{whole}"
        scheme, mark, rest = whole.partition("://")
        return ImportedEndpoint(
            method=method.upper() or "GET",
            url=f"{SCHEMES.get(scheme.lower(), scheme)}{mark}{rest}",
            line=line,
            status=status,
            roots=roots,
            example=True,
            unvalued=tuple(dict.fromkeys(WITHOUT_VALUE.findall(re.split(r"[?#]", whole, maxsplit=1)[0]))),
        )

    def _value(self, name: str, default: str) -> str:
        """Return a value; the default if there is none, or if its name shows that it is a credential."""
        if names_credential(name):
            return default
        return next((one[name] for one in self.mappings if name in one), default)

    def _resolved(self, text: str) -> str:
        for _ in range(DEEPEST):
            found = EXPRESSION.sub(lambda one: self._value(_name(one), one[0]), text)
            if found == text or len(found) > LONGEST:
                break
            text = found
        return text

    def _parameter(self, found: re.Match[str]) -> str:
        value = "" if names_credential(found[1]) else self._resolved(self.parameters.get(found[1], ""))
        return quote(value, safe="") if value and not EXPRESSION.search(value) else f"{{{found[1]}}}"


def flat(data: object, prefix: str = "", depth: int = DEEPEST) -> Iterator[tuple[str, str]]:
    """Yield the values of an environment by dotted path."""
    if not isinstance(data, dict):
        return
    for name, value in data.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict) and depth:
            yield from flat(value, f"{path}.", depth - 1)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield path, str(value)


def named(entries: object, *, name: str, value: str = "value") -> dict[str, str]:
    """Return the values of a list of objects such as ``{"key": "id", "value": "7"}``; none disabled or secret."""
    return {
        str(one[name]): str(one[value])
        for one in (entries if isinstance(entries, list) else ())
        if isinstance(one, dict)
        and one.get(name)
        and isinstance(one.get(value), str | int | float)
        and one.get(value) != ""
        and not one.get("disabled")
        and one.get("enabled") is not False
        and one.get("type") != HIDDEN_TYPE
    }


def _name(found: re.Match[str]) -> str:
    name = (found[1] or "").strip()
    bracketed = BRACKETED.fullmatch(name)
    return bracketed[1] if bracketed else name.removeprefix("_.")


def _template(found: re.Match[str]) -> str:
    """Return a parameter for an expression without a known value."""
    words = re.findall(r"\w+", found[1] or "")
    return f"{{{words[-1] if words else 'value'}}}"
