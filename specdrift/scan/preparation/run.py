"""A prepared run: all inputs of planning, sending and judging."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from specdrift.checks.core.base import Check, PlannedOperation
from specdrift.model.client_files import ClientFiles
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.issuer import IssuerMetadata
from specdrift.model.exchange.probe import Endpoint
from specdrift.model.policy import ProfilePolicy
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.problem import Problem
from specdrift.model.result.result import Skipped, UndecidedOperation
from specdrift.model.result.setting import Setting
from specdrift.pki.battery import CertificateFactory
from specdrift.pki.credential import Credential
from specdrift.pki.session_file import OlderSession
from specdrift.scan.issuers.metadata_urls import IssuerCandidate
from specdrift.scan.preparation.documents import Lookups
from specdrift.settings import (
    CertificateFormat,
    GateSettings,
    Identity,
    NetworkSettings,
    RecordingSettings,
    Secret,
    ServerSettings,
)

if TYPE_CHECKING:
    from specdrift.source import ReadSources


class Revocation(Struct, frozen=True, kw_only=True):
    """How the owner revokes a certificate."""

    command: tuple[str, ...]
    within: float
    """Seconds after it in which a correct server begins to refuse the certificate."""


class Run(Struct, frozen=True, kw_only=True):
    """A value: what changes during the run is replaced."""

    run_id: str
    """Nonce of not-found paths, and the value of the header that marks the run's requests."""
    contract: Contract
    identities: Mapping[str, ClientIdentity]
    credentials: Mapping[str, Credential | None]
    """One entry for each identity; ``None`` for the anonymous client."""
    operations: tuple[PlannedOperation, ...]
    checks: tuple[Check, ...]
    rules: frozenset[str]
    """Rules that the checks may report."""
    endpoint: Endpoint
    base_url: str
    base_path: str
    """Path of the base URL, without a trailing slash."""
    lookups: Lookups
    network: NetworkSettings
    server: ServerSettings
    gate: GateSettings
    recording: RecordingSettings
    shard: tuple[int, int] | None = None
    exhaustive: bool = False
    only_safe: bool = False
    """The configuration says ``unsafe-methods = "never"`` for all."""
    only_changed: bool = False
    added: frozenset[OperationKey] = frozenset()
    """With ``only_changed``: the operations that the older document lacks."""
    """Whether ``--changed-since`` limits the operations."""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    """The settings as the report shows them, not redacted."""
    client_files: Mapping[str, ClientFiles] = field(default_factory=dict)
    """Files of the configured identities, for commands that reproduce a probe."""
    skipped: tuple[Skipped, ...] = ()
    nothing_guarded: Problem | None = None
    """Set if every operation that requires a client certificate was left out."""
    undecided: tuple[UndecidedOperation, ...] = ()
    """What the selected operations and checks cannot establish."""
    secret_headers: tuple[str, ...] = ()
    """Names of headers, cookies and query parameters whose values are redacted."""
    secrets: tuple[Secret, ...] = ()
    """The owner's secrets, which no output shows."""
    notes: tuple[str, ...] = ()
    """Warnings for the user before anything is sent."""
    issuers: tuple[IssuerCandidate, ...] = ()
    """Where the metadata of token issuers may be."""
    issuer_metadata: tuple[IssuerMetadata, ...] = ()
    """Those that were read."""
    candidates: tuple[Candidate, ...] = ()
    """Undocumented places that traffic imports, the source or an older document name."""
    source_analysis: "ReadSources | None" = None
    revocations: Mapping[str, Revocation] = field(default_factory=dict)
    """By name of each identity that is revoked at the end of the run."""
    older_sessions: Mapping[str, OlderSession] = field(default_factory=dict)
    """TLS sessions from before the run, by identity."""
    factory: CertificateFactory | None = None
    """Generates certificates from the server's own; ``None`` without a valid identity."""
    at_document_path: "Callable[[], Run] | None" = None
    """Prepares the run below the base path of the document, which the base URL lacks; ``None`` if it has it."""
    sources: tuple[PlannedOperation, ...] = ()
    """The selected operations, those of other shards and unchanged ones included: values are learned from them."""
    recorded: tuple[tuple[str, str], ...] = ()
    """Paths of documented operations in traffic imports, each with its file and line."""
    replanned: "Callable[[Operation], PlannedOperation] | None" = None
    """Plans an operation whose values have changed; ``None`` in other processes."""
    learns: bool = False
    """Whether values of parameters are to be learned."""
    public_cas: Mapping[str, str] = field(default_factory=dict)
    """By name of each valid identity of a public CA: which of its renewals have no clientAuth, and the CA."""
    policies: Mapping[str, ProfilePolicy] = field(default_factory=dict)
    """Configured policies by certificate profile."""


def client_files(identities: Iterable[Identity]) -> dict[str, ClientFiles]:
    """Return the files of each configured identity, by its name.

    That of a command is the file to save its output to: the commands that reproduce a drift need one.
    """
    return {
        one.name: ClientFiles(
            cert=f"{one.name}.pem" if one.command else str(one.cert_file),
            key=str(one.key_file or ""),
            pkcs12=one.format is CertificateFormat.PKCS12,
        )
        for one in identities
    }


def revocations(identities: Iterable[Identity]) -> dict[str, Revocation]:
    """Return the revocation of each identity with a command for it."""
    return {
        one.name: Revocation(command=one.revoke_command, within=one.revoke_within)
        for one in identities
        if one.revoke_command
    }
