"""Decides one request as Apache does: handshake, name, rewriting, mapping, access, headers."""

from collections.abc import Mapping
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import (
    ForwardedHeader,
    GatewayCaller,
    GatewayClientAuth,
    GatewayEntry,
    Passage,
)
from specdrift.source.apache.apache_environment import SETTERS, set_by_request
from specdrift.source.apache.apache_paths import RefusedPathError, decoded, encoded
from specdrift.source.apache.apache_values import ApacheRequest
from specdrift.source.apache.client_verification import refuses, verified
from specdrift.source.apache.configuration.apache_directives import ApacheDirective, named
from specdrift.source.apache.configuration.host_names import bare_host
from specdrift.source.apache.configuration.known_directives import unread
from specdrift.source.apache.configuration.virtual_hosts import ApacheServer, Socket
from specdrift.source.apache.proxy_routes import Balancers
from specdrift.source.apache.request_headers import apply, changes_of
from specdrift.source.apache.request_mapping import Mapped, RequestMapping, outer_layers
from specdrift.source.apache.require_rules import AccessDenied, by_address, denied
from specdrift.source.apache.section_changes import changed_by_sections, options_of
from specdrift.source.apache.sections import Effective, of_file, of_proxy, of_url
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import MOST_HEADERS, Decision, GatewayRequest, Undetermined
from specdrift.source.gateway.open_facts import decided_for
from specdrift.source.gateway.sameness import VARIABLE, same_operation

UNMATCHED = "unmatched.invalid"
"""A host name that no server has."""
FORBIDDEN, METHOD_NOT_ALLOWED, MISDIRECTED, UNAVAILABLE = 403, 405, 421, 503
KEEPING = "nodecode"


class NamedServer(Struct, frozen=True, eq=False):
    """A name that clients request from an address."""

    entry: GatewayEntry
    socket: Socket
    host: str
    sends_name: bool = True
    """The client names the host in the handshake, too."""


class ApacheDecision(Struct, frozen=True, eq=False):
    """One request to one listener."""

    named: NamedServer
    request: GatewayRequest
    own: frozenset[str]
    """Addresses where the configuration's own servers listen."""

    def decide(self) -> Decision:
        """Decide; a fact that is not known is assumed both ways."""
        return decided_for(lambda known: _Run.of(self, known).decide(), self.named.socket.default.at)


