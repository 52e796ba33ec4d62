"""Loads the document and the identities and decides what will be asked. Nothing is sent to the target yet."""

import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from cryptography import x509

from specdrift.checks import CHECKS
from specdrift.checks.base import Check
from specdrift.classify.evidence import CERTIFICATE
from specdrift.errors import CredentialError, UsageError
from specdrift.loader import Matcher, load
from specdrift.model.contract import Contract
from specdrift.model.identity import ANONYMOUS, Expect, Identity
from specdrift.model.result import Skipped
from specdrift.pki.battery import PROFILES, Workshop, mint_batch
from specdrift.pki.credential import Credential
from specdrift.pki.load import identity_of, load_credential
from specdrift.pki.sources import Prompt
from specdrift.scan.run import Run
from specdrift.scan.selection import select
from specdrift.scan.target import base_url_of, endpoint_of, path_of
from specdrift.settings import Settings


def prepare(
    settings: Settings,
    *,
    prompt: Prompt | None = None,
    stdin: BinaryIO | None = None,
    cwd: Path | None = None,
) -> Run:
    """Makes a run ready. Raises SpecdriftError for a document, identity or option that cannot be used."""
    contract = load_contract(settings, stdin=stdin, cwd=cwd)
    base_url = base_url_of(settings, contract)
    checks, rules = chosen_checks(settings)
    identities, credentials, skipped = load_identities(settings, prompt=prompt, now=datetime.now(UTC))
    base_path = path_of(base_url)
    selection = select(contract.operations, settings, base_path=base_path)
    matcher = Matcher(contract, base_url)
    return Run(
        run_id=secrets.token_hex(6),
        settings=settings,
        contract=contract,
        identities=identities,
        credentials=credentials,
        subjects=selection.subjects,
        checks=checks,
        rules=rules,
        endpoint=endpoint_of(base_url, settings),
        base_url=base_url,
        base_path=base_path,
        documented=lambda method, target: matcher.operation(method, target) is not None,
        skipped=(*selection.skipped, *skipped),
        secret_headers=selection.secret_names,
    )


def load_contract(settings: Settings, *, stdin: BinaryIO | None = None, cwd: Path | None = None) -> Contract:
    """The document that the settings name."""
    if not settings.spec:
        raise UsageError("no document: name it as the first argument, or as `spec` in specdrift.toml")
    return load(
        settings.spec,
        settings.loader,
        schemes=settings.schemes,
        operations=settings.operations,
        variables=settings.server.variables,
        stdin=stdin,
        cwd=cwd,
    )


def chosen_checks(settings: Settings) -> tuple[tuple[Check, ...], frozenset[str]]:
    """The checks to be run and the rules that they may report. Controls, which report nothing, always run."""
    every = {rule for check in CHECKS for rule in check.rules}
    wanted = _rules(settings.checks) if settings.checks else every
    rules = frozenset(wanted - _rules(settings.skip_checks))
    return tuple(check for check in CHECKS if not check.rules or check.rules & rules), rules


def _rules(names: tuple[str, ...]) -> set[str]:
    """The rules meant by names of rules or of checks."""
    by_check = {check.name: check.rules for check in CHECKS}
    return {rule for name in names for rule in by_check.get(name, frozenset({name}))}


Loaded = tuple[Mapping[str, Identity], Mapping[str, Credential | None], tuple[Skipped, ...]]


def load_identities(settings: Settings, *, prompt: Prompt | None, now: datetime) -> Loaded:
    """All callers: nobody, the configured ones, and those minted from the first that should be accepted."""
    identities: dict[str, Identity] = {ANONYMOUS.name: ANONYMOUS}
    credentials: dict[str, Credential | None] = {ANONYMOUS.name: None}
    for configured in settings.identities:
        credential = load_credential(configured, prompt=prompt)
        identities[configured.name] = identity_of(configured, credential)
        credentials[configured.name] = credential
    victim = next((name for name, i in identities.items() if i.is_control), "")
    if not victim:
        return identities, credentials, ()
    minted, skipped = _mint(settings, credentials[victim], now=now)
    for identity, credential in minted:
        if identity.expect is Expect.REFUSED and identity.name not in identities:
            identities[identity.name] = identity
            credentials[identity.name] = credential
    return identities, credentials, skipped


def _mint(
    settings: Settings, victim: Credential | None, *, now: datetime
) -> tuple[tuple[tuple[Identity, Credential], ...], tuple[Skipped, ...]]:
    assert victim is not None  # noqa: S101 - only the anonymous caller has no credential
    batch = mint_batch(
        PROFILES,
        Workshop(victim=victim, now=now, ca_certificate=_ca_certificate(settings)),
        policies=settings.battery,
    )
    return batch.minted, tuple(_not_minted(batch.skipped))


def _not_minted(skipped: Mapping[str, str]) -> Iterator[Skipped]:
    """One entry for each reason: most profiles lack the same thing."""
    for reason in dict.fromkeys(skipped.values()):
        names = ", ".join(name for name, why in skipped.items() if why == reason)
        yield Skipped(check=CERTIFICATE, reason=f"certificates not tried, {reason}: {names}")


def _ca_certificate(settings: Settings) -> x509.Certificate | None:
    file = settings.client_ca.cert_file
    if file is None:
        return None
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise CredentialError(f"client-ca.cert-file: {file} holds no PEM certificate ({error})") from error
