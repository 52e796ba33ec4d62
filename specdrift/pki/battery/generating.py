"""Generates identities from profiles. Pure: the time is in the factory."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from specdrift.errors import ConfigError
from specdrift.model.exchange.identity import CertificateFacts, ClientIdentity, IdentityKind
from specdrift.model.policy import Expect, ProfilePolicy
from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.battery.profile import COLLEAGUE, CertificateProfile, Norm
from specdrift.pki.credential import Credential, facts_of

_EXPECT = {ProfilePolicy.REFUSE: Expect.REFUSED, ProfilePolicy.ACCEPT: Expect.ACCEPTED}


class Batch(Struct, frozen=True, kw_only=True):
    """The generated identities, and the reason for each skipped profile, by name."""

    generated: tuple[tuple[ClientIdentity, Credential], ...]
    skipped: Mapping[str, NotGenerated]


def generate_profiles(
    profiles: Iterable[CertificateProfile],
    factory: CertificateFactory,
    policies: Mapping[str, ProfilePolicy] = MappingProxyType({}),
) -> Batch:
    """Generate the identity of each profile. ``policies`` is ``[battery]``, by family or name."""
    generated = []
    skipped: dict[str, NotGenerated] = {}
    for profile in profiles:
        policy = policy_of(profile, policies)
        if policy is ProfilePolicy.SKIP:
            skipped[profile.name] = NotGenerated.POLICY
            continue
        try:
            credential = profile.generate(factory)
        except CannotGenerateError as error:
            skipped[profile.name] = error.reason
            continue
        by_policy = profile.norm is Norm.POLICY and not {profile.name, profile.family} & policies.keys()
        identity, named = _named(profile, credential, factory, _EXPECT[policy])
        generated.append((replace(identity, refused_by_policy=by_policy), named))
    return Batch(generated=tuple(generated), skipped=MappingProxyType(skipped))


def policy_of(profile: CertificateProfile, policies: Mapping[str, ProfilePolicy]) -> ProfilePolicy:
    """Return the policy of the profile's name, else of its family, else the default.

    A family's policy is meant for its main profile: members that are accepted by default are skipped with the family,
    but not refused with it.
    """
    own, of_family = policies.get(profile.name), policies.get(profile.family)
    if own is None and (of_family is ProfilePolicy.SKIP or profile.default_policy is ProfilePolicy.REFUSE):
        own = of_family
    return own or profile.default_policy


def chosen(
    names: Iterable[str], profiles: Mapping[str, CertificateProfile]
) -> tuple[CertificateProfile, ...]:
    """Return the profiles of these names or families. Raises ConfigError."""
    wanted = tuple(names)
    known = {name for profile in profiles.values() for name in (profile.name, profile.family)}
    for name in wanted:
        if name not in known:
            raise ConfigError(f"no certificate profile is called {name!r}; there are {', '.join(profiles)}")
    return tuple(p for p in profiles.values() if p.name in wanted or p.family in wanted)


def _named(
    profile: CertificateProfile, credential: Credential, factory: CertificateFactory, expect: Expect
) -> tuple[ClientIdentity, Credential]:
    identity = ClientIdentity(
        name=profile.name,
        kind=IdentityKind.GENERATED,
        expect=expect,
        roles=factory.colleague[0].roles
        if profile.control == COLLEAGUE and factory.colleague
        else frozenset(),
        profile=profile.family,
        about=profile.about,
        certificate=_facts(credential, factory),
    )
    return identity, Credential(credential.chain, credential.key, name=profile.name)


def _facts(credential: Credential, factory: CertificateFactory) -> CertificateFacts:
    """Return the facts; for a malformed certificate those of the imitated one, with its own fingerprint."""
    try:
        return facts_of(credential.leaf)
    except ValueError:
        return replace(facts_of(factory.leaf), sha256=sha256(credential.chain[0]).hexdigest())
