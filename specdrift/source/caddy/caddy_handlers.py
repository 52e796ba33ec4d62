"""Runs the routes and handlers of a server for one request."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum, auto

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import ForwardedHeader, Passage
from specdrift.model.result.source import Guarding
from specdrift.source.caddy.caddy_matchers import fits
from specdrift.source.caddy.caddy_request import CaddyError, RequestInCaddy
from specdrift.source.caddy.mapped_values import ValueMap
from specdrift.source.caddy.placeholders import filled, from_certificate
from specdrift.source.caddy.request_changes import change_headers, rewrite
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import MOST_HEADERS, Decision, Undetermined
from specdrift.source.gateway.open_facts import certainly
from specdrift.source.gateway.sameness import VARIABLE
from specdrift.source.gateway.yaml_nodes import YamlNode

HOST, UPSTREAM = "host", "{http.reverse_proxy.upstream.hostport}"
"""A header that handlers set for a service, and the placeholder of its address."""
PASSING = frozenset(
    (
        *(
            "encode",
            "templates",
            "request_body",
            "log_append",
            "tracing",
            "metrics",
            "push",
            "copy_response_headers",
        ),
        *("request_header", "headers", "intercept"),
    )
)
"""Handlers that hand a request on and do not decide it."""


class _Kind(Enum):
    ROUTE = auto()
    HANDLER = auto()
    LAST = auto()
    """The end of a chain: an empty answer."""


class Chain(Struct, frozen=True):
    """What is left to run, as Caddy's handlers call each other."""

    kind: _Kind
    node: YamlNode
    rest: "Chain | None" = None
    status: int = 200
    """Of the last one."""

    @classmethod
    def last(cls, node: YamlNode, status: int = 200) -> "Chain":
        return cls(_Kind.LAST, node, status=status)

    def after(self, kind: _Kind, nodes: Iterable[YamlNode]) -> "Chain":
        """Return the chain with these before it."""
        found = self
        for node in reversed(tuple(nodes)):
            found = Chain(kind, node, found)
        return found

    def after_routes(self, routes: YamlNode) -> "Chain":
        return self.after(_Kind.ROUTE, routes.items())


