"""Frontends and backends: their rules in the order of evaluation, and the conditions that these name."""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

from msgspec import Struct, field

from specdrift.model.contract.location import SourceLocation
from specdrift.source.haproxy.haproxy_files import ProxySection, Statement

FRONTENDS = ("frontend", "listen")
BACKENDS = ("backend", "listen")
HARMLESS = frozenset(
    (
        *("acl", "mode", "bind", "server", "server-template", "default-server", "default_backend"),
        *("option", "no", "timeout", "log", "log-format", "log-format-sd", "log-tag"),
        *("error-log-format", "balance", "cookie", "maxconn", "fullconn", "retries"),
        *("retry-on", "hash-type", "hash-balance-factor", "stick-table", "stick", "stats"),
        *("errorfile", "errorfiles", "errorloc", "errorloc302", "errorloc303", "http-error"),
        *("description", "http-check", "tcp-check", "tcp-response", "http-after-response"),
        *("http-reuse", "http-send-name-header", "compression", "id", "guid", "backlog"),
        *("backend", "disabled", "enabled", "capture", "declare", "rate-limit", "persist"),
        *("force-persist", "ignore-persist", "max-keep-alive-queue", "max-session-srv-conns"),
        *("monitor-net", "load-server-state-from-file", "server-state-file-name", "source"),
        *("dynamic-cookie-key", "grace", "email-alert", "external-check", "unique-id-format"),
        *("unique-id-header", "use-server", "monitor-uri", "monitor", "clitcpka-cnt"),
        *("clitcpka-idle", "clitcpka-intvl", "srvtcpka-cnt", "srvtcpka-idle", "srvtcpka-intvl"),
        *("transparent", "hash-key", "dispatch"),
    )
)
"""Statements of proxies that do not decide a request, or are evaluated elsewhere."""
HTTP_LOGS = frozenset({"httplog", "httpslog"})
LOG_FORMATS = HTTP_LOGS | {"tcplog", "clf"}
KEEPS_ANSWER = frozenset(
    (
        *("set-header", "add-header", "del-header", "replace-header", "replace-value"),
        *("capture", "set-log-level", "set-var", "unset-var", "set-nice", "cache-store"),
        *("track-sc0", "track-sc1", "track-sc2", "sc-inc-gpc0", "set-var-fmt", "sc-inc-gpc"),
        *("sc-inc-gpc1", "set-mark", "set-tos", "set-fc-mark", "set-fc-tos", "allow"),
    )
)
"""Actions of ``http-response`` after which the client gets the service's answer all the same."""


class RuleSet(Enum):
    """The rules of a proxy, in the order in which it evaluates them."""

    CONNECTION = "tcp-request connection"
    SESSION = "tcp-request session"
    CONTENT = "tcp-request content"
    HTTP = "http-request"
    REDIRECT = "redirect"
    SWITCH = "use_backend"
    OPAQUE = ""


class ProxyRule(Struct, frozen=True, eq=False):
    """A statement with an action and a condition."""

    kind: RuleSet
    action: tuple[str, ...]
    """The action, with its arguments."""
    condition: tuple[str, ...]
    negated: bool
    """The condition stands behind ``unless``."""
    scope: "ConditionScope"
    location: SourceLocation


class ConditionScope(Struct, eq=False):
    """The conditions that a section names."""

    acls: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    """The definitions of each, without its name: one that holds suffices."""


