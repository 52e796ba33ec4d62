"""Finds the server of a host name as nginx does."""

from collections.abc import Iterable

from msgspec import Struct, field

from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.keys.same_object import SameObject
from specdrift.source.nginx.servers import Listen, Server
from specdrift.source.nginx.variable_values import find

Socket = tuple[str, int, bool]


class _Names(Struct):
    """The servers of one socket by their names; of two with one name, the first."""

    servers: list[tuple[Listen, Server]] = field(default_factory=list)
    exact: dict[str, Server] = field(default_factory=dict)
    leading: dict[str, tuple[int, Server]] = field(default_factory=dict)
    """By what follows the wildcard, with the length of the name."""
    trailing: dict[str, Server] = field(default_factory=dict)
    expressions: list[tuple[str, Server]] = field(default_factory=list)
    holders: dict[str, set[SameObject[Server]]] = field(default_factory=dict)
    """Identities of the servers that have a name as written."""
    found: dict[str, Server | Undetermined | None] = field(default_factory=dict)
    """What was found for each host."""
    tls: bool = False
    default: Server | None = None

    def add(self, listen: Listen, server: Server) -> None:
        self.servers.append((listen, server))
        self.tls = self.tls or listen.ssl or listen.quic
        if listen.default:
            self.default = self.default or server
        for written in server.names:
            self.holders.setdefault(written, set()).add(SameObject(server))
            name = written.lower()
            self.exact.setdefault(name, server)
            if name.startswith("."):
                self.exact.setdefault(name[1:], server)
            if name.startswith(("*.", ".")):
                suffix = name.lstrip("*").lstrip(".")
                if suffix not in self.leading or len(name) > self.leading[suffix][0]:
                    self.leading[suffix] = (len(name), server)
            if name.endswith(".*"):
                self.trailing.setdefault(name[:-1], server)
            if name.startswith("~"):
                self.expressions.append((written[1:], server))

    def server(self, host: str) -> Server | None:
        """Select as nginx does: exact, longest wildcard at the beginning, longest at the end, first expression."""
        if host not in self.found:
            try:
                self.found[host] = self.exact.get(host) or self._wildcard(host) or self._expression(host)
            except Undetermined as error:
                self.found[host] = error
        found = self.found[host]
        if isinstance(found, Undetermined):
            raise found
        return found

    def _wildcard(self, host: str) -> Server | None:
        dots = [place for place, character in enumerate(host) if character == "."]
        ends = (self.leading[host[dot + 1 :]] for dot in dots if host[dot + 1 :] in self.leading)
        longest = max(ends, key=lambda pair: pair[0], default=None)
        if longest is not None:
            return longest[1]
        beginnings = (self.trailing.get(host[: dot + 1]) for dot in reversed(dots))
        return next(filter(None, beginnings), None)

    def _expression(self, host: str) -> Server | None:
        return next((one for text, one in self.expressions if find(text, host, ignore_case=True)), None)


class Sockets(Struct):
    """The servers of each socket."""

    by_socket: dict[Socket, _Names] = field(default_factory=dict)

    @classmethod
    def of(cls, servers: Iterable[Server]) -> "Sockets":
        found = cls()
        for server in servers:
            for listen in server.listens:
                found.by_socket.setdefault(listen.socket, _Names()).add(listen, server)
        return found

    def is_tls(self, socket: Socket) -> bool:
        """Return whether a socket uses TLS: one server that says so counts for all of them."""
        return self.by_socket[socket].tls

    def default(self, socket: Socket) -> Server:
        """Return the server of all other names."""
        names = self.by_socket[socket]
        return names.default or names.servers[0][1]

    def server(self, socket: Socket, host: str) -> Server:
        """Return the server of a host name. Raises Undetermined for a regular expression that is not evaluated."""
        return self.by_socket[socket].server(host) or self.default(socket)

    def has_twin(self, socket: Socket, server: Server) -> bool:
        """Return whether other servers of the socket have all names of this one: nginx ignores the second."""
        holders = self.by_socket[socket].holders
        return all(holders[name] - {SameObject(server)} for name in server.names)
