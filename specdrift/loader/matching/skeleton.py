"""A small document made from a large one: what matching and validating need, and no more."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from specdrift.loader.dialects import DIALECTS, BodyShape, Dialect
from specdrift.loader.parse.place import Place
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.references import References
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import SchemeType, SecurityScheme

if TYPE_CHECKING:
    from specdrift.loader.references.excerpt import Excerpt

_FIXED = DIALECTS[-1].methods
_EXAMPLE_URL = "https://example.com/"
SCHEMA_VERSIONS = {"2.0": "3.0.3", "3.0": "3.0.3", "3.1": "3.1.0", "3.2": "3.2.0"}
"""Schemas keep the meaning of their own version; those of 2.0 are near enough to 3.0's."""


class Part(NamedTuple):
    """One operation and where its own text stands."""

    operation: Operation
    place: Place


class Skeleton(Mapping[str, Value]):
    """A valid OpenAPI document with every operation, its security and its status codes, made when first read.

    ``responses`` adds what is too large to be in it: the schemas of one operation's answers. ``root`` and
    ``references`` are the document itself.
    """

    def __init__(
        self,
        parts: tuple[Part, ...],
        dialect: Dialect,
        references: References,
        *,
        root: Place,
        schemes: tuple[SecurityScheme, ...],
        title: str,
    ) -> None:
        self._parts = {part.operation.key: part for part in parts}
        self._dialect = dialect
        self.references = references
        self.root = root
        self._schemes = schemes
        self._title = title

    def __getitem__(self, key: str) -> Value:
        return self.document[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.document)

    def __len__(self) -> int:
        return len(self.document)

    def __reduce__(self) -> tuple[type[dict[str, Value]], tuple[dict[str, Value]]]:
        """What travels to another process is the small document alone."""
        return dict, (self.document,)

    @cached_property
    def document(self) -> dict[str, Value]:
        """The whole skeleton as plain values. Always 3.2, which can say what every version says."""
        parameters = dict.fromkeys(
            parameter.name
            for part in self._parts.values()
            for parameter in part.operation.parameters
            if parameter.location == "path"
        )
        names = {name: f"p{number}" for number, name in enumerate(parameters)}
        paths: dict[str, dict[str, Value]] = {}
        for part in self._parts.values():
            self._place(paths.setdefault(part.operation.key.path, {}), part, names)
        return {
            "openapi": "3.2.0",
            "info": {"title": self._title or "untitled", "version": "0"},
            "paths": paths,
            "components": {
                "parameters": {short: _parameter(name) for name, short in names.items()},
                "securitySchemes": {scheme.name: _scheme(scheme) for scheme in self._schemes},
            },
        }

    def responses(self, key: OperationKey) -> dict[str, Value] | None:
        """A document whose only operation, ``GET /``, has the answers of this one; ``None`` if unknown."""
        part = self._parts.get(key)
        if part is None:
            return None
        from specdrift.loader.references.excerpt import Excerpt

        excerpt = Excerpt(self.references)
        responses = {
            status: {"description": "", **_content(shapes, excerpt)}
            for status, shapes in self._dialect.responses(part.place, self.references)
        }
        return {
            "openapi": SCHEMA_VERSIONS[self._dialect.name],
            "info": {"title": "excerpt", "version": "0"},
            "paths": {"/": {"get": {"responses": responses}}},
            "components": {"schemas": excerpt.schemas},
        }

    def _place(self, item: dict[str, Value], part: Part, names: Mapping[str, str]) -> None:
        method = part.operation.key.method
        if method.isupper() and method.lower() in _FIXED:
            item[method.lower()] = self._operation(part, names)
        else:
            item.setdefault("additionalOperations", {})[method] = self._operation(part, names)

    def _operation(self, part: Part, names: Mapping[str, str]) -> dict[str, Value]:
        operation = part.operation
        used = dict.fromkeys(p.name for p in operation.parameters if p.location == "path")
        statuses = [status for status, _ in self._dialect.responses(part.place, self.references)]
        return {
            "parameters": [{"$ref": f"#/components/parameters/{names[name]}"} for name in used],
            "security": self._security(operation),
            "responses": {status: {"description": ""} for status in statuses or ["default"]},
        }

    def _security(self, operation: Operation) -> list[dict[str, list[str]]]:
        known = {scheme.name for scheme in self._schemes}
        return [
            {use.scheme.name: list(use.scopes) for use in alternative if use.scheme.name in known}
            for alternative in operation.requirement.alternatives
        ]


def _parameter(name: str) -> dict[str, Value]:
    return {"name": name, "in": "path", "required": True, "schema": {}}


def _scheme(scheme: SecurityScheme) -> dict[str, Value]:
    """A Security Scheme Object with just enough in it to be valid."""
    where, name = scheme.parameter or ("header", scheme.name)
    required: dict[SchemeType, dict[str, Value]] = {
        SchemeType.API_KEY: {"in": where, "name": name},
        SchemeType.HTTP: {"scheme": scheme.http_scheme or "basic"},
        SchemeType.OAUTH2: {"flows": {}},
        SchemeType.OPENID_CONNECT: {"openIdConnectUrl": _EXAMPLE_URL},
        # What it is nobody knows; that it is something is kept.
        SchemeType.UNKNOWN: {"type": "http", "scheme": "unknown"},
    }
    return {"type": scheme.type.value, **required.get(scheme.type, {})}


def _content(shapes: tuple[BodyShape, ...], excerpt: "Excerpt") -> dict[str, Value]:
    if not shapes:
        return {}
    return {"content": {shape.media_type: {"schema": excerpt.copy(shape.schema)} for shape in shapes}}
