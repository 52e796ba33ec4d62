"""Decides one request as HAProxy does: handshake, rules of the frontend, choice of the backend, its rules."""

from collections.abc import Mapping
from itertools import islice, pairwise

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import (
    ForwardedHeader,
    GatewayCaller,
    GatewayClientAuth,
    GatewayEntry,
    Passage,
)
from specdrift.model.result.source import Guarding
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import MOST_HEADERS, Decision, GatewayRequest, Undetermined
from specdrift.source.gateway.open_facts import decided_for
from specdrift.source.gateway.raw_listeners import ENDS_TLS
from specdrift.source.gateway.sameness import VARIABLE
from specdrift.source.haproxy.acls import holds
from specdrift.source.haproxy.actions.request_actions import HOST, changed, filled_headers
from specdrift.source.haproxy.binds import Bind, Verification
from specdrift.source.haproxy.haproxy_files import HaproxyFiles
from specdrift.source.haproxy.log_formats import filled, from_certificate
from specdrift.source.haproxy.proxies import Proxies, Proxy, ProxyRule, RuleSet
from specdrift.source.haproxy.request_state import ClientConnection, RequestState

UNMATCHED = "unmatched.invalid"
"""A host name that no condition has."""
NO_SERVER, UNAUTHORIZED = 503, 401
STATISTICS = "/haproxy?stats"
"""The path and query of the page of statistics, where none is named."""
OVER_QUIC = "3.0"
"""The version of HTTP that clients of a listener over QUIC send."""
REFUSING = {"deny": 403, "tarpit": 500, "auth": 401, "reject": None, "silent-drop": None}
"""Actions, with the status that they answer."""
ANSWERING = {"return": 200, "redirect": 302}
TCP_RULES = (RuleSet.CONNECTION, RuleSet.SESSION, RuleSet.CONTENT)
PASSWORD = "http_auth"  # noqa: S105 - the name of a fetch


class ServedName(Struct, frozen=True, eq=False):
    """A name that clients request from a listener."""

    entry: GatewayEntry
    proxy: Proxy
    bind: Bind
    host: str
    hands_on: bool = False
    """It hands connections on without ending TLS, to a service that gets no requests."""
    server_name: str | None = None
    """What the client names in the handshake, if that is not the host of the request."""


class HaproxyDecision(Struct, frozen=True, eq=False):
    """One request to one listener."""

    proxies: Proxies
    files: HaproxyFiles
    served: ServedName
    request: GatewayRequest
    own: frozenset[str]
    """Addresses where the configuration's own frontends listen."""
    variables: frozenset[str]
    """Those that hold a part of the certificate."""
    kept: frozenset[str] = frozenset()
    """Variables that earlier requests of the connection may have filled."""

    def decide(self) -> Decision:
        """Decide; a fact that is not known is assumed both ways."""
        found = self._decided(password=False)
        if found.passage.refused and found.guard is Guarding.TOKEN:
            # Another rule may refuse callers with the right password as well.
            further = self._decided(password=True)
            found = further if further.passage.refused else found
        if "#" not in self.request.target or found.passage.refused:
            return found
        return replace(found, passage=Passage.UNKNOWN, reason="a target with a fragment")

    def _decided(self, *, password: bool) -> Decision:
        def decide(known: Mapping[str, bool]) -> Decision:
            return _Run.of(self, known, password=password).decide()

        return decided_for(decide, self.served.proxy.location)


