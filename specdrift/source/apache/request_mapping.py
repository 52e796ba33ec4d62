"""Where Apache maps a request to: a service, a file, or an answer of its own."""

import re

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import Passage
from specdrift.source.apache import rewrite_rules
from specdrift.source.apache.apache_paths import matched_length
from specdrift.source.apache.apache_values import ApacheRequest
from specdrift.source.apache.configuration.apache_directives import named
from specdrift.source.apache.configuration.virtual_hosts import ApacheServer
from specdrift.source.apache.proxy_routes import NOT, ProxyRoute, route_of_section, routes_of
from specdrift.source.apache.redirects import NAMES, redirect_of, whole_redirect_of
from specdrift.source.apache.sections import Effective, SectionLayer, of_url
from specdrift.source.gateway.exchange import Decision, Undetermined


class Mapped(Struct, frozen=True):
    """Where a request is mapped to."""

    at: SourceLocation
    url: str = ""
    """Of a service; empty for a file."""
    file: str = ""
    is_raw: bool = False
    """The service gets the path as it was sent."""
    ended: Decision | None = None


def outer_layers(server: ApacheServer) -> list[SectionLayer]:
    """Return what is in force for every request of a server."""
    return [SectionLayer(own) for own in (server.main, server.own) if own]


def ended_with(status: int, at: SourceLocation) -> Decision:
    """Return the decision of an answer of Apache's own."""
    if 300 <= status < 400:
        return Decision(passage=Passage.REDIRECTED, status=status, at=at)
    if status >= 400:
        return Decision(passage=Passage.REFUSED, status=status, at=at)
    return Decision(passage=Passage.ANSWERED, status=status, at=at)


class RequestMapping(Struct, frozen=True):
    """Maps one request."""

    server: ApacheServer
    request: ApacheRequest

    def find(self) -> Mapped:
        """Return where the request is mapped to; rules may change its path. Raises Undetermined and NotAssumed."""
        # The sections of the path as sent: those of a rewritten one are merged later.
        effective = of_url(outer_layers(self.server), self.server.both, self.request.path, self.request)
        return self._rewritten() or self._mapped(effective)

    def _rewritten(self) -> Mapped | None:
        """Return what the rules of the server make of the request; ``None`` if it is mapped by its path."""
        if not rewrite_rules.is_on(self.server.own, self.server.main):
            return None
        found = rewrite_rules.rewritten(tuple(rewrite_rules.rules_of(self.server.own)), self.request)
        if found is None:
            return None
        if found.status is not None:
            return Mapped(found.at, ended=ended_with(found.status, found.at))
        self.request.query = found.query
        if found.url:
            return Mapped(found.at, url=found.url)
        if found.goes_on:
            self.request.path, self.request.raw = found.path, ""
            return None
        return Mapped(found.at, file=_on_disk(self._document(found.path) or found.path))

    def _mapped(self, effective: Effective) -> Mapped:
        """Return the service or file of the path."""
        path, raw = self.request.path, self.request.raw
        for route in (*_section_routes(effective), *routes_of(self.server.both)):
            url = route.url_for(path, raw)
            if url == NOT:
                break
            if url is not None:
                return Mapped(route.at, url=url, is_raw=route.is_raw)
        return self._redirected(effective) or self._file()

    def _redirected(self, effective: Effective) -> Mapped | None:
        """Return the redirect of the innermost section, or of the server."""
        whole = [(one, whole_redirect_of(one)) for one in effective.all(*NAMES)]
        inner = [pair for pair in whole if pair[1] is not None][-1:]
        every = (*self.server.own, *self.server.main)
        for one, status in (*inner, *((one, redirect_of(one, self.request.path)) for one in every)):
            if status is not None:
                return Mapped(one.location, ended=ended_with(status, one.location))
        return None

    def _file(self) -> Mapped:
        path = self.request.path
        for one in (*self.server.own, *self.server.main):
            if one.name in ("alias", "scriptalias") and len(one.args) == 2:
                length = matched_length(one.arg(0), path)
                if length:
                    return Mapped(one.location, file=_on_disk(one.arg(1) + path[length:]))
            elif one.name in ("aliasmatch", "scriptaliasmatch", "alias", "scriptalias"):
                raise Undetermined(one.name, one.location)
        root = self.server.setting("documentroot")
        return Mapped(root.location if root else self.server.at, file=_on_disk(self._document(path)))

    def _document(self, path: str) -> str:
        root = self.server.setting("documentroot")
        return root.arg(0).rstrip("/") + path if root else ""


def _on_disk(name: str) -> str:
    """Return the name of a file as sections of directories compare it: several slashes are one."""
    return re.sub("/{2,}", "/", name)


def _section_routes(effective: Effective) -> list[ProxyRoute]:
    """Return the route of the innermost section that has one."""
    for layer in reversed(effective.layers):
        own = tuple(named(layer.directives, "proxypass", "proxypassmatch")) if layer.section else ()
        if own and layer.section:
            return [route_of_section(own[-1], layer.section)]
    return []
