"""Values of placeholders in texts and conditions."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote_plus

from msgspec import Struct

from specdrift.model.result.gateway import GatewayCaller
from specdrift.source.caddy.caddy_request import RequestInCaddy
from specdrift.source.caddy.mapped_values import ValueMap
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern

PLACEHOLDER = re.compile(r"\{([\w.:\-*\[\]/]+)\}")
DEEPEST = 5
"""Maximum number of maps whose values depend on each other."""
CERTIFICATE = "http.request.tls.client."
_FORMS = ("fingerprint", "public_key", "public_key_sha256", "issuer", "serial", "subject", "certificate_pem")
OF_CERTIFICATE = frozenset({*_FORMS, "certificate_der_base64"})
_WRITTEN: Mapping[str, Callable[[PresentedCertificate], str | None]] = {
    "subject": lambda one: one.subject.of_go,
    "issuer": lambda one: one.issuer.of_go,
    "serial": lambda one: str(one.serial),
    "fingerprint": lambda one: one.sha256,
}


class UnreadValue(Struct, frozen=True):
    """A value that is not known."""

    name: str
    chosen: bool
    """The client determines it."""
    may_be_empty: bool = False


PlaceholderValue = str | UnreadValue | None
"""``None``: there is no such value."""


def value_of(name: str, request: RequestInCaddy) -> PlaceholderValue:
    """Return the value of a placeholder."""
    request.spend()
    if name in _KNOWN:
        return _KNOWN[name](request)
    if name.startswith(CERTIFICATE):
        return _of_certificate(name, request)
    for prefix, look_up in _WITH_NAMES.items():
        if name.startswith(prefix):
            return look_up(request, name.removeprefix(prefix))
    for one in request.maps:
        if name in one.destinations:
            return _mapped(one, name, request)
    if "." not in name:
        return None  # only maps define such a name
    return UnreadValue(name, chosen=name.startswith("http.request.tls."))


def filled(template: str, request: RequestInCaddy, *, keep_missing: bool = False) -> str:
    """Replace the placeholders of a text; what is not known leaves a mark.

    ``keep_missing``: those without a value stay, as in headers.
    """

    def replaced(found: re.Match[str]) -> str:
        value = value_of(found[1], request)
        if isinstance(value, UnreadValue):
            return UNKNOWN_PART
        # One that a map defines is empty where it has no value.
        kept = keep_missing and not any(found[1] in one.destinations for one in request.maps)
        return found[0] if value is None and kept else value or ""

    return PLACEHOLDER.sub(replaced, template)


def _mapped(one: ValueMap, name: str, request: RequestInCaddy) -> PlaceholderValue:
    """Return a value of a map, which is looked up when it is asked for. Raises Undetermined."""
    if request.within_maps >= DEEPEST:
        raise Undetermined("maps of maps", one.node.place)
    request.within_maps += 1
    try:
        sources = tuple(value_of(each, request) for each in PLACEHOLDER.findall(one.source))
        unread = tuple(each for each in sources if isinstance(each, UnreadValue))
        if unread:
            chosen = all(each.chosen for each in unread)
            return UnreadValue(name, chosen=chosen, may_be_empty=one.may_be_empty(name))
        template, replaces = one.output(name, filled(one.source, request))
        return filled(template, request) if template is not None and replaces else template
    except UnsupportedPattern as error:
        raise Undetermined(str(error), one.node.place) from None
    finally:
        request.within_maps -= 1


def from_certificate(template: str, variables: frozenset[str] = frozenset()) -> bool:
    """Return whether a text takes something from the certificate; some variables hold a part of it."""
    names = PLACEHOLDER.findall(template)
    return any(name.startswith(CERTIFICATE) or name.removeprefix("http.vars.") in variables for name in names)


def _of_certificate(name: str, request: RequestInCaddy) -> PlaceholderValue:
    client = request.client
    if not client.tls or client.caller is GatewayCaller.ANONYMOUS:
        return None
    part = name.removeprefix(CERTIFICATE)
    written = _WRITTEN.get(part)
    text = written(client.presented) if written is not None and client.presented is not None else None
    if text is not None:
        return text
    known = part.partition(".")[0] in OF_CERTIFICATE
    return UnreadValue(name, chosen=known or ".san." in name)


def _header(request: RequestInCaddy, name: str) -> PlaceholderValue:
    if name.lower() == "host":
        return request.host
    written = ",".join(request.headers.get(name.lower(), ()))
    return UnreadValue(f"header {name}", chosen=True) if UNKNOWN_PART in written else written


def _group(request: RequestInCaddy, name: str) -> PlaceholderValue:
    written = request.captures.get(name)
    unread = UnreadValue(f"group {name}", chosen=False, may_be_empty=True)
    return unread if written is not None and UNKNOWN_PART in written else written


def _cookie(request: RequestInCaddy, name: str) -> PlaceholderValue:
    pairs = (one.strip().partition("=") for one in "; ".join(request.headers.get("cookie", ())).split(";"))
    return next((value.strip('"') for key, _, value in pairs if key == name), "")


def arguments(query: str) -> dict[str, list[str]]:
    """Return the arguments of a query; Go leaves out those with a semicolon."""
    found: dict[str, list[str]] = {}
    for one in query.split("&"):
        name, _, value = one.partition("=")
        if one and ";" not in one:
            found.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return found


def _argument(request: RequestInCaddy, name: str) -> PlaceholderValue:
    return ",".join(arguments(request.query).get(name, ()))


def _host_without_port(request: RequestInCaddy) -> str:
    name, colon, port = request.host.rpartition(":")
    return name if colon and port.isdecimal() else request.host


def _scheme(request: RequestInCaddy) -> str:
    return "https" if request.client.tls else "http"


_KNOWN: Mapping[str, Callable[[RequestInCaddy], PlaceholderValue]] = {
    "http.request.host": _host_without_port,
    "http.request.hostport": lambda request: request.host,
    "http.request.method": lambda request: request.method,
    "http.request.orig_method": lambda request: request.method,
    "http.request.scheme": _scheme,
    "http.request.proto": lambda request: request.protocol,
    "http.request.uri": lambda request: request.uri,
    "http.request.uri.path": lambda request: request.path,
    "http.request.uri_escaped": lambda _: UnreadValue("uri_escaped", chosen=True),
    "http.request.uri.query": lambda request: request.query,
    "http.request.uri.prefixed_query": lambda request: f"?{request.query}" if request.query else "",
    "http.request.orig_uri": lambda request: request.original,
    "http.request.orig_uri.path": lambda request: request.original.partition("?")[0],
    "http.request.orig_uri.query": lambda request: request.original.partition("?")[2],
    "http.request.tls.server_name": lambda request: request.client.name if request.client.tls else None,
    "http.error.status_code": lambda request: str(request.failed) if request.failed else None,
    "http.request.port": lambda _: UnreadValue("http.request.port", chosen=True),
}
_WITH_NAMES: Mapping[str, Callable[[RequestInCaddy, str], PlaceholderValue]] = {
    "http.request.header.": _header,
    "http.request.cookie.": _cookie,
    "http.request.uri.query.": _argument,
    "http.vars.": lambda request, name: request.variables.get(name, ""),
    "http.regexp.": _group,
}
