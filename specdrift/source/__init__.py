"""Reads services from their source and gateways from their configuration, and compares them with the document.

A framework is one package behind ``protocol.Framework`` and one line in ``frameworks.FRAMEWORKS``; a gateway is one
behind ``protocol.Gateway`` and one line in ``frameworks.GATEWAYS``.
"""

from collections.abc import Sequence
from pathlib import Path

from specdrift.errors import UsageError
from specdrift.model.result.source import SourceFinding, SourceView, UnresolvedExpression
from specdrift.source import usual_names
from specdrift.source.gateway.views import ReadGateway
from specdrift.source.open_to_all import closed
from specdrift.source.protocol import Framework, Gateway, ReadSources, SourceAnalysis, SourceQuery
from specdrift.source.route_matcher import match
from specdrift.source.several_languages import joined


def read(query: SourceQuery, frameworks: Sequence[Framework] | None = None) -> SourceAnalysis:
    """Analyse the source in a folder, in all languages. Raises UsageError if no framework recognises it.

    ``frameworks``: those of ``frameworks_of`` the folder, if they are known.
    """
    from specdrift.source.frameworks import FRAMEWORKS

    if query.folder.is_file():
        raise _of_no_gateway(query.folder)
    if not query.folder.is_dir():
        raise UsageError(f"{query.folder}: no such folder")
    found = frameworks_of(query.folder) if frameworks is None else frameworks
    if found:
        return joined([framework.read(query) for framework in found])
    names = ", ".join(framework.name for framework in FRAMEWORKS)
    files = ", ".join(usual_names.OF_GATEWAYS)
    raise UsageError(
        f"{query.folder}: no supported framework found; supported: {names}. Nor was a gateway's configuration, "
        f"such as {files}, or resources of Kubernetes; name its file"
    )


def is_gateway(path: Path) -> bool:
    """Return whether a file or folder is the configuration of a gateway. A folder may be that of a service as well."""
    from specdrift.source.frameworks import GATEWAYS

    return any(gateway.recognises(path) for gateway in GATEWAYS)


def frameworks_of(path: Path) -> tuple[Framework, ...]:
    """Return the supported frameworks of which a folder has a service."""
    from specdrift.source.frameworks import FRAMEWORKS

    return tuple(one for one in FRAMEWORKS if one.recognises(path)) if path.is_dir() else ()


def read_gateway(path: Path) -> ReadGateway:
    """Read the configuration of a gateway. Raises UsageError, also for a folder with those of several."""
    from specdrift.source.frameworks import GATEWAYS

    found = [gateway for gateway in GATEWAYS if gateway.recognises(path)]
    if not found:
        raise _of_no_gateway(path)
    return _one_of(path, found)


def read_beside(folder: Path, service: SourceView) -> tuple[ReadGateway, ...]:
    """Read the gateway whose configuration is in the folder of a service, with the resources that are left out.

    A file with the usual name of a gateway is in front of the service; resources of Kubernetes are if that is clear.
    Raises UsageError for configurations of several gateways.
    """
    from specdrift.source.frameworks import GATEWAYS, RESOURCES
    from specdrift.source.kubernetes.service_manifests import beside

    manifests = beside(folder, (service.crate, *service.binaries), RESOURCES)
    found = [one for one in GATEWAYS if one.recognises(folder) or one.name == manifests.reader]
    front = _one_of(folder, found) if found else None
    return tuple(each for each in (front, _left_out(folder, manifests.left_out)) if each is not None)


def _left_out(folder: Path, resources: tuple[UnresolvedExpression, ...]) -> ReadGateway | None:
    """Return the gateway that resources beside a service may be, and that was not read; ``None`` without any."""
    if not resources:
        return None
    from specdrift.source.gateway.unjudged_gateway import UnjudgedGateway

    gateway = UnjudgedGateway(at=resources[0].location, reason="a gateway not read", unresolved=resources)
    return ReadGateway(str(folder), "kubernetes", gateway)


def _one_of(path: Path, found: Sequence[Gateway]) -> ReadGateway:
    from specdrift.source.gateway.templates import filled_in

    if path.is_dir() and len(found) > 1:
        names = " and ".join(gateway.name for gateway in found)
        raise UsageError(f"{path}: configurations of {names}; name each file, what is in front first")
    return ReadGateway(str(path), found[0].name, filled_in(found[0].read(path)))


def _of_no_gateway(path: Path) -> UsageError:
    from specdrift.source.frameworks import GATEWAYS

    names = ", ".join(gateway.name for gateway in GATEWAYS)
    return UsageError(f"{path}: no configuration of a supported gateway found; supported: {names}")


__all__ = [
    "ReadGateway",
    "ReadSources",
    "SourceAnalysis",
    "SourceFinding",
    "SourceQuery",
    "closed",
    "frameworks_of",
    "is_gateway",
    "match",
    "read",
    "read_beside",
    "read_gateway",
]
