"""From profile names to identities that can be presented. Pure: the clock is in the workshop."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from types import MappingProxyType

from specdrift.errors import ConfigError
from specdrift.model.exchange.identity import CertificateFacts, ClientIdentity, IdentityKind
from specdrift.model.policy import Expect, ProfilePolicy
from specdrift.pki.battery.factory import CertificateFactory, NotMintableError
from specdrift.pki.battery.profile import COLLEAGUE, Profile
from specdrift.pki.credential import Credential, facts_of

_EXPECT = {ProfilePolicy.REFUSE: Expect.REFUSED, ProfilePolicy.ACCEPT: Expect.ACCEPTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What was minted, and why the rest was not: a reason by profile name."""

    minted: tuple[tuple[ClientIdentity, Credential], ...]
    skipped: Mapping[str, str]


def mint_profiles(
    profiles: Iterable[Profile],
    workshop: CertificateFactory,
    policies: Mapping[str, ProfilePolicy] = MappingProxyType({}),
) -> Batch:
    """Mint each profile. ``policies`` is ``[battery]``, by family or by name; what it skips is not made."""
    minted, skipped = [], {}
    for profile in profiles:
        policy = policy_of(profile, policies)
        if policy is ProfilePolicy.SKIP:
            skipped[profile.name] = "the configuration says skip"
            continue
        try:
            credential = profile.mint(workshop)
        except NotMintableError as reason:
            skipped[profile.name] = str(reason)
            continue
        minted.append(_named(profile, credential, workshop, _EXPECT[policy]))
    return Batch(minted=tuple(minted), skipped=MappingProxyType(skipped))


def policy_of(profile: Profile, policies: Mapping[str, ProfilePolicy]) -> ProfilePolicy:
    """What the owner says of it by its own name, else by its family's, else the default.

    A family's policy is meant for what its namesake is, so a member that is harmless by default is skipped
    with its family, but not refused with it.
    """
    own, of_family = policies.get(profile.name), policies.get(profile.family)
    if own is None and (of_family is ProfilePolicy.SKIP or profile.default_policy is ProfilePolicy.REFUSE):
        own = of_family
    return own or profile.default_policy


def chosen(names: Iterable[str], profiles: Mapping[str, Profile]) -> tuple[Profile, ...]:
    """The profiles of these names; a family's name stands for all its members. Raises ``ConfigError``."""
    wanted = tuple(names)
    known = {name for profile in profiles.values() for name in (profile.name, profile.family)}
    for name in wanted:
        if name not in known:
            raise ConfigError(f"no certificate profile is called {name!r}; there are {', '.join(profiles)}")
    return tuple(p for p in profiles.values() if p.name in wanted or p.family in wanted)


def _named(
    profile: Profile, credential: Credential, workshop: CertificateFactory, expect: Expect
) -> tuple[ClientIdentity, Credential]:
    identity = ClientIdentity(
        name=profile.name,
        kind=IdentityKind.MINTED,
        expect=expect,
        roles=workshop.colleague[0].roles
        if profile.control == COLLEAGUE and workshop.colleague
        else frozenset(),
        profile=profile.family,
        about=profile.about,
        certificate=_facts(credential, workshop),
    )
    return identity, Credential(credential.chain, credential.key, name=profile.name)


def _facts(credential: Credential, workshop: CertificateFactory) -> CertificateFacts:
    """A malformed certificate has no facts of its own but its fingerprint; it imitates the victim's."""
    try:
        return facts_of(credential.leaf)
    except ValueError:
        return replace(facts_of(workshop.leaf), sha256=sha256(credential.chain[0]).hexdigest())
