"""Values that resemble configured keys and tokens."""

from __future__ import annotations

import pytest

from specdrift.checks.core.credentials import CredentialChange
from specdrift.model.contract.requirement import SchemeType, SecurityScheme
from specdrift.scan.preparation.credentials.altered_values import altered_of, altered_values, secret_forms
from specdrift.settings import SchemeSettings, Secret
from tests.scan.credentials_api import jwt, verified


def altered(value: str) -> dict[CredentialChange, str]:
    """The forms of a value."""
    return dict(altered_values(value))


@pytest.mark.parametrize(
    ("value", "other", "cut"),
    [
        ("k-1234567890", "k-1234567990", "k-1234567"),
        ("abcdefghZZ==", "abcdefghZA==", "abcdefghZ"),
        ("--------", None, "------"),
    ],
)
def test_a_key_is_changed_in_one_letter_of_its_kind_and_cut(value: str, other: str | None, cut: str) -> None:
    """Length, kinds of letters and the beginning stay. The value itself is never sent for an altered one."""
    letter = {CredentialChange.OTHER_LETTER: other} if other else {}
    assert altered(value) == {**letter, CredentialChange.CUT: cut}


def test_a_short_key_has_no_altered_form() -> None:
    """Its beginning is no secret, and one letter of it may be tried by chance."""
    assert altered("k-1") == {}


def test_a_signed_token_keeps_its_claims() -> None:
    """With another signature of the same length, none, or the algorithm none."""
    token = jwt("alice")
    claims, forms = token.split(".")[1], altered(token)
    assert set(forms) == {
        CredentialChange.OTHER_SIGNATURE,
        CredentialChange.WITHOUT_SIGNATURE,
        CredentialChange.UNSIGNED,
    }
    assert all(form.split(".")[1] == claims and verified(form) is None for form in forms.values())
    assert len(forms[CredentialChange.OTHER_SIGNATURE]) == len(token)


@pytest.mark.parametrize("value", ["a.b.c-long-enough", "bnVsbA.bnVsbA.bnVsbA", "1.2.3.4.5-long"])
def test_three_parts_alone_make_no_token(value: str) -> None:
    """The first part has to name an algorithm."""
    assert CredentialChange.OTHER_LETTER in altered(value)


@pytest.mark.parametrize(
    ("value", "forms"),
    [("svc:winter-4471", {CredentialChange.EMPTY_PASSWORD: "svc:"}), ("svc:", {}), ("no-colon-4471", {})],
)
def test_of_a_password_only_an_empty_one_is_made(value: str, forms: dict[CredentialChange, str]) -> None:
    """Others might lock the account."""
    basic = SecurityScheme(name="pw", type=SchemeType.HTTP, http_scheme="basic")
    assert dict(altered_of(basic, value)) == forms


def test_the_altered_forms_are_secrets_too() -> None:
    """Each shows most of a key: an answer that repeats it is redacted."""
    schemes = [SchemeSettings(value=Secret("k-1234567890"), tokens={"alice": Secret(jwt("alice"))})]
    assert {"k-1234567990", "k-1234567"} < set(secret_forms(schemes))
    assert len(list(secret_forms(schemes))) == 5
