"""Searching a text for secrets takes time that grows with the text only, also where everything is nearly a secret."""

from __future__ import annotations

import base64
import time

import pytest

from specdrift.redaction.search import SecretSearch
from tests.growth.seeds import Seed, repeated
from tests.growth.test_parsers import LIMIT, grows

SECRETS = (
    "sk-live-51H8xQ2eZvKYlo2C9aBcDeF",
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWFsaWNl",
    "Tr0ub4dor&3/staging",
    "a" * 32,
    "ab" * 10,
)
NEAR = SECRETS[0][:-1]
"""All of a secret but its last letter."""
MOST_SECONDS = 10.0
"""For a megabyte, on a busy machine; 3.2 s were the most that was measured."""
NEARLY = {
    "as written": f"{NEAR} ",
    "other case": f"{NEAR.lower()},",
    "with punctuation": "-".join(NEAR),
    "invisible characters": "\u200b".join(NEAR),
    "one letter": "a" * 31 + "b",
    "two letters": "ab",
    "Base64": base64.b64encode(NEAR.encode()).decode() + " ",
    "hexadecimal": NEAR.encode().hex() + " ",
    "percent": "".join(f"%{one:02x}" for one in NEAR.encode()),
    "percent twice": "".join(f"%25{one:02x}" for one in NEAR.encode()),
    "HTML": "".join(f"&#x{one:x};" for one in NEAR.encode()),
    "JSON": "".join(f"\\u{one:04x}" for one in NEAR.encode()),
    "reversed": NEAR[::-1],
    "decimal": ", ".join(map(str, NEAR.encode())) + " ",
    "first halves": f"{SECRETS[0][:15]} ",
    "last halves": f"{SECRETS[0][15:]}\n",
    "decimal of one letter": "97,",
    "hexadecimal of one letter": "61:",
    "percent of one letter": "%61",
    "Base64 of one letter": "YWFh",
    "escapes": "\\\\",
    "ampersands": "&amp;",
}
SEEDS: dict[str, Seed] = {name: repeated(b"", text.encode()) for name, text in NEARLY.items()}


def hide(content: bytes) -> None:
    """Search the secrets in a text."""
    SecretSearch(SECRETS).hide(content.decode(), cut=True)


@pytest.mark.slow
def test_time_grows_linearly() -> None:
    """In each of the forms in which a secret is searched."""
    suspects = {name: seed for name, seed in SEEDS.items() if grows(hide, seed) > LIMIT}
    assert {name: ratio for name, seed in suspects.items() if (ratio := grows(hide, seed)) > LIMIT} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["percent twice", "percent of one letter", "escapes", "other case"])
def test_a_megabyte_is_searched_in_seconds(name: str) -> None:
    """The forms that take longest."""
    content = SEEDS[name](1_000_000)
    began = time.process_time()
    hide(content)
    assert time.process_time() - began < MOST_SECONDS
