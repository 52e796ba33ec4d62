"""OpenAPI 3.2: ``query`` and ``additionalOperations``, security schemes by URI, ``$self``."""

import re

from msgspec.structs import replace

from specdrift.loader.dialects import openapi_3_1
from specdrift.loader.dialects.dialect import Feature

DIALECT = replace(
    openapi_3_1.DIALECT,
    name="3.2",
    excerpt_version="3.2.0",
    version=re.compile(r"3\.2(\..*)?"),
    methods=openapi_3_1.DIALECT.methods | {"query"},
    more_methods="additionalOperations",
    features=openapi_3_1.DIALECT.features | Feature.SCHEME_URIS,
)
