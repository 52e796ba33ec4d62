"""Requests of clients without a certificate, to the server of an operation."""

from specdrift.model.result.gateway import GatewayCaller
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.gateway.views import DecidedRoute


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
