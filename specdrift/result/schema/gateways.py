"""Schema of what the configuration of a gateway decides."""

from specdrift.model.result.gateway import (
    ForwardedHeader,
    GatewayCaller,
    GatewayClientAuth,
    GatewayEntry,
    GatewayOutcome,
    GatewayRoute,
    GatewayView,
    Passage,
)
from specdrift.model.result.source import Guarding, ListenerKind
from specdrift.result.schema.codec import array, choice, member, nullable, record
from specdrift.result.schema.places import LOCATION, OPERATION_KEY
from specdrift.result.schema.routes import UNRESOLVED
from specdrift.result.schema.scalars import BLANK, COUNT, FLAG, TEXT, TEXTS

ENTRY = record(
    "gateway_entry",
    "A server of a gateway's listener.",
    (
        member("address", TEXT, about="* means all."),
        member("port", COUNT),
        member("kind", choice(ListenerKind)),
        member("quic", FLAG, about="HTTP/3."),
        member("client_auth", choice(GatewayClientAuth)),
        member("names", TEXTS, about="Host names as written."),
        member("default", FLAG, about="It serves all other names too."),
        member("location", LOCATION),
    ),
    GatewayEntry,
)
HEADER = record(
    "forwarded_header",
    "A header that the gateway sets for the service.",
    (
        member("name", TEXT),
        member("value", BLANK, about="As written."),
        member("from_certificate", FLAG),
        member("location", LOCATION),
    ),
    ForwardedHeader,
)
OUTCOME = record(
    "gateway_outcome",
    "What happens to the request of one caller.",
    (
        member("caller", choice(GatewayCaller)),
        member("passage", choice(Passage)),
        member("status", nullable(COUNT)),
        member("upstream", BLANK, about="Addresses of the service behind."),
        member("path", BLANK, about="As the service gets it."),
        member("location", nullable(LOCATION), about="The statement that decides."),
        member("guard", choice(Guarding)),
        member("reason", BLANK, about="Why it is unknown."),
    ),
    GatewayOutcome,
)
ROUTE = record(
    "gateway_route",
    "An operation at one server of the gateway.",
    (
        member("operation", OPERATION_KEY),
        member("entry", ENTRY),
        member("location", nullable(LOCATION), about="The route that the request matches."),
        member("outcomes", array(OUTCOME)),
        member("headers", array(HEADER), about="Set for a caller with a valid certificate."),
    ),
    GatewayRoute,
)
GATEWAY = record(
    "gateway",
    "A gateway whose configuration was read.",
    (
        member("name", TEXT),
        member("gateway", TEXT, about="The product."),
        member("entries", array(ENTRY)),
        member("routes", array(ROUTE)),
        member("unresolved", array(UNRESOLVED)),
        member("files", COUNT),
    ),
    GatewayView,
)
