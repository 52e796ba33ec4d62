"""What Envoy notes about the origin of a request: its scheme, and whether it comes from within.

The client's own headers count where no earlier proxy is known to have set them.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from specdrift.source.gateway.client_choices import ANY_VALUE
from specdrift.source.gateway.truth import Truth, Unknown
from specdrift.source.gateway.yaml_nodes import YamlNode

FORWARDED_PROTO, FORWARDED_FOR = "x-forwarded-proto", "x-forwarded-for"
SCHEME, INTERNAL = ":scheme", "x-envoy-internal"
HTTPS, SCHEMES = "https", ("http", "https")
RANGES, DETECTION = "internal_address_config", "original_ip_detection_extensions"


def noted(manager: YamlNode, sent: Mapping[str, str], scheme: str, *, tls: bool) -> dict[str, str]:
    """Return a request's headers with those about its origin. ``scheme``: as sent; empty if there is none."""
    headers = dict(sent)
    own = SCHEMES[tls]
    if _is_first(manager):
        headers[FORWARDED_PROTO] = own
    headers.setdefault(FORWARDED_PROTO, own)
    claimed = headers[FORWARDED_PROTO].lower()
    headers[SCHEME] = scheme.lower() or (claimed if claimed in SCHEMES or ANY_VALUE in claimed else own)
    written = manager.get("scheme_header_transformation", "scheme_to_overwrite").written
    if written:
        headers[SCHEME] = headers[FORWARDED_PROTO] = written
    internal = is_internal(manager, sent)
    claimed = headers.pop(INTERNAL, "")
    if internal is True:
        headers[INTERNAL] = "true"
    elif internal is not False and claimed:
        headers[INTERNAL] = ANY_VALUE
    return headers


def refuses_scheme(manager: YamlNode, scheme: str, *, tls: bool) -> bool:
    """Return whether Envoy answers 403: clients that connect to it claim TLS without using it."""
    return scheme.lower() == HTTPS and not tls and _is_first(manager)


def is_internal(manager: YamlNode, sent: Mapping[str, str]) -> Truth:
    """Return whether Envoy takes a request for one from within."""
    named = sent.get(FORWARDED_FOR)
    if manager.has(DETECTION):
        return Unknown("extensions that tell the address of the client", manager.get(DETECTION).place)
    if _is_edge(manager):
        unknown = Unknown("the address of the client", manager.get("use_remote_address").place)
        return unknown if named is None else False
    # One address is the client itself. Of several, Envoy trusts none.
    if named is None or manager.get("xff_num_trusted_hops").number:
        return False
    if ANY_VALUE in named:
        return Unknown("an address that the client chooses", manager.place)
    try:
        address = ip_address(named.strip())
    except ValueError:
        return False
    return _is_within(manager, address)


def _is_within(manager: YamlNode, address: IPv4Address | IPv6Address) -> Truth:
    if not manager.has(RANGES):
        # Versions of Envoy differ in whether private addresses count then.
        return Unknown("the addresses from within", manager.place) if address.is_private else False
    for one in manager.get(RANGES, "cidr_ranges").items():
        written = f"{one.get('address_prefix').written}/{one.get('prefix_len').number}"
        try:
            if address in ip_network(written, strict=False):
                return True
        except ValueError:
            return Unknown("a range of addresses", one.place)
    return False


def _is_first(manager: YamlNode) -> bool:
    """Return whether no earlier proxy is trusted, by the configuration."""
    return _is_edge(manager) and not manager.get("xff_num_trusted_hops").number


def _is_edge(manager: YamlNode) -> bool:
    """Return whether clients connect to this Envoy themselves, by its configuration."""
    return bool(manager.get("use_remote_address").flag)
