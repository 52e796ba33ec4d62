"""What files say: entry points, routers, middlewares, services and options of TLS, by their names."""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.traefik.former_rules import FORMER
from specdrift.source.traefik.traefik_files import NamedPart, TraefikFiles, flag, member, texts
from specdrift.source.traefik.traefik_rules import CURRENT, RouterRule, RuleNotRead, parsed

DEFAULT = "default"
FILE = "file"
"""The provider of files; names of others have their name behind an @."""
EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})
NEVER_FIRST = (1 << 63) - 1 - 1000
"""Priorities above this one are not taken."""
MODES = {
    "NoClientCert": GatewayClientAuth.NONE,
    "RequestClientCert": GatewayClientAuth.UNVERIFIED,
    "RequireAnyClientCert": GatewayClientAuth.UNVERIFIED,
    "VerifyClientCertIfGiven": GatewayClientAuth.OPTIONAL,
    "RequireAndVerifyClientCert": GatewayClientAuth.REQUIRED,
}
_OPTIONS = frozenset(
    {
        *("minversion", "maxversion", "ciphersuites", "curvepreferences", "clientauth", "snistrict"),
        *("alpnprotocols", "disablesessiontickets", "preferservercipherSuites".lower()),
    }
)
_ENTRY = frozenset(
    {
        *("address", "asdefault", "http", "http2", "http3", "forwardedheaders", "transport", "reuseport"),
        *("proxyprotocol", "observability", "allowacmebypass", "udp"),
    }
)
_ENTRY_HTTP = frozenset(
    {"tls", "middlewares", "redirections", "sanitizepath", "maxheaderbytes", "encodequerysemicolons"}
)
_STATIC = frozenset(
    {
        *("global", "serverstransport", "tcpserverstransport", "entrypoints", "providers", "api", "metrics"),
        *("ping", "log", "accesslog", "tracing", "certificatesresolvers", "core", "spiffe", "ocsp"),
    }
)
"""Others, such as the resolver of hosts, may change which router takes a request."""
SYNTAXES = {"": CURRENT, "v3": CURRENT, DEFAULT: CURRENT, "v2": FORMER}
_ROUTER = frozenset(
    {"entrypoints", "rule", "rulesyntax", "priority", "middlewares", "service", "tls", "observability"}
)


class TlsOption(Struct, frozen=True):
    """What a handshake asks of clients."""

    name: str
    mode: str
    """As written, or what the authorities imply."""
    strict: bool
    """Names of no certificate are refused."""
    at: SourceLocation
    unread: str = ""

    @property
    def auth(self) -> GatewayClientAuth:
        return MODES.get(self.mode, GatewayClientAuth.NONE)

    def refuses(self, caller: GatewayCaller) -> bool:
        """Return whether the handshake of a caller fails."""
        if caller is GatewayCaller.ANONYMOUS:
            return self.mode in ("RequireAnyClientCert", "RequireAndVerifyClientCert")
        return caller is GatewayCaller.UNTRUSTED and self.auth in (
            GatewayClientAuth.OPTIONAL,
            GatewayClientAuth.REQUIRED,
        )


class EntryPoint(Struct, frozen=True):
    """Where clients connect."""

    name: str
    address: str
    port: int
    tls: bool
    """Routers without TLS of their own have it here."""
    options: str
    """Of those routers."""
    middlewares: tuple[str, ...]
    """Before those of each router."""
    trusts: bool
    """Headers ``X-Forwarded-…`` of clients are kept."""
    trusts_some: bool
    """Those of clients with some addresses are."""
    cleans: bool
    """Paths lose dot segments and empty ones."""
    redirects_to: str
    is_default: bool
    at: SourceLocation
    unread: str = ""
    """A setting that is not evaluated."""


class TraefikRouter(Struct, frozen=True, eq=False):
    """A router."""

    name: str
    entry_points: tuple[str, ...]
    """Empty for the default ones."""
    rule: RouterRule | None
    """``None`` if it is not understood."""
    priority: int
    middlewares: tuple[str, ...]
    service: str
    tls: bool
    options: str
    at: SourceLocation
    unread: str = ""
    """Why its rule or a setting is not evaluated."""
    absent: str = ""
    """Why Traefik may leave it out before it looks at its hosts."""


class TraefikSettings(Struct, frozen=True):
    """A configuration."""

    entry_points: Mapping[str, EntryPoint]
    routers: tuple[TraefikRouter, ...]
    middlewares: Mapping[str, YamlNode]
    services: Mapping[str, YamlNode]
    options: Mapping[str, TlsOption]
    unread: str = ""
    """Why any router may be missing."""
    raw: Mapping[str, SourceLocation] = field(default_factory=dict)
    """Entry points whose connections a TCP router may take."""
    doubts: Mapping[tuple[NamedPart, str], str] = field(default_factory=dict)
    """Why middlewares and services may be missing or others."""


