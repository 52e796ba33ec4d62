"""ProxyPass, ProxyPassMatch and balancers: which service gets a request, and with which path."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.apache.apache_paths import matched_length
from specdrift.source.apache.configuration.apache_directives import ApacheDirective, first_word, named
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled

PORTS = {
    "http": 80,
    "https": 443,
    "ws": 80,
    "wss": 443,
    "h2": 443,
    "h2c": 80,
    "ajp": 8009,
    "ajps": 8009,
    "fcgi": 8000,
    "scgi": 4000,
    "uwsgi": 3031,
    "ftp": 21,
}
BALANCER = "balancer"
NOT = "!"
_URL = re.compile(r"(?:unix:([^|]+)\|)?([a-z][a-z0-9+]*)://([^/?#]*)(.*)\Z", re.IGNORECASE | re.DOTALL)
_UNREAD = ("mapping=", "interpolate")
_GROUP = re.compile(r"\$(\d)")


class ProxyRoute(Struct, frozen=True):
    """A directive that hands paths to a service."""

    alias: str
    """The beginning of the paths, or an expression."""
    url: str
    at: SourceLocation
    is_expression: bool = False
    parameters: tuple[str, ...] = ()
    """Parameters."""

    @property
    def is_raw(self) -> bool:
        """True if the service gets the path as it was sent."""
        return "nocanon" in self.parameters

    def url_for(self, path: str, raw: str) -> str | None:
        """Return the URL for a path, ``raw`` as sent; ``!`` for none, and ``None`` if the path has not this route.

        Raises Undetermined.
        """
        if any(word.lower().startswith(_UNREAD) for word in self.parameters):
            raise Undetermined("a parameter of ProxyPass", self.at)
        if "?" in self.url:
            raise Undetermined("a query in the URL of ProxyPass", self.at)
        if self.is_expression:
            if self.is_raw:
                raise Undetermined("ProxyPassMatch with nocanon", self.at)
            return self._matched(path)
        length = matched_length(self.alias, path)
        if not length:
            return None
        if self.url == NOT:
            return NOT
        if self.is_raw:
            length = matched_length(self.alias, raw)
            if not length or "%2f" in raw.lower():
                raise Undetermined("nocanon, and a path that is written otherwise", self.at)
            return self.url + raw[length:]
        return self.url + path[length:]

    def _matched(self, path: str) -> str | None:
        try:
            found = compiled(self.alias).search(path)
        except UnsupportedPattern as error:
            raise Undetermined(str(error), self.at) from None
        if found is None:
            return None
        if self.url == NOT:
            return NOT
        if not _GROUP.search(self.url):
            return self.url + path
        groups = (found[0], *found.groups())
        return _GROUP.sub(
            lambda one: (groups[int(one[1])] or "") if int(one[1]) < len(groups) else "", self.url
        )


class ServiceAddress(Struct, frozen=True):
    """The services of a URL, and its path."""

    upstream: frozenset[str]
    path: str
    """Empty if services get different ones."""


class Balancers(Struct, frozen=True):
    """The members of each balancer, by its name."""

    members: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, directives: tuple[ApacheDirective, ...]) -> "Balancers":
        found: dict[str, list[str]] = {}
        for section in named(directives, "proxy"):
            name = first_word(section.written)[0]
            if name.lower().startswith(f"{BALANCER}://"):
                own = found.setdefault(name.partition("://")[2].rstrip("/").lower(), [])
                own += [one.arg(0) for one in named(section.block, "balancermember")]
        for one in named(directives, "balancermember"):
            if len(one.args) > 1:
                found.setdefault(one.arg(0).partition("://")[2].rstrip("/").lower(), []).append(one.arg(1))
        return cls({name: tuple(urls) for name, urls in found.items()})

    def address(self, url: str, at: SourceLocation) -> ServiceAddress:
        """Return the services of a URL; none for a balancer without members. Raises Undetermined."""
        found = _URL.match(url)
        if found is None:
            raise Undetermined(f"the URL {url[:60]}", at)
        if found[2].lower() != BALANCER:
            return ServiceAddress(frozenset({_address(found)}), found[4] or "/")
        members = [_URL.match(one) for one in self.members.get(found[3].lower(), ())]
        if None in members:
            raise Undetermined(f"a member of the balancer {found[3]}", at)
        every = [one for one in members if one is not None]
        paths = {f"{one[4].rstrip('/')}{found[4]}" or "/" for one in every}
        return ServiceAddress(frozenset(map(_address, every)), paths.pop() if len(paths) == 1 else "")


def _address(found: re.Match[str]) -> str:
    if found[1]:
        return f"unix:{found[1]}"
    authority = found[3].rpartition("@")[2].lower()
    if re.search(r":\d+\Z", authority):
        return authority
    return f"{authority}:{PORTS.get(found[2].lower(), 80)}"


def routes_of(directives: tuple[ApacheDirective, ...]) -> Iterator[ProxyRoute]:
    """Yield the routes of a server, in the order in which they are tried."""
    for one in named(directives, "proxypass", "proxypassmatch"):
        alias, url, *rest = (*one.args, "", "")
        if url:
            words = tuple(word.lower() for word in rest if word)
            yield ProxyRoute(alias, url, one.location, one.name == "proxypassmatch", words)


def route_of_section(one: ApacheDirective, section: ApacheDirective) -> ProxyRoute:
    """Return the route of a directive in a ``Location``. Raises Undetermined."""
    word, rest = first_word(section.written)
    url, *words = (*one.args, "")
    plain = section.name == "location" and word != "~" and one.name == "proxypass"
    if not plain or re.search(r"[*?\[]", word) or rest:
        raise Undetermined(f"{one.name} in <{section.name} {section.written}>", one.location)
    return ProxyRoute(word, url, one.location, parameters=tuple(word.lower() for word in words if word))