class _Run(Struct):
    """One run, for facts that are known or assumed."""

    of_request: HaproxyDecision
    state: RequestState
    verification: Verification
    refusing: SourceLocation

    @classmethod
    def of(cls, decision: HaproxyDecision, assumed: Mapping[str, bool], *, password: bool) -> "_Run":
        served, request = decision.served, decision.request
        tls = served.bind.tls
        host = request.host or served.host
        if request.absolute:  # HAProxy deletes the usual port of the scheme
            host = host.removesuffix(":443" if tls else ":80")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        server_name = served.server_name or request.server_name or name.lower().rstrip(".")
        line = served.bind.line_of(server_name)
        verification = served.bind.verification_of(server_name)
        connection = ClientConnection(
            tls=tls,
            requested=tls and verification.auth is not GatewayClientAuth.NONE,
            caller=request.caller if tls else GatewayCaller.ANONYMOUS,
            name=server_name,
            port=served.bind.port,
            frontend=served.proxy.name,
            presented=request.presented,
        )
        state = RequestState(
            connection=connection,
            files=decision.files,
            method=request.method,
            target=request.target,
            captured=request.target,
            keeps_request=served.proxy.keeps_requests,
            headers={"host": [host], **{name.lower(): [value] for name, value in request.headers.items()}},
            version=OVER_QUIC if served.entry.quic else request.protocol.removeprefix("HTTP/"),
            origin=f"{'https' if tls else 'http'}://{host}" if request.absolute else "",
            is_http=served.proxy.is_http,
            password=password,
            servers=decision.proxies.servers,
            kept=decision.kept,
            assumed=assumed,
        )
        return cls(decision, state, verification, line.location if line else served.bind.location)

    def decide(self) -> Decision:
        refused = self._handshake()
        if refused is not None:
            return refused
        if not self.state.target.startswith("/"):
            raise Undetermined("a target that is no path")
        served = self.of_request.served
        front = served.proxy
        decision = self._routed(front)
        if not served.hands_on or decision.passage is not Passage.FORWARDED:
            return decision
        return replace(
            decision, passage=Passage.UNKNOWN, at=front.location, reason=ENDS_TLS, sent={}, raw=True
        )

    def _routed(self, front: Proxy) -> Decision:
        """Return what the rules make of a request, and which service gets it."""
        ended = self._before_routing(front)
        if ended is not None:
            return ended
        back, route = self._backend(front)
        if back is None:
            return Decision(passage=Passage.REFUSED, status=NO_SERVER, at=front.location, route=route)
        if back is not front:
            self.state.is_http = self.state.is_http or back.is_http
            ended = self._before_routing(back)
            if ended is not None:
                return replace(ended, route=route)
        return replace(self._forwarded(front, back), route=route)

    def _handshake(self) -> Decision | None:
        """Return the refusal of a handshake. Raises Undetermined."""
        connection, bind = self.state.connection, self.of_request.served.bind
        if bind.unread:
            raise Undetermined(bind.unread, bind.location)
        other = bind.strict and bind.lines and connection.name == UNMATCHED
        if other and not bind.names_all:
            raise Undetermined("strict-sni, and the names of certificates", bind.location)
        if other:
            return Decision(passage=Passage.REFUSED_IN_TLS, at=bind.location)
        if connection.tls and self.verification.refuses(connection.caller):
            return Decision(passage=Passage.REFUSED_IN_TLS, at=self.refusing)
        return None

    def _before_routing(self, proxy: Proxy) -> Decision | None:
        """Return how the rules of a proxy end the request; ``None`` if they do not."""
        opaque = next(proxy.of(RuleSet.OPAQUE), None)
        if opaque is not None:
            raise Undetermined(" ".join(opaque.action[:2]), opaque.location)
        for kind in TCP_RULES:
            ended = self._rules(proxy, kind)
            if ended is not None:
                return ended
        if not self.state.is_http:
            return None
        monitor = proxy.last("monitor-uri")
        if monitor is not None and self.state.target == monitor.arg(0):
            return Decision(passage=Passage.ANSWERED, status=200, at=monitor.location)
        return (
            self._rules(proxy, RuleSet.HTTP)
            or self._statistics(proxy)
            or self._rules(proxy, RuleSet.REDIRECT)
        )

    def _statistics(self, proxy: Proxy) -> Decision | None:
        """Return the page of a proxy's counters, which hides what services have at its path."""
        every = tuple(proxy.section.all("stats"))
        if not every:
            return None
        uri = next((one.arg(1) for one in reversed(every) if one.arg(0) == "uri"), STATISTICS)
        if not self.state.target.startswith(uri):
            return None
        protected = any(one.arg(0) == "auth" for one in every)
        passage = Passage.REFUSED if protected else Passage.ANSWERED
        return Decision(passage=passage, status=UNAUTHORIZED if protected else None, at=every[-1].location)

    def _rules(self, proxy: Proxy, kind: RuleSet) -> Decision | None:
        for rule in proxy.of(kind):
            if not holds(rule, self.state):
                continue
            if rule.action[0] in ("allow", "accept"):
                return None
            ended = _ended(rule)
            if ended is not None:
                return ended
            changed(rule, self.state)
        return None

    def _backend(self, front: Proxy) -> tuple[Proxy | None, SourceLocation | None]:
        """Return the backend that gets the request, and the statement that chooses it."""
        backends = self.of_request.proxies.backends
        for rule in front.of(RuleSet.SWITCH):
            if not holds(rule, self.state):
                continue
            name = filled(rule.action[0], self.state, rule.location)
            if not name.exact:
                raise Undetermined(f"use_backend {rule.action[0]}", rule.location)
            if name.content in backends:
                return backends[name.content], rule.location
            break
        found = front.last("default_backend")
        if found is not None:
            return backends.get(found.arg(0)), found.location
        own = backends.get(front.name)
        return (own, front.location) if own is front else (None, None)

    def _forwarded(self, front: Proxy, back: Proxy) -> Decision:
        port = self.of_request.served.bind.port
        servers = list(back.servers())
        if not servers:
            return Decision(passage=Passage.REFUSED, status=NO_SERVER, at=back.location)
        upstream = frozenset(address_of(written, port) for written, _ in servers)
        if upstream & self.of_request.own:
            raise Undetermined("a frontend of the same configuration that gets the request", servers[0][1])
        proxies = dict.fromkeys((front, back))
        rules = [rule for one in proxies for rule in one.of(RuleSet.HTTP)] if self.state.is_http else []
        headers = tuple(islice(self._headers(rules), MOST_HEADERS + 1))
        if len(headers) > MOST_HEADERS:
            raise Undetermined(f"more than {MOST_HEADERS} headers", headers[-1].location)
        sent = {name: ", ".join(lines) for name, lines in self.state.headers.items() if name != "host"}
        return Decision(
            passage=Passage.FORWARDED,
            at=servers[0][1],
            upstream=upstream,
            path=self._sent_path(),
            headers=headers,
            host=self.state.host if self.state.headers.get(HOST) == [self.state.host] else "",
            sent=sent,
        )

    def _sent_path(self) -> str:
        """Return the path that the service reads: behind a host, none is that of the root (RFC 9112 §3.2.2)."""
        found = self.state.path_and_query
        return found if found is not None else "/" if self.state.origin else self.state.target

    def _headers(self, rules: list[ProxyRule]) -> "list[ForwardedHeader]":
        return [
            ForwardedHeader(
                name=one.name,
                value=one.value,
                from_certificate=from_certificate(one.value, self.of_request.variables),
                location=one.location,
            )
            for one in filled_headers(iter(rules))
        ]


