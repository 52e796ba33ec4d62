"""Describes the certificate profiles of the battery on the command line."""

from collections.abc import Mapping

from specdrift.cli.terminal.prose import paragraph
from specdrift.model.policy import ProfilePolicy
from specdrift.pki.battery import PROFILES, CertificateProfile, Detector, Tier
from specdrift.rules.ids import INVALID_CERTIFICATE_ACCEPTED

_MADE = {
    Tier.KEYLESS: "from the valid identity and public certificates; no CA key is needed",
    Tier.WITH_CA_KEY: "with the key of a test CA ([client-ca] cert-file and key-file)",
}


def members(name: str) -> tuple[CertificateProfile, ...]:
    """Return the profile of a name, or all profiles of a family; empty for an unknown name."""
    own = PROFILES.get(name)
    family = tuple(profile for profile in PROFILES.values() if profile.family == name)
    return family or ((own,) if own else ())


def page(name: str, *, width: int) -> str:
    """Return the description of a profile or family, in paragraphs of at most ``width`` columns."""
    return "\n\n".join(_about(profile, width) for profile in members(name)) + "\n"


def in_short() -> Mapping[str, str]:
    """Return the first sentence and the default of each profile, by its name in `[battery]`."""
    return {name: f"{_sentence(p)} Default: {_default(p)}." for name, p in PROFILES.items()}


def _about(profile: CertificateProfile, width: int) -> str:
    made, family = _MADE[profile.tier], "" if profile.family == profile.name else f", family {profile.family}"
    texts = [" ".join(text.split()) for text in profile.about.split("\n\n")]
    texts.append(f"Made {made}. Default in [battery]: {_default(profile)}. {_reported(profile)}")
    return "\n".join(
        (f"{profile.name} (certificate{family})", *(paragraph(t, width=width, indent=2) for t in texts))
    )


def _reported(profile: CertificateProfile) -> str:
    if profile.detector is Detector.APPLICATION:
        return f"If it does, {INVALID_CERTIFICATE_ACCEPTED} is reported."
    if profile.default_policy is ProfilePolicy.REFUSE:
        return f"If it is admitted, {INVALID_CERTIFICATE_ACCEPTED} is reported."
    return f"If it is admitted, {INVALID_CERTIFICATE_ACCEPTED} is reported only with `refuse` in [battery]."


def _sentence(profile: CertificateProfile) -> str:
    return " ".join(profile.about.partition("\n\n")[0].split())


def _default(profile: CertificateProfile) -> str:
    """Return the default; a valid certificate of another client can be rejected by the application only."""
    if profile.detector is Detector.APPLICATION:
        return "accept by the verifier; the application must not take it for another client's"
    return profile.default_policy.value
