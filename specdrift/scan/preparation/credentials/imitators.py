"""Certificates whose names an application may take for those of an identity with other roles, and their controls."""

from collections.abc import Iterator, Mapping, Sequence

from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.policy import ProfilePolicy
from specdrift.pki.battery import NEUTRAL_TWIN, PROFILES, CertificateFactory, generate_batch
from specdrift.pki.credential import Credential

MOST_IMITATED = 4
"""Identities whose names are imitated; of those with the same roles the first one."""
LONGEST_VALUE, MOST_VALUES = 40, 4
FIRST_ONLY = frozenset({"ambiguous-name-multi-valued"})
"""Imitates the first identity only: common servers can read nothing but the first common name."""

Named = tuple[ClientIdentity, Credential]


def role_values_of(
    identity: ClientIdentity, credentials: Mapping[str, Credential], controls: Sequence[ClientIdentity]
) -> tuple[str, ...]:
    """Return what an application may search for to find the identity's role.

    The values of its subject that no identity with fewer roles has, and the names of the roles that these lack. A role
    that is a part of one of these values is left out: the servers may mean that part.
    """
    others = [other for other in controls if has_less(other, identity)]
    if not others:
        return ()
    shared = {value for other in others for value in _values(credentials[other.name])}
    own = [value for value in _values(credentials[identity.name]) if value not in shared]
    roles = [
        role
        for role in sorted(identity.roles - frozenset.intersection(*(other.roles for other in others)))
        if not any(role.casefold() in value.casefold() for value in own)
    ]
    values = (word for word in dict.fromkeys((*own, *roles)) if 1 < len(word) <= LONGEST_VALUE)
    return tuple(values)[:MOST_VALUES]


def further_imitators(
    controls: Sequence[ClientIdentity],
    credentials: Mapping[str, Credential],
    generated: Mapping[str, ClientIdentity],
    factory: CertificateFactory,
    policies: Mapping[str, ProfilePolicy],
) -> Iterator[Named]:
    """Yield the certificates that imitate the first identity of each other set of roles, and the neutral twins of all.

    ``generated`` has those that imitate the first identity.
    """
    twins = [profile.name for profile in PROFILES.values() if profile.control == NEUTRAL_TWIN]
    neutral = replace(factory, neutral=True)
    for name in twins:
        if name in generated:
            yield from _twin(name, generated[name], neutral)
    related = [p.name for p in PROFILES.values() if p.family == "ambiguous-name" and p.name not in FIRST_ONLY]
    for imitated in _imitated(controls):
        values = role_values_of(imitated, credentials, controls)
        own = replace(factory, victim=credentials[imitated.name], role_values=values)
        neutral = replace(own, neutral=True)
        for identity, credential in generate_batch([*related, *twins], own, policies=policies).generated:
            name = f"{identity.name}-{imitated.name}"
            control = PROFILES[identity.name].control
            beside = twin_name(name) if control == NEUTRAL_TWIN else control
            named = replace(identity, name=name, beside=beside, imitates=imitated.name)
            yield named, credential
            if control == NEUTRAL_TWIN:
                yield from _twin(identity.name, named, neutral)


def _imitated(controls: Sequence[ClientIdentity]) -> Iterator[ClientIdentity]:
    """Yield the first identity of each set of roles that another identity lacks, but for the first of all."""
    first, *others = controls
    seen = {first.roles}
    for identity in others:
        if len(seen) < MOST_IMITATED and identity.roles not in seen and _is_lacked(identity, controls):
            seen.add(identity.roles)
            yield identity


def _is_lacked(identity: ClientIdentity, controls: Sequence[ClientIdentity]) -> bool:
    return any(has_less(other, identity) for other in controls)


def has_less(other: ClientIdentity, identity: ClientIdentity) -> bool:
    """Return whether an identity lacks a role of another one: an administrator often has the roles of readers too."""
    return bool(other.roles) and not identity.roles <= other.roles


def _twin(profile: str, imitator: ClientIdentity, neutral: CertificateFactory) -> Iterator[Named]:
    """Yield the control of a certificate that contains the names of another identity."""
    wanted = {profile: ProfilePolicy.ACCEPT}
    for identity, credential in generate_batch([profile], neutral, policies=wanted).generated:
        about = f"The same as {imitator.name}, with a neutral word for the names of {imitator.imitates}."
        yield (
            replace(identity, name=imitator.beside, imitates=imitator.imitates, about=about),
            credential,
        )


def twin_name(imitator: str) -> str:
    """Return the name of the control of a certificate whose names contain another identity's."""
    return f"{imitator}-neutral"


def _values(credential: Credential) -> list[str]:
    """Return the values of the subject but for the common name."""
    attributes = credential.leaf.subject
    return [str(each.value) for each in attributes if each.oid != NameOID.COMMON_NAME]