def own_name(name: str) -> str:
    """Return the name of something in files; of another provider it stays as written."""
    return name.removesuffix(f"@{FILE}")


def options_name(written: str) -> str:
    """Return the name of options; the default ones have no provider."""
    name = own_name(written) or DEFAULT
    return written if name == DEFAULT != written and written else name


def seen_by(router: TraefikRouter, names: Iterable[str]) -> tuple[str, ...]:
    """Return names of an entry point as a router sees them: those of its own provider need no provider's name."""
    _, at, provider = router.name.rpartition("@")
    return tuple(f"{name}@{provider}" if at and "@" not in name else name for name in names)


def settings_of(files: TraefikFiles) -> TraefikSettings:
    """Read the settings. What is not understood is listed."""
    static = files.static
    entry_points = {one.name: one for one in _entry_points(static, files)} if static is not None else {}
    if static is None:
        files.not_read(files.start, "entry points: the static configuration is not among the files")
    else:
        _providers(static, files)
    syntax = member(static, "core", "defaultRuleSyntax").written if static is not None else ""
    routers = tuple(_routers(files, syntax))
    default = _default_points(entry_points)
    raw: dict[str, SourceLocation] = {}
    for root in files.roots:
        for name, node in member(root, "tcp", "routers").entries():
            files.not_read(node.place, f"the TCP router {name} is not evaluated")
            raw |= dict.fromkeys(texts(member(node, "entryPoints")) or default, node.place)
    options = {one.name: one for one in _options(files)}
    return TraefikSettings(
        entry_points=entry_points,
        routers=routers,
        middlewares=dict(_named(files, "http", "middlewares")),
        services=dict(_named(files, "http", "services")),
        options={DEFAULT: TlsOption(DEFAULT, "NoClientCert", strict=False, at=files.start), **options},
        unread=files.incomplete.what if files.incomplete else "",
        raw=raw,
        doubts=files.doubts,
    )


def _default_points(entry_points: Mapping[str, EntryPoint]) -> tuple[str, ...]:
    """Return the entry points of routers that name none."""
    chosen = tuple(name for name, one in entry_points.items() if one.is_default)
    return chosen or tuple(name for name in entry_points if name != "traefik")


def points_of(router: TraefikRouter, settings: TraefikSettings) -> tuple[str, ...]:
    """Return the entry points of a router."""
    return router.entry_points or _default_points(settings.entry_points)


def _named(files: TraefikFiles, *names: str) -> Iterator[tuple[str, YamlNode]]:
    seen: dict[str, YamlNode] = {}
    for root in files.roots:
        for name, node in member(root, *names).entries():
            # Resources that refer to one port of a service make the same service.
            same = "services" in names and node.value == seen.get(name, node).value
            if seen.setdefault(name, node) is not node and not same:
                files.not_read(node.place, f"{name} is defined twice", anything=True)
            yield name, node


def _strange(node: YamlNode, known: frozenset[str]) -> str:
    found = next((key for key, _ in node.entries() if key.lower() not in known), "")
    return f"the setting {found}" if found else ""


def _entry_points(static: YamlNode, files: TraefikFiles) -> Iterator[EntryPoint]:
    names = frozenset(name for name, _ in member(static, "entryPoints").entries())
    for name, node in member(static, "entryPoints").entries():
        address = member(node, "address").written
        where, slash, protocol = address.partition("/")
        host, _, port = where.rpartition(":")
        if slash and protocol.lower() == "udp":
            continue
        http = member(node, "http")
        unread = _strange(node, _ENTRY) or _strange(http, _ENTRY_HTTP)
        if not port.isdecimal():
            unread, port = f"the address {address}", "0"
        if member(node, "http3").value is not None:
            files.not_read(member(node, "http3").place, f"HTTP/3 of the entry point {name} is not evaluated")
        if flag(member(http, "encodeQuerySemicolons")):
            unread = unread or "encodeQuerySemicolons"
        redirection = member(http, "redirections", "entryPoint")
        own_scheme = member(redirection, "scheme").written or "https"
        has_tls = member(http, "tls").value is not None
        target = member(redirection, "to").written
        exists = target in names or re.fullmatch(r":\d+", target) is not None
        odd = member(redirection, "priority") or own_scheme != "https" or has_tls or not exists
        if redirection and odd:
            unread = unread or "the redirection"
        trusted = member(node, "forwardedHeaders")
        if unread:
            files.not_read(node.place, f"{unread} of the entry point {name} is not evaluated")
        yield EntryPoint(
            name=name,
            address="*" if host in ("", "0.0.0.0", "[::]") else host,  # noqa: S104 - compared only
            port=int(port),
            tls=member(http, "tls").value not in (None, False),
            options=member(http, "tls", "options").written,
            middlewares=texts(member(http, "middlewares")),
            trusts=flag(member(trusted, "insecure"))
            or bool(EVERYWHERE & {*texts(member(trusted, "trustedIPs"))}),
            trusts_some=bool(texts(member(trusted, "trustedIPs"))),
            cleans=flag(member(http, "sanitizePath"), default=True),
            redirects_to=target,
            is_default=flag(member(node, "asDefault")),
            at=node.place,
            unread=unread,
        )


