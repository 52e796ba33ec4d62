"""Every echo of a secret is hidden, and nothing else."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specdrift.model.contract.contract import Contract, DocumentIdentity
from specdrift.model.secrets import HIDDEN
from specdrift.offline.offline_result import offline_result
from specdrift.redaction import known
from specdrift.redaction.configured_secrets import url_secrets
from specdrift.redaction.search import SecretSearch
from specdrift.redaction.views import decoded_layers, folded, kept, layers
from specdrift.result.serialize import serialize
from specdrift.settings import Settings
from tests.redaction.echoes import ECHOES

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
PASSWORD = 'p"ä<ss>&wör\\d/of+mine 100%25'
SECRETS = {"token": TOKEN, "password": PASSWORD}
SEARCH = SecretSearch(SECRETS.values())
TEXTS = (
    "<html><body><h1>Not authorized</h1>&nbsp;100%25 of \\u0041 \\x41 %7E</body></html>",
    '{"id": 7, "token": "expired", "sk": "live", "path": "C:\\\\temp\\\\new"}',
    "correct horse, battery staple … really …",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "日本語のテキスト, العربية",
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("echo", ECHOES)
def test_every_echo_is_hidden(echo: str, secret: str) -> None:
    """Alone and in a text, and what stands around it stays."""
    shown = SEARCH.hide(f"id=7 <b>{ECHOES[echo](SECRETS[secret])}</b> more")
    left, hidden, right = shown.partition(HIDDEN)
    assert hidden
    assert left.startswith("id=7 <b>")
    assert right.endswith("</b> more")
    # Bytes before and after the secret are in the same Base64 text, and punctuation at its ends stays.
    assert len(left) + len(right) < 60
    assert not any(
        folded(one)[:8] in folded(layer) for one in (TOKEN, PASSWORD) for layer in decoded_layers(shown)
    )


@pytest.mark.parametrize("text", TEXTS)
def test_other_texts_stay(text: str) -> None:
    """A text without a secret is the same text."""
    assert SEARCH.hide(text) == text
    assert SEARCH.hide(text, cut=True) == text


@pytest.mark.parametrize(
    "echo", ["plain", "Base64", "hexadecimal", "URL, upper-case digits", "JSON, escapes"]
)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_that_the_end_cuts_is_hidden(echo: str, secret: str) -> None:
    """At each place, also within an escape, from six characters on."""
    written = ECHOES[echo](SECRETS[secret])
    for end in range(1, len(written)):
        shown = SEARCH.hide(f"before: {written[:end]}", cut=True)
        plain = [folded(layer) for layer in decoded_layers(written[:end])]
        if min(map(len, plain)) > 9 and secret == "token":
            # The last character of Base64 also depends on what follows.
            assert shown.startswith(f"before: {HIDDEN}")
            assert len(shown) <= len(f"before: {HIDDEN}?")
        assert TOKEN[:8] not in shown


def test_a_secret_that_an_ellipsis_cuts_is_hidden() -> None:
    """Messages quote what is too long in part."""
    assert SEARCH.hide(f"got {TOKEN[:12]}… from it") == f"got {HIDDEN}… from it"
    assert SEARCH.hide(f"got …{TOKEN[12:]} from it") == f"got …{HIDDEN} from it"
    assert SEARCH.hide(TOKEN[12:] + " from it") == f"{HIDDEN} from it"


def test_short_secrets_are_searched_as_they_are() -> None:
    """Six characters are enough; a shorter one would hit ordinary words."""
    search = SecretSearch(["hunter2", "abc", "!!!???"])
    assert search.hide("hunter2, %68unter2, Hunter 2, abc, a!!!???b") == (
        f"{HIDDEN}, {HIDDEN}, Hunter 2, abc, a{HIDDEN}b"
    )
    assert HIDDEN in search.hide(b"hunter2".hex())


def test_many_secrets_are_found_as_few() -> None:
    """By their first characters."""
    secrets = [f"{number:04d}-token-of-a-client" for number in range(500)]
    search = SecretSearch(secrets)
    assert search.hide(f"a {secrets[0]} b {secrets[499].upper()} c") == f"a {HIDDEN} b {HIDDEN} c"
    assert search.hide("a 0500-tok-of-a-client") != f"a {HIDDEN}"


@given(
    st.text() | st.sampled_from([*ECHOES]).map(lambda name: ECHOES[name](TOKEN)),
    st.text(max_size=20),
    st.booleans(),
)
def test_hiding_is_idempotent(text: str, more: str, cut: bool) -> None:  # noqa: FBT001 - hypothesis
    """What is hidden stays hidden, and nothing more."""
    once = SEARCH.hide(more + text + more, cut=cut)
    assert SEARCH.hide(once, cut=cut) == once
    assert TOKEN not in once


@given(st.text() | st.text(alphabet="%4aA&#x;\\u0é\u200bß -"))
@example("&A0;")
def test_views_agree(text: str) -> None:
    """The quick view without places is the one with places."""
    found = list(layers(text))
    plain = list(decoded_layers(text))
    assert [view.characters for view in found] == plain[: len(found)]
    for view in found:
        places = kept(view.characters)
        assert "".join(folded(view.characters[at]) for at in dict.fromkeys(places)) == folded(view.characters)
        assert len(places) == len(folded(view.characters))
        assert list(view.starts) == sorted(view.starts)
        assert all(start < end <= len(text) for start, end in zip(view.starts, view.ends, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", [TOKEN, TOKEN[:20], "%41", "&#65;", "\\u0041", "…", "[redacted]", "a", "é" * 3, f"{TOKEN}…"]
)
def test_time_grows_linearly(unit: str) -> None:
    """A server repeats what it likes."""

    def seconds(times: int) -> float:
        text = unit * times + "."
        began = time.process_time()
        SEARCH.hide(text, cut=True)
        return time.process_time() - began

    small = min(seconds(2000) for _ in range(3))
    assert min(seconds(16_000) for _ in range(2)) < max(24 * small, 0.05)


def test_the_process_hides_what_it_has_read() -> None:
    """The latest secrets of a process that reads many."""
    known.remember([TOKEN])
    assert known.without_secrets(f"GET /?key={TOKEN}") == f"GET /?key={HIDDEN}"
    known.remember(f"another-secret-{number}" for number in range(known.MOST))
    assert known.without_secrets(TOKEN) == TOKEN


def test_a_run_hides_its_own_secrets_only() -> None:
    """A process makes several runs; what one has read is an ordinary word in another."""
    known.remember(["outer-secret"])
    with known.secrets_of_one_run():
        known.remember([TOKEN])
        assert known.without_secrets(f"outer-secret {TOKEN}") == f"outer-secret {HIDDEN}"
    assert known.without_secrets(f"outer-secret {TOKEN}") == f"{HIDDEN} {TOKEN}"


def test_the_url_of_a_document_has_secrets() -> None:
    """The password, or a token in its place, and the values of the query."""
    url = "https://user:hunter2%2Fpass@localhost:1/x.yaml?token=abcdefgh1234&ref=main"
    result = offline_result(Settings(spec=url), Contract(document=_identity(url), operations=()), NOW)
    shown = serialize(result).decode()
    assert "hunter2" not in shown
    assert "abcdefgh1234" not in shown
    assert f"https://user:{HIDDEN}@localhost:1/x.yaml?token={HIDDEN}&ref=main" in shown
    assert list(url_secrets("https://ghp_token@localhost/x")) == ["ghp_token", ""]
    assert list(url_secrets("main:openapi.yaml")) == []
    assert list(url_secrets("https://[x")) == []


def _identity(source: str) -> DocumentIdentity:
    return DocumentIdentity(source=source, sha256="", openapi="", title="")
