"""The settings of a run, as frozen groups, of which each stage takes its own. Secrets have a masked ``repr``.

``specdrift.config`` reads them from the file, the environment and options. Paths are absolute, durations are seconds.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

from specdrift.arguments import CertificateUse, certificate_use, command_words, identity_file, identity_name
from specdrift.model.client_files import CertificateFormat as CertificateFormat  # noqa: PLC0414 - as for Secret
from specdrift.model.contract.configured_requirement import ConfiguredEntry, ConfiguredRequirement
from specdrift.model.contract.hosts import Resolve as Resolve  # noqa: PLC0414 - as for Secret
from specdrift.model.contract.selector import Selector
from specdrift.model.policy import Expect, ProfilePolicy, UnsafeMethods
from specdrift.model.policy import GateSettings as GateSettings  # noqa: PLC0414 - as for Secret
from specdrift.model.secret import Secret as Secret  # noqa: PLC0414 - importers of settings need it

if TYPE_CHECKING:
    from typing import Unpack


class CheckSettings(Struct, frozen=True, kw_only=True):
    """Which checks run, and how exhaustively. Names are those of checks or rules."""

    only: tuple[str, ...] = ()
    """Empty means all."""
    skip: tuple[str, ...] = ()
    exhaustive: bool = False
    """Send every probe: no sampling, no inference from the listener, no cap."""
    profile: str = ""
    """Name of the standard whose requirements are traced."""


class SelectionSettings(Struct, frozen=True, kw_only=True):
    """Which operations are probed."""

    include: Selector = field(default_factory=Selector)
    exclude: Selector = field(default_factory=Selector)
    unsafe_methods: UnsafeMethods = UnsafeMethods.HANDSHAKE
    include_logout: bool = False
    """Whether to probe operations that look as if they end a session."""
    allow_destructive: bool = False
    """Whether to send operations that look destructive, where unsafe methods are sent."""
    changed_since: str = ""
    """An older document: probe only operations whose requirements differ from it."""
    shard: tuple[int, int] | None = None
    """The shard's number, from 1, and the number of shards."""
    shared: frozenset[str] = frozenset()
    """Keys of ``include`` and ``exclude`` that are written for several services: they may match nothing in one."""


class PriorSettings(Struct, frozen=True, kw_only=True):
    """Findings of earlier runs."""

    baseline: Path | None = None
    update_baseline: bool = False
    baseline_warn_days: int = 14
    """Warn of acceptances that end within so many days."""
    previous: Path | None = None


class RecordingSettings(Struct, frozen=True, kw_only=True):
    """Files that keep the exchanges of the run."""

    record: Path | None = None
    """Recording that can be judged again without a network."""
    resume: Path | None = None
    """Checkpoint from which a killed run resumes."""


class ServerSettings(Struct, frozen=True, kw_only=True):
    """The server under test."""

    ca_file: Path | None = None
    """CA certificates that verify the server; ``None`` means the system's trust store."""
    server_name: str = ""
    """SNI, and the name to verify; empty means the host of the base URL."""
    tls_min: str = "1.2"
    tls_max: str = "1.3"
    x509_strict: bool = False
    insecure: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    """Values of the document's server variables."""
    listeners: tuple[str, ...] = ()
    """URLs of other listeners of the same API."""
    names: tuple[str, ...] = ()
    """Other names of the listener."""
    http3: str = "announced"
    """``announced``: as Alt-Svc says, ``always``: at the same port, ``never``, or the host and port of the listener."""
    metadata_fields: frozenset[str] = frozenset()
    """Header fields of answers that hold no data, in lower case."""
    metadata_members: tuple[str, ...] = ()
    """JSON members of answers that hold no data, as dotted paths."""


NO_FILE = Path()
"""Stands for a file that is not configured."""


