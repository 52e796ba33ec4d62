"""What generated certificates are made of: keys, serial numbers, dates."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec as ec_keys
from cryptography.hazmat.primitives.asymmetric import ed448, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from specdrift.model.policy import Expect, ProfilePolicy
from specdrift.pki.battery import PROFILES, generate, generate_batch
from specdrift.pki.battery.not_generated import NotGenerated
from specdrift.pki.credential import Credential, KeyFile, PrivateKey
from tests.pki.world import DAY, NOW, World, credential, issue, make_crl, make_world

BASE = make_world("ec")

AUTHORITY = BASE.ca

TRY_ALL = dict.fromkeys(PROFILES, ProfilePolicy.REFUSE)


def test_the_colleagues_certificate_keeps_the_colleagues_roles(ec: World) -> None:
    """With bob's certificate first, the caller is bob and may do what bob may, and nothing more."""
    pairs = {i.name: (i, c) for i, c in generate(["extra-chain-certificate"], ec.factory())}
    identity, generated = pairs["extra-chain-certificate-colleague"]
    assert (frozenset({"admin"}), ec.bob.certificate) == (identity.roles, generated.leaf)
    assert ec.alice.certificate in generated.certificates


def test_without_the_ca_certificate_impostors_are_made_from_the_valid_certificate(ec: World) -> None:
    """Issuer name and key identifier of the valid certificate are all that it takes."""
    factory = ec.factory(ca_key=None, ca_certificate=None)
    (_, generated), *_ = generate(["impostor-issuer"], factory)
    genuine = ec.alice.certificate
    assert (genuine.issuer, key_id(genuine)) == (generated.leaf.issuer, key_id(generated.leaf))


def key_id(certificate: x509.Certificate) -> bytes | None:
    """Its authority key identifier."""
    return certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier


def test_revoked_takes_a_serial_number_from_the_list(ec: World) -> None:
    """The certificate is fresh, its serial number is not."""
    ((identity, generated),) = generate(["revoked"], ec.factory())
    assert ec.crl.get_revoked_certificate_by_serial_number(generated.leaf.serial_number) is not None
    assert Expect.REFUSED is identity.expect


def test_a_list_of_another_ca_revokes_nothing(ec: World) -> None:
    """A CRL counts for its own issuer only."""
    batch = generate_batch(["revoked"], ec.factory(crl=make_crl(ec.server_ca)))
    assert batch.skipped == {"revoked": NotGenerated.CRL_ISSUER}


@pytest.mark.parametrize("name", ["expired", "not-yet-valid"])
def test_validity_is_wrong_by_more_than_a_time_zone_and_less_than_a_day(ec: World, name: str) -> None:
    """No wrong clock makes these certificates valid; a grace period of a day does."""
    generated = next(made for identity, made in generate([name], ec.factory()) if identity.name == name)
    begins, ends = generated.leaf.not_valid_before_utc, generated.leaf.not_valid_after_utc
    beyond = NOW - ends if name == "expired" else begins - NOW
    assert timedelta(hours=14) < beyond < DAY


@pytest.mark.parametrize("name", ["expired-recently", "not-yet-valid-soon"])
def test_validity_is_also_wrong_by_less_than_an_hour_or_two(ec: World, name: str) -> None:
    """A tolerance of minutes does not make these certificates valid; one of hours does."""
    ((_, generated),) = generate([name], ec.factory())
    begins, ends = generated.leaf.not_valid_before_utc, generated.leaf.not_valid_after_utc
    beyond = NOW - ends if name == "expired-recently" else begins - NOW
    assert 3 * timedelta(minutes=5) <= beyond <= timedelta(hours=1)


def test_forged_certificates_have_keys_of_every_common_type(world: World) -> None:
    """A verifier may have forgotten one of the algorithms. Self-signed and with the CA's name as the issuer's."""
    for family in ("self-signed", "impostor-issuer"):
        made = {identity.name: each.leaf for identity, each in generate([family], world.factory())}
        names = (family, f"{family}-key-type", f"{family}-key-type-2")
        assert len({type(made[name].public_key()) for name in names}) == len(names)
        assert len({made[name].signature_algorithm_oid for name in names}) == len(names)
        genuine = world.alice.certificate
        assert {made[name].subject for name in names} == {genuine.subject}
        issuer = genuine.issuer if family == "impostor-issuer" else genuine.subject
        assert {made[name].issuer for name in names} == {issuer}


