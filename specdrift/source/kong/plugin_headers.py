"""What plugins change of headers, paths and queries."""

from collections.abc import Iterator

from specdrift.model.result.gateway import ForwardedHeader
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kong.kong_entities import TEMPLATE, KongConsumer, KongPlugin
from specdrift.source.kong.kong_request import RequestInKong

DN, SAN = "X-Client-Cert-Dn", "X-Client-Cert-San"
"""Which mtls-auth sets where it looks up no consumer."""
CONSUMER = ("X-Consumer-ID", "X-Consumer-Username", "X-Consumer-Custom-ID")
METADATA_NAMES = {
    "client_cert_header_name": "X-Client-Cert",
    "client_serial_header_name": "X-Client-Cert-Serial",
    "client_cert_issuer_dn_header_name": "X-Client-Cert-Issuer-DN",
    "client_cert_subject_dn_header_name": "X-Client-Cert-Subject-DN",
    "client_cert_fingerprint_header_name": "X-Client-Cert-Fingerprint",
}
CHANGES = ("remove", "rename", "replace", "add", "append")
CHANGED = frozenset({"headers", "querystring", "body", "uri"})
_EVALUATED = "$("
"""Begins an expression in Lua."""


def is_injecting(plugin: KongPlugin) -> bool:
    """Return whether tls-metadata-headers sets headers at all."""
    return plugin.config("inject_client_cert_details").flag is True


def metadata_headers(plugin: KongPlugin) -> Iterator[str]:
    """Yield the names of the headers that tls-metadata-headers sets."""
    for member, usual in METADATA_NAMES.items():
        yield plugin.config(member).written or usual


def set_metadata(plugin: KongPlugin, request: RequestInKong) -> None:
    """Run tls-metadata-headers. Raises Undetermined."""
    strange = next(
        (one for one in plugin.members() if one not in (*METADATA_NAMES, "inject_client_cert_details")), ""
    )
    if strange or TEMPLATE.search(plugin.config("inject_client_cert_details").written):
        raise Undetermined(f"{strange or 'inject_client_cert_details'} of {plugin.name}", plugin.node.place)
    if not is_injecting(plugin):
        return
    names = tuple(metadata_headers(plugin))
    if request.has_certificate:
        for name in names:
            set_from_certificate(name, plugin, request)
    else:
        only_if_not_sent(names, plugin, request)


def only_if_not_sent(names: tuple[str, ...], plugin: KongPlugin, request: RequestInKong) -> None:
    """Raise Undetermined if the client sends one of these: whether the plugin removes it is not documented."""
    if any(name.lower() in request.headers for name in names):
        raise Undetermined(f"whether {plugin.name} removes the client's own headers", plugin.node.place)


def set_from_certificate(name: str, plugin: KongPlugin, request: RequestInKong) -> None:
    """Set a header to a value that the certificate determines."""
    request.headers[name.lower()] = [UNKNOWN_PART]
    request.set_headers.append(
        ForwardedHeader(name=name, value=plugin.name, from_certificate=True, location=plugin.node.place)
    )


def set_consumer(consumer: KongConsumer, request: RequestInKong) -> None:
    """Set the headers of the anonymous consumer, and remove those that it has no value for."""
    values = (
        consumer.node.get("id").written or UNKNOWN_PART,
        consumer.node.get("username").written,
        consumer.node.get("custom_id").written,
    )
    for name, value in zip(CONSUMER, values, strict=True):
        request.headers.pop(name.lower(), None)
        if value:
            request.headers[name.lower()] = [value]
    request.headers.pop("x-credential-identifier", None)
    request.headers["x-anonymous-consumer"] = ["true"]


def transform(plugin: KongPlugin, request: RequestInKong) -> None:
    """Run request-transformer: remove, rename, replace, add, append. Raises Undetermined."""
    _check_changes(plugin)
    own = {name: list(lines) for name, lines in request.headers.items()}
    for kind in CHANGES:
        for name, value in _pairs(plugin.config(kind, "headers")):
            if value == UNKNOWN_PART and name.lower() in request.headers:
                # It may be a copy of what the client sent.
                raise Undetermined(f"the value of {name} in {plugin.name}", plugin.node.place)
            if name.lower() != "host":
                _change(kind, name, value, own)
            if kind not in ("remove", "rename"):
                request.set_headers.append(
                    ForwardedHeader(
                        name=name, value=value, from_certificate=False, location=plugin.node.place
                    )
                )
    request.headers = own
    uri = plugin.config("replace", "uri").written
    if _EVALUATED in uri:
        raise Undetermined("a path with a value that is not known", plugin.node.place)
    if uri:
        request.rewritten = uri


def _check_changes(plugin: KongPlugin) -> None:
    """Raise Undetermined for changes that are not evaluated."""
    for member in plugin.members():
        if member not in CHANGES and member != "dots_in_keys":
            raise Undetermined(f"{member} of {plugin.name}", plugin.node.place)
        for name, one in plugin.config(member).entries():
            if name not in CHANGED and one:
                raise Undetermined(f"{member}.{name} of {plugin.name}", plugin.node.place)


def _pairs(node: YamlNode) -> Iterator[tuple[str, str]]:
    for one in node.items():
        name, _, value = one.written.partition(":")
        known = _EVALUATED not in value and not TEMPLATE.search(value)
        if TEMPLATE.search(name):
            raise Undetermined("a header whose name is filled in from elsewhere", one.place)
        yield name.strip(), value if known else UNKNOWN_PART


def _change(kind: str, name: str, value: str, headers: dict[str, list[str]]) -> None:
    key = name.lower()
    if kind == "remove":
        headers.pop(key, None)
    elif kind == "rename":
        if key in headers and value:
            headers[value.strip().lower()] = headers.pop(key)
    elif kind == "replace":
        if key in headers:
            headers[key] = [value]
    elif kind == "add":
        headers.setdefault(key, [value])
    else:
        headers.setdefault(key, []).append(value)
