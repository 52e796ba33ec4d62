"""The HAProxy adapter: from files to a configuration that decides requests."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.contained import is_beneath
from specdrift.errors import UsageError
from specdrift.model.result.gateway import GatewayClientAuth, GatewayEntry
from specdrift.model.result.source import ListenerKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway import sameness
from specdrift.source.gateway.client_choices import ANY_VALUE, ClientChoice
from specdrift.source.gateway.exchange import MOST_FILLED, Decision, GatewayRequest
from specdrift.source.gateway.rewritten_paths import RewrittenPath, at_named_paths
from specdrift.source.haproxy.actions.kept_variables import kept_variables
from specdrift.source.haproxy.actions.request_actions import VARIABLE, filled_headers
from specdrift.source.haproxy.binds import Bind, binds_of
from specdrift.source.haproxy.haproxy_choices import (
    choices_of,
    hosts_of,
    looks_at_server_name,
    named_paths,
    spellings_of,
)
from specdrift.source.haproxy.haproxy_decision import UNMATCHED, HaproxyDecision, ServedName, address_of
from specdrift.source.haproxy.haproxy_files import MOST_BYTES, HaproxyFiles
from specdrift.source.haproxy.haproxy_rewrites import rewritten_of
from specdrift.source.haproxy.log_formats import from_certificate
from specdrift.source.haproxy.proxies import Proxies, Proxy, RuleSet
from specdrift.source.keys.same_object import SameObject
from specdrift.source.protocol import Gateway
from specdrift.source.usual_names import HAPROXY_FILES

NAME = "haproxy"
MAIN = "haproxy.cfg"
ENDINGS = (".cfg", ".conf", ".haproxy")
MOST_ENTRIES = 2_000
EVERY = "*"
"""Stands for the hosts of a condition that names none."""
_PROXY = re.compile(
    r"(?m)^[ \t]*(?:frontend|listen|backend)[ \t]+[^\s{};]+[ \t]*(?:from[ \t]+\S+[ \t]*)?(?:#.*)?\r?$"
)
_LISTENS = re.compile(r"(?m)^[ \t]+(?:bind|server|use_backend|default_backend)[ \t]+[^;{]+?(?:[{#].*)?\r?$")


class HaproxyConfiguration(Struct, frozen=True, eq=False):
    """A configuration whose files were read."""

    proxies: Proxies
    source: HaproxyFiles
    served: tuple[ServedName, ...]
    by_entry: Mapping[SameObject[GatewayEntry], ServedName]
    own: frozenset[str]
    variables: frozenset[str]
    filled: frozenset[str]
    kept: frozenset[str]
    chosen: dict[SameObject[object], tuple[ClientChoice, ...]] = field(default_factory=dict)
    """What clients can send, by the identity of the frontend or of the entry, as far as it was asked for."""
    handed_on: dict[tuple[SameObject[Proxy], int], tuple[RewrittenPath, ...]] = field(default_factory=dict)
    """The paths that a frontend hands on as others, by its identity and the port of the listener."""

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return tuple(one.entry for one in self.served)

    @property
    def unresolved(self) -> tuple[UnresolvedExpression, ...]:
        return tuple(dict.fromkeys(self.source.unresolved))

    @property
    def files(self) -> int:
        return self.source.files

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what HAProxy does with a request."""
        served = self.by_entry[SameObject(request.entry)]
        return HaproxyDecision(
            self.proxies, self.source, served, request, self.own, self.variables, self.kept
        ).decide()

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return what clients can send so that conditions hold."""
        front = self.by_entry[SameObject(entry)].proxy
        if SameObject(front) not in self.chosen:
            self.chosen[SameObject(front)] = choices_of(self._reached(front), self.source)
        if SameObject(entry) not in self.chosen:
            self.chosen[SameObject(entry)] = (
                *self.chosen[SameObject(front)],
                *spellings_of(entry, self._reached(front)),
            )
        return self.chosen[SameObject(entry)]

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that a server hands on as others."""
        served = self.by_entry[SameObject(entry)]
        key = (SameObject(served.proxy), served.bind.port)
        if key not in self.handed_on:
            proxies = self._reached(served.proxy)
            routes = rewritten_of(proxies, partial(_own_services, served.bind.port))
            self.handed_on[key] = tuple(
                dict.fromkeys(at_named_paths(routes, named_paths(proxies, self.source)))
            )
        return self.handed_on[key]

    def services(self, _: GatewayEntry, /) -> frozenset[str] | None:
        """Return that the addresses which requests may get to are not known."""
        return None

    def certificate_headers(self) -> frozenset[str]:
        """Return the headers that some rule fills from the certificate."""
        return self.filled

    def _reached(self, front: Proxy) -> tuple[Proxy, ...]:
        return reached(front, self.proxies)


