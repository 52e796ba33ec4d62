"""What middlewares do with a request: refuse it, redirect it, change its path and its headers."""

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import Passage
from specdrift.model.result.source import Guarding
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import Decision, Undetermined
from specdrift.source.gateway.open_facts import OpenFact, certainly
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.traefik.traefik_files import NamedPart, flag, member, texts
from specdrift.source.traefik.traefik_request import BROKEN, TraefikRequest, split, unescaped
from specdrift.source.traefik.traefik_settings import TraefikSettings, own_name

CERTIFICATE, DETAILS = "X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Info"
PASSING = frozenset(
    {"ratelimit", "inflightreq", "buffering", "circuitbreaker", "compress", "retry", "contenttype", "grpcweb"}
)
"""They decide by load, and about answers."""
DEEPEST = 20
MOST_NAMED = 2_000
"""Maximum number of middlewares and chains of one router; chains in chains count each time."""
_ANSWERED = """
    customresponseheaders accesscontrolallowcredentials accesscontrolallowheaders accesscontrolallowmethods
    accesscontrolalloworiginlist accesscontrolalloworiginlistregex accesscontrolexposeheaders accesscontrolmaxage
    addvaryheader stsseconds stsincludesubdomains stspreload forcestsheader framedeny customframeoptionsvalue
    contenttypenosniff browserxssfilter custombrowserxssvalue contentsecuritypolicy
    contentsecuritypolicyreportonly publickey referrerpolicy permissionspolicy featurepolicy
"""
_ANSWERS = frozenset(_ANSWERED.split())
"""Settings of headers that change answers only."""
_CROSS_ORIGIN = ("accesscontrolalloworiginlist", "accesscontrolallowmethods", "accesscontrolallowheaders")
_GROUP = re.compile(r"\$(?:(\d+)|\{(\d+)\})")


class UnknownMiddleware(Exception):
    """A middleware that no file defines: Traefik leaves the router out."""


class Middleware(Struct, frozen=True):
    """A middleware of one kind."""

    kind: str
    """In lower case."""
    node: YamlNode

    @property
    def at(self) -> SourceLocation:
        return self.node.place


def chain_of(names: tuple[str, ...], settings: TraefikSettings) -> Iterator[Middleware]:
    """Yield the middlewares of names, in their order. Raises UnknownMiddleware, Undetermined."""
    pending = [(name, 0) for name in reversed(names)]
    steps = 0
    while pending:
        written, depth = pending.pop()
        name, steps = own_name(written), steps + 1
        node = settings.middlewares.get(name)
        if depth > DEEPEST or steps > MOST_NAMED or (node is None and "@" in name):
            raise Undetermined(f"the middleware {name}")
        if node is None:
            raise UnknownMiddleware(name)
        if (NamedPart.MIDDLEWARES, name) in settings.doubts:
            raise Undetermined(settings.doubts[NamedPart.MIDDLEWARES, name], node.place)
        kinds = tuple(node.entries())
        if len(kinds) != 1:
            raise Undetermined(f"the middleware {name}, which has no kind or several", node.place)
        kind, own = kinds[0][0].lower(), kinds[0][1]
        if kind == "chain":
            inner = texts(member(own, "middlewares"))
            pending.extend((one, depth + 1) for one in reversed(inner))
        else:
            yield Middleware(kind, own)


def run(one: Middleware, request: TraefikRequest) -> Decision | None:
    """Change a request; return how a middleware ends it, if it does. Raises Undetermined and NotAssumed."""
    request.spend()
    if one.kind in PASSING:
        return None
    known = _KINDS.get(one.kind)
    if known is None:
        raise Undetermined(f"the middleware {one.kind}", one.at)
    try:
        return known(one.node, request)
    except UnsupportedPattern as error:
        raise Undetermined(str(error), one.at) from None


def _replaced(pattern: str, replacement: str, text: str) -> str:
    """Replace the matches of an expression of Go. Raises UnsupportedPattern."""
    if re.search(r"\$(?!\d|\{\d+\}|\$)", replacement) or re.search(r"\$\d+[A-Za-z_]", replacement):
        raise UnsupportedPattern(f"the replacement {replacement[:60]}")
    written = _GROUP.sub(lambda found: rf"\g<{found[1] or found[2]}>", replacement.replace("\\", "\\\\"))
    return compiled(pattern).replaced(written.replace("$$", "$"), text)


def _password(node: YamlNode, _: TraefikRequest) -> Decision | None:
    return Decision(passage=Passage.REFUSED, status=401, at=node.place, guard=Guarding.TOKEN)


def _addresses(node: YamlNode, request: TraefikRequest) -> Decision | None:
    fact = OpenFact(f"ipAllowList {node.place}", "the addresses of clients", chosen=False, at=node.place)
    if certainly(request.assumed.get(fact.what, fact)):
        return None
    return Decision(passage=Passage.REFUSED, status=403, at=node.place)


def _asked(node: YamlNode, request: TraefikRequest) -> Decision | None:
    fact = OpenFact(f"forwardAuth {node.place}", "the answer of forwardAuth", chosen=False, at=node.place)
    if not certainly(request.assumed.get(fact.what, fact)):
        return Decision(passage=Passage.REFUSED, status=401, at=node.place)
    if member(node, "authResponseHeadersRegex"):
        raise Undetermined("authResponseHeadersRegex", node.place)
    for name in (*texts(member(node, "authResponseHeaders")), member(node, "headerField").written):
        if name:
            request.headers[name.lower()] = UNKNOWN_PART
    return None


