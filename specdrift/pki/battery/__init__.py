"""The certificate profiles: one function for each defect of a client certificate.

A new profile is a function, whose docstring is its description in reports, and a line in ``PROFILES``.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.policy import ProfilePolicy
from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.battery.generating import Batch, chosen, generate_profiles, policy_of
from specdrift.pki.battery.name_part import NamePart
from specdrift.pki.battery.not_generated import NotGenerated
from specdrift.pki.battery.profile import (
    COLLEAGUE,
    NEUTRAL_TWIN,
    CertificateProfile,
    Detector,
    Norm,
    Tier,
    control,
    keyless,
    mistakable,
    partly_named,
    signed,
)
from specdrift.pki.battery.profiles import (
    callbacks,
    controls,
    encoding,
    keys,
    message,
    path,
    revocation,
    trust,
    usage,
    validity,
)
from specdrift.pki.battery.profiles.names import (
    alternative_names,
    name_languages,
    name_parts,
    naming,
    normalised_names,
    partial_names,
    subject_forms,
)
from specdrift.pki.credential import Credential

__all__ = [
    "CALLBACKS",
    "COLLEAGUE",
    "CONTROLS",
    "NEUTRAL_TWIN",
    "PROFILES",
    "Batch",
    "CertificateFactory",
    "CertificateProfile",
    "Detector",
    "NamePart",
    "Norm",
    "NotGenerated",
    "Tier",
    "generate",
    "generate_batch",
    "generate_callbacks",
    "policy_of",
]


def _by_name(*profiles: CertificateProfile) -> Mapping[str, CertificateProfile]:
    return MappingProxyType({profile.name: profile for profile in profiles})


PROFILES: Mapping[str, CertificateProfile] = _by_name(
    keyless(trust.self_signed),
    keyless(trust.self_signed_own_key, family="self-signed"),
    keyless(trust.self_signed_key_type, family="self-signed"),
    keyless(trust.self_signed_key_type_2, family="self-signed"),
    keyless(trust.untrusted_issuer),
    keyless(trust.untrusted_issuer_alone, family="untrusted-issuer"),
    keyless(trust.impostor_issuer),
    keyless(trust.impostor_issuer_no_key_id, family="impostor-issuer"),
    keyless(trust.impostor_issuer_own_key_id, family="impostor-issuer"),
    keyless(trust.impostor_issuer_key_type, family="impostor-issuer"),
    keyless(trust.impostor_issuer_key_type_2, family="impostor-issuer"),
    keyless(trust.impostor_issuer_ml_dsa, policy=ProfilePolicy.SKIP),
    signed(validity.expired),
    signed(validity.expired_recently, family="expired"),
    signed(validity.not_yet_valid),
    signed(validity.not_yet_valid_soon, family="not-yet-valid"),
    signed(usage.wrong_eku),
    signed(usage.wrong_eku_other_purposes, family="wrong-eku"),
    signed(usage.no_eku, policy=ProfilePolicy.ACCEPT, norm=Norm.POLICY),
    signed(usage.any_eku, policy=ProfilePolicy.SKIP, norm=Norm.POLICY),
    signed(message.missing_intermediate, control="valid-chain"),
    signed(path.intermediate_not_ca, control="valid-chain"),
    signed(path.intermediate_not_ca_not_critical, family="intermediate-not-ca", control="valid-chain"),
    signed(path.intermediate_not_ca_unsaid, family="intermediate-not-ca", control="valid-chain"),
    signed(
        path.intermediate_not_ca_key_usage,
        family="intermediate-not-ca",
        control="valid-chain",
        policy=ProfilePolicy.SKIP,
    ),
    keyless(path.leaf_as_issuer),
    signed(path.path_length_exceeded, control="valid-long-chain"),
    signed(naming.name_constraint_violation, control="valid-chain"),
    signed(
        alternative_names.name_constraint_violation_uri,
        family="name-constraint-violation",
        control="valid-chain",
    ),
    signed(
        alternative_names.name_constraint_violation_wildcard,
        family="name-constraint-violation",
        control="valid-chain",
    ),
    signed(usage.unknown_critical_extension),
    signed(keys.weak_key, norm=Norm.POLICY),
    signed(keys.weak_signature, norm=Norm.POLICY),
    keyless(keys.wrong_private_key),
    signed(revocation.revoked),
    keyless(message.extra_chain_certificate),
    keyless(message.extra_chain_certificate_ca, family="extra-chain-certificate"),
    keyless(message.extra_chain_certificate_ca_impostor, family="extra-chain-certificate"),
    keyless(message.extra_chain_certificate_path, family="extra-chain-certificate"),
    keyless(
        message.extra_chain_certificate_after,
        family="extra-chain-certificate",
        policy=ProfilePolicy.ACCEPT,
        norm=Norm.POLICY,
    ),
    mistakable(message.extra_chain_certificate_victim, family="extra-chain-certificate"),
    mistakable(
        message.extra_chain_certificate_colleague, family="extra-chain-certificate", control=COLLEAGUE
    ),
    signed(usage.ca_as_client, policy=ProfilePolicy.SKIP, norm=Norm.POLICY),
    keyless(usage.ca_as_client_without_key, family="ca-as-client"),
    keyless(keys.server_certificate),
    keyless(encoding.malformed),
    keyless(encoding.malformed_algorithm, family="malformed"),
    keyless(encoding.malformed_signature, family="malformed"),
    mistakable(naming.ambiguous_name_comma, family="ambiguous-name"),
    mistakable(naming.ambiguous_name_slash, family="ambiguous-name"),
    mistakable(naming.ambiguous_name_multi_valued, family="ambiguous-name", rarely_issued=True),
    mistakable(naming.ambiguous_name_nul, family="ambiguous-name"),
    mistakable(naming.ambiguous_name_bmp, family="ambiguous-name"),
    partly_named(
        alternative_names.ambiguous_name_san_nul,
        family="ambiguous-name",
        alters=NamePart.HOST | NamePart.LAST_SEGMENT,
        keeps=NamePart.DOMAIN | NamePart.AUTHORITY | NamePart.PATH,
    ),
    partly_named(
        subject_forms.ambiguous_name_order,
        family="ambiguous-name",
        keeps=NamePart.SUBJECT,
        policy=ProfilePolicy.SKIP,
    ),
    partly_named(
        subject_forms.ambiguous_name_one_rdn,
        family="ambiguous-name",
        keeps=NamePart.SUBJECT,
        policy=ProfilePolicy.SKIP,
    ),
    mistakable(partial_names.unknown_name, family="unknown-name"),
    partly_named(partial_names.partial_name_common, alters=NamePart.COMMON_NAME),
    partly_named(partial_names.partial_name_unit, alters=NamePart.UNIT),
    partly_named(partial_names.partial_name_attribute),
    partly_named(subject_forms.partial_name_separators),
    partly_named(
        partial_names.partial_name_alternative,
        alters=NamePart.HOST | NamePart.LAST_SEGMENT,
        keeps=NamePart.DOMAIN | NamePart.AUTHORITY | NamePart.PATH,
    ),
    partly_named(
        partial_names.partial_name_alternative_type,
        keeps=NamePart.DOMAIN | NamePart.AUTHORITY | NamePart.PATH,
        policy=ProfilePolicy.SKIP,
    ),
    partly_named(
        partial_names.partial_name_alternative_case,
        alters=NamePart.PATH | NamePart.LAST_SEGMENT,
        keeps=NamePart.AUTHORITY,
    ),
    partly_named(
        name_parts.partial_name_subject_common,
        alters=NamePart.COMMON_NAME,
        keeps=NamePart.UNIT | NamePart.ORGANIZATION,
    ),
    partly_named(name_parts.partial_name_subject_unit, alters=NamePart.UNIT, keeps=NamePart.ORGANIZATION),
    partly_named(
        name_parts.partial_name_subject_organization, alters=NamePart.ORGANIZATION, keeps=NamePart.UNIT
    ),
    partly_named(
        name_parts.partial_name_segment,
        alters=NamePart.LAST_SEGMENT,
        keeps=NamePart.AUTHORITY | NamePart.PATH,
    ),
    *(
        partly_named(segment, alters=NamePart.PATH, keeps=NamePart.AUTHORITY | NamePart.LAST_SEGMENT)
        for segment in (
            name_parts.partial_name_segment_2,
            name_parts.partial_name_segment_3,
            name_parts.partial_name_segment_4,
        )
    ),
    partly_named(name_parts.partial_name_path_longer, alters=NamePart.PATH, keeps=NamePart.AUTHORITY),
    partly_named(name_parts.partial_name_path_order, alters=NamePart.PATH, keeps=NamePart.AUTHORITY),
    partly_named(
        name_parts.partial_name_domain,
        alters=NamePart.DOMAIN | NamePart.AUTHORITY,
        keeps=NamePart.HOST | NamePart.PATH | NamePart.LAST_SEGMENT,
    ),
    partly_named(name_parts.partial_name_foreign, alters=NamePart.DOMAIN | NamePart.AUTHORITY),
    partly_named(normalised_names.partial_name_dots),
    *(
        partly_named(each, keeps=NamePart.DOMAIN | NamePart.AUTHORITY | NamePart.PATH)
        for each in (
            normalised_names.partial_name_digits,
            normalised_names.partial_name_zeros,
            normalised_names.partial_name_signs,
            normalised_names.partial_name_accents,
            normalised_names.partial_name_local_part,
            normalised_names.partial_name_label,
            normalised_names.partial_name_pattern,
            normalised_names.partial_name_inherited,
        )
    ),
    *(
        partly_named(each)
        for each in (
            name_languages.partial_name_like,
            name_languages.partial_name_class,
            name_languages.partial_name_query,
            name_languages.partial_name_filter,
            name_languages.partial_name_path,
            name_languages.partial_name_escaped,
        )
    ),
    partly_named(name_parts.partial_name_scheme, alters=NamePart.SCHEME, rarely_issued=True),
)
"""All profiles by name. Policies are set for families of profiles."""

CONTROLS: Mapping[str, CertificateProfile] = _by_name(
    control(controls.valid_leaf),
    control(controls.valid_chain),
    control(controls.valid_long_chain),
    control(controls.valid_other_client),
    control(controls.valid_short),
)
"""Controls that ``CertificateProfile.control`` names. They are generated like profiles, and must be accepted."""

CALLBACKS: Mapping[str, CertificateProfile] = _by_name(
    keyless(callbacks.untrusted_issuer_urls, family="untrusted-issuer"),
    keyless(callbacks.impostor_issuer_urls, family="impostor-issuer"),
)
"""Profiles that name URLs of the run's own listener. They are generated only where it listens."""


def generate_batch(
    profile_names: Iterable[str],
    factory: CertificateFactory,
    *,
    policies: Mapping[str, ProfilePolicy] = MappingProxyType({}),
) -> Batch:
    """Generate the identities of profiles or controls. A family's name stands for all its members.

    Identities have the profile's name, the kind ``GENERATED``, and the expectation of ``policies`` or the profile's
    default. Raises ConfigError for an unknown name.
    """
    return generate_profiles(chosen(profile_names, {**PROFILES, **CONTROLS}), factory, policies)


def generate_callbacks(factory: CertificateFactory, policies: Mapping[str, ProfilePolicy]) -> Batch:
    """Generate the identities of ``CALLBACKS``. They follow the policies of their families."""
    return generate_profiles(CALLBACKS.values(), factory, policies)


def generate(
    profile_names: Iterable[str],
    factory: CertificateFactory,
    *,
    policies: Mapping[str, ProfilePolicy] = MappingProxyType({}),
) -> tuple[tuple[ClientIdentity, Credential], ...]:
    """Return only the generated identities of `generate_batch`."""
    return generate_batch(profile_names, factory, policies=policies).generated
