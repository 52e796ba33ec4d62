"""The variables of a request."""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.result.gateway import GatewayCaller
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.client_choices import ANY_VALUE
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.nginx import variable_values
from specdrift.source.nginx.directives import INCLUDE, Directive
from specdrift.source.nginx.variable_values import ANY, EMPTY, SOME, Value
from specdrift.source.nginx.ways import unread_includes
from specdrift.source.nginx.ways.certificate_values import by_listing, value_of

DEEPEST = 20
"""Maximum depth of maps whose values contain variables."""
MOST_STEPS = 10_000
"""Maximum number of variables, and of expressions in maps, that one request may need: maps of maps multiply."""
CERTIFICATE = "ssl_client_"
"""Variables about the client certificate begin with it."""
_OF_ADDRESSES = frozenset({"ranges", "delete", "proxy", "proxy_recursive"})
"""Entries of ``geo`` that say which addresses are meant."""
UNTRUSTED = "FAILED:unable to verify the first certificate"
KNOWN_UNKNOWN = frozenset(
    {
        "remote_addr",
        "binary_remote_addr",
        "remote_port",
        "time_local",
        "time_iso8601",
        "msec",
        "request_id",
        "hostname",
    }
    | {
        "connection",
        "pid",
        "nginx_version",
        "server_addr",
        "ssl_protocol",
        "ssl_cipher",
    }
    | {
        "proxy_add_x_forwarded_for",
        "request_length",
        "realip_remote_addr",
        "ssl_session_id",
        "connection_requests",
    }
)
"""Always filled, with what the configuration does not tell."""


