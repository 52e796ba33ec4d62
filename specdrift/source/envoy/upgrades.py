"""Requests for another protocol, such as WebSocket: which an Envoy listener accepts, and with which filters."""

from collections.abc import Iterator, Mapping

from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.yaml_nodes import YamlNode

UPGRADE = "upgrade"
CONFIGS, FILTERS, TYPE = "upgrade_configs", "filters", "upgrade_type"


def filters_of(manager: YamlNode, route: YamlNode | None, headers: Mapping[str, str]) -> tuple[YamlNode, ...]:
    """Return the filters that a request passes: those of its protocol take the place of the others."""
    own = _config(manager, headers.get(UPGRADE, ""))
    chosen = manager.get("http_filters")
    if own is not None and own.has(FILTERS) and _is_enabled(manager, route, headers[UPGRADE]):
        chosen = own.get(FILTERS)
    return tuple(chosen.items())


def is_accepted(manager: YamlNode, route: YamlNode | None, headers: Mapping[str, str]) -> bool:
    """Return whether a request is one for a protocol that the route or the listener accepts, or for none."""
    written = headers.get(UPGRADE, "")
    return not written or _is_enabled(manager, route, written)


def _is_enabled(manager: YamlNode, route: YamlNode | None, written: str) -> bool:
    of_route = _config(route.get("route"), written) if route is not None else None
    found = of_route or _config(manager, written)
    return found is not None and found.get("enabled").flag is not False


def choices_of(node: YamlNode) -> Iterator[ClientChoice]:
    """Yield the requests for a protocol that has filters of its own."""
    for one in node.get(CONFIGS).items():
        if one.has(FILTERS):
            yield client_choices.header(UPGRADE, one.get(TYPE).written, one.place)


def _config(node: YamlNode, written: str) -> YamlNode | None:
    for one in node.get(CONFIGS).items():
        if written and one.get(TYPE).written.lower() == written.lower():
            return one
    return None
