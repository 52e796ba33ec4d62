"""What may be concluded for a whole listener: only what was refused before any path was known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.classify.listener import LEAST, refused_by_listener, sample_size, spread
from specdrift.model.exchange.observation import Ending, TlsFacts, WirePhase
from tests.classify.exchanges import answer, observed

ASKED = TlsFacts(version="TLSv1.3", certificate_requested=True)
NEVER_ASKED = TlsFacts(version="TLSv1.3")
LATER = TlsFacts(version="TLSv1.3", certificate_requested=True, post_handshake=True)
OLD = TlsFacts(version="TLSv1.2", certificate_requested=True)


@pytest.mark.parametrize(
    ("ending", "phase", "tls", "decided"),
    [
        (Ending.ALERT, WirePhase.HANDSHAKE, OLD, True),
        (Ending.CLOSED, WirePhase.HANDSHAKE, OLD, True),
        (Ending.ALERT, WirePhase.REQUEST, ASKED, True),
        (Ending.ALERT, WirePhase.LISTEN, ASKED, True),
        (Ending.CLOSED, WirePhase.LISTEN, ASKED, True),
        (Ending.CLOSED, WirePhase.LISTEN, NEVER_ASKED, False),
        (Ending.CLOSED, WirePhase.REQUEST, ASKED, False),
        (Ending.ALERT, WirePhase.REQUEST, OLD, False),
        (Ending.ALERT, WirePhase.REQUEST, LATER, False),
        (Ending.ALERT, WirePhase.REQUEST, NEVER_ASKED, False),
        (Ending.ALERT, WirePhase.RESPONSE, ASKED, False),
        (Ending.TIMEOUT, WirePhase.HANDSHAKE, OLD, False),
        (Ending.NO_CONNECTION, WirePhase.CONNECT, TlsFacts(), False),
        (Ending.SILENCE, WirePhase.REQUEST, ASKED, False),
        (Ending.CLIENT_ERROR, WirePhase.HANDSHAKE, OLD, False),
        (Ending.NOT_HTTP, WirePhase.HANDSHAKE, OLD, False),
    ],
)
def test_what_a_listener_decides(ending: Ending, phase: WirePhase, tls: TlsFacts, decided: bool) -> None:  # noqa: FBT001
    """A renegotiation and post-handshake authentication know the path; so does whatever answers in HTTP, or closes
    once it has the request.
    """
    assert refused_by_listener(observed(ending, phase=phase, tls=tls)) is decided


def test_an_answer_is_never_the_listeners() -> None:
    """Whatever its status."""
    assert not refused_by_listener(observed(answer(403), tls=ASKED))


@given(st.lists(st.integers(), max_size=200, unique=True), st.integers(0, 60))
def test_a_sample_is_spread_over_all(items: list[int], count: int) -> None:
    """Nothing is lost, nothing doubled, the order stays, and both ends belong to it."""
    chosen, others = spread(items, count)
    assert sorted(chosen + others) == sorted(items)
    assert len(chosen) == min(count, len(items))
    assert chosen == [item for item in items if item in set(chosen)]
    assert others == [item for item in items if item in set(others)]
    if count > 1 and items:
        assert items[0] in chosen
        assert items[-1] in chosen


@pytest.mark.parametrize(("others", "size"), [(0, LEAST), (400, LEAST), (1000, 50), (100_000, 5000)])
def test_the_size_of_a_sample(others: int, size: int) -> None:
    """Twenty, or one in twenty."""
    assert sample_size(others) == size
