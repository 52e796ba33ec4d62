"""What the service behind gets: its address, the path and the headers."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from specdrift.model.result.gateway import ForwardedHeader, Passage
from specdrift.source.gateway.exchange import MOST_HEADERS, Decision, Undetermined
from specdrift.source.nginx import inheritance
from specdrift.source.nginx.certificate_variables import CertificateVariables
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.servers import PASSES, REGEXES, Levels, Location, MatchKind
from specdrift.source.nginx.uri import escaped
from specdrift.source.nginx.variable_values import EMPTY, SOME, Value
from specdrift.source.nginx.variables import Variables

HOST, PROXY_HOST = "host", "$proxy_host"
"""What nginx sends by itself: the service as the statement names it."""
SETTERS = {
    "proxy_pass": "proxy_set_header",
    "grpc_pass": "grpc_set_header",
    "fastcgi_pass": "fastcgi_param",
    "uwsgi_pass": "uwsgi_param",
    "scgi_pass": "scgi_param",
}
"""The statement that sets a header for the service of each kind."""


class Forwarding(Struct):
    """Knows the upstreams of a configuration, and what it takes from the certificate."""

    upstreams: Mapping[str, frozenset[str]]
    certificate: CertificateVariables
    names: tuple[str, ...] = ()
    """Names and addresses that a statement with variables may come to."""
    known: dict[tuple[Directive, Levels], tuple[ForwardedHeader, ...]] = field(default_factory=dict)
    """The headers that statements set, as far as they were asked for."""

    def decision(
        self, handler: Directive, levels: Levels, location: Location | None, variables: Variables, raw: str
    ) -> Decision:
        """Return the forwarding of a request; ``raw`` is its target as sent, empty after a rewrite."""
        address = variables.text(handler.first)
        upstream, uri = self._upstream(handler, address)
        unknown = not address.exact and _has_variable_path(handler.first, uri)
        return Decision(
            passage=Passage.FORWARDED,
            at=handler.location,
            upstream=upstream,
            path=""
            if unknown
            else uri
            if uri and "$" in handler.first
            else _path(uri, location, variables, raw),
            headers=self._headers_of(handler, levels),
            host=self._host_of(handler, levels),
            sent=dict(_sent(handler, levels, variables, self.certificate)),
        )

    def addresses(self, handler: Directive) -> frozenset[str]:
        """Return the addresses of a statement; none if variables choose them, and not the path alone."""
        service = handler.first.partition("://")[2].partition("/")[0] or handler.first
        return frozenset() if "$" in service else self._upstream(handler, Value(handler.first))[0]

    def _upstream(self, handler: Directive, address: Value) -> tuple[frozenset[str], str | None]:
        """Return the addresses of the service, and the path of the statement if it has one."""
        written = address.content if address.exact else handler.first
        if "://" not in written:
            return self.upstreams.get(written, frozenset({written})), None
        scheme, _, rest = written.partition("://")
        if rest.startswith("unix:"):
            socket, colon, uri = rest.removeprefix("unix:").partition(":")
            return frozenset({f"unix:{socket}"}), uri if colon else None
        host, slash, uri = rest.partition("/")
        port = "443" if scheme in ("https", "grpcs") else "80"
        own = frozenset({host if ":" in host.rpartition("]")[2] else f"{host}:{port}"})
        return self.upstreams.get(host, own), f"/{uri}" if slash else None

    def _host_of(self, handler: Directive, levels: Levels) -> str:
        """Return the host that a service gets of all requests; empty if it is the client's, or not known."""
        if handler.name != "proxy_pass":
            return ""
        named = handler.first.partition("://")[2].partition("/")[0]
        every = [one for one in _setters(handler, levels) if header_name(one).lower() == HOST]
        written = every[0].args[1] if every and len(every[0].args) > 1 else PROXY_HOST
        host = named if written in (PROXY_HOST, "${proxy_host}") else written
        return "" if "$" in host else host

    def _headers_of(self, handler: Directive, levels: Levels) -> tuple[ForwardedHeader, ...]:
        """Return the headers of a statement: the same for all requests."""
        key = (handler, levels)
        if key not in self.known:
            self.known[key] = tuple(self.headers(handler, levels))
        return self.known[key]

    def headers(self, handler: Directive, levels: Levels) -> Iterator[ForwardedHeader]:
        """Yield the headers that are set, whatever their value."""
        for statement in _setters(handler, levels):
            if len(statement.args) >= 2:
                value = statement.args[1]
                yield ForwardedHeader(
                    name=header_name(statement),
                    value=value,
                    from_certificate=self.certificate.in_text(value),
                    location=statement.location,
                )