class HandlerRun(Struct):
    """One request of one server."""

    request: RequestInCaddy
    variables: frozenset[str]
    """Those that hold a part of the certificate."""
    set_headers: list[ForwardedHeader] = field(default_factory=list)
    route: SourceLocation | None = None
    """The innermost route that was taken."""
    _catching: list[tuple[YamlNode, Chain]] = field(default_factory=list)
    """Routes for errors of what runs within, and what stands behind them."""

    def run(self, chain: Chain) -> Decision:
        """Run a chain to its end. Raises CaddyError, Undetermined."""
        current: Chain | None = chain
        while current is not None:
            try:
                found = self._step(current)
            except CaddyError as error:
                if not self._catching:
                    raise
                routes, behind = self._catching.pop()
                self.request.failed = error.status
                current = behind.after_routes(routes)
                continue
            if isinstance(found, Decision):
                return found
            current = found
        raise Undetermined("routes without an end", chain.node.place)

    def _step(self, chain: Chain) -> "Decision | Chain | None":
        self.request.spend()
        node, rest = chain.node, chain.rest
        if chain.kind is _Kind.LAST or rest is None:
            return Decision(
                passage=Passage.REFUSED, status=chain.status, at=self.route or node.place, route=self.route
            )
        if chain.kind is _Kind.ROUTE:
            return self._taken(node, rest)
        name = node.get("handler").written
        if name == "subroute":
            if node.has("errors"):
                self._catching.append((node.get("errors", "routes"), rest))
            return rest.after_routes(node.get("routes"))
        return self._handled(name, node) or rest

    def _taken(self, route: YamlNode, rest: Chain) -> Chain:
        group = route.get("group").written
        if not certainly(fits(route, self.request)) or (group and group in self.request.groups):
            return rest
        if group:
            self.request.groups.add(group)
        self.route = route.place
        last = Chain.last(route, self.request.failed or 200)
        behind = last if route.get("terminal").flag else rest
        return behind.after(_Kind.HANDLER, route.get("handle").items())

    def _handled(self, name: str, handler: YamlNode) -> Decision | None:
        known = _HANDLERS.get(name)
        if known is not None:
            return known(self, handler)
        if name in PASSING:
            change_headers(handler.get("request"), self.request)
            self._note_headers(handler.get("request"))
            return None
        raise Undetermined(f"the handler {name}", handler.place)

    def answer(self, handler: YamlNode) -> Decision | None:
        written = filled(handler.get("status_code").written, self.request)
        usual = self.request.failed or 200
        if written and not written.isdecimal():
            raise Undetermined("a status that is not known", handler.place)
        status = int(written) if written else usual
        passage = Passage.REFUSED if status >= 400 or handler.get("abort").flag else Passage.ANSWERED
        passage = Passage.REDIRECTED if 300 <= status < 400 else passage
        shown = None if handler.get("abort").flag else status
        return Decision(passage=passage, status=shown, at=handler.place, route=self.route)

    def error(self, handler: YamlNode) -> Decision | None:
        written = filled(handler.get("status_code").written, self.request)
        raise CaddyError(int(written) if written.isdecimal() else 500, handler.place)

    def rewritten(self, handler: YamlNode) -> Decision | None:
        rewrite(handler, self.request)
        return None

    def set_variables(self, handler: YamlNode) -> Decision | None:
        for name, node in handler.entries():
            if name != "handler":
                self.request.variables[name] = filled(node.written, self.request)
        return None

    def add_map(self, handler: YamlNode) -> Decision | None:
        self.request.maps.append(ValueMap.of(handler))
        return None

    def password(self, handler: YamlNode) -> Decision | None:
        return Decision(
            passage=Passage.REFUSED, status=401, at=handler.place, guard=Guarding.TOKEN, route=self.route
        )

    def files(self, handler: YamlNode) -> Decision | None:
        own = Decision(passage=Passage.ANSWERED, at=handler.place, route=self.route)
        return replace(own, passage=Passage.UNKNOWN, reason="files", otherwise=own)

    def forwarded(self, handler: YamlNode) -> Decision | None:
        if handler.has("handle_response"):
            raise Undetermined("an answer of another service", handler.get("handle_response").place)
        sent = self.request.copied()
        change_headers(handler.get("headers", "request"), sent)
        self._note_headers(handler.get("headers", "request"))
        if handler.has("rewrite"):
            rewrite(handler.get("rewrite"), sent)
        if len(self.set_headers) > MOST_HEADERS:
            raise Undetermined(f"more than {MOST_HEADERS} headers", handler.place)
        dials = frozenset(self._dials(handler))
        if not dials and not handler.has("dynamic_upstreams"):
            return Decision(passage=Passage.REFUSED, status=503, at=handler.place, route=self.route)
        return Decision(
            passage=Passage.FORWARDED,
            at=handler.place,
            upstream=dials or frozenset({VARIABLE}),
            path=sent.uri,
            route=self.route,
            headers=tuple(self.set_headers),
            host=_fixed_host(handler, dials),
            sent={name: ", ".join(lines) for name, lines in sent.headers.items()},
        )

    def _dials(self, handler: YamlNode) -> Iterator[str]:
        for one in handler.get("upstreams").items():
            written = filled(one.get("dial").written, self.request).replace(UNKNOWN_PART, VARIABLE)
            network, slash, address = written.partition("/")
            if slash and network.startswith("unix"):
                yield f"unix:{address}"
            else:
                yield address if slash and network in ("tcp", "tcp4", "tcp6") else written

    def _note_headers(self, changes: YamlNode) -> None:
        for kind in ("add", "set"):
            for name, values in changes.get(kind).entries():
                for value in values.items():
                    self.set_headers.append(
                        ForwardedHeader(
                            name=name,
                            value=value.written,
                            from_certificate=from_certificate(value.written, self.variables),
                            location=values.place,
                        )
                    )


_HANDLERS: Mapping[str, Callable[[HandlerRun, YamlNode], Decision | None]] = {
    "static_response": HandlerRun.answer,
    "error": HandlerRun.error,
    "rewrite": HandlerRun.rewritten,
    "vars": HandlerRun.set_variables,
    "map": HandlerRun.add_map,
    "authentication": HandlerRun.password,
    "file_server": HandlerRun.files,
    "reverse_proxy": HandlerRun.forwarded,
}


def _fixed_host(handler: YamlNode, dials: frozenset[str]) -> str:
    """Return the host that a handler sets whatever the client names; empty if it sets none, or not one alone."""
    named = (
        values for name, values in handler.get("headers", "request", "set").entries() if name.lower() == HOST
    )
    written = [one.written for values in named for one in values.items()]
    if written == [UPSTREAM] and len(dials) == 1:
        return next(iter(dials))
    return written[0] if len(written) == 1 and "{" not in written[0] else ""
