"""The interfaces of the adapters: one package per framework, and one per gateway."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.drift import Severity
from specdrift.model.result.source import ListenerKind, SourceFinding, SourceRoute, SourceView
from specdrift.model.result.verdict import Confidence
from specdrift.source.forwarded import ForwardedRequests
from specdrift.source.gateway.exchange import GatewayConfiguration
from specdrift.source.gateway.views import ReadGateway
from specdrift.source.roles import CONDITION


class SourceQuery(Struct, frozen=True, kw_only=True):
    """What to analyse, and what the configuration states about it."""

    folder: Path
    """Folder of the crate or workspace."""
    entry: str = ""
    """A function whose router to analyse; empty for the routers that are served."""
    guards: Collection[str] = field(default_factory=tuple)
    """Names of layers, extractors and functions that are guards."""
    assume: Collection[str] = field(default_factory=tuple)
    """Conditions with a known outcome, in the syntax of ``rust.conditions``."""
    roles: Collection[str] = field(default_factory=tuple)
    """Roles in the document."""


WITHOUT_TLS = frozenset({ListenerKind.PLAINTEXT, ListenerKind.LOCAL})
"""Kinds of listeners that ask no client for a certificate."""
ON_THIS_MACHINE = " to programs of the same machine (a Unix socket, a pipe or a loopback address)"


class PlaintextListener(Struct, frozen=True):
    """A listener without TLS in a binary that has TLS too."""

    finding: SourceFinding
    routes: tuple[SourceRoute, ...]
    """What it serves."""
    is_local: bool = False
    """The network does not reach it."""

    @classmethod
    def of(
        cls,
        program: str,
        place: SourceLocation,
        kind: ListenerKind,
        routes: Iterable[SourceRoute],
        *,
        conditional: bool,
    ) -> PlaintextListener:
        """Return a listener with its finding: a note if the network does not reach it."""
        local = kind is ListenerKind.LOCAL
        where, some = ON_THIS_MACHINE if local else "", CONDITION if conditional else ""
        finding = SourceFinding(
            rule="plaintext-listener-in-source",
            message=f"{program} also serves routes without TLS{where}.{some}",
            location=place,
            confidence=Confidence.LOW if conditional else Confidence.MEDIUM,
            severity=Severity.NOTE if local else None,
            subject=f"{program} {kind.value}" if local else program,
        )
        return cls(finding, tuple(routes), local)


class SourceAnalysis(Struct, frozen=True, kw_only=True):
    """The result of reading the folder of a service."""

    view: SourceView
    findings: tuple[SourceFinding, ...] = ()
    """Findings that need no document."""
    plaintext: tuple[PlaintextListener, ...] = ()
    forwarded: ForwardedRequests | None = None
    """Evaluates requests that a gateway forwards."""


class ReadSources(Struct, frozen=True, kw_only=True):
    """A service and what is in front of it, as far as they were read."""

    service: SourceAnalysis | None = None
    """``None`` if only gateways were read."""
    gateways: tuple[ReadGateway, ...] = ()
    """Gateways in front of it, outermost first."""

    @property
    def view(self) -> SourceView | None:
        return self.service.view if self.service is not None else None

    @property
    def forwarded(self) -> ForwardedRequests | None:
        return self.service.forwarded if self.service is not None else None

    @property
    def findings(self) -> tuple[SourceFinding, ...]:
        """Findings about the service that need no document."""
        return self.service.findings if self.service is not None else ()

    @property
    def plaintext(self) -> tuple[PlaintextListener, ...]:
        return self.service.plaintext if self.service is not None else ()


class Framework(Protocol):
    """Reads services of one framework."""

    @property
    def name(self) -> str: ...

    def recognises(self, folder: Path) -> bool:
        """Return whether the folder contains a service of this framework."""
        ...

    def read(self, query: SourceQuery) -> SourceAnalysis:
        """Return routes, layers and TLS configuration. Raises UsageError for a folder that cannot be read."""
        ...


class Gateway(Protocol):
    """Reads the configuration of one gateway."""

    @property
    def name(self) -> str: ...

    def recognises(self, path: Path) -> bool:
        """Return whether a file or folder is a configuration of this gateway."""
        ...

    def read(self, path: Path) -> GatewayConfiguration:
        """Return the configuration, with what is not understood. Raises UsageError for a file that cannot be read."""
        ...
