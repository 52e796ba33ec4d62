"""Variables in the requests of collections: ``{{baseUrl}}/items/:id``. Pure.

A variable at the beginning is where the API is: the owner runs the collection against several hosts, so that its host
does not matter. Elsewhere it is a parameter, unless the collection has its value. A value that the collection declares
secret, or whose name is that of a credential, is not used.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from specdrift.traffic.credential_names import names_credential
from specdrift.traffic.traffic_format import BELOW_BASE, ImportedEndpoint, UnreadableLine

EXPRESSION = re.compile(r"\{\{([^{}]*)\}\}|\{%([^%]*)%\}")
"""A variable, or a tag of Insomnia, which computes a value."""
NAMED = re.compile(r"(?<=/):([A-Za-z_][\w-]*)")
"""A parameter in the path."""
ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#{}]*")
HOST_ALONE = re.compile(r"(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?(?=[/?#]|$)")
"""A host without a scheme, as people type it."""
DEEPEST = 5
"""CollectionVariables within the values of variables."""
HIDDEN_TYPE = "secret"
"""Type of a variable whose value its owner hides, in Postman and Insomnia."""
LONGEST = 4000
"""Characters of a URL; values can make it longer at each level."""


@dataclass(frozen=True, slots=True)
class CollectionVariables:
    """The variables of a collection, by name; members of objects by dotted path."""

    values: Mapping[str, str] = field(default_factory=dict)

    def endpoint(
        self,
        method: str,
        url: str,
        line: int,
        *,
        parameters: Mapping[str, str] | None = None,
        status: int = 0,
    ) -> ImportedEndpoint | UnreadableLine:
        """Return the request of a collection: its values are examples that its owner chose."""
        whole = url.strip()
        if len(whole) > LONGEST:
            return UnreadableLine(line=line)
        placed = EXPRESSION.match(whole)
        whole = EXPRESSION.sub(_template, self._resolved(whole))
        whole = NAMED.sub(lambda found: _value(found, parameters or {}), whole)
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
        return ImportedEndpoint(
            method=method.upper() or "GET", url=whole, line=line, status=status, roots=roots, example=True
        )

    def _resolved(self, text: str) -> str:
        for _ in range(DEEPEST):
            found = EXPRESSION.sub(lambda one: _public(self.values, _name(one), one[0]), text)
            if found == text or len(found) > LONGEST:
                break
            text = found
        return text


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


def _public(values: Mapping[str, str], name: str, default: str = "") -> str:
    """Return a value; the default if there is none, or if its name shows that it is a credential."""
    return default if names_credential(name) else values.get(name, default)


def _name(found: re.Match[str]) -> str:
    return (found[1] or "").strip().removeprefix("_.")


def _template(found: re.Match[str]) -> str:
    """Return a parameter for an expression without a known value."""
    words = re.findall(r"\w+", found[1] or "")
    return f"{{{words[-1] if words else 'value'}}}"


def _value(found: re.Match[str], parameters: Mapping[str, str]) -> str:
    value = _public(parameters, found[1])
    return quote(value, safe="") if value and not EXPRESSION.search(value) else f"{{{found[1]}}}"
