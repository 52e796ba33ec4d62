"""Finds problems of configured identities without a network."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Struct

from specdrift.errors import CredentialError
from specdrift.model.result.drift import Severity
from specdrift.pki.chain import read_chain
from specdrift.pki.credential import KeyFile, PrivateKey
from specdrift.pki.inspection.facts import CertificateFact, facts_of
from specdrift.pki.inspection.remarks import ConfiguredChain, Remark, on_chain, on_files, on_leaf
from specdrift.pki.load import explain_mismatch
from specdrift.pki.pkcs12 import read_archive
from specdrift.pki.private_key import read_key
from specdrift.pki.sources import Files, Prompt
from specdrift.settings import CertificateFormat, Identity

T = TypeVar("T")
Chain = tuple[x509.Certificate, ...]


class Advice(Struct, frozen=True, kw_only=True):
    """A problem of an identity."""

    identity: str
    severity: Severity
    """ERROR if the identity cannot be used."""
    message: str
    """What is wrong, then what to do."""


class Inspection(Struct, frozen=True, kw_only=True):
    """An identity as its files show it."""

    facts: tuple[CertificateFact, ...]
    """Empty if the certificate cannot be read."""
    advice: tuple[Advice, ...]
    """The problems, worst first."""
    sha256: str = ""
    """Fingerprint of the end-entity certificate; empty if it cannot be read."""


def inspection_of(
    settings: Identity,
    *,
    now: datetime,
    prompt: Prompt | None = None,
    issuers: tuple[x509.Certificate, ...] = (),
) -> Inspection:
    """Return the facts of an identity, and its problems, worst first.

    ``issuers`` are the certificates of ``[client-ca]``, if configured: the chain should end at one of them.
    """
    chain, key, problems = _read(settings, prompt)
    found = [(Severity.ERROR, str(problem)) for problem in problems]
    found += on_files(settings)
    if chain is not None:
        found += _remarks(settings, chain, key, now, issuers)
    found.sort(key=lambda remark: -remark[0].rank)
    return Inspection(
        facts=tuple(facts_of(chain, now=now, issuers=issuers)) if chain else (),
        advice=tuple(
            Advice(identity=settings.name, severity=severity, message=text) for severity, text in found
        ),
        sha256=chain[0].fingerprint(SHA256()).hex() if chain else "",
    )


def _remarks(
    settings: Identity,
    chain: Chain,
    key: PrivateKey | KeyFile | None,
    now: datetime,
    issuers: tuple[x509.Certificate, ...],
) -> Iterator[Remark]:
    if key is not None and (mismatch := explain_mismatch(chain, key)):
        yield Severity.ERROR, "; ".join(mismatch)
    configured = ConfiguredChain(chain=chain, expect=settings.expect, now=now, issuers=issuers)
    yield from on_leaf(configured)
    yield from on_chain(configured)


def _read(
    settings: Identity, prompt: Prompt | None
) -> tuple[Chain | None, PrivateKey | KeyFile | None, tuple[CredentialError, ...]]:
    """Read chain and key separately, so that a broken key does not hide problems of the chain."""
    files = Files.of(settings)
    if settings.format is CertificateFormat.PKCS12:
        archive, problem = _attempt(lambda: read_archive(files, prompt=prompt))
        chain, key = archive if archive is not None else (None, None)
        return chain, key, _present(problem)
    chain, first = _attempt(lambda: read_chain(files))
    key_read, second = _attempt(lambda: read_key(files, prompt=prompt))
    return chain, key_read, _present(first, second)


def _attempt(read: Callable[[], T]) -> tuple[T | None, CredentialError | None]:
    try:
        return read(), None
    except CredentialError as error:
        return None, error


def _present(*problems: CredentialError | None) -> tuple[CredentialError, ...]:
    return tuple(problem for problem in problems if problem is not None)
