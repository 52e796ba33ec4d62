"""A certificate profile: one defect of a client certificate, and the component that must detect it."""

from collections.abc import Callable
from enum import Enum
from inspect import cleandoc

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.policy import ProfilePolicy
from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.battery.name_part import NamePart
from specdrift.pki.credential import Credential

Generate = Callable[[CertificateFactory], Credential]
"""Generates the credential. Raises CannotGenerateError."""


class Tier(Enum):
    """What is needed to make the certificate."""

    KEYLESS = "keyless"
    """A valid identity is enough; any attacker can make it."""
    WITH_CA_KEY = "with-ca-key"
    """Signed by the (test) CA that the server trusts."""


class Detector(Enum):
    """The component that must detect the defect."""

    VERIFIER = "verifier"
    """The certificate verifier of the TLS stack: it must reject."""
    APPLICATION = "application"
    """The certificate is valid; the application must not confuse its identity with the imitated one. It must answer as
    for the control.
    """


class Norm(Enum):
    """What requires the rejection."""

    MUST = "RFC 5280 or TLS require its rejection"
    """Of path validation (RFC 5280 §6.1, §4.2), of the encoding, or of the proof of possession (RFC 8446 §4.4.3)."""
    POLICY = "policy: no standard of path validation requires its rejection"


class CertificateProfile(Struct, frozen=True, kw_only=True):
    """One certificate profile."""

    name: str
    """Unique name."""
    family: str
    """Name of its policy, and its name in reports."""
    about: str
    """Description for reports."""
    tier: Tier
    default_policy: ProfilePolicy
    """ACCEPT if every common TLS stack accepts it; SKIP if RFC 5280 allows both answers and stacks differ."""
    norm: Norm
    detector: Detector
    control: str
    """Name of the certificate that must be admitted for a rejection to count; empty: the valid identity."""
    generate: Generate
    rarely_issued: bool = False
    """Whether hardly any CA issues such a certificate: an application that confuses it is a warning."""
    alters: NamePart = NamePart.NONE
    """The parts of the imitated names that it contains in an altered form."""
    keeps: NamePart = NamePart.NONE
    """The parts that its neutral twin still has unaltered: a server that decides by these admits both."""


COLLEAGUE = "colleague"
"""The control that is the factory's second configured identity."""
NEUTRAL_TWIN = "neutral-twin"
"""The control that is the same certificate with neutral words (`CertificateFactory.neutral`)."""


def keyless(
    generate: Generate,
    *,
    family: str = "",
    policy: ProfilePolicy = ProfilePolicy.REFUSE,
    norm: Norm = Norm.MUST,
) -> CertificateProfile:
    """Make a profile that needs no CA key."""
    return _profile(
        generate, Tier.KEYLESS, Detector.VERIFIER, family=family, policy=policy, control="", norm=norm
    )


def signed(
    generate: Generate,
    *,
    family: str = "",
    policy: ProfilePolicy = ProfilePolicy.REFUSE,
    control: str = "valid-leaf",
    norm: Norm = Norm.MUST,
) -> CertificateProfile:
    """Make a profile that the CA's key signs."""
    return _profile(
        generate,
        Tier.WITH_CA_KEY,
        Detector.VERIFIER,
        family=family,
        policy=policy,
        control=control,
        norm=norm,
    )


def mistakable(
    generate: Generate,
    *,
    family: str,
    control: str = "valid-other-client",
    policy: ProfilePolicy = ProfilePolicy.ACCEPT,
    rarely_issued: bool = False,
) -> CertificateProfile:
    """Make a profile of a valid certificate that an application may confuse with the imitated one."""
    tier = Tier.KEYLESS if control == COLLEAGUE else Tier.WITH_CA_KEY
    made = _profile(generate, tier, Detector.APPLICATION, family=family, policy=policy, control=control)
    return replace(made, rarely_issued=rarely_issued)


def partly_named(
    generate: Generate,
    *,
    alters: NamePart = NamePart.NONE,
    keeps: NamePart = NamePart.NONE,
    family: str = "partial-name",
    policy: ProfilePolicy = ProfilePolicy.ACCEPT,
    rarely_issued: bool = False,
) -> CertificateProfile:
    """Make a profile of a valid certificate with a part of the imitated names, and a neutral twin."""
    made = mistakable(
        generate, family=family, control=NEUTRAL_TWIN, policy=policy, rarely_issued=rarely_issued
    )
    return replace(made, alters=alters, keeps=keeps)


def control(generate: Generate) -> CertificateProfile:
    """Make a control: a valid certificate, signed by the CA's key."""
    return _profile(
        generate, Tier.WITH_CA_KEY, Detector.VERIFIER, family="", policy=ProfilePolicy.ACCEPT, control=""
    )


def _profile(
    generate: Generate,
    tier: Tier,
    detector: Detector,
    *,
    family: str,
    policy: ProfilePolicy,
    control: str,
    norm: Norm = Norm.MUST,
) -> CertificateProfile:
    """Use the function's name and docstring."""
    name = generate.__name__.replace("_", "-")
    return CertificateProfile(
        name=name,
        family=family or name,
        about=cleandoc(generate.__doc__ or ""),
        tier=tier,
        default_policy=policy,
        norm=norm,
        detector=detector,
        control=control,
        generate=generate,
    )