class _Run(Struct):
    """One run, for facts that are known or assumed."""

    of_request: ApacheDecision
    server: ApacheServer
    handshake: ApacheServer
    request: ApacheRequest
    directives: tuple[ApacheDirective, ...]
    balancers: Balancers
    route: SourceLocation | None = None
    effective: Effective = field(default_factory=lambda: Effective(()))

    @classmethod
    def of(cls, decision: ApacheDecision, assumed: Mapping[str, bool]) -> "_Run":
        one, sent = decision.named, decision.request
        written = sent.host or one.host
        name = bare_host(written)
        server = one.socket.server(name)
        tls = bool(one.socket.tls)
        handshake = server if not tls or one.sends_name else one.socket.default
        presents = tls and sent.caller is not GatewayCaller.ANONYMOUS
        request = ApacheRequest(
            tls=tls,
            server_name=name if tls and one.sends_name else "",
            caller=_shown(sent.caller, handshake) if tls else GatewayCaller.ANONYMOUS,
            method=sent.method,
            target=sent.target,
            line=sent.line(written, tls=tls),
            protocol=sent.protocol,
            host=name,
            port=one.socket.listen.port,
            headers={"host": [written], **{name.lower(): [value] for name, value in sent.headers.items()}},
            assumed=assumed,
            presented=presents and handshake.mode is not GatewayClientAuth.NONE,
            known=sent.presented,
        )
        return cls(decision, server, handshake, request, server.both, Balancers.of(server.both))

    def decide(self) -> Decision:
        if self.of_request.named.socket.tls is None:
            raise Undetermined("SSLEngine", self.handshake.at)
        for server in (self.server, self.handshake):
            if server.unread is not None:
                raise Undetermined(unread(server.unread), server.unread.location)
        if self.request.tls and refuses(self.handshake.mode, self.request.caller, self.handshake):
            return Decision(passage=Passage.REFUSED_IN_TLS, at=self.handshake.mode_at)
        strict = self._without_name()
        if strict is not None:
            return strict
        if self.handshake is not self.server:
            return self._of_other_handshake()
        return self._of_request()

    def _of_request(self) -> Decision:
        self.request.path, _, self.request.query = self.request.target.partition("?")
        if self.request.path.startswith("//") and self.request.line.split()[1].startswith("/"):
            # The path of an absolute target (RFC 9112 §3.2.2) keeps its slashes.
            self.request.path = f"/{self.request.path.lstrip('/')}"
        self._early()
        ended = self._path()
        if ended is not None:
            return ended
        mapped = RequestMapping(self.server, self.request).find()
        if mapped.ended is not None:
            return self._refused_or(mapped.ended)
        self.route = mapped.at
        self.effective = self._sections(mapped)
        self._known()
        denial = self._access()
        if denial is not None:
            return self._refusal(denial)
        return replace(self._handled(mapped), route=self.route)

    def _without_name(self) -> Decision | None:
        """Return the refusal of a client that names no server in the handshake."""
        if self.of_request.named.sends_name or not self.request.tls:
            return None
        for one in (self.server, self.handshake):
            strict = one.setting("sslstrictsnivhostcheck")
            if strict is not None and strict.flag:
                return Decision(passage=Passage.REFUSED, status=FORBIDDEN, at=strict.location)
        return None

    def _of_other_handshake(self) -> Decision:
        """Decide for a client that names no server. Newer versions of Apache answer 421; older ones go on."""
        found = self._of_request()
        named = replace(self.of_request, named=replace(self.of_request.named, sends_name=True))
        plain = _Run.of(named, self.request.assumed).decide()
        if found.passage.refused or same_operation(found, plain) is True:
            return Decision(passage=Passage.REFUSED, status=MISDIRECTED, at=self.server.at)
        raise Undetermined("a client that names no server in the handshake", self.handshake.mode_at)

    def _path(self) -> Decision | None:
        """Decode the path; return the refusal of one that Apache does not take."""
        path = self.request.path
        if not path.startswith("/") or "#" in path:
            raise Undetermined("a target that is no path")
        # What nocanon makes of an absolute target is not evaluated.
        self.request.raw = path if self.request.line.split()[1].startswith("/") else ""
        merge = self.server.setting("mergeslashes")
        merges = merge is None or merge.arg(0).lower() != "off"
        try:
            inner = decoded(path, slashes="nodecode", merge=merges)
            outer = of_url(outer_layers(self.server), self.directives, inner, self.request)
            found = outer.last("allowencodedslashes")
            slashes = found.arg(0).lower() if found else "off"
            self.request.path = decoded(path, slashes=slashes, merge=merges)
        except RefusedPathError as error:
            return Decision(passage=Passage.REFUSED, status=error.status, at=self.server.at)
        return None

    def _early(self) -> None:
        layers = outer_layers(self.server)
        for change in (
            one for layer in layers for one in changes_of(named(layer.directives, "requestheader"))
        ):
            if change.early:
                apply(change, self.request)
        for one in (one for layer in layers for one in named(layer.directives, *SETTERS)):
            set_by_request(one, self.request)

    def _sections(self, mapped: Mapped) -> Effective:
        layers = outer_layers(self.server)
        if mapped.url:
            layers += of_proxy(self.directives, mapped.url, self.request)
        elif mapped.file:
            layers += of_file(self.directives, mapped.file, self.request)
        return of_url(layers, self.directives, self.request.path, self.request)

    def _known(self) -> None:
        """Raise Undetermined for a directive in force that is not evaluated."""
        for layer in self.effective.layers:
            for one in layer.directives:
                if reason := unread(one):
                    raise Undetermined(reason, one.location)
                if one.name == "satisfy" and one.arg(0).lower() == "any":
                    raise Undetermined("Satisfy any", one.location)

    @property
    def _method(self) -> str:
        return "GET" if self.request.method == "HEAD" else self.request.method

    def _methods(self) -> None:
        """Raise Undetermined where several AllowMethods differ about the method: those of one section add up."""
        every = tuple(self.effective.all("allowmethods"))
        differ = len({self._method in one.args for one in every}) > 1
        if differ or any("reset" in one.written.lower() for one in every):
            raise Undetermined("several AllowMethods", every[-1].location)

    def _access(self) -> AccessDenied | None:
        for layer in self.effective.layers:
            for one in named(layer.directives, *SETTERS) if layer.section else ():
                set_by_request(one, self.request)
        self._methods()
        methods = self.effective.last("allowmethods")
        if methods is not None and self._method not in methods.args:
            return AccessDenied(METHOD_NOT_ALLOWED, methods.location)
        found = verified(self.effective, self.request, self.server, self.handshake)
        if found is not None:
            return AccessDenied(found.status, found.at)
        refused = by_address(self.effective.layers, self.request)
        return refused or denied(
            self.effective, self.request, fake_password="fakebasicauth" in options_of(self.effective)
        )

    def _refusal(self, denial: AccessDenied) -> Decision:
        return self._refused_or(
            Decision(
                passage=Passage.REFUSED,
                status=denial.status,
                at=denial.at,
                guard=denial.guard,
                route=self.route,
            )
        )

    def _refused_or(self, decision: Decision) -> Decision:
        """Return a refusal. Raises Undetermined if its page comes from a service: the request goes on there."""
        pages = (
            one for layer in (self.effective.layers or outer_layers(self.server)) for one in layer.directives
        )
        for one in pages:
            if (
                one.name == "errordocument"
                and one.arg(0) == str(decision.status)
                and one.arg(1).startswith("/")
            ):
                page, _, query = one.arg(1).partition("?")
                asked = replace(
                    self.request,
                    method="GET",
                    path=page,
                    raw=page,
                    query=query,
                    environment=dict(self.request.environment),
                )
                if RequestMapping(self.server, asked).find().url:
                    raise Undetermined("an error page of the service", one.location)
        return decision

    def _handled(self, mapped: Mapped) -> Decision:
        ended = changed_by_sections(self.effective, self.request)
        if ended is not None:
            return ended
        handler = self.effective.last("sethandler")
        by = handler.arg(0) if handler and handler.arg(0).lower() != "none" else ""
        if handler and by and mapped.url:
            raise Undetermined("SetHandler on the way to a service", handler.location)
        url = mapped.url or (by.removeprefix("proxy:") if by.startswith("proxy:") else "")
        if url:
            return self._forwarded(mapped, url, handler.location if handler and by else mapped.at)
        if handler and by:
            return Decision(passage=Passage.ANSWERED, status=None, at=handler.location)
        override = self.effective.last("allowoverride")
        if override is not None and override.arg(0).lower() != "none":
            raise Undetermined("files named .htaccess", override.location)
        for one in self.effective.all("addhandler"):
            if "proxy" in one.arg(0).lower():
                raise Undetermined("AddHandler", one.location)
        return Decision(passage=Passage.ANSWERED, at=mapped.at)

    def _forwarded(self, mapped: Mapped, url: str, at: SourceLocation) -> Decision:
        address = self.balancers.address(url, at)
        if not address.upstream:
            return Decision(passage=Passage.REFUSED, status=UNAVAILABLE, at=at)
        if address.upstream & self.of_request.own:
            raise Undetermined("a virtual host of the same configuration that gets the request", at)
        changes = islice(changes_of(self.effective.all("requestheader")), MOST_HEADERS + 1)
        headers = tuple(
            ForwardedHeader(
                name=one.name,
                value=one.values[0] if one.values else "",
                from_certificate=one.from_certificate,
                location=one.location,
            )
            for one in changes
            if one.action != "unset"
        )
        if len(headers) > MOST_HEADERS:
            raise Undetermined(f"more than {MOST_HEADERS} headers", at)
        slashes = self.effective.last("allowencodedslashes")
        path = address.path if mapped.is_raw else encoded(address.path)
        if not mapped.is_raw and slashes and slashes.arg(0).lower() == KEEPING and "%" in address.path:
            # What a service gets then depends on more than this, and differs between versions.
            raise Undetermined("AllowEncodedSlashes NoDecode", slashes.location)
        query = self.request.target.partition("?")[2] if mapped.is_raw else self.request.query
        return Decision(
            passage=Passage.FORWARDED,
            at=at,
            upstream=frozenset(one.replace(UNKNOWN_PART, VARIABLE) for one in address.upstream),
            path=f"{path}?{query}" if path and query else path,
            headers=headers,
            host=self._sent_host(address.upstream),
            sent={name: ", ".join(lines) for name, lines in self.request.headers.items() if name != "host"},
        )

    def _sent_host(self, upstream: frozenset[str]) -> str:
        """Return the host that a service gets: its own, unless that of the client is preserved."""
        preserved = self.effective.last("proxypreservehost")
        if (
            (preserved is not None and preserved.flag)
            or len(upstream) != 1
            or UNKNOWN_PART in "".join(upstream)
        ):
            return ""
        return next(iter(upstream))


def _shown(caller: GatewayCaller, server: ApacheServer) -> GatewayCaller:
    """Return a caller as a server sees it: without an authority, no certificate is known to be valid."""
    unknown = caller is GatewayCaller.VALID and not server.has_ca
    return GatewayCaller.UNTRUSTED if unknown else caller
