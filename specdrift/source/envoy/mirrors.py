"""Clusters that get a copy of each request of a route (``request_mirror_policies``)."""

from collections.abc import Iterator

from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.yaml_nodes import YamlNode

POLICIES = "request_mirror_policies"


def mirrored(levels: tuple[YamlNode, ...]) -> Iterator[tuple[str, YamlNode]]:
    """Yield the names of these clusters; the policies of the innermost level count, the route's action first.

    Raises Undetermined for a cluster that a header names.
    """
    for level in levels:
        policies = tuple((level.get("route") if level.has("route") else level).get(POLICIES).items())
        for one in policies:
            share = one.get("runtime_fraction", "default_value", "numerator")
            if share.number == 0 and one.has("runtime_fraction"):
                continue
            if not one.get("cluster").written:
                raise Undetermined("a copy for a cluster that a header names", one.place)
            yield one.get("cluster").written, one
        if policies:
            return