def address_of(written: str, port: int) -> str:
    """Return the address of a server; without a port, it gets that of the client's connection."""
    if written.startswith(("/", "unix@")):
        return f"unix:{written.removeprefix('unix@')}"
    plain = written.rpartition("@")[2].replace(UNKNOWN_PART, VARIABLE)
    return plain if plain.rpartition("]")[2].count(":") == 1 else f"{plain}:{port}"


def _ended(rule: ProxyRule) -> Decision | None:
    """Return how an action ends a request; ``None`` if it lets it go on."""
    name = rule.action[0]
    words = dict(pairwise(rule.action))
    if name in REFUSING:
        guard = Guarding.TOKEN if name == "auth" or _asks_for_password(rule) else Guarding.NONE
        usual = REFUSING[name]
        status = _status(words, usual) if usual is not None else None
        return Decision(passage=Passage.REFUSED, at=rule.location, guard=guard, status=status)
    if name not in ANSWERING:
        return None
    status = _status(words, ANSWERING[name], "code")
    passage = Passage.REFUSED if status >= 400 else Passage.ANSWERED
    passage = Passage.REDIRECTED if 300 <= status < 400 else passage
    return Decision(passage=passage, status=status, at=rule.location)


def _asks_for_password(rule: ProxyRule) -> bool:
    named = (one for word in rule.condition for one in rule.scope.acls.get(word.lstrip("!"), ()))
    return any(PASSWORD in word for word in (*rule.condition, *(word for one in named for word in one)))


def _status(words: Mapping[str, str], usual: int, *names: str) -> int:
    written = next((words[name] for name in (*names, "deny_status", "status") if name in words), "")
    return int(written) if written.isdecimal() and len(written) == 3 else usual
