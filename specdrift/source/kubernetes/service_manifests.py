"""Resources in the folder of a service that may stand in front of it: whether they do is seldom written."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.kubernetes import manifests as manifest_files
from specdrift.source.kubernetes.manifests import KubernetesObject, Manifests
from specdrift.source.kubernetes.policies.interference import HARMLESS, HARMLESS_GROUPS
from specdrift.source.kubernetes.policies.other_routes import references
from specdrift.source.kubernetes.services import host_of
from specdrift.source.kubernetes.workloads import OWNERS

IN_FRONT = re.compile(
    r"\b(?:(?:networking|security|extensions)\.istio\.io|gateway\.networking\.k8s\.io"
    r"|traefik\.(?:io|containo\.us))/v\d"
    r"|(?m:^[ \t\"']*kind[\"']?[ \t]*:[ \t]*[\"']?\w*(?:Ingress|Gateway|Route|Proxy|VirtualServer|Mapping)\b)"
)
"""Resources that decide about requests, in the text of a file."""
GROUPS_IN_FRONT = re.compile(
    r"(?:(?:networking|security|extensions)\.istio\.io|gateway\.networking\.k8s\.io"
    r"|traefik\.(?:io|containo\.us))\Z"
)
MAY_BE = "may be in front of the service; name its file or folder as a gateway if it is"
TEMPLATE = "; it may hold a gateway of the service"


class ServiceManifests(Struct, frozen=True):
    """What was found in the folder of a service."""

    reader: str = ""
    """The gateway that reads them, if it is clear that requests reach this service through them."""
    left_out: tuple[UnresolvedExpression, ...] = ()
    """What may be in front of it, where that is not clear."""


def beside(
    folder: Path, programs: Collection[str], readers: Mapping[str, re.Pattern[str]]
) -> ServiceManifests:
    """Look for resources beneath the folder of a service.

    ``programs`` are the names of its packages and binaries, and ``readers`` the gateways that read resources, with what
    fits the groups of these. It is clear that resources are in front of the service if one gateway reads them, and if
    all services that they name are called like a program, or run its image.
    """
    if not manifest_files.has_resources(folder, IN_FRONT):
        return ServiceManifests()
    found = manifest_files.read(folder, IN_FRONT)
    fronts = tuple(one for one in found.resources if _is_in_front(one))
    unread = tuple(
        UnresolvedExpression(one.location, f"{one.what.rstrip('.')}{TEMPLATE}", UnresolvedKind.SERVED)
        for one in found.unread_documents
    )
    own = frozenset(map(_plain, programs))
    reader = _reader_of(fronts, readers)
    named = {(one.name, one.host) for front in fronts for one in references(front) if one.host}
    if reader and not unread and named and all(_is_own(name, host, own, found) for name, host in named):
        return ServiceManifests(reader=reader)
    left = (UnresolvedExpression(one.place, f"{one} {MAY_BE}", UnresolvedKind.SERVED) for one in fronts)
    return ServiceManifests(left_out=(*left, *unread))


def _reader_of(fronts: Iterable[KubernetesObject], readers: Mapping[str, re.Pattern[str]]) -> str:
    """Return the gateway that reads some of the resources, unless there are several."""
    groups = {one.group for one in fronts}
    found = [name for name, fits in readers.items() if any(fits.search(f"{group}/v1") for group in groups)]
    return found[0] if len(found) == 1 else ""


def _is_in_front(one: KubernetesObject) -> bool:
    """Return whether a resource decides about requests, or names a service that it serves."""
    if (one.group, one.kind) in HARMLESS or one.group in HARMLESS_GROUPS:
        return False
    known = GROUPS_IN_FRONT.search(one.group) is not None or one.kind == "Ingress"
    return known or any(reference.host for reference in references(one))


def _is_own(name: str, host: str, own: Collection[str], found: Manifests) -> bool:
    """Return whether a service is called like a program, or selects pods that are, or that run its image."""
    if _plain(name) in own:
        return True
    services = [one for one in found.of("", "Service") if host_of(one.name, one.namespace) == host]
    pods = {program for one in services for program in _selected(one, found)}
    return bool(pods & frozenset(own))


def _selected(service: KubernetesObject, found: Manifests) -> Iterator[str]:
    wanted = {(name, node.written) for name, node in service.spec.get("selector").entries()}
    for owner in (one for kind in OWNERS for one in found.of("apps", kind)):
        template = owner.spec.get("template")
        labels = {(name, node.written) for name, node in template.get("metadata", "labels").entries()}
        if wanted and wanted <= labels and owner.namespace == service.namespace:
            yield _plain(owner.name)
            for container in template.get("spec", "containers").items():
                image = container.get("image").written.partition("@")[0].rpartition("/")[2]
                yield _plain(image.partition(":")[0])


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
