"""The certificate battery: every way in which a client certificate can be wrong, as one small function each.

A new one is a function, whose docstring tells the reports what is wrong with it, and a line in ``PROFILES``.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from specdrift.model.identity import Identity
from specdrift.pki.battery import trust
from specdrift.pki.battery.minting import Batch, chosen, mint_profiles, policy_of
from specdrift.pki.battery.profile import Judge, Profile, Tier, keyless
from specdrift.pki.battery.workshop import Workshop
from specdrift.pki.credential import Credential
from specdrift.settings import Policy

__all__ = ["PROFILES", "Batch", "Judge", "Profile", "Tier", "Workshop", "mint", "mint_batch", "policy_of"]


def _by_name(*profiles: Profile) -> Mapping[str, Profile]:
    return MappingProxyType({profile.name: profile for profile in profiles})


PROFILES: Mapping[str, Profile] = _by_name(
    keyless(trust.self_signed),
    keyless(trust.untrusted_issuer),
    keyless(trust.impostor_issuer),
    keyless(trust.impostor_issuer_no_key_id, family="impostor-issuer"),
)
"""The battery by name. Several profiles may belong to one family, for which a policy is set."""


def mint_batch(
    profile_names: Iterable[str],
    workshop: Workshop,
    *,
    policies: Mapping[str, Policy] = MappingProxyType({}),
) -> Batch:
    """Mint these profiles (a family's name stands for all its members) and say why some were not.

    Identities are named after their profile, are of kind ``MINTED`` and expect what ``policies`` or the
    profile's default says. Raises ``ConfigError`` for a name that is no profile.
    """
    return mint_profiles(chosen(profile_names, PROFILES), workshop, policies)


def mint(
    profile_names: Iterable[str],
    workshop: Workshop,
    *,
    policies: Mapping[str, Policy] = MappingProxyType({}),
) -> tuple[tuple[Identity, Credential], ...]:
    """What ``mint_batch`` minted."""
    return mint_batch(profile_names, workshop, policies=policies).minted
