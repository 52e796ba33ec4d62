"""The file: sorted, stable to the byte, and strict."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.differ.baseline import Baseline
from specdrift.differ.baseline_file import read, write
from specdrift.errors import UsageError
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.result import Suppression
from tests.differ.earlier_results import entry

WRITTEN = """\
{
  "specdrift_baseline": 1,
  "accepted": [
    {
      "rule": "mtls-not-enforced",
      "operation": "GET /items/{id}",
      "identity": "anonymous",
      "check": "certificate",
      "fingerprint": "1111111111111111",
      "reason": "the partner moves in June",
      "owner": "payments",
      "expires": "2026-06-30"
    }
  ]
}
"""
ONE = Baseline(source="b.json", entries=(entry(owner="payments", expires=date(2026, 6, 30)),))


def test_it_is_written_to_be_read_and_compared() -> None:
    """A member a line, what it is about before what its owner says."""
    assert write(ONE).decode() == WRITTEN
    assert read(WRITTEN.encode(), source="b.json") == ONE


def test_reason_and_owner_are_there_to_be_filled_in() -> None:
    """Reason, owner and day, empty; the file is refused until there is a reason."""
    text = write(Baseline(source="b.json", entries=(entry(reason=""),))).decode()
    assert '"reason": "",\n      "owner": "",\n      "expires": null' in text
    with pytest.raises(
        UsageError, match=r"b\.json:10: mtls-not-enforced on GET /items/{id} is accepted without"
    ):
        read(text.encode(), source="b.json")
    assert read(text.encode(), source="b.json", unfinished=True).entries == (entry(reason=""),)


texts = st.text(max_size=6)
entries = st.builds(
    Suppression,
    fingerprint=st.text("0123456789abcdef", min_size=1, max_size=3),
    reason=texts.map(lambda text: f"x{text}"),
    owner=texts,
    expires=st.none() | st.dates(),
    rule=texts,
    operation=st.none() | st.builds(OperationKey, path=texts, method=st.sampled_from(["GET", "x-y"])),
    identity=texts,
    subject=texts,
    check=texts,
)


@given(st.lists(entries, unique_by=lambda found: found.fingerprint, max_size=4))
def test_whatever_is_written_reads_back(found: list[Suppression]) -> None:
    """For arbitrary entries; and the same entries give the same bytes."""
    baseline = Baseline(source="b.json", entries=tuple(found))
    assert read(write(baseline), source="b.json") == baseline
    assert write(read(write(baseline), source="b.json")) == write(baseline)


def with_members(**members: object) -> str:
    """The file with other members in its entry; ``None`` takes one out."""
    whole = json.loads(WRITTEN)
    changed = {**whole["accepted"][0], **members}
    whole["accepted"][0] = {name: value for name, value in changed.items() if value is not None}
    return json.dumps(whole, indent=2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            with_members(reason="  "),
            "b.json:10: mtls-not-enforced on GET /items/{id} is accepted without a reason",
        ),
        (
            with_members(reason="\u200b\u2060 \u3164"),
            "b.json:10: mtls-not-enforced on GET /items/{id} is accepted without a reason",
        ),
        (with_members(expires=""), "b.json:12: expires: expected a date like 2026-01-31, or null"),
        (
            with_members(reason=None),
            "b.json:4: mtls-not-enforced on GET /items/{id} is accepted without a reason",
        ),
        (with_members(fingerprint=None), "b.json:4: fingerprint is missing"),
        (with_members(expires="30.6.2026"), "b.json:12: expires: expected a date like 2026-01-31, or null"),
        (with_members(expires="20260630"), "b.json:12: expires: expected a date like 2026-01-31, or null"),
        (with_members(expires=20260630), "b.json:12: expires: expected a string"),
        (with_members(owner=["payments"]), "b.json:11: owner: expected a string"),
        (with_members(expire="2026-06-30"), 'b.json:13: unknown member "expire"'),
        (WRITTEN.replace('"owner": "payments"', '"reason": "other"'), 'b.json:11: duplicate member "reason"'),
        (
            WRITTEN.replace("[\n    {", '[\n    {"fingerprint": "1111111111111111", "reason": "a"},\n    {'),
            "has another entry",
        ),
        (WRITTEN.replace('"expires"', '"expires'), "b.json:12: invalid JSON"),
        (WRITTEN.replace("<", "<<<<<<< HEAD").replace("[", "[\n<<<<<<< HEAD", 1), "b.json:4: invalid JSON"),
        (
            WRITTEN.replace('baseline": 1', 'baseline": 2'),
            "b.json: version 2 is not supported (this specdrift reads 1)",
        ),
        (WRITTEN.replace("specdrift_baseline", "version"), "b.json: not a specdrift baseline"),
        (WRITTEN.replace('"accepted"', '"rejected"'), "b.json: invalid baseline"),
        ('{"specdrift_baseline": 1, "accepted": [1]}', "b.json: invalid baseline"),
        ('{"specdrift_baseline": 1, "accepted": {}}', "b.json: invalid baseline"),
        ('{"specdrift_baseline": 1, "accepted": [{}], "accepted": []}', 'duplicate member "accepted"'),
        ("[]", "b.json: not a specdrift baseline"),
        ("[" * 100_000, "b.json: not a specdrift baseline"),
    ],
)
def test_an_invalid_entry_is_named_with_its_line(text: str, problem: str) -> None:
    """A member that is not understood may be the one that matters."""
    with pytest.raises(UsageError) as caught:
        read(text.encode(), source="b.json")
    assert problem in str(caught.value)


def test_bytes_that_are_no_text_are_no_baseline() -> None:
    """Neither is an archive that took its name."""
    with pytest.raises(UsageError, match=r"b\.json: not a specdrift baseline"):
        read(b"\xff\xfe\x00", source="b.json")


def test_every_problem_is_reported_at_once() -> None:
    """Who fills in reasons sees all that are missing."""
    whole = json.loads(WRITTEN)
    whole["accepted"] = [{"fingerprint": "1"}, {"fingerprint": "2"}]
    with pytest.raises(UsageError) as caught:
        read(json.dumps(whole).encode(), source="b.json")
    assert str(caught.value).count("without a reason") == 2
    assert "b.json:1: entry 2: " in str(caught.value)
    with pytest.raises(UsageError) as caught:
        read(json.dumps(whole, indent=1).encode(), source="b.json")
    assert "entry 2" not in str(caught.value)
