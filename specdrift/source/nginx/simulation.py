"""Decides one request as nginx does: handshake, server, rewriting, location, access, content, error pages."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth, Passage
from specdrift.source.gateway.exchange import Decision, GatewayRequest, Undetermined
from specdrift.source.nginx import access, inheritance, rewriting, uri
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.locations import find_location
from specdrift.source.nginx.rewriting import Flow, Rewriting
from specdrift.source.nginx.servers import PASSES, Levels, Location, Server
from specdrift.source.nginx.sites import Site, Where, client_auth
from specdrift.source.nginx.variable_values import Value
from specdrift.source.nginx.variables import Facts, Variables
from specdrift.source.nginx.ways import error_pages, mirror_requests, possibilities, unread_includes
from specdrift.source.nginx.ways.http_versions import HTTP_3

MOST_CYCLES = 10
MOST_REDIRECTS = 5
CERTIFICATE_ERROR, NO_CERTIFICATE = 495, 496
HTTP_ON_TLS = 497
CLOSED = 444


class Simulation(Struct):
    """One request to one server."""

    site: Site
    server: Server
    variables: Variables
    raw: str
    """The target as sent; empty once the path was changed."""
    parsing: Server | None = None
    """The server that parses the target, if it is another one: the name is not known yet."""
    handshake: Server | None = None
    """The server whose settings the handshake has, if it is another one."""
    replaced: bool = False
    """The path was changed by ``break``: no path of ``proxy_pass`` replaces its beginning."""
    internal: bool = False
    errors_left: int = MOST_REDIRECTS
    handling_error: bool = False
    in_subrequest: bool = False
    without_tls: bool = False
    """The client sends no handshake to a socket with TLS."""
    reached: Location | None = None
    """The last location that was found."""

    @classmethod
    def of(
        cls, site: Site, server: Server, request: GatewayRequest, where: Where, assumed: Mapping[str, bool]
    ) -> "Simulation":
        """Prepare the simulation. ``assumed`` holds which files there are."""
        auth = client_auth(where.handshake, tls=where.tls)
        facts = Facts(
            certificate=None if auth is GatewayClientAuth.NONE else request.caller,
            tls=where.tls,
            host=where.host,
            server_name=where.server_name,
            port=request.entry.port,
            method=request.method,
            target=request.target,
            headers=request.headers,
            protocol=HTTP_3 if request.entry.quic else request.protocol,
            line=request.line(where.host, tls=where.tls),
            failure=where.failure,
            presented=request.presented,
        )
        variables = Variables(facts=facts, maps=site.maps, declared=site.declared, assumed=assumed)
        return cls(
            site,
            server,
            variables,
            request.target,
            where.parsing,
            where.handshake,
            internal=where.internal,
            without_tls=where.without_tls,
        )

    def run(self) -> Decision:
        """Return the decision, UNKNOWN if something decides that is not known."""
        try:
            return self._run()
        except Undetermined as error:
            return Decision(
                passage=Passage.UNKNOWN,
                at=error.at or self.server.directive.location,
                reason=error.what,
                upstream=possibilities.services_of(self.reached, self.site.opaque, self.site.forwarding),
            )

    def _run(self) -> Decision:
        handshake = self.handshake or self.server
        rejecting = inheritance.setting(handshake.levels, "ssl_reject_handshake")
        if rejecting is not None and rejecting.first == "on" and self.variables.facts.tls:
            return Decision(passage=Passage.REFUSED, at=rejecting.location)
        parsing = self.parsing or self.server
        merge = inheritance.is_on(parsing.levels, "merge_slashes", default=True)
        try:
            parsed = uri.parse(self.raw, merge_slashes=merge)
        except uri.BadUri:
            return Decision(passage=Passage.REFUSED, status=400, at=self.server.directive.location)
        self.variables.path, self.variables.args = parsed.path, parsed.args
        if self.without_tls:
            return self._refused(HTTP_ON_TLS, self.server.directive, self.server.levels)
        if handshake is not self.server and self._is_misdirected():
            return Decision(passage=Passage.REFUSED, status=421, at=self.server.directive.location)
        if (status := self._certificate_error()) is not None:
            at = inheritance.setting(self.server.levels, "ssl_verify_client")
            return self._refused(status, at or self.server.directive, self.server.levels)
        return self._from_server()

    def _is_misdirected(self) -> bool:
        """Return whether nginx refuses another host than the SNI names: where the server verifies certificates."""
        facts = self.variables.facts
        return (
            bool(facts.server_name) and client_auth(self.server, tls=facts.tls) is not GatewayClientAuth.NONE
        )

    def _certificate_error(self) -> int | None:
        auth = client_auth(self.server, tls=self.variables.facts.tls)
        match self.variables.facts.certificate:
            case GatewayCaller.ANONYMOUS | None if auth is GatewayClientAuth.REQUIRED:
                return NO_CERTIFICATE
            case GatewayCaller.UNTRUSTED if auth is not GatewayClientAuth.UNVERIFIED:
                return CERTIFICATE_ERROR
        return None

    def _from_server(self) -> Decision:
        """Run the statements of the server, then those of the location."""
        unread_includes.require_read(self.server.levels)
        done = rewriting.run(self.server.directive, self.variables)
        self._forget_raw(done)
        if done.flow is Flow.ENDED:
            return self._ended(done, self.server.levels, None)
        return self._from_path()

    def _from_path(self) -> Decision:
        """Find the location of the path, and again after each rewrite."""
        for _ in range(MOST_CYCLES):
            match = find_location(self.server.locations, self.variables.path)
            location = match.location if match else None
            if match is not None and match.captures is not None:
                self.variables.remember(match.captures.groups(), match.captures.groupdict())
            # Nested locations inherit it.
            if (
                location is not None
                and not self.internal
                and inheritance.setting(location.levels, "internal")
            ):
                return self._refused(404, location.directive, location.levels, location)
            if match is not None and match.redirected:
                return Decision(
                    passage=Passage.REDIRECTED,
                    status=301,
                    at=match.location.directive.location,
                    route=match.location.directive.location,
                )
            again, decision = self._in_location(location)
            if not again:
                return decision
        return Decision(passage=Passage.REFUSED, status=500, at=self.server.directive.location)

    def _in_location(self, location: Location | None) -> tuple[bool, Decision]:
        """Return the decision of a location, or whether the path was changed so that another one applies."""
        self.reached = location
        levels = location.levels if location else self.server.levels
        limited = access.limits(levels, self.variables.facts.method)
        if limited is not None:
            levels = (*levels, limited)
        unread_includes.require_read(levels)
        # For other methods, the block of limit_except takes the place of the location, without its statements.
        block = limited or (location.directive if location else None)
        done = rewriting.run(block, self.variables) if block else Rewriting()
        if done.within is not None:
            levels = (*levels, done.within)
        self._forget_raw(done)
        if done.flow is Flow.ENDED:
            return False, self._ended(done, levels, location)
        if done.search_again:
            return True, Decision(passage=Passage.UNKNOWN)
        return False, self._content(levels, location)

    def _forget_raw(self, done: Rewriting) -> None:
        if done.changed:
            self.raw, self.internal = "", True
            self.replaced = self.replaced or done.replaced

    def _content(self, levels: Levels, location: Location | None) -> Decision:
        if self.in_subrequest:
            return self._made(levels, location)
        # The request of auth_request has the method GET.
        get = self.variables.facts.method == "GET"
        asked = tuple(mirror_requests.questions(levels, self._subrequest)) if get else ()
        try:
            refused = access.refusal(levels, self.variables, self._subrequest)
        except Undetermined as error:
            decision = possibilities.unless_refused(error, self._made(levels, location))
        else:
            if refused is None:
                decision = self._made(levels, location)
            else:
                asked = asked if refused.at.name == "auth_request" else ()
                decision = self._refused(refused.status, refused.at, levels, location, refused)
        return replace(decision, copies=(*asked, *decision.copies)) if asked else decision

    def _made(self, levels: Levels, location: Location | None) -> Decision:
        """Return what makes the answer, once the request was admitted, and its copies."""
        sent = () if self.in_subrequest else tuple(mirror_requests.copies(levels, self._mirrored))
        decision = self._answer(levels, location)
        return replace(decision, copies=(*sent, *decision.copies)) if sent else decision

    def _answer(self, levels: Levels, location: Location | None) -> Decision:
        route = location.directive.location if location else None
        self._known(levels)
        tried = levels[-1].last("try_files")
        if tried is not None and not self._file_exists(tried):
            return self._fallback(tried, levels, location)
        handler = inheritance.content(levels)
        if handler is None:
            at = location.directive if location else self.server.directive
            if tried is None and not inheritance.may_have_file(levels, self.variables.path):
                return self._refused(404, at, levels, location)
            return Decision(passage=Passage.ANSWERED, at=at.location, route=route)
        if handler.name not in PASSES:
            return Decision(passage=Passage.ANSWERED, status=200, at=handler.location, route=route)
        decision = self.site.forwarding.decision(
            handler, levels, None if self.replaced else location, self.variables, self.raw
        )
        return replace(decision, route=route)

    def _file_exists(self, tried: Directive) -> bool:
        """Return whether a file named after the path is served. Others are the same for all paths."""
        named = [name for name in tried.args[:-1] if "$" in name]
        return bool(named) and self.variables.is_assumed(
            f"whether the file {named[0]} of {tried.location} exists"
        )

    def _fallback(self, tried: Directive, levels: Levels, location: Location | None) -> Decision:
        """Return what becomes of a request without a file: a status, a named location or another path."""
        target = tried.args[-1] if tried.args else ""
        if target.startswith("=") and target[1:].isdecimal():
            return self._refused(int(target[1:]), tried, levels, location)
        self.errors_left -= 1
        if self.errors_left < 0:
            return Decision(passage=Passage.REFUSED, status=500, at=tried.location)
        return self._elsewhere(self.variables.text(target), tried)

    def _elsewhere(self, target: Value, at: Directive) -> Decision:
        """Continue in a named location, or with another path."""
        if not target.exact:
            raise Undetermined("the path of an internal redirect", at.location)
        self.internal, self.raw = True, "" if not target.content.startswith("@") else self.raw
        if target.content.startswith("@"):
            named = next((one for one in self.server.named() if one.pattern == target.content), None)
            if named is None:
                return Decision(passage=Passage.REFUSED, status=500, at=at.location)
            again, decision = self._in_location(named)
            return self._from_path() if again else decision
        # nginx drops the request's own arguments, also where the target has none.
        self.variables.path, _, self.variables.args = target.content.partition("?")
        return self._from_server()

    def _known(self, levels: Levels) -> None:
        """Raise Undetermined if a statement in effect is not evaluated."""
        for level in levels:
            one = self.site.opaque.get(level)
            if one is not None:
                raise Undetermined(f"{one.name} is not evaluated", one.location)

    def _ended(self, done: Rewriting, levels: Levels, location: Location | None) -> Decision:
        assert done.at is not None  # noqa: S101 - set with Flow.ENDED
        route = location.directive.location if location else None
        if (after := inheritance.setting(levels, "post_action")) is not None:
            raise Undetermined("post_action", after.location)
        if done.status >= 400 and not done.has_text and done.status != CLOSED:
            return self._refused(done.status, done.at, levels, location)
        passage = Passage.REFUSED if done.status >= 400 else Passage.ANSWERED
        if 300 <= done.status < 400:
            passage = Passage.REDIRECTED
        return Decision(passage=passage, status=done.status, at=done.at.location, route=route)

    def _refused(
        self,
        status: int,
        at: Directive,
        levels: Levels,
        location: Location | None = None,
        refusal: access.Refusal | None = None,
    ) -> Decision:
        """Return a refusal, or what its error page makes of it."""
        route = location.directive.location if location else None
        shown = 400 if status in (CERTIFICATE_ERROR, NO_CERTIFICATE, HTTP_ON_TLS) else status
        plain = Decision(passage=Passage.REFUSED, status=shown, at=at.location, route=route)
        if refusal is not None:
            plain = replace(plain, guard=refusal.guard)
        page = self._error_page(status, levels)
        if page is None or self.errors_left <= 0:
            return plain
        found = self._redirected(page.args[-1])
        if found is None:
            return replace(plain, passage=Passage.REDIRECTED, status=error_pages.page_status(page, 302))
        return error_pages.with_status(found, plain, page)

    def _error_page(self, status: int, levels: Levels) -> Directive | None:
        if self.handling_error:
            return None
        pages = inheritance.effective(levels, "error_page")
        # The location of the first error decides whether a later one has a page, not the location of the later one.
        recursive = inheritance.is_on(levels, "recursive_error_pages", default=False)
        self.handling_error = bool(pages) and not recursive
        return next((page for page in pages if str(status) in page.args[:-1]), None)

    def _redirected(self, target: str) -> Decision | None:
        """Follow an error page; ``None`` if the client is redirected."""
        page = self.variables.text(target)
        if not page.exact:
            raise Undetermined("the path of an error page")
        if page.content.startswith(("http://", "https://")):
            return None
        self.errors_left -= 1
        if not page.content.startswith("@"):
            self.variables.args = ""
            if self.variables.facts.method != "HEAD":
                self.variables.facts = replace(self.variables.facts, method="GET")
        return self._elsewhere(page, self.server.directive)

    def _mirrored(self, target: str) -> Decision:
        """Decide a copy, which has the method and the arguments of the request."""
        args = self.variables.args
        return self._subrequest(f"{target}?{args}" if args else target, self.variables.facts.method)

    def _subrequest(self, target: str, method: str = "GET") -> Decision:
        """Decide a subrequest."""
        inner = Simulation(
            self.site,
            self.server,
            self.variables.of_subrequest(target, method),
            "",
            internal=True,
            in_subrequest=True,
            errors_left=self.errors_left,
        )
        return inner._from_server()
