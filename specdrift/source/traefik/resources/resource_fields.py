"""The fields of Traefik's resources, with their types.

The API server refuses values of other types, and refuses or drops fields with other names.
"""

from collections.abc import Iterator, Mapping
from enum import Enum, auto

from specdrift.source.gateway.yaml_nodes import YamlNode


class FieldType(Enum):
    """The type of a field."""

    TEXT = auto()
    FLAG = auto()
    NUMBER = auto()
    PORT = auto()
    """A number, or a name."""
    ANY = auto()


OTHERS = "*"
"""In a shape: any other name, with any value."""

Shape = FieldType | Mapping[str, "Shape"] | list["Shape"]

TEXT, FLAG, NUMBER, PORT, ANY = (
    FieldType.TEXT,
    FieldType.FLAG,
    FieldType.NUMBER,
    FieldType.PORT,
    FieldType.ANY,
)


def _all(kind: FieldType, names: str) -> dict[str, "Shape"]:
    """Return fields of one type."""
    return dict.fromkeys(names.split(), kind)


_NAMED: Mapping[str, Shape] = _all(TEXT, "name namespace")
_SECRET: Mapping[str, Shape] = _all(TEXT, "secret realm headerField") | _all(FLAG, "removeHeader")
_BALANCER: dict[str, Shape] = (
    _all(TEXT, "name kind namespace scheme strategy serversTransport")
    | _all(FLAG, "passHostHeader nativeLB nodePortLB")
    | _all(NUMBER, "weight percent")
    | _all(PORT, "port")
    | _all(ANY, "sticky responseForwarding healthCheck")
)
_ROUTE: Mapping[str, Shape] = {
    **_all(TEXT, "match kind syntax"),
    "priority": NUMBER,
    "services": [_BALANCER],
    "middlewares": [_NAMED],
    "observability": ANY,
}
_MIDDLEWARE: Mapping[str, Shape] = {
    **_all(
        ANY,
        "ipWhiteList ipAllowList errors rateLimit inFlightReq buffering plugin circuitBreaker compress retry "
        "contentType grpcWeb",
    ),
    "passTLSClientCert": {"pem": FLAG, "info": ANY},
    "stripPrefix": {"prefixes": [TEXT], "forceSlash": FLAG},
    "stripPrefixRegex": {"regex": [TEXT]},
    "addPrefix": {"prefix": TEXT},
    "replacePath": {"path": TEXT},
    "replacePathRegex": _all(TEXT, "regex replacement"),
    "chain": {"middlewares": [_NAMED]},
    "headers": {"customRequestHeaders": {OTHERS: TEXT}, OTHERS: ANY},
    "redirectRegex": _all(TEXT, "regex replacement") | _all(FLAG, "permanent"),
    "redirectScheme": _all(TEXT, "scheme port") | _all(FLAG, "permanent"),
    "basicAuth": _SECRET,
    "digestAuth": _SECRET,
    "forwardAuth": _all(TEXT, "address headerField authResponseHeadersRegex")
    | {"authResponseHeaders": [TEXT], OTHERS: ANY},
}
SHAPES: Mapping[str, Shape] = {
    "IngressRoute": {
        "entryPoints": [TEXT],
        "routes": [_ROUTE],
        "tls": {"options": _NAMED, "store": _NAMED, "secretName": TEXT, "certResolver": TEXT, "domains": ANY},
    },
    "Middleware": _MIDDLEWARE,
    "TLSOption": _all(TEXT, "minVersion maxVersion")
    | _all(FLAG, "sniStrict preferServerCipherSuites disableSessionTickets")
    | {
        "cipherSuites": [TEXT],
        "curvePreferences": [TEXT],
        "alpnProtocols": [TEXT],
        "clientAuth": {"secretNames": [TEXT], "clientAuthType": TEXT},
    },
    "TraefikService": {
        "weighted": {"services": [_BALANCER], "sticky": ANY},
        "mirroring": _BALANCER | _all(FLAG, "mirrorBody") | {"mirrors": [_BALANCER], "maxBodySize": NUMBER},
    },
}
"""Of ``spec``, by kind."""


def faults(node: YamlNode, shape: Shape, name: str = "spec") -> Iterator[tuple[YamlNode, str]]:
    """Yield the values that the API server refuses or drops, and what is wrong with each. ``null`` is no value."""
    value = node.value
    if value is None or shape is ANY:
        return
    if isinstance(shape, FieldType):
        if not _fits(shape, value):
            yield node, f"{name} is of another type"
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield node, f"{name} is no list"
        for one in node.items():
            yield from faults(one, shape[0], name)
    elif not isinstance(value, dict):
        yield node, f"{name} is no mapping"
    else:
        yield from _of_members(node, shape)


def _of_members(node: YamlNode, shape: Mapping[str, Shape]) -> Iterator[tuple[YamlNode, str]]:
    lower = {one.lower() for one in shape}
    for key, inner in node.entries():
        if key in shape:
            yield from faults(inner, shape[key], key)
        elif OTHERS not in shape or key.lower() in lower:
            yield inner, f"the field {key} is not known"
        else:
            yield from faults(inner, shape[OTHERS], key)


def _fits(shape: FieldType, value: object) -> bool:
    if shape is TEXT:
        return isinstance(value, str)
    if shape is FLAG:
        return isinstance(value, bool)
    number = isinstance(value, int) and not isinstance(value, bool)
    return number or (shape is PORT and isinstance(value, str))
