"""All callers of a run: nobody, the configured identities, and what is minted from the first good one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography import x509

from specdrift.classify.exchange_log import CERTIFICATE
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.policy import Expect
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.pki.authority import load_client_ca
from specdrift.pki.battery import (
    COLLEAGUE,
    CONTROLS,
    PROFILES,
    CertificateFactory,
    CertificateProfile,
    Detector,
    mint_batch,
)
from specdrift.pki.context import check_trust
from specdrift.pki.credential import Credential
from specdrift.pki.load import identity_of, load_credential
from specdrift.pki.sources import Prompt
from specdrift.scan.preparation.target import wire_name
from specdrift.settings import Settings

SERVERS = "server-certificate"
"""The profile that is minted when the server has shown its certificate."""


@dataclass(slots=True)
class Callers:
    """``credentials`` has an entry for each identity; ``None`` for the anonymous one."""

    identities: dict[str, ClientIdentity] = field(default_factory=lambda: {ANONYMOUS.name: ANONYMOUS})
    credentials: dict[str, Credential | None] = field(default_factory=lambda: {ANONYMOUS.name: None})
    skipped: tuple[Skipped, ...] = ()
    workshop: CertificateFactory | None = None

    def add(self, identity: ClientIdentity, credential: Credential) -> None:
        """Takes one more caller. A minted one that shares its name with a configured one steps aside."""
        if identity.name in self.identities:
            identity = replace(identity, name=f"{identity.name}-minted")
        self.identities[identity.name] = identity
        self.credentials[identity.name] = credential


def load_callers(settings: Settings, *, prompt: Prompt | None, now: datetime) -> Callers:
    """Reads the configured identities and mints the battery. Raises CredentialError, and ConfigError for the CA file
    of the server, which is read with the first of them.
    """
    check_trust(settings.server)
    callers = Callers()
    for configured in settings.identities:
        credential = load_credential(configured, prompt=prompt)
        sent = replace(configured, names=tuple(map(wire_name, configured.names)))
        callers.add(identity_of(sent, credential), credential)
    controls = [identity for identity in callers.identities.values() if identity.is_control]
    if controls:
        _mint(callers, controls, settings, now=now)
    return callers


def _mint(callers: Callers, controls: list[ClientIdentity], settings: Settings, *, now: datetime) -> None:
    victim, colleagues = controls[0], controls[1:2]
    workshop = callers.workshop = _workshop(callers, victim, colleagues, settings, now=now)
    batch = mint_batch([name for name in PROFILES if name != SERVERS], workshop, policies=settings.battery)
    wanted = {PROFILES[identity.name].control for identity, _ in batch.minted} & set(CONTROLS)
    for identity, credential in mint_batch(sorted(wanted), workshop).minted:
        callers.add(identity, credential)
    beside = {COLLEAGUE: colleagues[0].name} if colleagues else {}
    skipped = dict(batch.skipped)
    for identity, credential in batch.minted:
        placed = _placed(identity, PROFILES[identity.name], victim, beside)
        if placed.expect is Expect.ACCEPTED and not placed.imitates:
            skipped[identity.name] = "servers may accept them"
        else:
            callers.add(placed, credential)
    callers.skipped = tuple(_not_minted(skipped))


def mint_from_server(workshop: CertificateFactory, der: bytes, settings: Settings) -> Callers:
    """What can be minted once the server's own certificate is known: one that only a thief of it would present."""
    callers = Callers()
    shown = replace(workshop, server_certificate=x509.load_der_x509_certificate(der))
    for identity, credential in mint_batch([SERVERS], shown, policies=settings.battery).minted:
        callers.add(identity, credential)
    return callers


def _workshop(
    callers: Callers,
    victim: ClientIdentity,
    colleagues: list[ClientIdentity],
    settings: Settings,
    *,
    now: datetime,
) -> CertificateFactory:
    ca = load_client_ca(settings.client_ca)
    model = callers.credentials[victim.name]
    assert model is not None  # noqa: S101 - only the anonymous caller has no credential
    others = [(identity, callers.credentials[identity.name]) for identity in colleagues]
    return CertificateFactory(
        victim=model,
        now=now,
        ca_certificate=ca.certificate_for(model.leaf),
        ca_key=ca.key,
        crl=ca.crl,
        colleague=next(((identity, other) for identity, other in others if other is not None), None),
    )


def _placed(
    identity: ClientIdentity, profile: CertificateProfile, victim: ClientIdentity, beside: Mapping[str, str]
) -> ClientIdentity:
    """With the names of those it is held against."""
    imitates = victim.name if profile.detector is Detector.APPLICATION else ""
    return replace(identity, beside=beside.get(profile.control, profile.control), imitates=imitates)


def _not_minted(skipped: Mapping[str, str]) -> Iterator[Skipped]:
    """One entry for each reason: most profiles lack the same thing."""
    for reason in dict.fromkeys(skipped.values()):
        names = ", ".join(name for name, why in skipped.items() if why == reason)
        yield Skipped(
            check=CERTIFICATE,
            kind=SkipReason.NOT_AVAILABLE,
            reason=f"certificates not tried ({reason}): {names}",
        )
