"""OpenAPI 3.0: no mutualTLS, no roles."""

import re

from specdrift.loader.dialects import openapi3
from specdrift.loader.dialects.dialect import Dialect, Feature

DIALECT = Dialect(
    name="3.0",
    member="openapi",
    version=re.compile(r"3\.0(\..*)?"),
    methods=openapi3.METHODS,
    path_item_fields=openapi3.PATH_ITEM_FIELDS,
    schemes_at=("components", "securitySchemes"),
    scheme_types=openapi3.SCHEME_TYPES,
    servers=openapi3.servers,
    parameter=openapi3.parameter,
    bodies=openapi3.bodies,
    excerpt_version="3.0.3",
    responses=openapi3.responses,
    features=Feature.SERVER_VARIABLES,
)
