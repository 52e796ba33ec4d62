"""OpenAPI 3.1: ``type: mutualTLS``, and roles in the Security Requirement Object."""

import re

from msgspec.structs import replace

from specdrift.loader.dialects import openapi_3_0
from specdrift.loader.dialects.dialect import Feature
from specdrift.model.contract.requirement import SchemeType

DIALECT = replace(
    openapi_3_0.DIALECT,
    name="3.1",
    excerpt_version="3.1.0",
    version=re.compile(r"3\.1(\..*)?"),
    scheme_types={**openapi_3_0.DIALECT.scheme_types, SchemeType.MUTUAL_TLS.value: SchemeType.MUTUAL_TLS},
    features=openapi_3_0.DIALECT.features | Feature.MUTUAL_TLS | Feature.ROLES,
)