class Identity(Struct, frozen=True, kw_only=True):
    """A client certificate to probe with, and what a correct server does with it."""

    name: str
    cert_file: Path = NO_FILE
    """The leaf, then its chain; with ``format`` PKCS12 the archive. ``NO_FILE`` with a command."""
    key_file: Path | None = None
    format: CertificateFormat = CertificateFormat.PEM
    key_pass_file: Path | None = None
    key_pass: Secret | None = None
    """Passphrase from the environment; without one the terminal prompts for it."""
    roles: frozenset[str] = frozenset()
    schemes: frozenset[str] = frozenset()
    expect: Expect = Expect.ACCEPTED
    names: tuple[str, ...] = ()
    """Other names of the listener at which it is accepted."""
    command: tuple[str, ...] = ()
    """Prints the certificate, its chain and its key as PEM."""
    pem: Secret | None = None
    """What the command printed."""
    session_file: Path | None = None
    """A TLS session from before the certificate was revoked."""
    revoke_command: tuple[str, ...] = ()
    revoke_within: float = 60.0
    """Seconds after the command until which a correct server refuses the revoked certificate."""

    @classmethod
    def from_files(
        cls,
        name: str,
        cert_file: str | Path,
        key_file: str | Path | None = None,
        *,
        passphrase: str | None = None,
        expect: Expect | Literal["accepted", "refused"] = Expect.ACCEPTED,
        **use: "Unpack[CertificateUse]",
    ) -> "Identity":
        """Name a certificate and its key, read when the check starts; ``*.p12`` and ``*.pfx`` are PKCS#12, others PEM.

        Raises ConfigError for an unknown or wrong argument.
        """
        cert = identity_file(cert_file, key_file=key_file, passphrase=passphrase, expect=expect)
        return cls(
            name=identity_name(name),
            cert_file=cert,
            key_file=Path(key_file).absolute() if key_file else None,
            format=CertificateFormat.of(cert),
            key_pass=Secret(passphrase) if passphrase is not None else None,
            expect=Expect(expect),
            **certificate_use(use),
        )

    @classmethod
    def from_command(cls, name: str, command: Sequence[str], **use: "Unpack[CertificateUse]") -> "Identity":
        """Name a command that prints a certificate, its chain and its key as PEM when the check starts."""
        return cls(name=identity_name(name), command=command_words(command), **certificate_use(use))


class ClientCaSettings(Struct, frozen=True, kw_only=True):
    """The CA whose client certificates the server accepts."""

    cert_file: Path | None = None
    key_file: Path | None = None
    """The key of a test CA: generated certificates get a valid signature."""
    key_pass_file: Path | None = None
    crl_file: Path | None = None
    server_only_until: date | None = None
    """Until this day the server may accept client certificates that are for servers only; ``None``: it may not."""
    short_validity: float | None = None
    """Seconds for which a generated certificate is valid that is then used past its end; ``None``: none is."""


class SchemeSettings(Struct, frozen=True, kw_only=True):
    """The configuration of one name in ``components.securitySchemes``."""

    kind: str = ""
    """``"mutualTLS"`` or empty."""
    value: Secret | None = None
    """An API key, or ``user:password``."""
    token: Secret | None = None
    """A bearer token for all identities."""
    token_command: tuple[str, ...] = ()
    """A command that prints a bearer token."""
    bound_tokens: bool = False
    """Each token is bound to its client's certificate (RFC 8705 §3), whether it shows that or not."""
    tokens: Mapping[str, Secret] = field(default_factory=dict)
    """Bearer tokens by identity."""


class LoaderSettings(Struct, frozen=True, kw_only=True):
    """How the document is read."""

    overlays: tuple[str, ...] = ()
    """OpenAPI Overlays, applied in this order: files, URLs or ``REV:PATH``."""
    ref_root: Path | None = None
    """Folder that references may reach; ``None`` means the document's own."""
    allow_remote_refs: tuple[str, ...] = ()
    """Hosts from which referenced files may be fetched."""
    mtls_extension: str = ""
    """Extension member of a security scheme that, if true, means mutualTLS."""
    validate: bool = False
    max_bytes: int = 64 * 1024 * 1024


class ParameterSettings(Struct, frozen=True, kw_only=True):
    """Values of parameters that neither the configuration nor the document has."""

    learn: bool = True
    """Whether to learn them from the API's own answers."""


