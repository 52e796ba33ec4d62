"""Everything a run can be told, as frozen groups. Each stage is given only its own group.

How they are read (file, environment, options) is the business of ``specdrift.config``.
Paths are absolute by the time they are here; durations are seconds; secrets are never values in
a report: passphrases and tokens have a masked ``repr``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from specdrift.model.policy import Expect, FailOn, ProfilePolicy, UnsafeMethods


class CertificateFormat(StrEnum):
    PEM = "pem"
    PKCS12 = "p12"


class Secret:
    """A value that never shows itself: not in ``repr``, not in a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is never pickled")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """``ca_file`` ``None`` means the system's trust store. ``server_name`` empty: the URL's host."""

    ca_file: Path | None = None
    server_name: str = ""
    tls_min: str = "1.2"
    tls_max: str = "1.3"
    x509_strict: bool = False
    insecure: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    listeners: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """A configured certificate. With ``format`` PKCS12 ``cert_file`` is the archive and ``key_file`` unused.
    ``key_pass`` is a value that came from the environment; without one the terminal is asked where it is needed.
    """

    name: str
    cert_file: Path
    key_file: Path | None = None
    format: CertificateFormat = CertificateFormat.PEM
    key_pass_file: Path | None = None
    key_pass: Secret | None = None
    roles: frozenset[str] = frozenset()
    expect: Expect = Expect.ACCEPTED
    names: tuple[str, ...] = ()
    session_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCaSettings:
    """The CA whose certificates the server accepts. Its key (a test CA's) allows truly signed near-misses."""

    cert_file: Path | None = None
    key_file: Path | None = None
    key_pass_file: Path | None = None
    crl_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeSettings:
    """What the configuration says of one name in ``components.securitySchemes``.

    ``kind`` is ``"mutualTLS"`` or empty; ``value`` an API key or ``user:password``; ``token`` a bearer token
    for everybody, ``tokens`` one for each identity; ``token_command`` prints one.
    """

    kind: str = ""
    value: Secret | None = None
    token: Secret | None = None
    token_command: tuple[str, ...] = ()
    tokens: Mapping[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoaderSettings:
    """``ref_root`` is the folder that references may reach (``None``: the document's own folder);
    ``allow_remote_refs`` are host names; ``mtls_extension`` a member that, true, means mutualTLS.
    """

    ref_root: Path | None = None
    allow_remote_refs: tuple[str, ...] = ()
    mtls_extension: str = ""
    validate: bool = False
    max_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which operations are meant; empty members match all. Paths are templates or ``fnmatch`` patterns."""

    paths: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    operation_ids: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.paths or self.methods or self.tags or self.operation_ids)

    def matches(self, *, path: str, method: str, tags: Collection[str], operation_id: str) -> bool:
        """Whether an operation is meant: every member that is not empty must match it."""
        return (
            (not self.paths or any(path == wanted or fnmatchcase(path, wanted) for wanted in self.paths))
            and (not self.methods or method.upper() in {wanted.upper() for wanted in self.methods})
            and (not self.tags or any(wanted in tags for wanted in self.tags))
            and (not self.operation_ids or operation_id in self.operation_ids)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSettings:
    """One ``[[operations]]`` entry. ``body`` is any JSON value, ``None`` when not given."""

    include: Selector
    exclude: Selector = field(default_factory=Selector)
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: object | None = None
    allow_roles: frozenset[str] = frozenset()
    unsafe_methods: UnsafeMethods | None = None
    enabled: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndocumentedSettings:
    """``feeds`` are files that speak of places which the document may not have: logs, HAR, routes, other documents."""

    feeds: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """``crate`` is the folder of the service's source (``None``: it is not read); ``entry`` the function whose router
    is meant; ``guards`` names of layers, extractors and functions that refuse callers without a certificate; ``assume``
    conditions in the source that are known to be so (or not, with ``!`` before them).
    """

    crate: Path | None = None
    entry: str = ""
    guards: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """As curl's ``--resolve HOST:PORT:ADDR``."""

    host: str
    port: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """``rate_limit`` is requests a second (``None``: none); ``timeout`` and ``overall_timeout`` seconds;
    ``max_requests`` ``None`` means no budget.
    """

    concurrency: int = 8
    rate_limit: float | None = None
    timeout: float = 10.0
    overall_timeout: float | None = None
    retries: int = 2
    max_requests: int | None = None
    resolve: tuple[Resolve, ...] = ()
    allow_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTarget:
    """Write this format to this path; ``-`` is standard output."""

    format: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactSettings:
    """``names`` are those of headers, cookies and query parameters whose values are secret."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One whole configuration. ``origins`` maps a dotted key to what set it (option, variable, file:line);
    ``file`` is the configuration that was read, ``None`` where there is none.
    """

    spec: str = ""
    base_url: str = ""
    fail_on: FailOn = FailOn.ERROR
    allow_incomplete: bool = False
    exit_zero: bool = False
    exhaustive: bool = False
    include_logout: bool = False
    unsafe_methods: UnsafeMethods = UnsafeMethods.HANDSHAKE
    checks: tuple[str, ...] = ()
    skip_checks: tuple[str, ...] = ()
    include: Selector = field(default_factory=Selector)
    exclude: Selector = field(default_factory=Selector)
    server: ServerSettings = field(default_factory=ServerSettings)
    identities: tuple[IdentitySettings, ...] = ()
    client_ca: ClientCaSettings = field(default_factory=ClientCaSettings)
    battery: Mapping[str, ProfilePolicy] = field(default_factory=dict)
    schemes: Mapping[str, SchemeSettings] = field(default_factory=dict)
    loader: LoaderSettings = field(default_factory=LoaderSettings)
    operations: tuple[OperationSettings, ...] = ()
    undocumented: UndocumentedSettings = field(default_factory=UndocumentedSettings)
    source: SourceSettings = field(default_factory=SourceSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    reports: tuple[ReportTarget, ...] = ()
    redact: RedactSettings = field(default_factory=RedactSettings)
    baseline: Path | None = None
    update_baseline: bool = False
    previous: Path | None = None
    changed_since: str = ""
    record: Path | None = None
    shard: tuple[int, int] | None = None
    resume: Path | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
