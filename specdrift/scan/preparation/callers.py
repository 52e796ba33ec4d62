"""The callers of a run: anonymous, the configured identities, and certificates generated from the first valid one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from cryptography import x509
from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.checks.bypass.outlived import SHORT_LIVED
from specdrift.checks.credentials import renewal
from specdrift.classify.check_names import CERTIFICATE
from specdrift.errors import CredentialError
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.plural import plural
from specdrift.model.policy import Expect, ProfilePolicy
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.pki.authority import load_client_ca
from specdrift.pki.battery import (
    COLLEAGUE,
    CONTROLS,
    NEUTRAL_TWIN,
    PROFILES,
    CertificateFactory,
    CertificateProfile,
    Detector,
    NotGenerated,
    generate_batch,
    generate_callbacks,
)
from specdrift.pki.credential import Credential
from specdrift.pki.inspection.remarks import on_crl
from specdrift.pki.load import contradiction, identity_of, load_credential
from specdrift.pki.sources import Prompt
from specdrift.scan.preparation.credentials.imitators import (
    further_imitators,
    has_less,
    role_values_of,
    twin_name,
)
from specdrift.scan.preparation.target import wire_name
from specdrift.settings import ClientCaSettings, Identity

SERVER_CERTIFICATE = "server-certificate"
"""The profile that is generated from the server's own certificate."""
APPENDED, MAX_APPENDED = "extra-chain-certificate-colleague", 4
"""The profile of a configured identity's chain with another one's certificate, and identities to append at most."""
SENT_IN_ANY_CASE = frozenset({renewal.SERVER_ONLY})
"""Profiles that are sent although servers may accept them: their refusal is a finding."""
SKIP_REASONS = {
    NotGenerated.POLICY: SkipReason.FILTERED,
    NotGenerated.LENIENT: SkipReason.FILTERED,
    NotGenerated.SECOND_IDENTITY: SkipReason.NEEDS_IDENTITY,
}
"""Those that are not about missing material."""


class Callers(Struct):
    """Identities by name, with their credentials."""

    identities: dict[str, ClientIdentity] = field(default_factory=lambda: {ANONYMOUS.name: ANONYMOUS})
    credentials: dict[str, Credential | None] = field(default_factory=lambda: {ANONYMOUS.name: None})
    """One entry for each identity; ``None`` for the anonymous client."""
    skipped: tuple[Skipped, ...] = ()
    factory: CertificateFactory | None = None
    """``None`` without a valid identity."""

    def add(self, identity: ClientIdentity, credential: Credential) -> None:
        """Add a caller. A generated one is renamed if a configured identity has its name."""
        if identity.name in self.identities:
            identity = replace(identity, name=f"{identity.name}-generated")
        self.identities[identity.name] = identity
        self.credentials[identity.name] = credential


def load_callers(
    identities: Sequence[Identity],
    *,
    client_ca: ClientCaSettings,
    policies: Mapping[str, ProfilePolicy],
    prompt: Prompt | None,
    now: datetime,
) -> Callers:
    """Load the configured identities and generate the battery. Raises CredentialError."""
    callers = Callers()
    for configured in identities:
        credential = load_credential(configured, prompt=prompt)
        sent = replace(configured, names=tuple(map(wire_name, configured.names)))
        callers.add(identity_of(sent, credential), credential)
    known = ((i.name, i.expect, i.certificate.sha256) for i in callers.identities.values() if i.certificate)
    if found := contradiction(known):
        raise CredentialError(found)
    controls = [identity for identity in callers.identities.values() if identity.is_control]
    if controls:
        callers.factory = _factory(callers, controls, client_ca, now=now)
        _generate(callers, controls, callers.factory, policies)
    return callers


def _generate(
    callers: Callers,
    controls: Sequence[ClientIdentity],
    factory: CertificateFactory,
    policies: Mapping[str, ProfilePolicy],
) -> None:
    victim, colleagues = controls[0], controls[1:2]
    batch = generate_batch(
        [name for name in PROFILES if name != SERVER_CERTIFICATE], factory, policies=policies
    )
    needed = {PROFILES[identity.name].control for identity, _ in batch.generated} & set(CONTROLS)
    for identity, credential in generate_batch(sorted(needed), factory).generated:
        callers.add(identity, credential)
    beside = {COLLEAGUE: colleagues[0].name} if colleagues else {}
    skipped = dict(batch.skipped)
    for identity, credential in batch.generated:
        placed = _placed(identity, PROFILES[identity.name], victim, beside)
        if placed.expect is Expect.ACCEPTED and not placed.imitates and placed.name not in SENT_IN_ANY_CASE:
            skipped[identity.name] = NotGenerated.LENIENT
        else:
            callers.add(placed, credential)
    for identity, credential in _appended(callers, controls, factory, policies):
        callers.add(identity, credential)
    known = _known(callers, controls)
    for identity, credential in further_imitators(controls, known, callers.identities, factory, policies):
        callers.add(identity, credential)
    callers.skipped = tuple(_not_generated(skipped))


def _known(callers: Callers, identities: Sequence[ClientIdentity]) -> dict[str, Credential]:
    """Return the credentials of identities by name."""
    pairs = ((identity.name, callers.credentials[identity.name]) for identity in identities)
    return {name: credential for name, credential in pairs if credential is not None}


