"""What a certificate profile is: one way for a client certificate to be wrong, and who has to notice."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from inspect import cleandoc

from specdrift.model.policy import ProfilePolicy
from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.credential import Credential

Mint = Callable[[CertificateFactory], Credential]
"""Makes the certificate, or raises ``NotMintableError``."""


class Tier(Enum):
    """What it takes to make the certificate."""

    KEYLESS = "keyless"
    """The owner's good certificate is enough; any attacker can do as much."""
    WITH_CA_KEY = "with-ca-key"
    """Truly signed by the (test) CA that the server trusts."""


class Judge(Enum):
    """Who has to notice what is wrong."""

    VERIFIER = "verifier"
    """The certificate verifier of the TLS stack: it must refuse."""
    APPLICATION = "application"
    """The certificate is valid; the application must not take its bearer for the victim. It may do exactly
    what the certificate named by ``control`` may do.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One entry of the battery. ``name`` is unique; ``family`` is the name under which its policy is set and
    which reports show. ``control`` names the certificate that must be admitted before a refusal of this one
    means anything (empty: the good identity itself). The default policy is ``ACCEPT`` where every common TLS
    stack accepts it, and ``SKIP`` where RFC 5280 allows both answers and the stacks differ.
    """

    name: str
    family: str
    about: str
    tier: Tier
    default_policy: ProfilePolicy
    judge: Judge
    control: str
    mint: Mint


COLLEAGUE = "colleague"
"""The control that is no minted certificate but the workshop's second configured identity."""


def keyless(mint: Mint, *, family: str = "", policy: ProfilePolicy = ProfilePolicy.REFUSE) -> Profile:
    """A profile that needs no CA key."""
    return _profile(mint, Tier.KEYLESS, Judge.VERIFIER, family=family, policy=policy, control="")


def signed(
    mint: Mint, *, family: str = "", policy: ProfilePolicy = ProfilePolicy.REFUSE, control: str = "valid-leaf"
) -> Profile:
    """A profile that the CA's key signs."""
    return _profile(mint, Tier.WITH_CA_KEY, Judge.VERIFIER, family=family, policy=policy, control=control)


def mistakable(mint: Mint, *, family: str, control: str = "valid-stranger") -> Profile:
    """A valid certificate of somebody else that a careless application takes for the victim's."""
    tier = Tier.KEYLESS if control == COLLEAGUE else Tier.WITH_CA_KEY
    return _profile(
        mint, tier, Judge.APPLICATION, family=family, policy=ProfilePolicy.ACCEPT, control=control
    )


def control(mint: Mint) -> Profile:
    """A certificate with nothing wrong, signed by the CA's key."""
    return _profile(
        mint, Tier.WITH_CA_KEY, Judge.VERIFIER, family="", policy=ProfilePolicy.ACCEPT, control=""
    )


def _profile(
    mint: Mint, tier: Tier, judge: Judge, *, family: str, policy: ProfilePolicy, control: str
) -> Profile:
    """Named after the function, described by its docstring."""
    name = mint.__name__.replace("_", "-")
    return Profile(
        name=name,
        family=family or name,
        about=cleandoc(mint.__doc__ or ""),
        tier=tier,
        default_policy=policy,
        judge=judge,
        control=control,
        mint=mint,
    )