def _own_services(port: int, proxy: Proxy) -> frozenset[str]:
    """Return the addresses of a backend; none for a frontend, which may hand requests to any."""
    if proxy.section.kind != "backend":
        return frozenset()
    found = frozenset(address_of(written, port) for written, _ in proxy.servers())
    return frozenset() if any(sameness.VARIABLE in one for one in found) else found


class Haproxy(Struct, frozen=True):
    """Reads haproxy.cfg, or a folder of files that are read in the order of their names."""

    name: str = NAME

    def recognises(self, path: Path) -> bool:
        """Return whether a file or folder looks like a configuration of HAProxy."""
        return any(map(_has_proxy, _files(path)))

    def read(self, path: Path) -> HaproxyConfiguration:
        """Read a configuration. Raises UsageError for a file that cannot be read."""
        files = HaproxyFiles(path if path.is_dir() else path.parent)
        for one in _files(path):
            files.read(one)
        return _configuration(files, path)


GATEWAY: Gateway = Haproxy()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path] if path.name.endswith(ENDINGS) else []
    # Beside a service, a file of another name may be anything.
    main = (path / MAIN).is_file() or (path / "Cargo.toml").exists()
    names = [path / MAIN] if main else sorted(path.glob(HAPROXY_FILES))
    return [one for one in names if one.is_file() and is_beneath(path, one.resolve())]


def _has_proxy(file: Path) -> bool:
    if not file.is_file() or file.stat().st_size > MOST_BYTES:
        return False
    text = file.read_text(encoding="utf-8", errors="replace")
    return _PROXY.search(text) is not None and _LISTENS.search(text) is not None


def reached(front: Proxy, proxies: Proxies) -> tuple[Proxy, ...]:
    """Return a frontend with the backends that it may choose."""
    names = [rule.action[0] for rule in front.of(RuleSet.SWITCH)]
    default = front.last("default_backend")
    if any("%" in name for name in names):
        return tuple(dict.fromkeys((front, *proxies.backends.values())))
    wanted = [*names, *([default.arg(0)] if default else [])]
    backends = (proxies.backends[name] for name in wanted if name in proxies.backends)
    return tuple(dict.fromkeys((front, *backends)))


def _configuration(files: HaproxyFiles, path: Path) -> HaproxyConfiguration:
    proxies = Proxies.of(files.sections)
    if not proxies.frontends:
        raise UsageError(f"{path}: no frontend found")
    listening = [(front, tuple(binds_of(front, files))) for front in proxies.frontends]
    every = {SameObject(one): one for front in proxies.frontends for one in reached(front, proxies)}.values()
    services = frozenset(
        address_of(written, 0) for one in every if one.is_http for written, _ in one.servers()
    )
    served: list[ServedName] = []
    for front, binds in listening:
        if _forwards_others(front, proxies, services):
            continue
        hands_on = not front.is_http and not _targets(front, proxies) & services
        served += [
            replace(one, hands_on=hands_on and not one.bind.tls)
            for one in _names(front, binds, proxies, files)
        ]
    if len(served) > MOST_ENTRIES:
        files.not_read(proxies.frontends[0].location, f"more than {MOST_ENTRIES:,} names of frontends")
        del served[MOST_ENTRIES:]
    variables = _variables(every)
    filled = frozenset(
        one.name.lower()
        for proxy in every
        for one in filled_headers(proxy.of(RuleSet.HTTP))
        if from_certificate(one.value, variables)
    )
    if len(filled) > MOST_FILLED:
        what = f"more than {MOST_FILLED} headers about the certificate"
        files.not_read(proxies.frontends[0].location, what)
    for proxy in every:
        for rule in proxy.of(RuleSet.OPAQUE):
            what = f"{' '.join(rule.action[:2])} is not evaluated"
            files.not_read(rule.location, what, UnresolvedKind.ROUTE)
    return HaproxyConfiguration(
        proxies=proxies,
        source=files,
        served=tuple(served),
        by_entry={SameObject(one.entry): one for one in served},
        own=_own_addresses(listening),
        variables=variables,
        filled=filled,
        kept=kept_variables(every),
    )


