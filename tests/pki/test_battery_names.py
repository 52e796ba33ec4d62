"""Generated certificates name the victim if they imitate it, and another client otherwise."""

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from specdrift.model.policy import Expect, ProfilePolicy
from specdrift.pki.battery import PROFILES, Detector, generate, generate_batch
from specdrift.pki.battery.certificate_parts import CertificateParts, TbsField
from specdrift.pki.battery.not_generated import NotGenerated
from specdrift.pki.credential import Credential
from tests.examples import examples
from tests.pki.world import World, credential, issue, make_world, new_key

UNNAMED = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example")])

BASE = make_world("ec")

AUTHORITY = BASE.ca

KEY = new_key("ec")

NOT_THE_VICTIM = frozenset({"ca-as-client-without-key", "server-certificate"})
"""These use the genuine certificate of another client."""

OTHER_NAMES = frozenset(
    {"self-signed-own-key", "name-constraint-violation-uri", "name-constraint-violation-wildcard"}
)
"""Their defect is in the names."""

UNPARSABLE = frozenset({"malformed", "malformed-algorithm"})

TRY_ALL = dict.fromkeys(PROFILES, ProfilePolicy.REFUSE)


def test_generated_certificates_copy_subject_and_alternative_names(world: World) -> None:
    """An application that only compares names takes them for the victim."""
    victim = world.alice.certificate
    judged = {n for n, p in PROFILES.items() if p.detector is Detector.VERIFIER}
    names = judged - NOT_THE_VICTIM - UNPARSABLE - OTHER_NAMES
    batch = generate(names, world.factory(), policies=TRY_ALL)
    made = {identity.name: generated.leaf for identity, generated in batch if identity.name in names}
    assert made
    for name, leaf in made.items():
        assert (victim.subject, san(victim)) == (leaf.subject, san(leaf)), name
        assert victim.subject.public_bytes() == leaf.subject.public_bytes()


def san(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    """Its alternative names."""
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def directory_name(text: str) -> x509.DirectoryName:
    """An alternative name that is a distinguished name."""
    return x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]))


# A common name has at most 64 octets (RFC 5280, appendix A.1), and a character up to four of them.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=16)

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


@settings(max_examples=examples(60), deadline=None)
@given(attributes=NAMES, alternatives=ALTERNATIVES)
def test_any_subject_and_any_alternative_names_are_copied_byte_for_byte(
    attributes: list[tuple[x509.ObjectIdentifier, str]], alternatives: list[x509.GeneralName]
) -> None:
    """Whatever the valid certificate is called, its look-alikes are called the same."""
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    victim = issue(subject, key=KEY, by=AUTHORITY, names=alternatives)
    factory = BASE.factory(victim=credential(victim))
    wanted = encoded_names(victim.certificate)
    for name in ("self-signed", "impostor-issuer", "expired", "name-constraint-violation"):
        ((_, generated),) = (pair for pair in generate([name], factory) if pair[0].name == name)
        assert wanted == encoded_names(generated.leaf)


def encoded_names(certificate: x509.Certificate) -> tuple[bytes, bytes]:
    """Subject and alternative names as they are encoded."""
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            return certificate.subject.public_bytes(), extension.value.public_bytes()
    return certificate.subject.public_bytes(), b""


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, p in PROFILES.items() if p.detector is Detector.APPLICATION])
def test_mistakable_certificates_are_not_the_victims(name: str, world: World) -> None:
    """They are valid and name another client, so a correct application never takes them for the victim."""
    factory = world.factory(victim=credential(world.carol))
    ((identity, generated),) = (
        p for p in generate([name], factory, policies={name: ProfilePolicy.ACCEPT}) if p[0].name == name
    )
    assert Expect.ACCEPTED is identity.expect
    assert world.carol.certificate.subject != generated.leaf.subject
    assert san(world.carol.certificate) != san(generated.leaf)


def test_a_name_that_ends_at_a_nul_is_the_victims(ec: World) -> None:
    """Up to its NUL each alternative name is one of the victim's; as a whole none is."""
    ((_, generated),) = generate(["ambiguous-name-san-nul"], ec.factory())
    assert generated.leaf.subject != ec.alice.certificate.subject
    theirs = [str(name.value) for name in san(ec.alice.certificate)]
    ours = generated.chain[0]
    assert any(f"{name}\0.".encode() in ours for name in theirs)
    assert not any(name in theirs for name in map(str, san(generated.leaf).get_values_for_type(x509.DNSName)))


def test_the_victims_own_key_signs_another_name(ec: World) -> None:
    """Every holder of a certificate can make it."""
    ((_, generated),) = (
        pair for pair in generate(["self-signed"], ec.factory()) if pair[0].name == "self-signed-own-key"
    )
    assert generated.leaf.public_key() == ec.alice.certificate.public_key()
    assert generated.leaf.subject == generated.leaf.issuer != ec.alice.certificate.subject


def test_a_byte_string_of_two_byte_characters_spells_the_victims_name(ec: World) -> None:
    """Read as bytes, the BMPString says alice; read as characters, it does not."""
    ((_, generated),) = (p for p in generate(["ambiguous-name-bmp"], ec.factory()))
    (attribute,) = generated.leaf.subject
    text = str(attribute.value)
    assert (text.encode("utf-16-be").decode("ascii"), "alice" in text) == ("alice ", False)


def test_a_victim_without_names_still_violates_name_constraints() -> None:
    """Where there are no alternative names, the subject itself is outside the permitted subtree."""
    victim = issue("alice", key=KEY, by=AUTHORITY)
    (_, generated), *_ = generate(["name-constraint-violation"], BASE.factory(victim=credential(victim)))
    constraints = generated.certificates[1].extensions.get_extension_for_class(x509.NameConstraints).value
    assert [type(tree) for tree in constraints.permitted_subtrees or ()] == [x509.DirectoryName]


@pytest.mark.parametrize(
    ("subject", "name", "reason"),
    [
        (
            "\N{LATIN SMALL LETTER E WITH ACUTE}va",
            "ambiguous-name-bmp",
            NotGenerated.COMMON_NAME_NOT_ASCII,
        ),
        (UNNAMED, "ambiguous-name-comma", NotGenerated.COMMON_NAME),
    ],
)
def test_names_that_cannot_be_mistaken_are_not_generated(
    subject: str | x509.Name, name: str, reason: NotGenerated
) -> None:
    """Some tricks need a common name, one of them an ASCII one."""
    victim = issue(subject, key=KEY, by=AUTHORITY)
    assert generate_batch([name], BASE.factory(victim=credential(victim))).skipped == {name: reason}


def test_a_broken_victim_is_not_imitated(ec: World) -> None:
    """Names that cannot be read cannot be copied; what presents the certificate as it is still works."""
    parts = CertificateParts.of(ec.alice.certificate).replacing(
        TbsField.EXTENSIONS, b"\x04\x02\x30\x00", b"\x04\x02\x30\x7f"
    )
    victim = Credential([parts.encoded()], ec.alice.key)
    batch = generate_batch(["self-signed", "wrong-private-key"], ec.factory(victim=victim))
    assert batch.skipped == {
        profile.name: NotGenerated.EXTENSIONS
        for profile in PROFILES.values()
        if profile.family == "self-signed"
    }
    assert [identity.name for identity, _ in batch.generated] == ["wrong-private-key"]
