"""The list of profiles: complete, described, and governed by the owner's policies."""

import inspect
import re
import subprocess
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from ssl import DER_cert_to_PEM_cert
from types import ModuleType

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from specdrift.errors import ConfigError
from specdrift.model.exchange.identity import IdentityKind
from specdrift.model.policy import Expect, ProfilePolicy
from specdrift.pki.battery import (
    CALLBACKS,
    COLLEAGUE,
    CONTROLS,
    NEUTRAL_TWIN,
    PROFILES,
    Detector,
    Norm,
    Tier,
    generate,
    generate_batch,
    profiles,
)
from specdrift.pki.battery.generating import policy_of
from specdrift.pki.battery.not_generated import NotGenerated
from specdrift.rules.verification import ASPECTS
from tests.pki.world import World

TOPICS = tuple(
    import_module(module.name)
    for module in walk_packages(profiles.__path__, f"{profiles.__name__}.")
    if not module.ispkg
)
"""All modules of the battery: a new one needs no line here."""

WITHOUT_THE_KEY = frozenset({"wrong-private-key", "ca-as-client-without-key", "server-certificate"})
"""Certificates whose defect is in the handshake, not in the path."""

TRY_ALL = dict.fromkeys(PROFILES, ProfilePolicy.REFUSE)


def functions(topic: ModuleType) -> set[str]:
    """The public functions that a module defines."""
    return {
        name.replace("_", "-")
        for name, value in inspect.getmembers(topic, inspect.isfunction)
        if value.__module__ == topic.__name__ and not name.startswith("_")
    }


PUBLIC = """
self-signed untrusted-issuer impostor-issuer expired not-yet-valid wrong-eku no-eku any-eku
missing-intermediate intermediate-not-ca leaf-as-issuer path-length-exceeded name-constraint-violation
unknown-critical-extension weak-key weak-signature wrong-private-key revoked extra-chain-certificate
ca-as-client malformed
"""
"""Names that configurations of users have: to rename or remove one breaks them."""


def test_no_profile_of_the_public_interface_is_gone() -> None:
    """The names that users write into `[battery]` are all there."""
    assert set(PROFILES) >= set(PUBLIC.split())


def test_a_family_is_named_after_one_of_its_members() -> None:
    """The names that users write into `[battery]` are families, or single profiles."""
    for profile in PROFILES.values():
        if profile.detector is Detector.VERIFIER:
            assert PROFILES[profile.family].family == profile.family, profile.name


def test_every_function_of_the_battery_is_registered() -> None:
    """A profile that is not registered is never used."""
    assert set().union(*map(functions, TOPICS)) == {*PROFILES, *CONTROLS, *CALLBACKS}


def test_descriptions_say_what_is_wrong_and_what_is_right() -> None:
    """A docstring is the text of a report: a sentence, then the standard, then the right answer."""
    for name, profile in {**PROFILES, **CONTROLS, **CALLBACKS}.items():
        summary, _, rest = profile.about.partition("\n\n")
        assert summary.replace("\n", " ").endswith("."), name
        if name not in CONTROLS:
            assert re.search(r"RFC \d+ §|X\.\d+ §|CVE-|OpenSSL's", rest), name
            assert re.search(r"answers?|rejects?|accepts?|must answer", rest), name


def test_controls_exist() -> None:
    """Whatever a profile names as its control can be generated, or is the colleague or twin."""
    assert {profile.control for profile in PROFILES.values()} <= {"", COLLEAGUE, NEUTRAL_TWIN, *CONTROLS}


def test_identities_are_named_and_described_after_their_profile(ec: World) -> None:
    """What a report needs is in the identity: kind, family, text, facts."""
    made = list(generate(PROFILES, ec.factory(), policies=TRY_ALL))
    assert made
    for identity, generated in made:
        profile = PROFILES[identity.name]
        assert (IdentityKind.GENERATED, profile.family, profile.about) == (
            identity.kind,
            identity.profile,
            identity.about,
        )
        assert identity.certificate is not None
        assert (identity.name, Expect.REFUSED) == (generated.name, identity.expect)


def test_a_family_name_generates_all_its_members(ec: World) -> None:
    """Who asks for impostor-issuer gets every kind of impostor."""
    assert [identity.name for identity, _ in generate(["impostor-issuer"], ec.factory())] == [
        "impostor-issuer",
        "impostor-issuer-no-key-id",
        "impostor-issuer-own-key-id",
        "impostor-issuer-key-type",
        "impostor-issuer-key-type-2",
    ]


def test_an_unknown_profile_is_an_error_that_lists_the_known_ones(ec: World) -> None:
    """A typing mistake in a profile's name is not silently a test less."""
    with pytest.raises(ConfigError, match=r"'self-singed'; there are self-signed, "):
        generate(["self-singed"], ec.factory())


