"""What minted certificates are, before any server sees them."""

import inspect
import re
import time
from types import ModuleType

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec as ec_keys
from hypothesis import given, settings
from hypothesis import strategies as st

from specdrift.errors import ConfigError
from specdrift.model.identity import Expect, IdentityKind
from specdrift.pki.battery import (
    CONTROLS,
    PROFILES,
    Judge,
    Profile,
    Tier,
    controls,
    encoding,
    keys,
    message,
    mint,
    mint_batch,
    naming,
    path,
    revocation,
    trust,
    usage,
    validity,
)
from specdrift.pki.battery.minting import policy_of
from specdrift.settings import Policy
from tests.pki.world import DAY, NOW, World, credential, issue, make_crl, make_world, new_key

TOPICS = (controls, encoding, keys, message, naming, path, revocation, trust, usage, validity)
CONTRACT = """
self-signed untrusted-issuer impostor-issuer expired not-yet-valid wrong-eku no-eku any-eku
missing-intermediate intermediate-not-ca leaf-as-issuer path-length-exceeded name-constraint-violation
unknown-critical-extension weak-key weak-signature wrong-private-key revoked extra-chain-certificate
ca-as-client malformed
"""
NOT_THE_VICTIM = frozenset({"ca-as-client-without-key", "server-certificate"})
"""Somebody else's genuine certificate is the point of these."""

UNPARSABLE = frozenset({"malformed", "malformed-algorithm"})
TRY_ALL = dict.fromkeys(PROFILES, Policy.REFUSE)


def functions(topic: ModuleType) -> set[str]:
    """The public functions that a module defines."""
    return {
        name.replace("_", "-")
        for name, value in inspect.getmembers(topic, inspect.isfunction)
        if value.__module__ == topic.__name__ and not name.startswith("_")
    }


def test_every_profile_of_the_contract_exists() -> None:
    """The names that users write into `[battery]` are all there."""
    assert set(PROFILES) >= set(CONTRACT.split())


def test_every_function_of_the_battery_is_registered() -> None:
    """A certificate that nobody registered would never be tried."""
    assert set().union(*map(functions, TOPICS)) == {*PROFILES, *CONTROLS}


@pytest.mark.parametrize("name", [*PROFILES, *CONTROLS])
def test_descriptions_say_what_is_wrong_and_what_is_right(name: str) -> None:
    """A docstring is the text of a report: a sentence, then the standard, then the right answer."""
    about = {**PROFILES, **CONTROLS}[name].about
    summary, _, rest = about.partition("\n\n")
    assert summary.replace("\n", " ").endswith(".")
    if name in PROFILES:
        assert re.search(r"RFC \d+ §|X\.\d+ §|CVE-|OpenSSL's", rest)
        assert re.search(r"answers?|refuses?|accepts?|must do", rest)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_controls_exist(profile: Profile) -> None:
    """Whatever a profile names as its control can be minted, or is the configured colleague."""
    assert profile.control in {"", "colleague", *CONTROLS}


def test_minted_certificates_copy_subject_and_alternative_names(world: World) -> None:
    """An application that only compares names takes them for the victim."""
    victim = world.alice.certificate
    names = {n for n, p in PROFILES.items() if p.judge is Judge.VERIFIER} - NOT_THE_VICTIM - UNPARSABLE
    for identity, minted in mint(names, world.workshop(), policies=TRY_ALL):
        if identity.name in names:
            assert (victim.subject, san(victim)) == (minted.leaf.subject, san(minted.leaf)), identity.name
            assert victim.subject.public_bytes() == minted.leaf.subject.public_bytes()


