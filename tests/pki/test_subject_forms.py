"""Subjects whose flat text reads as another's, and subjects in another form: what differs from the valid one."""

from __future__ import annotations

import re

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from specdrift.model.policy import ProfilePolicy
from specdrift.pki.battery import generate_batch
from specdrift.pki.battery.not_generated import NotGenerated
from specdrift.pki.battery.profiles.names.subject_forms import SEPARATORS
from tests.pki.world import credential, issue, make_world, new_key

WORLD = make_world("ec")
OTHER_FORMS = ("ambiguous-name-order", "ambiguous-name-one-rdn")
OFFICE, UNIT, NAME = NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME


def named(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """A subject with one attribute for each RDN."""
    return x509.Name([x509.NameAttribute(*each) for each in attributes])


def subject_of(profile: str, victim: x509.Name, *, neutral: bool, roles: tuple[str, ...] = ()) -> x509.Name:
    """The generated subject that imitates a victim with this one."""
    owner = credential(issue(victim, key=new_key("ec"), by=WORLD.ca))
    factory = WORLD.factory(victim=owner, neutral=neutral, role_values=roles)
    batch = generate_batch([profile], factory, policies={profile: ProfilePolicy.ACCEPT})
    ((_, generated),) = batch.generated
    return generated.leaf.subject


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("types", [("CN", "OU"), ("commonName", "organizationalUnitName")])
def test_a_subject_that_is_split_at_a_separator_has_the_valid_ones_attributes(
    separator: str, types: tuple[str, str]
) -> None:
    """No attribute has them, and the neutral certificate has as many parts and none of them."""
    victim = named((UNIT, "admin"), (NAME, "bob"))
    wanted = {f"{types[0]}=bob", f"{types[1]}=admin"}
    counts = []
    for neutral in (False, True):
        subject = subject_of("partial-name-separators", victim, neutral=neutral, roles=("admin",))
        parts = separator.join(f"O={each.value!s}" for each in subject).split(separator)
        counts.append(len(parts))
        assert wanted <= set(parts) if not neutral else not wanted & set(parts)
        assert not {"bob", "admin"} & {str(each.value) for each in subject}
        assert re.search("bob|admin", str(subject)) is None or not neutral
    assert counts[0] == counts[1]


@pytest.mark.parametrize("attribute", ["CN=bob", "OU=admin"])
def test_an_escaped_subject_has_the_valid_ones_attributes_between_commas(attribute: str) -> None:
    """A pattern for a whole attribute and a split at commas find it in RFC 4514's text; the neutral one has none."""
    victim = named((UNIT, "admin"), (NAME, "bob"))
    for neutral in (False, True):
        text = subject_of(
            "partial-name-separators", victim, neutral=neutral, roles=("admin",)
        ).rfc4514_string()
        assert (attribute in text.split(",")) is not neutral
        assert (re.search(rf"(^|,){attribute}(,|$)", text) is None) is neutral


def test_a_reordered_subject_has_the_valid_ones_rdns() -> None:
    """In reverse; the neutral one has the right order and another organization: a role may be read by its type."""
    victim = named((OFFICE, "Example"), (UNIT, "admin"), (NAME, "bob"))
    reordered = subject_of("ambiguous-name-order", victim, neutral=False, roles=("admin",))
    assert reordered.rdns == victim.rdns[::-1]
    neutral = subject_of("ambiguous-name-order", victim, neutral=True, roles=("admin",))
    assert neutral.rdns[1:] == victim.rdns[1:]
    assert neutral.rdns[0] != victim.rdns[0]


def test_one_rdn_has_all_attributes_of_the_valid_subject() -> None:
    """The neutral one has as many RDNs as the valid subject."""
    victim = named((UNIT, "admin"), (NAME, "bob"))
    (rdn,) = subject_of("ambiguous-name-one-rdn", victim, neutral=False).rdns
    assert set(rdn) == set(victim)
    assert len(subject_of("ambiguous-name-one-rdn", victim, neutral=True).rdns) == 2


def test_another_country_is_a_country() -> None:
    """It has two letters."""
    victim = named((NameOID.COUNTRY_NAME, "DE"), (NAME, "bob"))
    (country, _) = subject_of("ambiguous-name-order", victim, neutral=True)
    assert country.value == "XX"


@pytest.mark.parametrize("profile", OTHER_FORMS)
@pytest.mark.parametrize(
    ("victim", "reason"),
    [
        (named((NAME, "bob")), NotGenerated.ONE_RDN),
        (named((NAME, "bob"), (NAME, "robert")), NotGenerated.NOT_CHANGEABLE),
    ],
)
def test_a_subject_without_another_form_is_skipped(
    profile: str, victim: x509.Name, reason: NotGenerated
) -> None:
    """One RDN has no order; and common names alone leave no value for the control."""
    owner = credential(issue(victim, key=new_key("ec"), by=WORLD.ca))
    factory = WORLD.factory(victim=owner)
    batch = generate_batch([profile], factory, policies={profile: ProfilePolicy.ACCEPT})
    assert batch.skipped == {profile: reason}


def test_other_forms_are_sent_on_request_only() -> None:
    """Servers that read attributes by their types admit them on purpose."""
    assert generate_batch(OTHER_FORMS, WORLD.factory()).skipped == dict.fromkeys(
        OTHER_FORMS, NotGenerated.POLICY
    )
