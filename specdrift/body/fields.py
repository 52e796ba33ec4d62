"""Which header fields say nothing of a resource: those about the message, and those about the interface. Pure."""

import re

ABOUT_THE_MESSAGE = frozenset(
    {
        *("age", "alt-svc", "cache-control", "connection", "content-encoding", "content-length"),
        *("content-type", "date", "expires", "keep-alive", "retry-after", "server"),
        "strict-transport-security",
        *("transfer-encoding", "vary", "via"),
    }
)
"""Fields about the message or the connection (RFC 9110, 9111, 9112): no handler writes data into them."""
OF_A_LAYER = re.compile(
    r"(?:x-)?(?:app-)?rate-?limit(?:-[a-z]{1,20}){0,4}"
    r"|x-cache(?:-hits|-lookup|-status)?|cf-(?:ray|cache-status)|cdn-cache(?:-control)?|x-served-by|x-timer"
    r"|server-timing|x-runtime|x-response-time|x-envoy-upstream-service-time|nel|report-to|reporting-endpoints"
)
"""Fields that proxies and limiters write about their own work: quotas, caches, durations and where to report errors."""
ABOUT_THE_INTERFACE = frozenset({"deprecation", "sunset", "warning"})
"""Fields about the operation as it is documented, the same for every resource (RFC 9745, 8594, 7234 §5.5)."""
OF_A_CALL = frozenset({"0", "7", "16"})
"""OK, PERMISSION_DENIED and UNAUTHENTICATED in ``grpc-status`` ("gRPC over HTTP2", Responses)."""
INTERFACE_RELATIONS = frozenset(
    {
        *("deprecation", "sunset", "successor-version", "latest-version", "predecessor-version"),
        *("service-doc", "service-desc", "service-meta", "describedby", "help", "license"),
        *("terms-of-service", "privacy-policy", "status", "preconnect", "preload", "stylesheet", "icon"),
    }
)
"""Relations of a link to documentation, other versions and parts of a page (RFC 8288, 8594, 8631, 9745)."""
LINK = re.compile(r"<[^<>]*>([^<>]*)")
TITLE, AS = (re.compile(rf";\s*{name}\*?\s*=", re.IGNORECASE) for name in ("title", "as"))
"""Parameters with a text for people (RFC 8288 §3.4.1), and for what a preloaded part of a page is used."""
RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\";,]+))", re.IGNORECASE)


def is_of_no_resource(name: str, content: str) -> bool:
    """Return whether a field has no data of a resource by its definition. ``name`` is in lower case."""
    if name == "link":
        return _is_of_the_interface(content)
    if name == "grpc-status":
        return content in OF_A_CALL
    return name in ABOUT_THE_MESSAGE or name in ABOUT_THE_INTERFACE or bool(OF_A_LAYER.fullmatch(name))


def _is_of_the_interface(content: str) -> bool:
    """Return whether each link of a Link field leads to something about the interface."""
    links = LINK.findall(content)
    return bool(links) and all(map(_leads_to_the_interface, links))


def _leads_to_the_interface(parameters: str) -> bool:
    found = _relations(parameters) & INTERFACE_RELATIONS
    if found == {"preload"}:
        return bool(AS.search(parameters)) and not TITLE.search(parameters)
    return bool(found)


def _relations(parameters: str) -> frozenset[str]:
    found = RELATION.search(parameters)
    return frozenset((found[1] or found[2]).casefold().split()) if found else frozenset()
