"""The page of a certificate profile, for a terminal."""

from collections.abc import Mapping

from specdrift.cli.terminal.prose import paragraph
from specdrift.model.policy import ProfilePolicy
from specdrift.pki.battery import NEUTRAL_TWIN, PROFILES, CertificateProfile, Detector, Norm, Tier
from specdrift.rules.ids import (
    CERTIFICATE_POLICY_NOT_ENFORCED,
    INVALID_CERTIFICATE_ACCEPTED,
    ROLE_NOT_ENFORCED,
)

_MADE = {
    Tier.KEYLESS: "from a valid identity and public certificates, without a CA key",
    Tier.WITH_CA_KEY: "with the key of a test CA ([client-ca] cert-file and key-file)",
}


def members(name: str) -> tuple[CertificateProfile, ...]:
    """The profile of that name, or all of the family; empty for any other name."""
    own = PROFILES.get(name)
    family = tuple(profile for profile in PROFILES.values() if profile.family == name)
    return family or ((own,) if own else ())


def page(name: str, *, width: int) -> str:
    """Format a profile or family in paragraphs of at most ``width`` columns."""
    return "\n\n".join(_about(profile, width) for profile in members(name)) + "\n"


def in_short() -> Mapping[str, str]:
    """By name of a profile: its first paragraph and its default."""
    return {name: f"{_sentence(p)} Default: {_default(p)}{_by_policy(p)}." for name, p in PROFILES.items()}


def _about(profile: CertificateProfile, width: int) -> str:
    made, family = _MADE[profile.tier], "" if profile.family == profile.name else f", family {profile.family}"
    texts = [" ".join(text.split()) for text in profile.about.split("\n\n")]
    texts.append(f"Made {made}. Default in [battery]: {_default(profile)}. {_reported(profile)}")
    texts.append(f"Requirement: {_requirement(profile)}.")
    return "\n".join(
        (f"{profile.name} (certificate{family})", *(paragraph(t, width=width, indent=2) for t in texts))
    )


def _requirement(profile: CertificateProfile) -> str:
    if profile.detector is Detector.APPLICATION:
        return "RFC 5280 §7: names are compared as a whole; the certificate itself is valid"
    return profile.norm.value


def _by_policy(profile: CertificateProfile) -> str:
    return " (policy)" if profile.norm is Norm.POLICY else ""


def _reported(profile: CertificateProfile) -> str:
    if profile.family == "unknown-name":
        return f"If an operation with roles admits it, {ROLE_NOT_ENFORCED} is reported."
    if profile.detector is Detector.APPLICATION and profile.control == NEUTRAL_TWIN:
        return (
            f"If it does, {ROLE_NOT_ENFORCED} is reported for operations with roles, and for others "
            f"{INVALID_CERTIFICATE_ACCEPTED}."
        )
    if profile.detector is Detector.APPLICATION:
        return f"If it does, {INVALID_CERTIFICATE_ACCEPTED} is reported."
    if profile.default_policy is ProfilePolicy.REFUSE and profile.norm is Norm.POLICY:
        return (
            f"If it is admitted, {CERTIFICATE_POLICY_NOT_ENFORCED} is reported once, as a warning; with `refuse` in "
            f"[battery] {INVALID_CERTIFICATE_ACCEPTED}."
        )
    if profile.default_policy is ProfilePolicy.REFUSE:
        return f"If it is admitted, {INVALID_CERTIFICATE_ACCEPTED} is reported."
    return f"If it is admitted, {INVALID_CERTIFICATE_ACCEPTED} is reported only with `refuse` in [battery]."


def _sentence(profile: CertificateProfile) -> str:
    return " ".join(profile.about.partition("\n\n")[0].split())


def _default(profile: CertificateProfile) -> str:
    """The default policy. A valid certificate of another subject can only be rejected by the application."""
    if profile.detector is Detector.APPLICATION and profile.default_policy is not ProfilePolicy.SKIP:
        return "accept by the verifier; the application must not confuse it with another identity"
    return profile.default_policy.value
