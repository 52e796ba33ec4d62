"""What the source wires: routes, layers, TLS, and what was not understood."""

from specdrift.model.result.source import (
    ClientAuth,
    Guarding,
    RouteKind,
    SourceLayer,
    SourceRoute,
    SourceView,
    TlsFact,
    UnresolvedExpression,
)
from specdrift.result.schema.codec import array, choice, member, nullable, record
from specdrift.result.schema.places import LOCATION
from specdrift.result.schema.scalars import BLANK, COUNT, FLAG, TEXT, TEXTS

SOME = "It is so in some runs: a condition decides."
LAYER = record(
    "source_layer",
    "A layer in effect around a route.",
    (
        member("name", TEXT),
        member("location", LOCATION),
        member("guarding", choice(Guarding)),
        member("conditional", FLAG, about=SOME),
        member("arguments", TEXTS, about="Texts that it was given, such as a role."),
    ),
    SourceLayer,
)
ROUTE = record(
    "source_route",
    "A route that is wired.",
    (
        member("methods", TEXTS, about="* stands for all."),
        member("path", TEXT, about="As OpenAPI writes it, after nesting."),
        member("written", TEXT, about="As the source has it, after nesting."),
        member(
            "kind",
            choice(RouteKind),
            about="other-methods is a custom 405, not-found the 404 of a router nested as a service.",
        ),
        member("handler", TEXT),
        member("location", LOCATION),
        member("handler_at", nullable(LOCATION)),
        member("layers", array(LAYER), about="The outermost first."),
        member("guard", choice(Guarding)),
        member("guard_name", BLANK),
        member("guard_conditional", FLAG, about=SOME),
        member("guard_by_request", FLAG, about="It decides by path or method whom it asks.", default=False),
        member("guard_after_input", FLAG, about="Parameters or a body are read before it."),
        member("roles", TEXTS, about="Roles of the document that the code around it names.", default=()),
        member("untyped_body", FLAG, about="The handler takes any JSON."),
        member("trail", array(LOCATION), about="The calls that mount its router, the innermost first."),
        member("entry", TEXT, about="The binary or function whose router it is of."),
        member("binaries", TEXTS, about="The binaries that may serve it, as far as known.", default=()),
        member("conditional", FLAG, about=SOME),
        member("mounted", FLAG, about="False: where its router goes was not seen.", default=True),
    ),
    SourceRoute,
)
TLS = record(
    "tls_fact",
    "What a TLS configuration in the source does about client certificates.",
    (
        member("location", LOCATION),
        member("client_auth", choice(ClientAuth)),
        member("what", TEXT),
        member("conditional", FLAG, about=SOME),
        member("entries", TEXTS, about="The binaries that may run this code.", default=()),
    ),
    TlsFact,
)
UNRESOLVED = record(
    "unresolved_expression",
    "An expression that may wire routes and could not be evaluated.",
    (member("location", LOCATION), member("what", TEXT)),
    UnresolvedExpression,
)
SOURCE = record(
    "source",
    "What the source of the service wires.",
    (
        member("crate", TEXT),
        member("framework", TEXT),
        member("version", BLANK, about="As Cargo.toml asks for it."),
        member("entries", TEXTS, about="Binaries and functions whose routers were taken for the service."),
        member("files", COUNT),
        member("routes", array(ROUTE)),
        member("tls", array(TLS)),
        member("unresolved", array(UNRESOLVED)),
        member("binaries", TEXTS, about="All that may be run.", default=()),
    ),
    SourceView,
)
