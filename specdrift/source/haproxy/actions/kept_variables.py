"""Variables that keep their value for later requests of a connection."""

from collections.abc import Iterable

from specdrift.source.haproxy.actions.request_actions import VARIABLE
from specdrift.source.haproxy.fetches import OF_CONNECTION
from specdrift.source.haproxy.proxies import Proxy, RuleSet
from specdrift.source.keys.same_object import SameObject

_OF_EACH_CONNECTION = (RuleSet.CONNECTION.value, RuleSet.SESSION.value)
"""Their rules fill the variables of every connection alike, before its first request."""


def kept_variables(proxies: Iterable[Proxy]) -> frozenset[str]:
    """Return those that a rule for requests or answers fills."""
    sections = {
        SameObject(one): one for proxy in proxies for one in (*proxy.defaults, proxy.section)
    }.values()
    found = (
        filled
        for section in sections
        for one in section.statements
        if " ".join(one.tokens[:2]) not in _OF_EACH_CONNECTION
        for filled in map(VARIABLE.match, one.tokens)
    )
    return frozenset(one[2] for one in found if one and one[2].startswith(OF_CONNECTION))
