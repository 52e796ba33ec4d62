"""Certificates whose names are a valid identity's after one normalisation, and the same with a neutral word."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from specdrift.pki.battery import NEUTRAL_TWIN, PROFILES, NamePart, generate
from tests.pki.world import credential, make_world

WORLD = make_world("ec")
CAROL = credential(WORLD.carol)


def names(profile: str, *, neutral: bool) -> tuple[str, list[str]]:
    """Return the common name and the alternative names of a generated certificate."""
    ((_, made),) = generate([profile], WORLD.factory(victim=CAROL, neutral=neutral))
    alternative = made.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    (common,) = made.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common.value), [str(name.value) for name in alternative]


@pytest.mark.parametrize(
    ("profile", "named", "neutral"),
    [
        (
            "partial-name-dots",
            [
                "carolxclientsxexample",
                "carolxclients.example",
                "carol.clientsxexample",
                "carol@mailxexample",
                "spiffe://clientsxexample/ns/prod/admin/carol",
            ],
            [
                "otherxclientsxexample",
                "otherxclients.example",
                "other.clientsxexample",
                "other@mailxexample",
                "spiffe://clientsxexample/ns/prod/admin/other",
            ],
        ),
        (
            "partial-name-digits",
            [
                "carol2.clients.example",
                "carol2@mail.example",
                "spiffe://clients.example/ns/prod/admin/carol2",
            ],
            [
                "other2.clients.example",
                "other2@mail.example",
                "spiffe://clients.example/ns/prod/admin/other2",
            ],
        ),
        (
            "partial-name-signs",
            [
                "c-arol.clients.example",
                "c-arol@mail.example",
                "spiffe://clients.example/ns/prod/admin/c-arol",
            ],
            [
                "o-ther.clients.example",
                "o-ther@mail.example",
                "spiffe://clients.example/ns/prod/admin/o-ther",
            ],
        ),
        (
            "partial-name-label",
            ["carol.other-client.clients.example"],
            ["other.other-client.clients.example"],
        ),
        ("partial-name-pattern", ["*.clients.example"], ["other.clients.example"]),
    ],
)
def test_alternative_names_differ_by_one_normalisation(
    profile: str, named: list[str], neutral: list[str]
) -> None:
    """The neutral certificate has another word in the place of the name."""
    assert (names(profile, neutral=False)[1], names(profile, neutral=True)[1]) == (named, neutral)


@pytest.mark.parametrize(
    ("profile", "named", "neutral"),
    [
        ("partial-name-digits", "carol2", "other2"),
        ("partial-name-signs", "c-arol", "o-ther"),
        ("partial-name-zeros", "0carol", "0other"),
        ("partial-name-accents", "c\u00e1rol", "\u00f3ther"),
        ("partial-name-local-part", "carol@other-client.invalid", "other@other-client.invalid"),
        ("partial-name-pattern", "c*", "other"),
        ("partial-name-inherited", "constructor", "other"),
        ("partial-name-dots", "other-client", "other-client"),
    ],
)
def test_common_names_differ_by_one_normalisation(profile: str, named: str, neutral: str) -> None:
    """The neutral certificate has another word in the place of the name."""
    assert (names(profile, neutral=False)[0], names(profile, neutral=True)[0]) == (named, neutral)


def test_refusals_of_these_establish_nothing_about_the_rest_of_the_name() -> None:
    """A server that refuses `bob2` may still compare the beginning of names."""
    profiles = [each for each in PROFILES.values() if each.generate.__module__.endswith("normalised_names")]
    assert len(profiles) == 9
    assert {(each.family, each.control, each.alters) for each in profiles} == {
        ("partial-name", NEUTRAL_TWIN, NamePart.NONE)
    }
