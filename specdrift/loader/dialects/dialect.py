"""What differs between the versions of OpenAPI, as data and a few small readers."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Flag, auto

from msgspec import Struct

from specdrift.loader.dialects.shapes import BodySchema, ParameterShape
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.pointer import Tokens
from specdrift.loader.references.reference_resolver import ReferenceResolver
from specdrift.model.contract.requirement import SchemeType


class Feature(Flag):
    """What a version can say about security and methods."""

    NONE = 0
    MUTUAL_TLS = auto()
    """``type: mutualTLS`` (Security Scheme Object, from 3.1)."""
    ROLES = auto()
    """A list of role names for schemes other than OAuth (Security Requirement Object, from 3.1)."""
    SCHEME_URIS = auto()
    """URIs beside component names (Security Requirement Object, from 3.2)."""
    SERVER_VARIABLES = auto()
    """Variables in server URLs (Server Variable Object, from 3.0)."""


class Dialect(Struct, frozen=True, kw_only=True):
    """``version`` matches the value of ``member``, the root member that names the version. ``methods`` are
    the fixed fields of a path item, lower case; ``more_methods`` the field that holds others, or empty.
    """

    name: str
    member: str
    version: re.Pattern[str]
    methods: frozenset[str]
    path_item_fields: frozenset[str]
    schemes_at: Tokens
    scheme_types: Mapping[str, SchemeType]
    servers: Callable[[DocumentNode, Mapping[str, str]], tuple[str, ...]]
    parameter: Callable[[DocumentNode], ParameterShape | None]
    bodies: Callable[[DocumentNode, Iterable[DocumentNode], ReferenceResolver], tuple[BodySchema, ...]]
    responses: Callable[[DocumentNode, ReferenceResolver], Iterable[tuple[str, tuple[BodySchema, ...]]]]
    excerpt_version: str
    features: Feature = Feature.NONE
    more_methods: str = ""