class Unassumed(Exception):
    """The decision depends on something that may hold or not. The text names it."""

    def __init__(self, what: str, reason: str, *, admits_valid: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.reason = reason
        self.admits_valid = admits_valid
        """Whether it holds, or does not, as a valid client needs it."""


class Map(Struct, frozen=True):
    """A ``map`` block."""

    source: str
    directive: Directive
    default: str = ""
    plain: Mapping[str, Directive] = field(default_factory=dict)
    """The first entry of each text, in lower case."""
    patterns: tuple[Directive, ...] = ()
    volatile: bool = False
    """Its value is not kept for the rest of the request."""
    hostnames: bool = False
    """Its texts are patterns of host names."""
    unread: Directive | None = None
    """An include whose entries are not known."""

    @classmethod
    def of(cls, source: str, directive: Directive) -> "Map":
        default = ""
        plain: dict[str, Directive] = {}
        patterns: list[Directive] = []
        for entry in directive.block:
            if entry.name == "default":
                default = entry.first
            elif entry.name.startswith("~"):
                patterns.append(entry)
            elif entry.args and entry.name != INCLUDE:
                plain.setdefault(entry.name.removeprefix("\\").lower(), entry)
        volatile, hostnames = any(directive.all("volatile")), any(directive.all("hostnames"))
        unread = directive.last(INCLUDE)
        return cls(source, directive, default, plain, tuple(patterns), volatile, hostnames, unread)

    def value(self, subject: Value, remember: Callable[[re.Match[str]], None]) -> str:
        """Return the value of the first fitting entry, as written. Raises Undetermined.

        ``remember``: what keeps the groups of its expression, which the value may have.
        """
        if not subject.exact:
            for key in self.plain:
                # Raises, unless the text of the entry is empty and the value is not.
                subject.equals(Value(key))
        elif (found := self._of_text(subject.content.lower())) is not None:
            return found.first
        if self.unread is not None:
            raise unread_includes.not_read(self.unread)
        for entry in self.patterns:
            any_case = entry.name.startswith("~*")
            pattern = entry.name.lstrip("~*") if any_case else entry.name[1:]
            if (match := subject.match(pattern, ignore_case=any_case)) is not None:
                remember(match)
                return entry.first
        return self.default

    def _of_text(self, text: str) -> Directive | None:
        """Return the entry of a text; of a host name, the exact one, the longest wildcard before or behind it."""
        if not self.hostnames:
            return self.plain.get(text)
        host = text.removesuffix(".")
        dots = [at for at, letter in enumerate(host) if letter == "."]
        before = (f"{mark}{host[at + 1 :]}" for at in dots for mark in ("*.", "."))
        behind = (f"{host[:at]}.*" for at in reversed(dots))
        return next(
            (self.plain[one] for one in (host, f".{host}", *before, *behind) if one in self.plain), None
        )


def is_constant(geo: Directive) -> bool:
    """Return whether all addresses get the same value from a ``geo`` block."""
    default = next((entry.first for entry in geo.all("default")), "")
    values = {entry.first for entry in geo.block if entry.name not in ("default", *_OF_ADDRESSES)}
    return bool(geo.args) and values <= {default} and geo.last(INCLUDE) is None


class Facts(Struct, frozen=True, kw_only=True):
    """What the variables are about."""

    certificate: GatewayCaller | None
    """``None``: no certificate was requested."""
    tls: bool
    host: str
    server_name: str
    """SNI; empty for none."""
    port: int
    method: str
    target: str
    headers: Mapping[str, str]
    protocol: str
    line: str
    """The request line as it is sent."""
    failure: str = UNTRUSTED
    """The result of the verification of a certificate of another CA."""
    presented: PresentedCertificate | None = None
    """The certificate that was requested, if it is known."""


class Variables(Struct):
    """Evaluates variables; some change while the request is processed."""

    facts: Facts
    maps: Mapping[str, Map]
    path: str = ""
    args: str = ""
    own: dict[str, Value] = field(default_factory=dict)
    """Set by ``set``."""
    captures: dict[str, str] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()
    """Empty until they are filled."""
    assumed: Mapping[str, bool] = field(default_factory=dict)
    """Which files there are, and which conditions on unknown values hold."""
    mapped: dict[str, Value] = field(default_factory=dict)
    """Values of maps: those of the first evaluation, also after the path has changed."""
    steps: int = MOST_STEPS
    """How many are left."""
    _depth: int = 0

    def of_subrequest(self, target: str, method: str) -> "Variables":
        """Return the variables of a subrequest. It shares those of ``set``, but not the path."""
        path, _, args = target.partition("?")
        return replace(
            self,
            facts=replace(self.facts, method=method),
            path=path,
            args=args,
            captures={},
            steps=MOST_STEPS,
            _depth=0,
        )

    def is_assumed(self, what: str, reason: str = "", *, admits_valid: bool = False) -> bool:
        """Return a fact: which files there are, or whether a condition on something unknown holds.

        Raises Unassumed for one that was not assumed either way.
        """
        if what not in self.assumed:
            raise Unassumed(what, reason or what, admits_valid=admits_valid)
        return self.assumed[what]

    def text(self, template: str) -> Value:
        """Replace the variables of a text. Raises Undetermined."""
        return variable_values.interpolated(template, self.value)

    def value(self, name: str) -> Value:
        """Return the value of a variable. Raises Undetermined."""
        found = self._value(name)
        return replace(found, exact=False) if ANY_VALUE in found.content else found

    def _value(self, name: str) -> Value:
        self._step(1)
        if name in self.captures:
            return Value(self.captures[name])
        if name.isdigit():
            return EMPTY
        known = self.own.get(name) or self.mapped.get(name)
        if known is not None:
            return known
        if name in self.maps:
            return self._mapped(name, self.maps[name])
        builtin = _BUILTIN.get(name)
        if builtin is not None:
            return builtin(self)
        return self._by_prefix(name)

    def _step(self, number: int) -> None:
        self.steps -= number
        if self.steps < 0:
            raise Undetermined("too many variables")

    def _mapped(self, name: str, found: Map) -> Value:
        if self._depth >= DEEPEST:
            raise Undetermined("maps that refer to each other", found.directive.location)
        self._step(len(found.patterns))
        self._depth += 1
        try:
            value = self._of_listing(found)
            if value is None:
                value = self.text(found.value(self.text(found.source), self._remember_match))
        except Undetermined as error:
            raise Undetermined(error.what, error.at or found.directive.location) from None
        finally:
            self._depth -= 1
        if not found.volatile:
            self.mapped[name] = value
        return value

    def _of_listing(self, found: Map) -> Value | None:
        """Return the value of a map by the fingerprint; a valid client may have a listed certificate, or another."""
        if self.facts.certificate not in _WITH_CERTIFICATE or self.facts.presented is not None:
            return None
        values = by_listing(found)
        if values is None:
            return None
        what = f"whether {found.directive.location} lists the certificate"
        valid = self.facts.certificate is GatewayCaller.VALID
        return values[valid and self.is_assumed(what, admits_valid=True)]

    def _by_prefix(self, name: str) -> Value:
        if name.startswith(CERTIFICATE):
            facts = self.facts
            return value_of(name, facts.presented) if facts.certificate in _WITH_CERTIFICATE else EMPTY
        if name.startswith("http_"):
            return Value(self.facts.headers.get(name[5:].replace("_", "-"), ""))
        if name.startswith("arg_"):
            pairs = (pair.partition("=") for pair in self.args.split("&"))
            return next((Value(value) for key, _, value in pairs if key.lower() == name[4:].lower()), EMPTY)
        if name.startswith("cookie_"):
            return _cookie(self.facts.headers.get("cookie", ""), name[7:])
        if name in self.declared:
            return EMPTY
        return SOME if name in KNOWN_UNKNOWN else ANY

    def _remember_match(self, found: re.Match[str]) -> None:
        self.remember(found.groups(), found.groupdict())

    def remember(self, groups: Iterable[str | None], named: Mapping[str, str | None]) -> None:
        """Keep the groups of a regular expression."""
        numbered = {str(number): text or "" for number, text in enumerate(groups, start=1)}
        self.captures.update(numbered)
        self.captures.update({name: text or "" for name, text in named.items()})


def _cookie(sent: str, name: str) -> Value:
    pairs = (pair.strip().partition("=") for pair in sent.split(";"))
    return next((Value(value) for key, _, value in pairs if key.lower() == name.lower()), EMPTY)


def _verify(variables: Variables) -> Value:
    if not variables.facts.tls:
        return EMPTY
    facts = variables.facts
    return Value(_VERIFY.get(facts.certificate, facts.failure))


def _remote_user(variables: Variables) -> Value:
    """Return the name in ``Authorization: Basic``, whatever the password."""
    scheme, _, encoded = variables.facts.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return EMPTY
    try:
        decoded = b64decode(encoded, validate=True).decode("utf-8", errors="replace")
    except ValueError:
        return EMPTY
    return Value(decoded.partition(":")[0])


_WITH_CERTIFICATE = frozenset({GatewayCaller.VALID, GatewayCaller.UNTRUSTED})
_VERIFY: Mapping[GatewayCaller | None, str] = {
    None: "NONE",
    GatewayCaller.ANONYMOUS: "NONE",
    GatewayCaller.VALID: "SUCCESS",
}
_BUILTIN: Mapping[str, Callable[[Variables], Value]] = {
    "ssl_client_verify": _verify,
    "uri": lambda v: Value(v.path),
    "document_uri": lambda v: Value(v.path),
    "request_uri": lambda v: Value(v.facts.target),
    "args": lambda v: Value(v.args),
    "query_string": lambda v: Value(v.args),
    "is_args": lambda v: Value("?" if v.args else ""),
    "host": lambda v: Value(v.facts.host),
    # The host of an absolute target selects the server, and the field may be another one.
    "http_host": lambda v: Value(v.facts.headers.get("host", v.facts.host)),
    "ssl_server_name": lambda v: Value(v.facts.server_name if v.facts.tls else ""),
    "request_method": lambda v: Value(v.facts.method),
    "server_protocol": lambda v: Value(v.facts.protocol),
    "request": lambda v: Value(v.facts.line),
    "scheme": lambda v: Value("https" if v.facts.tls else "http"),
    "https": lambda v: Value("on" if v.facts.tls else ""),
    "server_port": lambda v: Value(str(v.facts.port)),
    "remote_user": _remote_user,
    "proxy_host": lambda _: SOME,
    "proxy_port": lambda _: SOME,
    "server_name": lambda _: ANY,
}