def _appended(
    callers: Callers,
    controls: Sequence[ClientIdentity],
    factory: CertificateFactory,
    policies: Mapping[str, ProfilePolicy],
) -> Iterator[tuple[ClientIdentity, Credential]]:
    """Yield callers that append the certificate of an identity with more roles to their own chain.

    The profile of the first two identities is generated already, with the certificate of the first appended.
    """
    for imitated in controls[:MAX_APPENDED]:
        caller = next((identity for identity in controls if has_less(identity, imitated)), None)
        own = callers.credentials[caller.name] if caller else None
        appended = callers.credentials[imitated.name]
        if (
            caller is None
            or own is None
            or appended is None
            or (caller, imitated) == (controls[1], controls[0])
        ):
            continue
        pair = replace(factory, victim=appended, colleague=(caller, own))
        for identity, credential in generate_batch([APPENDED], pair, policies=policies).generated:
            named = replace(identity, name=f"{identity.name}-{imitated.name}")
            yield replace(named, beside=caller.name, imitates=imitated.name), credential


def callers_from_server(
    factory: CertificateFactory, der: bytes, policies: Mapping[str, ProfilePolicy]
) -> Callers:
    """Generate the callers that imitate the server's own certificate, given as DER. None if it cannot be read."""
    callers = Callers()
    try:
        informed = replace(factory, server_certificate=x509.load_der_x509_certificate(der))
    except ValueError:
        return callers
    for identity, credential in generate_batch([SERVER_CERTIFICATE], informed, policies=policies).generated:
        callers.add(identity, credential)
    return callers


def callback_callers(factory: CertificateFactory, policies: Mapping[str, ProfilePolicy]) -> Callers:
    """Generate the callers whose untrusted certificates name URLs of the run's own listener."""
    callers = Callers()
    for identity, credential in generate_callbacks(factory, policies).generated:
        callers.add(identity, credential)
    return callers


def owners_notes(factory: CertificateFactory | None) -> Iterator[str]:
    """Yield what the owner should know before the run: a CRL that is out of date, and a wait."""
    if factory is None:
        return
    ca = factory.ca_certificate
    issuers = [x509.load_der_x509_certificate(one).issuer for one in factory.victim.chain]
    if ca is not None and ca.subject not in issuers:
        yield (
            f"[client-ca] cert-file: {ca.subject.rfc4514_string()} issued no certificate in the file of the first "
            "valid identity. Certificates that imitate its issuer, or that this CA signs, show little"
        )
    if factory.crl is not None:
        yield from (f"[client-ca] crl-file: {text}" for _, text in on_crl(factory.crl, factory.now))
    if factory.short_validity is not None and factory.ca_key is not None:
        seconds = factory.short_validity.total_seconds()
        yield f"the run waits {seconds:g} s for the end of a certificate's validity ([client-ca] short-validity)"


def short_lived_callers(
    factory: CertificateFactory, identities: Iterable[ClientIdentity], *, now: datetime
) -> Callers:
    """Generate the caller whose certificate expires soon after ``now``, if `[client-ca] short-validity` asks for it.

    None if the key of the client CA is missing.
    """
    callers = Callers()
    victim = next((identity for identity in identities if identity.is_control), None)
    if factory.short_validity is None or victim is None:
        return callers
    for identity, credential in generate_batch([SHORT_LIVED], replace(factory, now=now)).generated:
        callers.add(replace(identity, beside=victim.name), credential)
    return callers


def _factory(
    callers: Callers, controls: Sequence[ClientIdentity], client_ca: ClientCaSettings, *, now: datetime
) -> CertificateFactory:
    victim, colleagues = controls[0], controls[1:2]
    ca = load_client_ca(client_ca)
    model = callers.credentials[victim.name]
    assert model is not None  # noqa: S101 - only the anonymous client has no credential
    others = [(identity, callers.credentials[identity.name]) for identity in colleagues]
    return CertificateFactory(
        victim=model,
        now=now,
        ca_certificate=ca.certificate_for(model.leaf),
        ca_key=ca.key,
        crl=ca.crl,
        short_validity=timedelta(seconds=client_ca.short_validity) if client_ca.short_validity else None,
        role_values=role_values_of(victim, _known(callers, controls), controls),
        colleague=next(((identity, other) for identity, other in others if other is not None), None),
    )


def _placed(
    identity: ClientIdentity, profile: CertificateProfile, victim: ClientIdentity, beside: Mapping[str, str]
) -> ClientIdentity:
    """Return the identity with the names of its control and of the identity that it imitates."""
    imitates = victim.name if profile.detector is Detector.APPLICATION else ""
    control = beside.get(profile.control, profile.control)
    if control == NEUTRAL_TWIN:
        control = twin_name(identity.name)
    return replace(identity, beside=control, imitates=imitates)


def _not_generated(skipped: Mapping[str, NotGenerated]) -> Iterator[Skipped]:
    """Yield one entry for each reason: most profiles share one."""
    for reason in dict.fromkeys(skipped.values()):
        names = [name for name, why in skipped.items() if why is reason]
        count = plural(len(names), "certificate")
        yield Skipped(
            check=CERTIFICATE,
            kind=SKIP_REASONS.get(reason, SkipReason.NOT_AVAILABLE),
            reason=f"{count} not tried ({reason.value}): {', '.join(names)}",
        )
