"""The versions of OpenAPI: one file each, and one line here."""

from specdrift.loader.dialects import openapi_2_0, openapi_3_0, openapi_3_1, openapi_3_2
from specdrift.loader.dialects.dialect import Dialect, Feature
from specdrift.loader.dialects.shapes import BodySchema, ParameterShape

DIALECTS: tuple[Dialect, ...] = (
    openapi_2_0.DIALECT,
    openapi_3_0.DIALECT,
    openapi_3_1.DIALECT,
    openapi_3_2.DIALECT,
)
"""In the order of publication: the first that knows a method is the version since which it exists."""

__all__ = ["DIALECTS", "BodySchema", "Dialect", "Feature", "ParameterShape"]