def _providers(static: YamlNode, files: TraefikFiles) -> None:
    """Keep the files that the file provider reads. List other providers, and settings that may decide."""
    for name, node in static.entries():
        if name.lower() not in _STATIC:
            files.not_read(node.place, f"the setting {name}", anything=True)
    for name, node in member(static, "providers").entries():
        resources = files.has_resources and name.lower().startswith("kubernetes")
        if not resources and name.lower() not in (FILE, "providersthrottleduration", "precedence"):
            files.not_read(node.place, f"routers of the provider {name}", anything=True)
    file, folder = (member(static, "providers", FILE, name) for name in ("filename", "directory"))
    named = [one for one in files.dynamic if _parts(one.file.name)[-1:] == _parts(file.written)[-1:]]
    if folder:
        own = _parts(folder.written)[-1:]
        named = [one for one in files.dynamic if own and own[0] in _parts(one.file.name)[:-1]]
        if files.dynamic and not named:
            what = f"{folder.written} is not among the folders: all dynamic files are taken for those in it"
            files.not_read(folder.place, what)
        files.dynamic[:] = named or files.dynamic
    elif named:
        files.dynamic[:] = named
    elif file or files.dynamic or not files.has_resources:
        what = f"{file.written} is not among the files" if file else "no provider of files"
        files.not_read((file or static).place, what, anything=True)


def _parts(written: str) -> list[str]:
    return [one for one in written.replace("\\", "/").split("/") if one not in ("", ".")]


def _routers(files: TraefikFiles, syntax: str) -> Iterator[TraefikRouter]:
    for name, node in _named(files, "http", "routers"):
        written = member(node, "rule").written
        unread = _strange(node, _ROUTER)
        own_syntax = member(node, "ruleSyntax").written or syntax
        rule: RouterRule | None = None
        if own_syntax in SYNTAXES:
            try:
                rule = parsed(written, SYNTAXES[own_syntax])
            except RuleNotRead:
                unread = unread or f"the rule {written[:100]}"
        else:
            unread = f"the syntax {own_syntax} of rules"
        if unread:
            files.not_read(node.place, f"{unread} of the router {name} is not evaluated")
        tls = member(node, "tls")
        yield TraefikRouter(
            name=name,
            entry_points=texts(member(node, "entryPoints")),
            rule=rule,
            priority=_number(member(node, "priority")) or len(written.encode()),
            middlewares=texts(member(node, "middlewares")),
            service=member(node, "service").written,
            tls=tls.value not in (None, False) or _has(node, "tls"),
            options=member(tls, "options").written,
            at=node.place,
            unread=unread,
            absent=files.doubts.get((NamedPart.ROUTERS, name), ""),
        )


def _number(node: YamlNode) -> int:
    return int(node.written) if re.fullmatch(r"-?\d{1,18}", node.written) else 0


def _has(node: YamlNode, name: str) -> bool:
    return any(key.lower() == name and one.value is not False for key, one in node.entries())


def _options(files: TraefikFiles) -> Iterator[TlsOption]:
    for name, node in _named(files, "tls", "options"):
        client = member(node, "clientAuth")
        authorities = bool(texts(member(client, "caFiles")))
        mode = member(client, "clientAuthType").written
        unread = files.doubts.get((NamedPart.OPTIONS, name), "") or _strange(node, _OPTIONS)
        unread = unread or _strange(client, frozenset({"cafiles", "clientauthtype"}))
        if mode and mode not in MODES:
            unread = unread or f"clientAuthType {mode}"
        if not authorities and mode in ("VerifyClientCertIfGiven", "RequireAndVerifyClientCert"):
            unread = unread or f"clientAuthType {mode} without authorities"
        if unread:
            files.not_read(node.place, f"{unread} of the options {name} is not evaluated")
        yield TlsOption(
            name=name,
            mode=mode or ("RequireAndVerifyClientCert" if authorities else "NoClientCert"),
            strict=flag(member(node, "sniStrict")),
            at=member(client, "clientAuthType").place if mode else client.place if client else node.place,
            unread=unread,
        )