def _forwards_others(front: Proxy, proxies: Proxies, services: frozenset[str]) -> bool:
    """Return whether a frontend forwards connections to services that get no requests: they are none of the API."""
    if front.is_http:
        return False
    targets = _targets(front, proxies)
    own = {target for target in targets if target.startswith(("unix:", "127.", "[::1]", "abns"))}
    return bool(services) and not targets & services and not own


def _targets(front: Proxy, proxies: Proxies) -> frozenset[str]:
    every = (written for one in reached(front, proxies) for written, _ in one.servers())
    return frozenset(address_of(written, 0) for written in every)


def _own_addresses(listening: Sequence[tuple[Proxy, tuple[Bind, ...]]]) -> frozenset[str]:
    found = [bind for _, binds in listening for bind in binds]
    local = {one.address for one in found if one.local}
    hosts = ("127.0.0.1", "localhost", "[::1]", "::1")
    ports = {f"{host}:{one.port}" for one in found if not one.local for host in (*hosts, one.address)}
    return frozenset(local | ports)


def _variables(proxies: Iterable[Proxy]) -> frozenset[str]:
    found: set[str] = set()
    rules = [rule for proxy in proxies for rule in proxy.rules]
    for _ in range(3):  # a variable may be made of another
        for rule in rules:
            variable = VARIABLE.match(rule.action[0])
            text = " ".join(rule.action[1:])
            written = text if variable and variable[1] == "set-var-fmt" else f"%[{text}]"
            if variable and from_certificate(written, frozenset(found)):
                found.add(variable[2])
    return frozenset(found)


def _names(
    front: Proxy, binds: tuple[Bind, ...], proxies: Proxies, files: HaproxyFiles
) -> Iterator[ServedName]:
    own = reached(front, proxies)
    hosts = hosts_of(own, files)
    by_name = looks_at_server_name(own)
    for bind in binds:
        listed = [name.replace("*", "www") for line in bind.lines for name in line.names if name[0] != "!"]
        for host in (*dict.fromkeys((*hosts, *listed)), ""):
            yield _served(front, bind, host, None)
            # A client may name one host in the handshake, and another one in the request.
            if by_name and host and bind.tls:
                yield _served(front, bind, host, UNMATCHED)
            seen = {bind.verification_of(host or UNMATCHED)}
            for other in (*listed, UNMATCHED) if bind.lines else ():
                verification = bind.verification_of(other)
                if verification not in seen:
                    seen.add(verification)
                    yield _served(front, bind, host, other)


def _served(front: Proxy, bind: Bind, host: str, other: str | None) -> ServedName:
    """Return a name; ``other`` is one that the client names in the handshake instead of it."""
    name = other or host or UNMATCHED
    line = bind.line_of(name)
    kind = ListenerKind.LOCAL if bind.local else ListenerKind.TLS if bind.tls else ListenerKind.PLAINTEXT
    entry = GatewayEntry(
        address=bind.address,
        port=bind.port,
        kind=kind,
        quic=bind.quic,
        client_auth=bind.verification_of(name).shown if bind.tls else GatewayClientAuth.NONE,
        names=(host.replace(ANY_VALUE, EVERY),) if host else (),
        default=not host,
        location=line.location if line else bind.location,
    )
    return ServedName(entry, front, bind, host or UNMATCHED, server_name=other)