def san(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    """Its alternative names."""
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def directory_name(text: str) -> x509.DirectoryName:
    """An alternative name that is a distinguished name."""
    return x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]))


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)
HOSTS = st.from_regex(r"[a-z]{1,10}(\.[a-z]{1,10}){0,3}", fullmatch=True)
OIDS = st.sampled_from(
    [
        x509.NameOID.COMMON_NAME,
        x509.NameOID.ORGANIZATION_NAME,
        x509.NameOID.ORGANIZATIONAL_UNIT_NAME,
        x509.NameOID.USER_ID,
        x509.NameOID.DOMAIN_COMPONENT,
    ]
)
NAMES = st.lists(st.tuples(OIDS, TEXT), min_size=1, max_size=5)
ALTERNATIVES = st.lists(
    st.one_of(
        HOSTS.map(x509.DNSName),
        HOSTS.map(lambda host: x509.RFC822Name(f"user@{host}")),
        HOSTS.map(lambda host: x509.UniformResourceIdentifier(f"spiffe://{host}/ns/a")),
        st.ip_addresses().map(x509.IPAddress),
        TEXT.map(directory_name),
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(attributes=NAMES, alternatives=ALTERNATIVES)
def test_any_subject_and_any_alternative_names_are_copied_byte_for_byte(
    attributes: list[tuple[x509.ObjectIdentifier, str]], alternatives: list[x509.GeneralName]
) -> None:
    """Whatever the good certificate is called, its look-alikes are called the same."""
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    victim = issue(subject, key=KEY, by=AUTHORITY, names=alternatives)
    workshop = BASE.workshop(victim=credential(victim))
    wanted = encoded_names(victim.certificate)
    for name in ("self-signed", "impostor-issuer", "expired", "name-constraint-violation"):
        ((_, minted),) = (pair for pair in mint([name], workshop) if pair[0].name == name)
        assert wanted == encoded_names(minted.leaf)


BASE = make_world("ec")
AUTHORITY, KEY = BASE.ca, new_key("ec")


def encoded_names(certificate: x509.Certificate) -> tuple[bytes, bytes]:
    """Subject and alternative names as they are encoded."""
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            return certificate.subject.public_bytes(), extension.value.public_bytes()
    return certificate.subject.public_bytes(), b""


@pytest.mark.parametrize("name", [name for name, p in PROFILES.items() if p.judge is Judge.APPLICATION])
def test_mistakable_certificates_are_not_the_victims(name: str, world: World) -> None:
    """They are valid and name somebody else, so a correct application never takes them for the victim."""
    ((identity, minted),) = (p for p in mint([name], world.workshop()) if p[0].name == name)
    assert Expect.ACCEPTED is identity.expect
    assert world.alice.certificate.subject != minted.leaf.subject
    assert san(world.alice.certificate) != san(minted.leaf)


def test_a_byte_string_of_two_byte_characters_spells_the_victims_name(ec: World) -> None:
    """Read as bytes, the BMPString says alice; read as characters, it does not."""
    ((_, minted),) = (p for p in mint(["ambiguous-name-bmp"], ec.workshop()))
    (attribute,) = minted.leaf.subject
    text = str(attribute.value)
    assert (text.encode("utf-16-be").decode("ascii"), "alice" in text) == ("alice ", False)


def test_the_colleagues_certificate_keeps_the_colleagues_roles(ec: World) -> None:
    """With bob's certificate first, the caller is bob and may do what bob may, and nothing more."""
    pairs = {i.name: (i, c) for i, c in mint(["extra-chain-certificate"], ec.workshop())}
    identity, minted = pairs["extra-chain-certificate-colleague"]
    assert (frozenset({"admin"}), ec.bob.certificate) == (identity.roles, minted.leaf)
    assert ec.alice.certificate in minted.certificates


def test_identities_are_named_and_described_after_their_profile(ec: World) -> None:
    """What a report needs is in the identity: kind, family, text, facts."""
    for identity, minted in mint(PROFILES, ec.workshop(), policies=TRY_ALL):
        profile = PROFILES[identity.name]
        assert (IdentityKind.MINTED, profile.family, profile.about) == (
            identity.kind,
            identity.profile,
            identity.about,
        )
        assert identity.certificate is not None
        assert (identity.name, Expect.REFUSED) == (minted.name, identity.expect)


def test_a_family_name_mints_all_its_members(ec: World) -> None:
    """Who asks for impostor-issuer gets every kind of impostor."""
    assert [identity.name for identity, _ in mint(["impostor-issuer"], ec.workshop())] == [
        "impostor-issuer",
        "impostor-issuer-no-key-id",
        "impostor-issuer-own-key-id",
    ]


def test_an_unknown_profile_is_an_error_that_lists_the_known_ones(ec: World) -> None:
    """A typing mistake in a profile's name is not silently a test less."""
    with pytest.raises(ConfigError, match=r"'self-singed'; there are self-signed, "):
        mint(["self-singed"], ec.workshop())


@pytest.mark.parametrize(
    ("name", "policies", "expected"),
    [
        ("expired", {}, Policy.REFUSE),
        ("no-eku", {}, Policy.ACCEPT),
        ("no-eku", {"no-eku": Policy.REFUSE}, Policy.REFUSE),
        ("any-eku", {}, Policy.SKIP),
        ("malformed-algorithm", {"malformed": Policy.SKIP}, Policy.SKIP),
        (
            "malformed-algorithm",
            {"malformed": Policy.SKIP, "malformed-algorithm": Policy.REFUSE},
            Policy.REFUSE,
        ),
        ("extra-chain-certificate-after", {"extra-chain-certificate": Policy.REFUSE}, Policy.ACCEPT),
        ("extra-chain-certificate-after", {"extra-chain-certificate": Policy.SKIP}, Policy.SKIP),
        ("impostor-issuer-no-key-id", {"impostor-issuer": Policy.ACCEPT}, Policy.ACCEPT),
    ],
)
def test_policies(name: str, policies: dict[str, Policy], expected: Policy) -> None:
    """The owner's word for a profile comes first, then for its family, then the default."""
    assert expected is policy_of(PROFILES[name], policies)


@pytest.mark.parametrize(
    ("missing", "name", "reason"),
    [
        ("ca_key", "expired", "needs the key of a test CA"),
        ("ca_certificate", "ca-as-client-without-key", "needs the CA's certificate"),
        ("crl", "revoked", "needs the CRL that the server honours"),
        ("server_certificate", "server-certificate", "the server's certificate is not known"),
        ("colleague", "extra-chain-certificate-colleague", "needs a second configured identity"),
    ],
)
def test_what_cannot_be_minted_says_why(ec: World, missing: str, name: str, reason: str) -> None:
    """A profile that is left out is left out with a reason."""
    skipped = mint_batch(PROFILES, ec.workshop(**{missing: None}), policies=TRY_ALL).skipped
    assert skipped[name].startswith(reason)


def test_keyless_profiles_are_those_that_need_no_ca_key(ec: World) -> None:
    """The tier of each profile is true."""
    batch = mint_batch(PROFILES, ec.workshop(ca_key=None), policies=TRY_ALL)
    assert {n for n, p in PROFILES.items() if p.tier is Tier.KEYLESS} == {i.name for i, _ in batch.minted}


def test_without_the_ca_certificate_impostors_are_made_from_the_good_certificate(ec: World) -> None:
    """Issuer name and key identifier of the good certificate are all that it takes."""
    workshop = ec.workshop(ca_key=None, ca_certificate=None)
    (_, minted), *_ = mint(["impostor-issuer"], workshop)
    genuine = ec.alice.certificate
    assert (genuine.issuer, key_id(genuine)) == (minted.leaf.issuer, key_id(minted.leaf))


def key_id(certificate: x509.Certificate) -> bytes | None:
    """Its authority key identifier."""
    return certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier


def test_revoked_takes_a_serial_number_from_the_list(ec: World) -> None:
    """The certificate is fresh, its serial number is not."""
    ((identity, minted),) = mint(["revoked"], ec.workshop())
    assert ec.crl.get_revoked_certificate_by_serial_number(minted.leaf.serial_number) is not None
    assert Expect.REFUSED is identity.expect


def test_a_list_of_another_ca_revokes_nothing(ec: World) -> None:
    """A CRL counts for its own issuer only."""
    batch = mint_batch(["revoked"], ec.workshop(crl=make_crl(ec.server_ca)))
    assert batch.skipped == {"revoked": "the CRL is not from the configured client CA"}


@pytest.mark.parametrize("name", ["expired", "not-yet-valid"])
def test_validity_is_wrong_by_more_than_two_days(ec: World, name: str) -> None:
    """No clock skew and no time zone makes these certificates valid."""
    ((_, minted),) = mint([name], ec.workshop())
    begins, ends = minted.leaf.not_valid_before_utc, minted.leaf.not_valid_after_utc
    assert ends <= NOW - 2 * DAY or begins >= NOW + 2 * DAY


def test_keys_are_like_the_victims(world: World) -> None:
    """Server rules about algorithms see no difference."""
    ((_, minted),) = mint(["self-signed"], world.workshop())
    ours, victims = minted.leaf.public_key(), world.alice.certificate.public_key()
    assert type(victims) is type(ours)
    assert getattr(victims, "key_size", 0) == getattr(ours, "key_size", 0)


def test_the_curve_is_the_victims() -> None:
    """Not only EC, but the same curve."""
    key = ec_keys.generate_private_key(ec_keys.SECP384R1())
    victim = issue("alice", key=key, by=AUTHORITY, names=[x509.DNSName("alice.example")])
    ((_, minted),) = mint(["self-signed"], BASE.workshop(victim=credential(victim)))
    ours = minted.leaf.public_key()
    assert isinstance(ours, ec_keys.EllipticCurvePublicKey)
    assert isinstance(ours.curve, ec_keys.SECP384R1)


def test_the_whole_battery_is_minted_in_half_a_second(ec: World) -> None:
    """Starting a run does not wait for certificates."""
    started = time.perf_counter()
    mint(PROFILES, ec.workshop(), policies=TRY_ALL)
    assert time.perf_counter() - started < 0.5
