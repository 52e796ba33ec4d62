"""Requests of clients without a certificate, to the server of an operation."""

import re
import string

from specdrift.model.result.gateway import GatewayCaller
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.gateway.views import DecidedRoute

ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")


def further_choice(one: DecidedRoute) -> ClientChoice | None:
    """Return the first choice of each kind together, beside the path and the host."""
    choices = one.gateway.configuration.choices(one.route.entry)
    first = client_choices.first_of_each(each for each in choices if not each.beginning and not each.host)
    return client_choices.together(first) if first else None


def anonymous(one: DecidedRoute, method: str, target: str, choice: ClientChoice | None = None) -> Decision:
    """Decide a request of a client without a certificate to the same server."""
    return one.gateway.configuration.decide(chosen(one, method, target, choice))


def chosen(one: DecidedRoute, method: str, target: str, choice: ClientChoice | None) -> GatewayRequest:
    """Return a request of a client without a certificate to the same server."""
    return GatewayRequest.chosen(one.route.entry, GatewayCaller.ANONYMOUS, method, target, choice)


def are_equivalent(one: str, other: str) -> bool:
    """Return whether two paths are equivalent by RFC 3986, §6.2.2: in escapes of letters and in dot segments."""
    return _normal(one) == _normal(other)


def _normal(target: str) -> str:
    path, question, query = target.partition("?")
    found: list[str] = []
    segments = ESCAPED.sub(_decoded, path).split("/")
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == ".." and len(found) > 1:
            found.pop()
        if segment not in {".", ".."}:
            found.append(segment)
        elif last:
            found.append("")
    return "/".join(found) + question + query


def _decoded(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if letter in UNRESERVED else found[0].upper()
