"""Services of a folder in several languages, as one."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.result.source import Guarding, SourceRoute
from specdrift.source.forwarded import ForwardedRequests, PathChange, ServiceOutcome
from specdrift.source.protocol import SourceAnalysis


class ForwardedToSeveral(Struct, frozen=True):
    """Evaluates requests with the reader that read the route."""

    readers: Mapping[SourceRoute, ForwardedRequests]

    def outcome(self, route: SourceRoute, headers: Mapping[str, str | None]) -> ServiceOutcome:
        """Return what the guards of a route do with requests whose headers are known in part."""
        reader = self.readers.get(route)
        if reader is not None:
            return reader.outcome(route, headers)
        return ServiceOutcome.PASSES if route.guard is Guarding.NONE else ServiceOutcome.UNKNOWN

    def headers_of(self, route: SourceRoute) -> Collection[str]:
        """Return headers that the code around a route reads."""
        reader = self.readers.get(route)
        return reader.headers_of(route) if reader is not None else ()

    def path_change(self, route: SourceRoute) -> PathChange | None:
        """Return what layers in front of the router of a route change of paths."""
        reader = self.readers.get(route)
        return reader.path_change(route) if reader is not None else None


def joined(parts: Sequence[SourceAnalysis]) -> SourceAnalysis:
    """Return the analyses of all languages of a folder as one."""
    first, *others = parts
    if not others:
        return first
    views = [part.view for part in parts]
    view = replace(
        first.view,
        framework=", ".join(f"{view.framework} {view.version}".strip() for view in views),
        version="",
        entries=tuple(one for view in views for one in view.entries),
        routes=tuple(one for view in views for one in view.routes),
        tls=tuple(one for view in views for one in view.tls),
        unresolved=tuple(one for view in views for one in view.unresolved),
        files=sum(view.files for view in views),
        binaries=tuple(one for view in views for one in view.binaries),
        certificate_headers=tuple(one for view in views for one in view.certificate_headers),
        verification_results=tuple(sorted({one for view in views for one in view.verification_results})),
    )
    readers = {route: part.forwarded for part in parts if part.forwarded for route in part.view.routes}
    return SourceAnalysis(
        view=view,
        findings=tuple(one for part in parts for one in part.findings),
        plaintext=tuple(one for part in parts for one in part.plaintext),
        forwarded=ForwardedToSeveral(readers) if readers else None,
    )