def _certificate(node: YamlNode, request: TraefikRequest) -> Decision | None:
    for name, wanted in ((CERTIFICATE, flag(member(node, "pem"))), (DETAILS, bool(member(node, "info")))):
        if wanted and request.presents:
            request.set_header(name, UNKNOWN_PART, node.place, shown=name.lower(), certificate=True)
    return None


def _prefix_added(node: YamlNode, request: TraefikRequest) -> Decision | None:
    prefix = member(node, "prefix").written
    raw = _rooted(prefix + request.raw) if request.raw else ""
    request.go_to(_rooted(prefix + request.path), raw)
    return None


def _rooted(path: str) -> str:
    return path if not path or path.startswith("/") else f"/{path}"


def _prefix_stripped(node: YamlNode, request: TraefikRequest) -> Decision | None:
    for prefix in texts(member(node, "prefixes")):
        if request.path.startswith(prefix):
            if flag(member(node, "forceSlash")):
                raise Undetermined("forceSlash", node.place)
            raw = _rooted(request.raw.removeprefix(prefix)) if request.raw else ""
            request.go_to(_rooted(request.path.removeprefix(prefix)), raw)
            request.headers["x-forwarded-prefix"] = prefix.strip()
            break
    return None


def _expression_stripped(node: YamlNode, request: TraefikRequest) -> Decision | None:
    for written in texts(member(node, "regex")):
        found = compiled(written.strip()).search(request.path)
        if found is not None and found[0] and request.path.startswith(found[0]):
            raw = _rooted(request.raw[len(found[0]) :]) if request.raw else ""
            request.go_to(_rooted(request.path.removeprefix(found[0])), raw)
            request.headers["x-forwarded-prefix"] = found[0]
            break
    return None


def _path_replaced(node: YamlNode, request: TraefikRequest) -> Decision | None:
    return _put(request, member(node, "path").written, node.place)


def _put(request: TraefikRequest, raw: str, at: SourceLocation) -> Decision | None:
    if "%" in raw and BROKEN.search(raw):
        return Decision(passage=Passage.REFUSED, status=500, at=at)
    request.headers["x-replaced-path"] = request.raw or request.escaped
    request.go_to(unescaped(raw), raw)
    return None


def _expression_replaced(node: YamlNode, request: TraefikRequest) -> Decision | None:
    pattern = member(node, "regex").written.strip()
    own = request.raw or request.escaped
    if compiled(pattern).search(own) is None:
        return None
    return _put(request, _replaced(pattern, member(node, "replacement").written.strip(), own), node.place)


def _headers(node: YamlNode, request: TraefikRequest) -> Decision | None:
    given = {key.lower() for key, _ in node.entries()}
    strange = min(given - _ANSWERS - {"customrequestheaders"}, default="")
    if strange:
        raise Undetermined(f"the setting {strange} of headers", node.place)
    if request.method == "OPTIONS" and given.intersection(_CROSS_ORIGIN):
        raise Undetermined("the answer to a preflight request", node.place)
    for name, value in member(node, "customRequestHeaders").entries():
        if not value.written:
            request.headers.pop(name.lower(), None)
        elif name.lower() != "host":
            request.set_header(name, value.written, value.place)
    return None


def _scheme(node: YamlNode, request: TraefikRequest) -> Decision | None:
    wanted, port = member(node, "scheme").written, member(node, "port").written
    stated = request.headers.get("x-forwarded-proto", "").lower()
    own = {"http": "http", "ws": "http", "https": "https", "wss": "https"}.get(stated)
    own = own or ("https" if request.tls else "http")
    if wanted != own:
        permanent = flag(member(node, "permanent"))
        return Decision(passage=Passage.REDIRECTED, status=301 if permanent else 302, at=node.place)
    if port and (wanted, port) not in (("http", "80"), ("https", "443")):
        raise Undetermined("a redirect to the same scheme with a port", node.place)
    return None


def _expression_redirected(node: YamlNode, request: TraefikRequest) -> Decision | None:
    pattern = member(node, "regex").written
    own = f"{'https' if request.tls else 'http'}://{request.host}{request.uri}"
    if compiled(pattern).search(own) is None:
        return None
    if _replaced(pattern, member(node, "replacement").written, own) == own:
        path, _, request.query = request.uri.partition("?")
        request.go_to(*split(path))
        return None
    return Decision(passage=Passage.REDIRECTED, status=302, at=node.place)


_KINDS: Mapping[str, Callable[[YamlNode, TraefikRequest], Decision | None]] = {
    "basicauth": _password,
    "digestauth": _password,
    "ipallowlist": _addresses,
    "ipwhitelist": _addresses,
    "forwardauth": _asked,
    "passtlsclientcert": _certificate,
    "addprefix": _prefix_added,
    "stripprefix": _prefix_stripped,
    "stripprefixregex": _expression_stripped,
    "replacepath": _path_replaced,
    "replacepathregex": _expression_replaced,
    "headers": _headers,
    "redirectscheme": _scheme,
    "redirectregex": _expression_redirected,
}
