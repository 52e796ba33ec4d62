"""Which header fields say nothing of a resource: those about the message, and those about the interface. Pure."""

import html
import re

from specdrift.body.content import Headers
from specdrift.body.spellings import unquoted
from specdrift.model.exchange.websocket import CLOSE, TROUBLE

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
OWN_PARAMETER = re.compile(
    r";\s{0,9}(?!(?:charset|boundary|version|v|q|header|type|format|delsp|start|odata[\w.]{0,40})\s{0,9}=)[\w.-]{1,40}\s{0,9}=",
    re.IGNORECASE,
)
"""A parameter of a media type that is not of its format (RFC 9110 §8.3.1): a name or a profile may be data."""
COOKIE_PATH = re.compile(r";\s{0,9}path=([^;]{2,500})", re.IGNORECASE)
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
BETWEEN = re.compile(r"([\s\"'<>]+)")
"""What stands around a URL in a text or a page."""
DELIMITERS = re.compile(r"[?&=]")
RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\";,]+))", re.IGNORECASE)


def is_of_no_resource(name: str, content: str) -> bool:
    """Return whether a field has no data of a resource by its definition. ``name`` is in lower case."""
    if name == "link":
        return _is_of_the_interface(content)
    if name == "grpc-status":
        return content in OF_A_CALL
    if name == CLOSE:
        return _is_without_reason(content)
    if name == "content-type":
        return not OWN_PARAMETER.search(content)
    return name in ABOUT_THE_MESSAGE or name in ABOUT_THE_INTERFACE or bool(OF_A_LAYER.fullmatch(name))


def _is_without_reason(closed: str) -> bool:
    """Return whether a WebSocket ended abnormally, or by a Close frame that has a code alone (RFC 6455 §7.4)."""
    code, _, reason = closed.partition(" ")
    return code in TROUBLE or not reason


def paths_of_cookie(content: str) -> list[str]:
    """Return the paths of a cookie (RFC 6265 §4.1.2.4) below the root: they may name a resource."""
    return COOKIE_PATH.findall(content)


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


def with_target_read(text: str, headers: Headers) -> str:
    """Write the target of a redirect, which a note in the body repeats (RFC 9110 §15.4), in lines: its path and what
    its query has, decoded. Nothing is left out; a login page gets the path of the request, encoded in its query.
    """
    target = next((content for name, content in headers if name == "location"), "").rstrip(".")
    if "?" not in target or text.lstrip()[:1] in ("{", "[") or target not in html.unescape(text):
        return text
    read = "\n".join(("", *map(unquoted, DELIMITERS.split(target)), ""))
    parts = BETWEEN.split(text)
    return "".join(read if html.unescape(part).rstrip(".") == target else part for part in parts)
