"""The versions of OpenAPI: one file each, and one line here."""

from specdrift.loader.dialects import openapi_2_0, openapi_3_0, openapi_3_1, openapi_3_2
from specdrift.loader.dialects.dialect import Dialect, Feature
from specdrift.loader.dialects.shapes import BodySchema, ParameterShape
from specdrift.loader.parse.tree import Value

DIALECTS: tuple[Dialect, ...] = (
    openapi_2_0.DIALECT,
    openapi_3_0.DIALECT,
    openapi_3_1.DIALECT,
    openapi_3_2.DIALECT,
)
"""In the order of publication: the first that knows a method is the version since which it exists."""

MEMBERS = ("openapi", "swagger")
"""Root members with the version; the first that is there counts."""

__all__ = ["DIALECTS", "MEMBERS", "BodySchema", "Dialect", "Feature", "ParameterShape", "dialect_of"]


def dialect_of(root: Value) -> Dialect | None:
    """Return the version of a complete document; ``None`` if it is none, or of an unknown version."""
    if not isinstance(root, dict):
        return None
    member = next((name for name in MEMBERS if root.get(name) is not None), "")
    version = str(root.get(member))
    return next((one for one in DIALECTS if one.member == member and one.version.fullmatch(version)), None)