class OperationSettings(ConfiguredEntry, frozen=True, eq=False, kw_only=True):
    """One ``[[operations]]`` entry."""

    include: Selector = field(default_factory=Selector)
    exclude: Selector = field(default_factory=Selector)
    parameters: Mapping[str, str] = field(default_factory=dict)
    """By name, for all identities without a value of their own."""
    own_parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By identity, then as ``parameters``."""
    body: object | None = None
    """Any JSON value; ``None`` if not given."""
    bodies: Mapping[str, object] = field(default_factory=dict)
    """By identity, then as ``body``."""
    allow_roles: frozenset[str] = frozenset()
    unsafe_methods: UnsafeMethods | None = None
    allow_destructive: bool | None = None
    """``None``: as for all operations."""
    enabled: bool = True
    reason: str = ""
    """Why the operations are not probed."""

    @property
    def every_parameter(self) -> dict[str, str | Mapping[str, str]]:
        """As written: values by name, and tables of values by identity."""
        return {**self.parameters, **self.own_parameters}


class UndocumentedSettings(Struct, frozen=True, kw_only=True):
    """Traffic imports (logs, HAR files, lists of routes, collections, documents): endpoints that the document lacks."""

    feeds: tuple[Path, ...] = ()


class SourceSettings(Struct, frozen=True, kw_only=True):
    """The source of the service, and of the gateways in front of it."""

    paths: tuple[Path, ...] = ()
    """The folder of the crate, and configurations of gateways, outermost first; empty: no source is read."""
    entry: str = ""
    """Function that returns the served router."""
    guards: tuple[str, ...] = ()
    """Layers, extractors and functions that reject callers without a certificate."""
    assume: tuple[str, ...] = ()
    """Conditions in the source that are true; ``!`` before one means false."""


class NetworkSettings(Struct, frozen=True, kw_only=True):
    """Rate limits, timeouts, and hosts that may be contacted."""

    concurrency: int = 8
    rate_limit: float | None = None
    """Requests per second; ``None`` means no limit."""
    timeout: float = 10.0
    expect100_timeout: float = 2.0
    """Wait for the answer to a head alone (``unsafe-methods = "headers"``)."""
    overall_timeout: float | None = None
    """Limit of the whole run; ``None`` means no limit."""
    retries: int = 2
    max_requests: int | None = None
    """Budget of the whole run, resumed or not; ``None`` means no limit."""
    workers: int = 1
    """Processes of this machine that share the operations of a run."""
    resolve: tuple[Resolve, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    callback_listen: str = ""
    """Address and port that URLs in generated certificates name; empty: no certificate has such URLs."""


class ReportTarget(Struct, frozen=True, kw_only=True):
    """A report to write. The path ``-`` means standard output."""

    format: str
    path: str


class RedactSettings(Struct, frozen=True, kw_only=True):
    """What to redact besides the usual credentials: names of headers, cookies and query parameters."""

    names: tuple[str, ...] = ()


class Settings(Struct, frozen=True, kw_only=True):
    """A whole configuration."""

    spec: str = ""
    """The document: file, URL or ``REV:PATH``."""
    base_url: str = ""
    gate: GateSettings = field(default_factory=GateSettings)
    checks: CheckSettings = field(default_factory=CheckSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    prior: PriorSettings = field(default_factory=PriorSettings)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    identities: tuple[Identity, ...] = ()
    client_ca: ClientCaSettings = field(default_factory=ClientCaSettings)
    battery: Mapping[str, ProfilePolicy] = field(default_factory=dict)
    """Policies by certificate profile, where they differ from the default."""
    schemes: Mapping[str, SchemeSettings] = field(default_factory=dict)
    loader: LoaderSettings = field(default_factory=LoaderSettings)
    contract: tuple[ConfiguredRequirement, ...] = ()
    parameters: ParameterSettings = field(default_factory=ParameterSettings)
    operations: tuple[OperationSettings, ...] = ()
    undocumented: UndocumentedSettings = field(default_factory=UndocumentedSettings)
    source: SourceSettings = field(default_factory=SourceSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    reports: tuple[ReportTarget, ...] = ()
    redact: RedactSettings = field(default_factory=RedactSettings)
    origins: Mapping[str, str] = field(default_factory=dict)
    """What set a dotted key: an option, a variable or ``file:line``."""
    file: Path | None = None
    """The configuration file; ``None`` if there is none."""
