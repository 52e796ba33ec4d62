"""Certificates whose names contain the valid identity's, and the same with neutral words."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from specdrift.model.policy import ProfilePolicy
from specdrift.pki.battery import generate
from specdrift.pki.battery.partial import within
from tests.pki.world import make_world

WORLD = make_world("ec")


@pytest.mark.parametrize(
    ("name", "text", "neutral"),
    [
        ("boss", "boss.other-client-boss", "other.other-client-other"),
        ("eu-boss-01", "eu-boss-01.other-client-eu-boss-01", "eu-boss-other.other-client-other-boss-01"),
        (
            "api.example.test",
            "api.example.test.other-client-api.example.test",
            "other.example.test.other-client-other.example.test",
        ),
        ("a" * 26, f"{'a' * 26}.x-{'a' * 26}", "other.x-other"),
        ("a" * 40, f"{'a' * 40}.x", "other.x"),
    ],
)
def test_a_neutral_name_keeps_what_many_names_share(name: str, text: str, neutral: str) -> None:
    """Prefixes, suffixes and domains stay: a server that decides by them admits the neutral name too."""
    assert within(name, neutral=False, longest=64) == text
    assert within(name, neutral=True, longest=64) == neutral


def subject(profile: str, *, neutral: bool, values: tuple[str, ...] = ()) -> list[str]:
    """Return the values of a generated subject, without the common name."""
    factory = WORLD.factory(role_values=values, neutral=neutral)
    ((_, credential),) = generate([profile], factory)
    return [str(a.value) for a in credential.leaf.subject if a.oid != NameOID.COMMON_NAME]


def test_values_of_roles_are_parts_of_other_values() -> None:
    """No attribute is the role itself: that would be the role of servers that read it."""
    units = subject("partial-name-unit", neutral=False, values=("admin",))
    role, name = "admin.other-client-admin", "alice.other-client-alice"
    assert units == [role, name, role]  # applications read the first or the last one
    others = subject("partial-name-attribute", neutral=False, values=("admin",))
    assert all("alice" in value and value not in ("alice", "admin") for value in others)
    assert others[0] == "x,CN=alice,O=x"


@pytest.mark.parametrize("profile", ["partial-name-unit", "partial-name-attribute"])
def test_a_neutral_certificate_has_the_same_attributes_and_no_word(profile: str) -> None:
    """It differs by the words alone."""
    named, neutral = (subject(profile, neutral=neutral, values=("admin",)) for neutral in (False, True))
    assert len(named) == len(neutral)
    assert not any("alice" in value or "admin" in value for value in neutral)


def alternative(profile: str, *, neutral: bool) -> list[str]:
    """Return the alternative names of a generated certificate."""
    ((_, credential),) = generate(
        [profile], WORLD.factory(neutral=neutral), policies={profile: ProfilePolicy.ACCEPT}
    )
    found = credential.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in found]


def test_alternative_names_begin_and_end_with_the_valid_ones() -> None:
    """And are none of them."""
    assert alternative("partial-name-alternative", neutral=False) == [
        "alice.example.other-client-alice.example",
        "alice@other-client.invalid",
        "spiffe://example/alice-other-client",
        "spiffe://example/alice/other-client",
        "spiffe://example/other-client/alice",
    ]
    assert not any("alice" in name for name in alternative("partial-name-alternative", neutral=True))


@pytest.mark.parametrize(
    ("profile", "named", "neutral"),
    [
        (
            "partial-name-alternative-type",
            ["alice.example", "spiffe://example/alice"],
            ["other.example", "spiffe://example/other"],
        ),
        ("partial-name-alternative-case", ["spiffe://example/ALICE"], ["spiffe://example/OTHER"]),
    ],
)
def test_the_same_names_with_another_type_or_case(profile: str, named: list[str], neutral: list[str]) -> None:
    """Each has a control of the same form."""
    assert (alternative(profile, neutral=False), alternative(profile, neutral=True)) == (named, neutral)
