"""A request while HAProxy processes it."""

from collections.abc import Mapping

from msgspec import Struct, field

from specdrift.model.result.gateway import GatewayCaller
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.haproxy.fetched import LONGEST, Sample
from specdrift.source.haproxy.haproxy_files import HaproxyFiles

MOST_STEPS = 20_000
"""Maximum number of conditions and patterns that one request may need."""


class ClientConnection(Struct, frozen=True, kw_only=True):
    """What conditions can look at of a connection."""

    tls: bool
    requested: bool
    """Whether the listener requests a certificate."""
    caller: GatewayCaller
    name: str
    """SNI."""
    port: int
    frontend: str
    presented: PresentedCertificate | None = None
    """The certificate of the caller, if it is known."""

    @property
    def certificate(self) -> GatewayCaller:
        """The certificate as the connection shows it."""
        return self.caller if self.requested else GatewayCaller.ANONYMOUS


class RequestState(Struct):
    """The request, with what rules have changed."""

    connection: ClientConnection
    files: HaproxyFiles
    method: str
    target: str
    """Without scheme and host; rules may leave something without a path of it."""
    headers: dict[str, list[str]]
    """The lines of each header, by lower-case name."""
    version: str = "1.1"
    """Of HTTP."""
    captured: str = ""
    """Path and query as the client sent them."""
    keeps_request: bool = False
    """Whether the frontend certainly keeps them for its log."""
    origin: str = ""
    """Scheme and host before the path, where the client sends them in the target, or over HTTP/2."""
    is_http: bool = True
    password: bool = False
    """The client has a password of the configuration."""
    host: str = ""
    """What a rule sets as the host, whatever the client names."""
    variables: dict[str, Sample] = field(default_factory=dict)
    servers: Mapping[str, int] = field(default_factory=dict)
    """Number of servers of each backend."""
    kept: frozenset[str] = frozenset()
    """Variables that may have a value of an earlier request."""
    assumed: Mapping[str, bool] = field(default_factory=dict)
    steps: int = MOST_STEPS

    @property
    def url(self) -> str:
        return f"{self.origin}{self.target}"

    @property
    def path_and_query(self) -> str | None:
        """As HAProxy finds them in the target (``http_parse_path``); ``None`` if it has none.

        Raises Undetermined where versions of HAProxy differ.
        """
        if self.target.startswith("/"):
            return self.target
        if self.target and (self.origin or "://" in self.target):
            raise Undetermined("a target that is no path")
        return None

    @property
    def path(self) -> str | None:
        """The path; ``None`` if the target has none. Raises Undetermined."""
        found = self.path_and_query
        return None if found is None else found.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str:
        """Return the last line of a header; empty if there is none."""
        return self.headers.get(name, [""])[-1]

    def spend(self, steps: int = 1) -> None:
        """Count what was evaluated. Raises Undetermined for too much."""
        self.steps -= steps
        if self.steps < 0:
            raise Undetermined("too many conditions")

    def set_path(self, path: str) -> None:
        """Set the path, and keep the query. Raises Undetermined."""
        _, question, query = self.target.partition("?")
        self.set_path_and_query(f"{path}{question}{query}")

    def set_path_and_query(self, target: str) -> None:
        """Set what follows scheme and host: where there is no path, HAProxy replaces them, too. Raises Undetermined."""
        if self.path_and_query is None:
            self.origin = ""
        self.go_to(target)

    def go_to(self, target: str) -> None:
        """Set the target. Raises Undetermined for a long one."""
        if len(target) > LONGEST:
            raise Undetermined("a long path")
        self.target = target