def _has_variable_path(written: str, uri: str | None) -> bool:
    """Return whether a variable may hold the path, or its beginning: it stands in the path, or behind a host."""
    return "$" in ((written.partition("://")[2] or written)[1:] if uri is None else uri)


def _setters(handler: Directive, levels: Levels) -> tuple[Directive, ...]:
    """Return the statements that set headers for the service. Raises Undetermined for very many."""
    found = inheritance.effective(levels, SETTERS.get(handler.name, ""))
    if len(found) > MOST_HEADERS:
        raise Undetermined(f"more than {MOST_HEADERS} headers", found[MOST_HEADERS].location)
    return found


def header_name(statement: Directive) -> str:
    """Return the header that a statement sets; parameters of FastCGI carry headers as ``HTTP_…``."""
    name = statement.first
    return name.removeprefix("HTTP_").replace("_", "-") if statement.name.endswith("_param") else name


def _sent(
    handler: Directive, levels: Levels, variables: Variables, certificate: CertificateVariables
) -> Iterator[tuple[str, str]]:
    """Yield the headers of the client that the service gets, and those that the gateway fills."""
    own: dict[str, Value] = {}
    for one in _setters(handler, levels):
        if len(one.args) >= 2:
            name, value = header_name(one).lower(), variables.text(one.args[1])
            value = SOME if certificate.in_doubt(one.args[1]) else value
            # Each is sent that is not empty; services take the first.
            if not own.get(name, EMPTY).content:
                own[name] = value
    underscores = inheritance.is_on(levels, "underscores_in_headers", default=False)
    if inheritance.is_on(levels, f"{handler.name}_request_headers", default=True):
        for name, sent in variables.facts.headers.items():
            if name not in own and name != "host" and ("_" not in name or underscores):
                yield name, sent
    for name, filled in own.items():
        if filled.content or not filled.exact:
            yield name, filled.content


def _path(uri: str | None, location: Location | None, variables: Variables, raw: str) -> str:
    """Return the path that the service gets."""
    query = f"?{variables.args}" if variables.args else ""
    if uri is None:
        return raw or escaped(variables.path) + query
    if location is None:
        return escaped(variables.path) + query
    if location.kind in (*REGEXES, MatchKind.NAMED):
        return uri
    return uri + escaped(variables.path[len(location.pattern) :]) + query


def upstreams_of(http: Directive) -> dict[str, frozenset[str]]:
    """Return the addresses of each ``upstream`` block."""
    return {
        block.first: frozenset(_with_port(server.first) for server in block.all("server"))
        for block in http.all("upstream")
    }


def names_of(http: Directive, handlers: Iterable[Directive]) -> Iterator[str]:
    """Yield the names and addresses of services that a configuration has."""
    upstreams = upstreams_of(http)
    plain = (one.first.partition("://")[2].partition("/")[0] for one in handlers if one.name in PASSES)
    for name in (*upstreams, *(one for each in upstreams.values() for one in each), *plain):
        if "$" not in name and not name.startswith("unix:"):
            host, colon, port = name.partition(":")
            yield from dict.fromkeys((name, f"{_LOOPBACK.get(host, host)}{colon}{port}"))


_LOOPBACK = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}


def _with_port(address: str) -> str:
    return address if address.startswith("unix:") or ":" in address.rpartition("]")[2] else f"{address}:80"
