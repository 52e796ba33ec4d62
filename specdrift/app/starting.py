"""Collects the values of a first configuration: the document, the certificates, and what the listener shows."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from specdrift.config.describe.starter import Start, StarterIdentity
from specdrift.config.value_types.hosts import URL, check_url
from specdrift.config.value_types.plain import Mismatch, is_file_name
from specdrift.errors import SpecdriftError
from specdrift.loader import load
from specdrift.loader.document_search import find_documents
from specdrift.model.contract.contract import Contract
from specdrift.model.policy import Expect
from specdrift.pki.discovery import DiscoveredFiles, DiscoveredIdentity, discover_credentials
from specdrift.scan.listener_survey import ListenerSurvey, survey
from specdrift.settings import LoaderSettings

DEFAULT_ORIGIN = "https://localhost:8443"
DEFAULT_DOCUMENT = "openapi.yaml"
CERTIFICATES = "certs"
"""Folder of certificates in a configuration that is written before they exist."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_NAMED = 3


class Surroundings(Struct, frozen=True, kw_only=True):
    """What is in the working folder."""

    spec: str
    """The document that was given or found."""
    others: tuple[Path, ...] = ()
    """Further documents."""
    contract: Contract | None = None
    """``None`` if the document could not be read."""
    problem: str = ""
    """Why not."""
    files: DiscoveredFiles
    beside: Path
    """Folder of the configuration; its paths are relative to it."""

    @property
    def base_url(self) -> str:
        """The first https server of the document, else its base path at a local address."""
        path = next((urlsplit(url).path for url in self._servers if "{" not in url), "")
        return next(self._usable(), DEFAULT_ORIGIN + path.rstrip("/"))

    @property
    def names_server(self) -> bool:
        """Whether ``base_url`` is a server of the document."""
        return any(self._usable())

    @property
    def _servers(self) -> tuple[str, ...]:
        return self.contract.servers if self.contract else ()

    def _usable(self) -> Iterator[str]:
        return (url for url in self._servers if url.startswith("https://") and _is_usable(url))


def look_around(spec: str | None, *, beside: Path) -> Surroundings:
    """Find the document and the certificates. Contacts nothing."""
    found = () if spec else find_documents(Path())
    name = spec or (found[0].as_posix() if found else DEFAULT_DOCUMENT)
    contract, problem = _read(name)
    return Surroundings(
        spec=name,
        others=found[1:],
        contract=contract,
        problem=problem,
        files=discover_credentials(Path(), now=datetime.now(UTC)),
        beside=beside,
    )


def is_local(base_url: str) -> bool:
    """Return whether a URL names this machine."""
    return urlsplit(base_url).hostname in LOOPBACK


def visit(base_url: str, around: Surroundings) -> ListenerSurvey | None:
    """Look at the listener; ``None`` if the URL is not https."""
    if not base_url.startswith("https://"):
        return None
    return asyncio.run(survey(base_url, around.files.authorities))


def starting_values(base_url: str, around: Surroundings, seen: ListenerSurvey | None = None) -> Start:
    """Return the values of the configuration. ``seen`` is what the listener showed, if it was contacted."""
    files, beside = around.files, around.beside
    reached = seen if seen and not seen.problem else None
    server_ca = _server_ca(files, reached)
    candidates = [
        one for one in files.identities if reached is None or one.sha256 != reached.certificate_sha256
    ]
    certain = [one for one in candidates if not one.serves_too]
    return Start(
        spec=relative(Path(around.spec), beside) if is_file_name(around.spec) else around.spec,
        base_url=base_url,
        contract=around.contract,
        identities=tuple(_identity(one, beside, reached, alone=not certain) for one in candidates),
        server_ca=server_ca if server_ca in ("", "system") else relative(Path(server_ca), beside),
        client_ca=relative(files.client_ca, beside) if files.client_ca else "",
        listener=tuple(sentences(seen)) if seen else (),
        folder=relative(Path(CERTIFICATES), beside),
    )


def sentences(seen: ListenerSurvey) -> Iterator[str]:
    """Explain what the listener showed."""
    if seen.problem:
        yield f"{seen.base_url} was not reached: {seen.problem}"
        return
    versions = " and ".join(seen.versions).replace("TLSv", "TLS ")
    certificate = f"; its certificate is {seen.subject}" if seen.subject else ""
    yield f"{seen.base_url} supports {versions}{certificate}."
    if not seen.requests_certificate:
        yield "It requested no client certificate in the handshake: it cannot check one there."
    elif seen.acceptable_issuers:
        more = len(seen.acceptable_issuers) - _MOST_NAMED
        named = "; ".join(seen.acceptable_issuers[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield f"It requests a client certificate issued by: {named}."
    else:
        yield "It requests a client certificate and names no CA."
    if seen.status:
        yield f"It answers a client without a certificate with HTTP {seen.status}."
    elif seen.alert:
        yield f"It refuses a client without a certificate in TLS (alert {seen.alert})."
    elif seen.closed:
        yield "It closes the connection of a client without a certificate."


def relative(path: Path, beside: Path) -> str:
    """Return the path relative to the configuration's folder."""
    return Path(os.path.relpath(path, beside)).as_posix()


def unusable_url(base_url: str) -> str:
    """Return why a URL cannot be the API's; empty if it can."""
    try:
        check_url(base_url)
    except Mismatch as error:
        return str(error) or f"expected {URL.what}, such as {DEFAULT_ORIGIN}"
    return ""


def _is_usable(url: str) -> bool:
    return not unusable_url(url)


def _read(name: str) -> tuple[Contract | None, str]:
    if not Path(name).exists():
        return None, f"{name} not found"
    try:
        return load(name, LoaderSettings()), ""
    except SpecdriftError as error:
        return None, str(error)


def _server_ca(files: DiscoveredFiles, reached: ListenerSurvey | None) -> str:
    if reached and reached.trusted_by:
        return str(reached.trusted_by)
    if reached and reached.system_trust:
        return "system"
    return str(files.server_ca or "")


def _identity(
    found: DiscoveredIdentity, beside: Path, reached: ListenerSurvey | None, *, alone: bool
) -> StarterIdentity:
    named: Sequence[str] = reached.acceptable_issuers if reached else ()
    remark, proposed, invalid = "", False, found.expired or found.not_yet_valid
    if invalid:
        remark = "It has expired." if found.expired else "It is not valid yet."
    elif named and found.issuers and not set(found.issuers) & set(named):
        remark = 'The listener names no CA in its chain. If it must be rejected, add: expect = "refused"'
        proposed = True
    elif found.serves_too:
        remark = "Its extended key usage allows servers and clients: keep it if it is a client's."
        proposed = not alone
    return StarterIdentity(
        name=found.name,
        cert_file=relative(found.cert_file, beside),
        key_file=relative(found.key_file, beside) if found.key_file else "",
        encrypted=found.encrypted,
        expect=Expect.REFUSED if invalid else Expect.ACCEPTED,
        remark=remark,
        proposed=proposed,
    )
