"""The Traefik adapter: from files to a configuration that decides requests."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from specdrift.errors import UsageError
from specdrift.model.result.gateway import GatewayClientAuth, GatewayEntry
from specdrift.model.result.source import ListenerKind, UnresolvedExpression
from specdrift.source.gateway.client_choices import ANY_VALUE, ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.keys.same_object import SameObject
from specdrift.source.kubernetes import manifests
from specdrift.source.protocol import Gateway
from specdrift.source.traefik import traefik_files
from specdrift.source.traefik.point_routers import PointRouters
from specdrift.source.traefik.resources.resource_scope import resources_of
from specdrift.source.traefik.resources.resource_translation import Translation
from specdrift.source.traefik.resources.static_arguments import add_static
from specdrift.source.traefik.traefik_choices import choices_of, rewritten_of
from specdrift.source.traefik.traefik_decision import UNMATCHED, EntryHost, decide
from specdrift.source.traefik.traefik_files import GROUPS, TraefikFiles, flag, member
from specdrift.source.traefik.traefik_middlewares import CERTIFICATE, DETAILS
from specdrift.source.traefik.traefik_settings import (
    DEFAULT,
    EntryPoint,
    TlsOption,
    TraefikSettings,
    settings_of,
)

NAME = "traefik"
EVERY = "*"
"""Stands for the hosts of an expression that names none."""
MOST_ENTRIES = 2_000
MOST_TRIED = 50_000
"""Maximum number of routers that may take any host, for each of the names to which they apply."""


class TraefikConfiguration(Struct, frozen=True, eq=False):
    """A configuration whose files were read."""

    settings: TraefikSettings
    served: tuple[EntryHost, ...]
    unresolved: tuple[UnresolvedExpression, ...]
    files: int
    by_entry: Mapping[SameObject[GatewayEntry], EntryHost]
    filled: frozenset[str]
    chosen: dict[SameObject[object], tuple[ClientChoice, ...]] = field(default_factory=dict)
    """What clients can send, by the identity of the routers, as far as it was asked for."""

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return tuple(one.entry for one in self.served)

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what Traefik does with a request."""
        return decide(self.by_entry[SameObject(request.entry)], self.settings, request)

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return what clients can send so that rules hold."""
        named = self.by_entry[SameObject(entry)]
        if SameObject(named.routers) not in self.chosen:
            self.chosen[SameObject(named.routers)] = choices_of(named.point, named.routers.all())
        return self.chosen[SameObject(named.routers)]

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that an entry point hands on as others."""
        named = self.by_entry[SameObject(entry)]
        return tuple(dict.fromkeys(rewritten_of(named.point, named.routers.of(named.host), self.settings)))

    def services(self, _: GatewayEntry, /) -> frozenset[str] | None:
        """Return that the addresses which requests may get to are not known."""
        return None

    def certificate_headers(self) -> frozenset[str]:
        """Return the headers that some middleware fills from the certificate."""
        return self.filled


class Traefik(Struct, frozen=True):
    """Reads the static configuration, the dynamic ones of the file provider, and resources of Kubernetes."""

    name: str = NAME

    def recognises(self, path: Path) -> bool:
        """Return whether a file or folder looks like a configuration of Traefik."""
        return manifests.is_recognised(path, GROUPS) or traefik_files.is_recognised(path)

    def read(self, path: Path) -> TraefikConfiguration:
        """Read a configuration. Raises UsageError for a file that cannot be read."""
        files = traefik_files.read(path)
        if manifests.has_resources(path, GROUPS):
            _add_resources(path, files)
        if files.static is None and not files.roots and not files.has_resources:
            raise UsageError(f"{path}: no configuration of Traefik found")
        return _configuration(files)


GATEWAY: Gateway = Traefik()


def _add_resources(path: Path, files: TraefikFiles) -> None:
    found = manifests.read(path, GROUPS)
    files.has_resources = True
    files.files += found.files
    add_static(found, files)
    Translation(resources_of(found, files), files).add()


def _configuration(files: TraefikFiles) -> TraefikConfiguration:
    settings = settings_of(files)
    points = settings.entry_points or _named_points(settings, files)
    own = frozenset(
        f"{host}:{one.port}"
        for one in points.values()
        for host in ("127.0.0.1", "localhost", "[::1]", one.address)
    )
    served: list[EntryHost] = []
    for point in points.values():
        for tls in (True, False):
            routers = PointRouters.of_point(point, settings, tls=tls)
            most = min(MOST_ENTRIES - len(served), MOST_TRIED // (len(routers.others) or 1))
            found = tuple(_names(point, routers, settings, own, tls=tls))
            if len(found) > most:
                files.not_read(point.at, f"names of routers after the first {most:,}")
            served += found[:most]
    return TraefikConfiguration(
        settings=settings,
        served=tuple(served),
        unresolved=tuple(dict.fromkeys(files.unresolved)),
        files=files.files,
        by_entry={SameObject(one.entry): one for one in served},
        filled=frozenset(_filled(settings)),
    )


def _named_points(settings: TraefikSettings, files: TraefikFiles) -> Mapping[str, EntryPoint]:
    """Return the entry points that routers name, where the static configuration was not read."""
    names = dict.fromkeys(name for one in settings.routers for name in one.entry_points)
    return {name: _unknown_point(name, files) for name in names or ("default",)}


def _unknown_point(name: str, files: TraefikFiles) -> EntryPoint:
    return EntryPoint(
        name=name,
        address="*",
        port=443,
        tls=False,
        options="",
        middlewares=(),
        trusts=False,
        trusts_some=False,
        cleans=True,
        redirects_to="",
        is_default=False,
        at=files.start,
        unread=f"the entry point {name}, which is not in the files",
    )


def _filled(settings: TraefikSettings) -> Iterator[str]:
    for node in settings.middlewares.values():
        own = member(node, "passTLSClientCert")
        if flag(member(own, "pem")):
            yield CERTIFICATE.lower()
        if member(own, "info"):
            yield DETAILS.lower()


def _names(
    point: EntryPoint,
    routers: PointRouters,
    settings: TraefikSettings,
    own: frozenset[str],
    *,
    tls: bool,
) -> Iterator[EntryHost]:
    if not routers:
        return
    for host in (*routers.hosts, ""):
        option = settings.options.get(routers.options.get(host, DEFAULT)) if tls else None
        entry = GatewayEntry(
            address=point.address,
            port=point.port,
            kind=ListenerKind.TLS if tls else ListenerKind.PLAINTEXT,
            client_auth=_auth(option),
            names=(host.replace(ANY_VALUE, EVERY),) if host else (),
            default=not host,
            location=option.at if option else point.at,
        )
        yield EntryHost(entry, point, tls, host or UNMATCHED, option, routers, own)


def _auth(option: TlsOption | None) -> GatewayClientAuth:
    return option.auth if option is not None else GatewayClientAuth.NONE
