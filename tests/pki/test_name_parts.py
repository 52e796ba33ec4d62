"""Certificates whose names differ from a valid identity's in one part, and the same with a neutral word there."""

from __future__ import annotations

import pytest
from cryptography import x509

from specdrift.pki.battery import NEUTRAL_TWIN, PROFILES, NamePart, generate, generate_batch
from specdrift.pki.battery.not_generated import NotGenerated
from tests.pki.world import credential, make_world

WORLD = make_world("ec")
CAROL, ALICE = credential(WORLD.carol), credential(WORLD.alice)
ID = "spiffe://clients.example"


def alternative(profile: str, *, neutral: bool) -> list[str]:
    """Return the alternative names of a generated certificate."""
    ((_, made),) = generate([profile], WORLD.factory(victim=CAROL, neutral=neutral))
    names = made.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


@pytest.mark.parametrize(
    ("profile", "named", "neutral"),
    [
        (
            "partial-name-segment",
            [f"{ID}/ns/prod/admin/carol.other-client-carol"],
            [f"{ID}/ns/prod/admin/other.other-client-other"],
        ),
        (
            "partial-name-segment-2",
            [f"{ID}/ns/prod/admin.other-client-admin/carol"],
            [f"{ID}/ns/prod/other.other-client-other/carol"],
        ),
        (
            "partial-name-segment-4",
            [f"{ID}/ns.other-client-ns/prod/admin/carol"],
            [f"{ID}/other.other-client-other/prod/admin/carol"],
        ),
        (
            "partial-name-path-longer",
            [f"{ID}/other-client/ns/prod/admin/carol"],
            [f"{ID}/other-client/other/other/other/other"],
        ),
        ("partial-name-path-order", [f"{ID}/carol/admin/prod/ns"], [f"{ID}/other/other/other/other"]),
        (
            "partial-name-domain",
            [
                "carol.other-client-clients.example",
                "carol@other-client-mail.example",
                "spiffe://clients.example.other-client-clients.example/ns/prod/admin/carol",
            ],
            [
                "carol.other-client-other.example",
                "carol@other-client-other.example",
                "spiffe://other.example.other-client-other.example/ns/prod/admin/carol",
            ],
        ),
        (
            "partial-name-foreign",
            [
                "carol.other-client.invalid",
                "carol@other-client.invalid",
                "spiffe://other-client.invalid/ns/prod/admin/carol",
            ],
            [
                "other.other-client.invalid",
                "other@other-client.invalid",
                "spiffe://other-client.invalid/other/other/other/other",
            ],
        ),
        (
            "partial-name-scheme",
            ["https://clients.example/ns/prod/admin/carol"],
            ["https://other-client.invalid/other/other/other/other"],
        ),
    ],
)
def test_one_part_of_the_alternative_names_differs(
    profile: str, named: list[str], neutral: list[str]
) -> None:
    """The neutral certificate has another word in that part alone, or in all that the part governs."""
    assert (alternative(profile, neutral=False), alternative(profile, neutral=True)) == (named, neutral)


@pytest.mark.parametrize(
    ("profile", "named", "neutral"),
    [
        (
            "partial-name-subject-common",
            "CN=carol.other-client-carol,OU=admin,O=Example,C=DE",
            "CN=other.other-client-other,OU=admin,O=Example,C=DE",
        ),
        (
            "partial-name-subject-unit",
            "CN=other-client,OU=admin.other-client-admin,O=Example,C=DE",
            "CN=other-client,OU=other.other-client-other,O=Example,C=DE",
        ),
        (
            "partial-name-subject-organization",
            "CN=other-client,OU=admin,O=Example.other-client-Example,C=DE",
            "CN=other-client,OU=admin,O=other.other-client-other,C=DE",
        ),
    ],
)
def test_one_attribute_of_the_subject_differs(profile: str, named: str, neutral: str) -> None:
    """A server that reads another attribute, such as the unit, admits both."""
    made = [generate([profile], WORLD.factory(victim=CAROL, neutral=each))[0][1] for each in (False, True)]
    assert [each.leaf.subject.rfc4514_string() for each in made] == [named, neutral]


def test_names_without_such_a_part_have_no_such_certificate() -> None:
    """Alice has a common name alone, and an ID of one segment."""
    names = ["partial-name-subject-unit", "partial-name-segment-2", "partial-name-path-order"]
    assert generate_batch(names, WORLD.factory(victim=ALICE)).skipped == {
        names[0]: NotGenerated.ATTRIBUTES,
        names[1]: NotGenerated.NAME_PART,
        names[2]: NotGenerated.NAME_PART,
    }


def test_what_a_twin_keeps_another_profile_alters() -> None:
    """Where a server admits both, the refusal of another one says that it compares what they have in common."""
    twins = [profile for profile in PROFILES.values() if profile.control == NEUTRAL_TWIN]
    for part in NamePart:
        if any(part in profile.keeps for profile in twins):
            assert any(part in profile.alters and part not in profile.keeps for profile in twins), part