@pytest.mark.parametrize(
    ("name", "policies", "expected"),
    [
        ("expired", {}, ProfilePolicy.REFUSE),
        ("no-eku", {}, ProfilePolicy.ACCEPT),
        ("no-eku", {"no-eku": ProfilePolicy.REFUSE}, ProfilePolicy.REFUSE),
        ("any-eku", {}, ProfilePolicy.SKIP),
        ("malformed-algorithm", {"malformed": ProfilePolicy.SKIP}, ProfilePolicy.SKIP),
        (
            "malformed-algorithm",
            {"malformed": ProfilePolicy.SKIP, "malformed-algorithm": ProfilePolicy.REFUSE},
            ProfilePolicy.REFUSE,
        ),
        (
            "extra-chain-certificate-after",
            {"extra-chain-certificate": ProfilePolicy.REFUSE},
            ProfilePolicy.ACCEPT,
        ),
        (
            "extra-chain-certificate-after",
            {"extra-chain-certificate": ProfilePolicy.SKIP},
            ProfilePolicy.SKIP,
        ),
        ("impostor-issuer-no-key-id", {"impostor-issuer": ProfilePolicy.ACCEPT}, ProfilePolicy.ACCEPT),
    ],
)
def test_policies(name: str, policies: dict[str, ProfilePolicy], expected: ProfilePolicy) -> None:
    """The owner's word for a profile comes first, then for its family, then the default."""
    assert expected is policy_of(PROFILES[name], policies)


@pytest.mark.parametrize(
    ("missing", "name", "reason"),
    [
        ("ca_key", "expired", NotGenerated.CA_KEY),
        ("ca_certificate", "ca-as-client-without-key", NotGenerated.CA_CERTIFICATE),
        ("crl", "revoked", NotGenerated.CRL),
        ("server_certificate", "server-certificate", NotGenerated.SERVER_CERTIFICATE),
        ("colleague", "extra-chain-certificate-colleague", NotGenerated.SECOND_IDENTITY),
    ],
)
def test_what_cannot_be_generated_says_why(ec: World, missing: str, name: str, reason: NotGenerated) -> None:
    """A profile that is left out is left out with a reason."""
    skipped = generate_batch(PROFILES, ec.factory(**{missing: None}), policies=TRY_ALL).skipped
    assert skipped[name] is reason


def test_keyless_profiles_are_those_that_need_no_ca_key(ec: World) -> None:
    """The tier of each profile is true."""
    batch = generate_batch(PROFILES, ec.factory(ca_key=None), policies=TRY_ALL)
    assert {n for n, p in PROFILES.items() if p.tier is Tier.KEYLESS} == {i.name for i, _ in batch.generated}


def test_every_profile_names_what_a_verifier_must_check() -> None:
    """The diagnosis of a report computes from it what the verifier of a run does not check."""
    assert set(ASPECTS) == {profile.family for profile in PROFILES.values()}


def path_is_valid(world: World, chain: tuple[bytes, ...], folder: Path, *, crl: bool) -> bool:
    """Return whether OpenSSL finds the path valid (RFC 5280 §6.1), however weak its keys and signatures are."""
    leaf, sent, trusted, revoked = (folder / name for name in ("leaf.pem", "sent.pem", "ca.pem", "crl.pem"))
    leaf.write_text(DER_cert_to_PEM_cert(chain[0]))
    sent.write_text("".join(map(DER_cert_to_PEM_cert, chain[1:])))
    trusted.write_bytes(world.ca.certificate.public_bytes(Encoding.PEM))
    revoked.write_bytes(world.crl.public_bytes(Encoding.PEM))
    command = ["openssl", "verify", "-auth_level", "0", "-purpose", "sslclient", "-CAfile", str(trusted)]
    command += ["-untrusted", str(sent)] if chain[1:] else []
    command += ["-crl_check", "-CRLfile", str(revoked)] if crl else []
    return subprocess.run([*command, str(leaf)], capture_output=True, check=False).returncode == 0


@pytest.mark.slow
def test_only_policy_rejects_what_path_validation_accepts(ec: World, tmp_path: Path) -> None:
    """RFC 5280 requires the rejection of every other certificate that is refused by default."""
    policies = {p.name: p.default_policy for p in PROFILES.values()}
    refused = [name for name, policy in policies.items() if policy is ProfilePolicy.REFUSE]
    wrong = [
        identity.name
        for identity, made in generate(refused, ec.factory())
        if identity.name in refused and identity.name not in WITHOUT_THE_KEY
        if path_is_valid(ec, made.chain, tmp_path, crl=identity.name == "revoked")
        is not (PROFILES[identity.name].norm is Norm.POLICY)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "critical"),
    [("intermediate-not-ca", True), ("intermediate-not-ca-not-critical", False)],
)
def test_an_intermediate_that_is_no_ca_exists_with_both_criticalities(
    world: World, name: str, *, critical: bool
) -> None:
    """A verifier may read critical extensions only."""
    made = {
        identity.name: (identity, credential) for identity, credential in generate([name], world.factory())
    }
    identity, credential = made[name]
    intermediate = x509.load_der_x509_certificate(credential.chain[1])
    found = intermediate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (found.critical, found.value.ca) == (critical, False)
    assert identity.profile == "intermediate-not-ca"


@pytest.mark.parametrize(
    ("battery", "expected"),
    [
        ({}, (Expect.REFUSED, True)),
        ({"weak-key": ProfilePolicy.REFUSE}, (Expect.REFUSED, False)),
        ({"weak-key": ProfilePolicy.ACCEPT}, (Expect.ACCEPTED, False)),
    ],
)
def test_the_configuration_turns_policy_into_a_requirement(
    world: World, battery: dict[str, ProfilePolicy], expected: tuple[Expect, bool]
) -> None:
    """By default the rejection of a weak key is advice; `[battery]` accepts it, or makes its admission an error."""
    ((identity, _),) = generate(["weak-key"], world.factory(), policies=battery)
    assert (identity.expect, identity.refused_by_policy) == expected
