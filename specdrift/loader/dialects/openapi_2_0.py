"""OpenAPI 2.0 (Swagger): ``host`` and ``basePath``, parameters with types of their own, ``consumes``."""

import re
from collections.abc import Iterable, Iterator, Mapping

from specdrift.loader.dialects import openapi3
from specdrift.loader.dialects.dialect import Dialect
from specdrift.loader.dialects.shapes import BodySchema, ParameterShape
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.references.reference_resolver import ReferenceResolver
from specdrift.model.contract.requirement import SchemeType

_COLLECTIONS = {
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
_FORM = "application/x-www-form-urlencoded"


def servers(holder: DocumentNode, variables: Mapping[str, str]) -> tuple[str, ...]:  # noqa: ARG001 # 2.0 has no variables
    """One URL for each of ``schemes``; a path alone where there is no ``host``. Only the root has them."""
    host, base = holder.get("host").value, holder.get("basePath").value
    path = base if isinstance(base, str) else ""
    if not isinstance(host, str):
        return (path,) if path else ()
    schemes = holder.get("schemes").value
    usable = (
        [scheme for scheme in schemes if scheme in ("http", "https")] if isinstance(schemes, list) else []
    )
    return tuple(f"{scheme}://{host}{path}" for scheme in usable or ["https"])


def parameter(node: DocumentNode) -> ParameterShape | None:
    """A Parameter Object; ``None`` for those that make up the body."""
    name, location = node.get("name").value, node.get("in").value
    if not isinstance(name, str) or location not in ("path", "query", "header"):
        return None
    style, explode = _COLLECTIONS.get(str(node.get("collectionFormat").value), ("form", False))
    return ParameterShape(
        name=name,
        location=location,
        required=location == "path" or node.get("required").value is True,
        schema=node,
        holder=node,
        style=style if location == "query" else "simple",
        explode=explode and location == "query",
    )


def bodies(
    operation: DocumentNode,
    parameters: Iterable[DocumentNode],
    references: ReferenceResolver,  # noqa: ARG001 # one signature for all versions
) -> tuple[BodySchema, ...]:
    """The ``in: body`` parameter, or the ``formData`` parameters as one object."""
    listed = list(parameters)
    whole = next((node for node in listed if node.get("in").value == "body"), None)
    if whole is not None:
        return tuple(
            BodySchema(
                media_type=media_type,
                schema=whole.get("schema"),
                holder=whole,
                required=whole.get("required").value is True,
            )
            for media_type in _media_types(operation, "consumes")
        )
    fields = [node for node in listed if node.get("in").value == "formData"]
    return (_form(operation, fields),) if fields else ()


def _form(operation: DocumentNode, fields: list[DocumentNode]) -> BodySchema:
    schema = {
        "type": "object",
        "properties": {node.get("name").value: node.value for node in fields},
        "required": [node.get("name").value for node in fields if node.get("required").value is True],
    }
    multipart = "multipart/form-data" in _media_types(operation, "consumes")
    node = DocumentNode(operation.document, (*operation.tokens, "parameters"), schema)
    return BodySchema(
        media_type="multipart/form-data" if multipart else _FORM,
        schema=node,
        holder=DocumentNode(operation.document, operation.tokens, None),
        required=bool(schema["required"]),
    )


def responses(
    operation: DocumentNode, references: ReferenceResolver
) -> Iterator[tuple[str, tuple[BodySchema, ...]]]:
    """Status and media types of a Responses Object: one schema, for all that the operation ``produces``."""
    declared = operation.get("responses")
    for status in declared.value if isinstance(declared.value, dict) else ():
        response = references.peek(declared.child(status))
        if response is not None and not status.startswith("x-"):
            schema = response.get("schema")
            yield (
                status,
                tuple(
                    BodySchema(media_type=media_type, schema=schema, holder=response)
                    for media_type in _media_types(operation, "produces")
                    if schema.value is not None
                ),
            )


def _media_types(operation: DocumentNode, field: str) -> list[str]:
    root = operation.document.tree.root
    named = operation.get(field).value or (root.get(field) if isinstance(root, dict) else None)
    listed = [name for name in named if isinstance(name, str)] if isinstance(named, list) else []
    return listed or ["application/json"]


DIALECT = Dialect(
    name="2.0",
    member="swagger",
    version=re.compile(r"2\.0"),
    methods=openapi3.METHODS - {"trace"},
    path_item_fields=frozenset({"$ref", "parameters"}),
    schemes_at=("securityDefinitions",),
    scheme_types={
        "basic": SchemeType.HTTP,
        "apiKey": SchemeType.API_KEY,
        "oauth2": SchemeType.OAUTH2,
    },
    servers=servers,
    parameter=parameter,
    bodies=bodies,
    excerpt_version="3.0.3",
    responses=responses,
)