def test_forged_certificates_are_followed_by_trusted_ones(ec: World) -> None:
    """The CA's certificate is public. Without it, the valid identity's chain may have it."""
    family, ca, genuine = "extra-chain-certificate", ec.ca.certificate, ec.alice.certificate
    made = {identity.name: each.certificates for identity, each in generate([family], ec.factory())}
    assert (ca,) == tuple(made[f"{family}-ca"][1:])
    assert (ca,) == tuple(made[f"{family}-ca-impostor"][1:])
    assert (genuine, ca) == tuple(made[f"{family}-path"][1:])
    assert genuine != made[f"{family}-path"][0]
    alone = generate_batch([family], ec.factory(ca_certificate=None, ca_key=None))
    assert alone.skipped[f"{family}-ca"] is NotGenerated.CA_CERTIFICATE
    victim = Credential([genuine, ca], ec.alice.key)
    batch = generate_batch([family], ec.factory(ca_certificate=None, ca_key=None, victim=victim))
    assert f"{family}-ca" in {identity.name for identity, _ in batch.generated}


def test_keys_are_like_the_victims(world: World) -> None:
    """Server rules about algorithms see no difference."""
    (_, generated), *_ = generate(["self-signed"], world.factory())
    ours, victims = generated.leaf.public_key(), world.alice.certificate.public_key()
    assert type(victims) is type(ours)
    assert getattr(victims, "key_size", 0) == getattr(ours, "key_size", 0)


@pytest.mark.parametrize(
    ("new", "size"),
    [
        (partial(ec_keys.generate_private_key, ec_keys.SECP384R1()), 384),
        (partial(rsa.generate_private_key, 65537, 3072), 3072),
        (ed448.Ed448PrivateKey.generate, 456),
    ],
    ids=["P-384", "RSA-3072", "Ed448"],
)
def test_keys_have_the_victims_size(new: Callable[[], PrivateKey], size: int) -> None:
    """Not only the algorithm, but the same strength."""
    key = new()
    victim = issue("alice", key=key, by=AUTHORITY, names=[x509.DNSName("alice.example")])
    (_, generated), *_ = generate(["self-signed"], BASE.factory(victim=credential(victim)))
    ours = generated.leaf.public_key()
    assert (type(ours), getattr(ours, "key_size", 456)) == (type(key.public_key()), size)


def test_a_token_key_issues_nothing(ec: World) -> None:
    """The valid identity can be used, but nothing can be signed with its key."""
    victim = Credential([ec.alice.certificate], KeyFile(Path("token.pem")))
    batch = generate_batch(["leaf-as-issuer", "malformed-signature"], ec.factory(victim=victim))
    assert batch.skipped == {"leaf-as-issuer": NotGenerated.KEY_NOT_READABLE}
    ((_, generated),) = batch.generated
    assert generated.key is victim.key


@pytest.mark.parametrize("reason", [None, x509.ReasonFlags.remove_from_crl, x509.ReasonFlags.superseded])
def test_only_entries_in_force_revoke(ec: World, reason: x509.ReasonFlags | None) -> None:
    """A delta CRL also lists certificates that are good again, and a list may be empty."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ec.ca.certificate.subject)
        .last_update(NOW)
        .next_update(NOW + DAY)
    )
    if reason is not None:
        entry = x509.RevokedCertificateBuilder().serial_number(7).revocation_date(NOW)
        reasoned = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(reasoned.build())
    batch = generate_batch(["revoked"], ec.factory(crl=builder.sign(ec.ca.key, SHA256())))
    serials = [credential.leaf.serial_number for _, credential in batch.generated]
    in_force = reason is x509.ReasonFlags.superseded
    assert (serials, dict(batch.skipped)) == (
        ([7], {}) if in_force else ([], {"revoked": NotGenerated.CRL_EMPTY})
    )


def test_the_whole_battery_is_generated_in_half_a_second(ec: World) -> None:
    """Starting a run does not wait for certificates."""
    started = time.process_time()
    generate(PROFILES, ec.factory(), policies=TRY_ALL)
    assert time.process_time() - started < 1.5
