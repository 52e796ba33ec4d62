"""Arbitrary file content: it is read, or refused with a message. Logs contain untrusted data."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.errors import UsageError
from specdrift.traffic import KnownApi, SelectedCandidates, import_traffic, select_candidates
from tests.traffic import collections_of_clients, texts

GROUND = KnownApi(base_path="/api", documented=lambda *_: False, ours=frozenset({("a.test", 443)}))
WHOLE = (
    *collections_of_clients.ALL.values(),
    texts.COMMON,
    texts.COMBINED,
    texts.ROUTES,
    texts.har("https://a.test/1"),
    *texts.JSON_LINES.values(),
)
URLS = st.text(max_size=30).map(lambda text: f"/{text}") | st.text(max_size=30).map(
    lambda text: f"https://a.test{text}"
)


def sifted(content: bytes) -> SelectedCandidates | None:
    """What is worth asking; ``None`` for what is no feed."""
    try:
        return select_candidates(import_traffic(content, name="feed", folder=Path()), GROUND)
    except UsageError:
        return None


@given(st.sampled_from(WHOLE), st.integers(0, 400), st.binary(max_size=12))
def test_a_damaged_feed_is_read_or_refused(text: str, at: int, damage: bytes) -> None:
    """It was cut off, or something was written into it."""
    content = text.encode()
    found = sifted(content[:at] + damage)
    assert found is None or all(candidate.target.isascii() for candidate in found.candidates)


@given(URLS)
def test_targets_can_always_be_sent(url: str) -> None:
    """No blank, no control character, nothing beyond ASCII (RFC 9112 section 3.2)."""
    found = sifted(texts.har(url).encode())
    assert found is not None
    for candidate in found.candidates:
        assert candidate.target.startswith("/")
        assert candidate.target.isascii()
        assert candidate.target.isprintable()
        assert " " not in candidate.target


@pytest.mark.parametrize(
    "text",
    [
        '{"log": {"entries": [' + "9" * 5000 + "]}}",
        '{"log": {"entries": ' + "[" * 100_000,
        '{"method": "GET", "path": "/a"}\n' + "[" * 100_000,
        texts.har("/\ud800/x", indent=None),
    ],
    ids=["number", "brackets", "brackets on a line", "half a character"],
)
def test_the_tricks_of_json_are_known(text: str) -> None:
    """What Python's own reader stumbles over."""
    found = sifted(text.encode())
    assert found is None or "\\ud800" not in repr(found.candidates)
