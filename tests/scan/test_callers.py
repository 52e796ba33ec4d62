"""The generated callers of a run: which certificate of a configured identity is appended to whose chain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from specdrift.model.policy import ProfilePolicy
from specdrift.pki.battery import NEUTRAL_TWIN, PROFILES
from specdrift.scan.preparation.callers import Callers, load_callers, owners_notes
from specdrift.settings import ClientCaSettings, Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers.pki import TestPki


def callers_of(
    pki: TestPki,
    *roles: tuple[str, str],
    policies: Mapping[str, ProfilePolicy] | None = None,
    client_ca: ClientCaSettings | None = None,
) -> Callers:
    """Load identities with these names and roles (``reader+admin``); empty: none."""
    pairs = {"alice": pki.alice, "bob": pki.bob, "carol": pki.revoked}
    identities = [
        Identity(
            name=name,
            cert_file=pairs[name].cert,
            key_file=pairs[name].key,
            roles=frozenset(filter(None, role.split("+"))),
        )
        for name, role in roles
    ]
    return load_callers(
        identities,
        client_ca=client_ca or ClientCaSettings(),
        policies=policies or {},
        prompt=None,
        now=datetime.now(UTC),
    )


def appended(callers: Callers) -> dict[str, tuple[str, str, tuple[bytes, ...]]]:
    """Return control, imitated identity and chain of the generated callers."""
    return {
        name: (identity.beside, identity.imitates, credential.chain)
        for name, identity in callers.identities.items()
        if identity.imitates and (credential := callers.credentials[name])
    }


def der(pem: bytes) -> bytes:
    """Return the DER encoding of a certificate."""
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def test_each_identity_is_appended_to_the_chain_of_one_that_lacks_its_roles(pki: TestPki) -> None:
    """The appended certificate is the last one, and the key is the caller's."""
    alice, bob = der(pki.alice.cert.read_bytes()), der(pki.bob.cert.read_bytes())
    callers = callers_of(pki, ("alice", "reader"), ("bob", "admin"))
    assert appended(callers) == {
        "extra-chain-certificate-colleague": ("bob", "alice", (bob, alice)),
        "extra-chain-certificate-colleague-bob": ("alice", "bob", (alice, bob)),
    }
    names = "extra-chain-certificate-colleague-bob", "alice"
    assert callers.credentials[names[0]].key is callers.credentials[names[1]].key  # type: ignore[union-attr]
    assert callers.identities[names[0]].roles == {"reader"}


def test_of_several_identities_each_one_is_imitated_once(pki: TestPki) -> None:
    """By the first that lacks its roles."""
    callers = callers_of(pki, ("alice", "reader"), ("carol", "reader"), ("bob", "admin"))
    pairs = {(beside, imitates) for beside, imitates, _ in appended(callers).values()}
    assert pairs == {("carol", "alice"), ("bob", "alice"), ("bob", "carol"), ("alice", "bob")}


@pytest.mark.parametrize("bobs", ["admin", "admin+reader"])
def test_a_role_that_implies_another_one_is_imitated(pki: TestPki, bobs: str) -> None:
    """An administrator who has the roles of readers too has a name that readers must not get near to."""
    ca = ClientCaSettings(cert_file=pki.client_ca, key_file=pki.client_ca_key)
    callers = callers_of(pki, ("alice", "reader"), ("bob", bobs), client_ca=ca)
    imitators = {name for name, identity in callers.identities.items() if identity.imitates == "bob"}
    assert {"partial-name-unit-bob", "partial-name-common-bob"} <= imitators
    units = callers.credentials["partial-name-unit-bob"].leaf.subject  # type: ignore[union-attr]
    assert any("admin" in str(attribute.value) for attribute in units)
    assert not any("reader" in str(attribute.value) for attribute in units)


@pytest.mark.parametrize("bobs", ["reader", "reader+guest"])
def test_an_identity_with_no_more_roles_than_the_others_is_not_imitated(pki: TestPki, bobs: str) -> None:
    """Nothing would be won by its name."""
    ca = ClientCaSettings(cert_file=pki.client_ca, key_file=pki.client_ca_key)
    callers = callers_of(pki, ("alice", "reader+guest"), ("bob", bobs), client_ca=ca)
    assert not any(identity.imitates == "bob" for identity in callers.identities.values())


def test_without_roles_only_the_first_two_are_paired(pki: TestPki) -> None:
    """Both may call every operation: one direction shows which certificate is read."""
    callers = callers_of(pki, ("alice", ""), ("bob", ""))
    assert [pair[:2] for pair in appended(callers).values()] == [("bob", "alice")]


def test_a_skipped_profile_appends_nothing(pki: TestPki) -> None:
    """As configured under ``[battery]``."""
    skip = {"extra-chain-certificate": ProfilePolicy.SKIP}
    assert appended(callers_of(pki, ("alice", "reader"), ("bob", "admin"), policies=skip)) == {}


def test_every_imitator_of_a_profile_that_is_asked_for_has_its_neutral_twin(pki: TestPki) -> None:
    """Without the twin nothing is sent: profiles that are skipped by default need it too."""
    asked = [
        p for p in PROFILES.values() if p.control == NEUTRAL_TWIN and p.default_policy is ProfilePolicy.SKIP
    ]
    callers = callers_of(
        pki,
        ("alice", "reader"),
        ("bob", "admin"),
        policies={profile.name: ProfilePolicy.ACCEPT for profile in asked},
        client_ca=ClientCaSettings(cert_file=pki.client_ca, key_file=pki.client_ca_key),
    )
    twins = {name: identity.beside for name, identity in callers.identities.items() if identity.imitates}
    names = [name for profile in asked for name in (profile.name, f"{profile.name}-bob")]
    assert len(names) == 6
    for name in names:
        assert twins[name] in callers.identities, name


def test_a_ca_that_issued_no_identity_is_named(pki: TestPki) -> None:
    """What is generated with it imitates another issuer; that of the identity is passed over in silence."""
    notes = {
        ca: list(
            owners_notes(callers_of(pki, ("alice", ""), client_ca=ClientCaSettings(cert_file=ca)).factory)
        )
        for ca in (pki.client_ca, pki.server_ca, pki.bob.cert)
    }
    assert [len(found) for found in notes.values()] == [0, 1, 1]
