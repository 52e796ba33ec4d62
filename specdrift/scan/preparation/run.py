"""Everything that a run needs, made ready before the first byte is sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from specdrift.checks.core.base import Check, PlannedOperation
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Endpoint
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.result import Skipped
from specdrift.pki.battery import CertificateFactory
from specdrift.pki.credential import Credential
from specdrift.pki.session_file import OlderSession
from specdrift.settings import Settings
from specdrift.source import SourceAnalysis


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """``credentials`` has an entry for each identity (``None`` for the anonymous one); ``secret_headers`` are
    names of headers, cookies and query parameters whose values no report may show; ``notes`` are things the
    user should know before it starts; ``leads`` are places that the owner's feeds or the source speak of;
    ``source_analysis`` is None without ``--source``. ``workshop`` mints what
    needs the server's own certificate.
    """

    run_id: str
    settings: Settings
    contract: Contract
    identities: Mapping[str, ClientIdentity]
    credentials: Mapping[str, Credential | None]
    subjects: tuple[PlannedOperation, ...]
    checks: tuple[Check, ...]
    rules: frozenset[str]
    endpoint: Endpoint
    base_url: str
    base_path: str
    documented: Callable[[str, str], bool]
    response_errors: Callable[[OperationKey, HttpFacts], tuple[str, ...]]
    skipped: tuple[Skipped, ...] = ()
    secret_headers: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    leads: tuple[Candidate, ...] = ()
    source_analysis: SourceAnalysis | None = None
    older_sessions: Mapping[str, OlderSession] = field(default_factory=dict)
    workshop: CertificateFactory | None = None
