"""What OpenAPI 3.0, 3.1 and 3.2 have in common."""

import re
from collections.abc import Iterable, Iterator, Mapping

from specdrift.loader.dialects.shapes import BodySchema, ParameterShape
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.references.reference_resolver import ReferenceResolver
from specdrift.model.contract.requirement import SchemeType

SCHEME_TYPES = {
    kind.value: kind
    for kind in (SchemeType.API_KEY, SchemeType.HTTP, SchemeType.OAUTH2, SchemeType.OPENID_CONNECT)
}
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
PATH_ITEM_FIELDS = frozenset({"$ref", "summary", "description", "servers", "parameters"})

_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form", "querystring": "form"}
_EXPLODED = frozenset({"form", "cookie"})
"""Styles that explode unless told otherwise."""
_VARIABLE = re.compile(r"\{([^{}]+)\}")


def servers(holder: DocumentNode, variables: Mapping[str, str]) -> tuple[str, ...]:
    """URLs of a ``servers`` list, variables filled in (Server Object); none where there is no such list."""
    listed = holder.get("servers").value
    if not isinstance(listed, list):
        return ()
    return tuple(filled(server, variables) for server in listed if isinstance(_url(server), str))


def _url(server: object) -> object:
    return server.get("url") if isinstance(server, dict) else None


def filled(server: Mapping[str, object], variables: Mapping[str, str]) -> str:
    """The URL of a Server Object: each variable has the value of ``variables``, else its default."""
    declared = server.get("variables")
    declared = declared if isinstance(declared, dict) else {}

    def value(match: re.Match[str]) -> str:
        variable = declared.get(match[1])
        default = variable.get("default") if isinstance(variable, dict) else None
        return variables.get(match[1], match[0] if default is None else str(default))

    return _VARIABLE.sub(value, str(server["url"]))


def parameter(node: DocumentNode) -> ParameterShape | None:
    """A Parameter Object; ``None`` where it lacks a name or a place."""
    declared = node.value
    name, location = declared.get("name"), declared.get("in")
    if not isinstance(name, str) or not isinstance(location, str) or location not in _STYLES:
        return None
    media_type, holder = _content(node)
    style, explode = declared.get("style"), declared.get("explode")
    style = style if isinstance(style, str) else _STYLES[location]
    return ParameterShape(
        name=name,
        location=location,
        required=location == "path" or declared.get("required") is True,
        schema=holder.get("schema"),
        holder=holder,
        style=style,
        explode=explode if isinstance(explode, bool) else style in _EXPLODED,
        allow_reserved=declared.get("allowReserved") is True,
        media_type=media_type,
    )


def _content(node: DocumentNode) -> tuple[str, DocumentNode]:
    content = node.value.get("content")
    if not isinstance(content, dict) or not content:
        return "", node
    media_type = next(iter(content))
    return media_type, node.child("content").child(media_type)


def bodies(
    operation: DocumentNode,
    parameters: Iterable[DocumentNode],  # noqa: ARG001 # one signature for all versions
    references: ReferenceResolver,
) -> tuple[BodySchema, ...]:
    """The media types of a Request Body Object."""
    declared = references.peek(operation.get("requestBody"))
    if not declared:
        return ()
    required = declared.get("required").value is True
    return tuple(shape._replace(required=required) for shape in media_types(declared, references))


def responses(
    operation: DocumentNode, references: ReferenceResolver
) -> Iterator[tuple[str, tuple[BodySchema, ...]]]:
    """Status (``200``, ``2XX``, ``default``) and media types of a Responses Object."""
    declared = references.peek(operation.get("responses"))
    for status in declared.value if declared and isinstance(declared.value, dict) else ():
        response = references.peek(declared.child(status)) if declared else None
        if not status.startswith("x-"):
            yield status, tuple(media_types(response, references)) if response else ()


def media_types(holder: DocumentNode, references: ReferenceResolver) -> Iterator[BodySchema]:
    """The members of a ``content`` map."""
    content = holder.get("content")
    for media_type in content.value if isinstance(content.value, dict) else ():
        if found := references.peek(content.child(media_type)):
            yield BodySchema(media_type=media_type, schema=found.get("schema"), holder=found)