class Proxy(Struct, eq=False):
    """A frontend, a backend or both."""

    section: ProxySection
    defaults: tuple[ProxySection, ...]
    """What it inherits, the outermost first."""
    rules: tuple[ProxyRule, ...] = ()

    @property
    def name(self) -> str:
        return self.section.name

    @property
    def location(self) -> SourceLocation:
        return self.section.head.location

    @property
    def is_http(self) -> bool:
        found = self.last("mode")
        return found is not None and found.arg(0) == "http"

    @property
    def keeps_requests(self) -> bool:
        """Whether it certainly keeps the request line for ``capture.req.uri``: its log or one of its texts has it."""
        every = [one for section in (*self.defaults, self.section) for one in section.statements]
        formats = {one.arg(0) for one in every if one.name == "option"} & LOG_FORMATS
        other = any(one.name in ("log-format", "no") for one in every)
        return (bool(formats) and formats <= HTTP_LOGS and not other) or any(map(_writes_capture, every))

    @property
    def disabled(self) -> bool:
        return any(True for _ in self.section.all("disabled"))

    def last(self, *names: str) -> Statement | None:
        """Return the statement in force, its own or one that is inherited."""
        sections = (self.section, *reversed(self.defaults))
        return next((every[-1] for one in sections if (every := list(one.all(*names)))), None)

    def of(self, kind: RuleSet) -> Iterator[ProxyRule]:
        """Yield its rules of a kind."""
        return (one for one in self.rules if one.kind is kind)

    def servers(self) -> Iterator[tuple[str, SourceLocation]]:
        """Yield the addresses of the service; a port that is not written is that of the client's connection."""
        for one in self.section.all("server", "server-template", "dispatch"):
            words = {"server": 1, "server-template": 2, "dispatch": 0}[one.name]
            if "disabled" not in one.args:
                yield one.arg(words), one.location


class Proxies(Struct, frozen=True):
    """All of a configuration."""

    frontends: tuple[Proxy, ...]
    backends: Mapping[str, Proxy]
    servers: Mapping[str, int]
    """Number of servers of each backend."""

    @classmethod
    def of(cls, sections: Iterable[ProxySection]) -> "Proxies":
        """Read frontends and backends with what they inherit."""
        named: dict[str, tuple[ProxySection, ...]] = {}
        current: tuple[ProxySection, ...] = ()
        every: list[Proxy] = []
        for one in sections:
            if one.kind not in ("defaults", *FRONTENDS, *BACKENDS):
                continue
            words = one.head.args
            parent = words[words.index("from") + 1] if "from" in words[:-1] else ""
            inherited = named.get(parent, ()) if parent else current
            if one.kind == "defaults":
                current = (*(inherited if parent else ()), one)
                if one.name and one.name != "from":
                    named[one.name] = current
                continue
            proxy = Proxy(one, inherited)
            proxy.rules = tuple(_rules(proxy))
            every.append(proxy)
        enabled = [one for one in every if not one.disabled]
        backends = {one.name: one for one in enabled if one.section.kind in BACKENDS}
        return cls(
            tuple(one for one in enabled if one.section.kind in FRONTENDS),
            backends,
            {name: len(list(one.servers())) for name, one in backends.items()},
        )


def _rules(proxy: Proxy) -> Iterator[ProxyRule]:
    for section in (*proxy.defaults, proxy.section):
        scope = ConditionScope()
        for one in section.statements:
            if one.name == "acl" and len(one.args) >= 2:
                scope.acls.setdefault(one.arg(0), []).append(one.args[1:])
        for one in section.statements:
            rule = _rule(one, scope)
            if rule is not None:
                yield rule


def _writes_capture(one: Statement) -> bool:
    return one.name == "http-request" and any("%[capture.req." in word for word in one.args)


def _rule(one: Statement, scope: ConditionScope) -> ProxyRule | None:
    kind, action = RuleSet.OPAQUE, one.tokens
    match one.tokens:
        case ("tcp-request", "inspect-delay", *_):
            return None
        case ("tcp-request", "connection" | "session" | "content", *_):
            kind, action = RuleSet(" ".join(one.tokens[:2])), one.tokens[2:]
        case ("http-request", *_):
            kind, action = RuleSet.HTTP, one.args
        case ("redirect", *_):
            kind, action = RuleSet.REDIRECT, one.tokens
        case ("use_backend", *_):
            kind, action = RuleSet.SWITCH, one.args
        case ("http-response", name, *_) if name in KEEPS_ANSWER:
            return None
        case ("filter", "compression" | "trace" | "bwlim-in" | "bwlim-out", *_):
            return None
        case (name, *_) if name in HARMLESS or name.startswith("clitcpka"):
            return None
    if not action:
        kind, action = RuleSet.OPAQUE, one.tokens
    at = next((n for n, word in enumerate(action) if n and word in ("if", "unless")), len(action))
    return ProxyRule(
        kind=kind,
        action=action[:at],
        condition=action[at + 1 :],
        negated=action[at : at + 1] == ("unless",),
        scope=scope,
        location=one.location,
    )
