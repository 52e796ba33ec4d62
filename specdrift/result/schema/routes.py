"""Schema of what the source registers: routes, layers, TLS, and unresolved expressions."""

from specdrift.model.result.source import (
    ClientAuth,
    Guarding,
    HeaderMention,
    ListenerKind,
    PathComparison,
    RouteKind,
    SourceLayer,
    SourceRoute,
    SourceView,
    TlsFact,
    UnresolvedExpression,
    UnresolvedKind,
)
from specdrift.result.schema.codec import array, choice, member, nullable, record
from specdrift.result.schema.places import LOCATION
from specdrift.result.schema.scalars import BLANK, COUNT, FLAG, TEXT, TEXTS

SOME = "A condition decides; true in some runs."
LAYER = record(
    "source_layer",
    "A layer in effect around a route.",
    (
        member("name", TEXT),
        member("location", LOCATION),
        member("guarding", choice(Guarding)),
        member("conditional", FLAG, about=SOME),
        member("arguments", TEXTS, about="Text arguments, such as a role."),
        member("checks_nothing_at", nullable(LOCATION), default=None),
    ),
    SourceLayer,
)
TLS = record(
    "tls_fact",
    "The client certificate setting of a TLS configuration in the source.",
    (
        member("location", LOCATION),
        member("client_auth", choice(ClientAuth)),
        member("what", TEXT),
        member("conditional", FLAG, about=SOME),
        member("entries", TEXTS, about="Binaries that may run this code.", default=[]),
        member("configured_at", array(LOCATION), about="Configurations that it is a part of.", default=[]),
    ),
    TlsFact,
)
ROUTE = record(
    "source_route",
    "A registered route.",
    (
        member("methods", TEXTS, about="* means all."),
        member("path", TEXT, about="Full path in OpenAPI syntax."),
        member("written", TEXT, about="Full path in the framework's syntax."),
        member(
            "kind",
            choice(RouteKind),
            about="other-methods is a custom 405, not-found the 404 of a router nested as a service.",
        ),
        member("handler", TEXT),
        member("location", LOCATION),
        member("handler_at", nullable(LOCATION)),
        member("layers", array(LAYER), about="Outermost first."),
        member("guard", choice(Guarding)),
        member("guard_name", BLANK),
        member("guard_listed_as", BLANK, about="What the configuration may list as a guard.", default=""),
        member("guard_conditional", FLAG, about=SOME),
        member(
            "guard_by_request",
            FLAG,
            about="It selects the requests that it checks by path or method.",
            default=False,
        ),
        member("guard_after_input", FLAG, about="The request's parameters or body are parsed before it."),
        member("roles", TEXTS, about="Roles of the document that occur in the code around it.", default=[]),
        member("untyped_body", FLAG, about="The handler accepts any JSON."),
        member(
            "comparison",
            choice(PathComparison),
            about="How paths of requests are compared with its own: with their escapes, or without them.",
            default=PathComparison.UNKNOWN.value,
        ),
        member(
            "gives_data",
            FLAG,
            about="It answers what no route matches, perhaps with data for clients without a certificate.",
            default=False,
        ),
        member(
            "runs",
            array(LOCATION),
            about="Other functions that its handler gives a request without a certificate to.",
            default=[],
        ),
        member("trail", array(LOCATION), about="Calls that mount its router, innermost first."),
        member("entry", TEXT, about="The binary or function that has its router."),
        member("binaries", TEXTS, about="Binaries that may serve it, as far as known.", default=[]),
        member("conditional", FLAG, about=SOME),
        member("mounted", FLAG, about="False if no known call serves its router.", default=True),
        member("listeners", array(choice(ListenerKind)), about="What its router is served on.", default=[]),
        member(
            "configurations",
            array(array(TLS)),
            about="TLS configurations that its router is served with, where these differ.",
            default=[],
        ),
    ),
    SourceRoute,
)
UNRESOLVED = record(
    "unresolved_expression",
    "An expression that may register routes and could not be evaluated.",
    (
        member("location", LOCATION),
        member("what", TEXT),
        member("kind", choice(UnresolvedKind), default=UnresolvedKind.ROUTE.value),
    ),
    UnresolvedExpression,
)
HEADER = record(
    "header_mention",
    "The name of a header, in the code.",
    (member("name", TEXT), member("location", LOCATION)),
    HeaderMention,
)
SOURCE = record(
    "source",
    "What the service's source registers.",
    (
        member("crate", TEXT),
        member("framework", TEXT),
        member("version", BLANK, about="As required in Cargo.toml."),
        member("entries", TEXTS, about="Binaries and functions whose routers count as the service."),
        member("files", COUNT),
        member("routes", array(ROUTE)),
        member("tls", array(TLS)),
        member("unresolved", array(UNRESOLVED)),
        member("binaries", TEXTS, about="All binaries.", default=[]),
        member(
            "certificate_headers",
            array(HEADER),
            about="Headers about a client certificate that the code reads.",
            default=[],
        ),
        member(
            "verification_results",
            TEXTS,
            about="Results of a certificate's verification that the code names.",
            default=[],
        ),
    ),
    SourceView,
)
