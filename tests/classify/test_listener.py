"""What applies to a whole listener: only a refusal before any path was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.classify.listener import LEAST, refused_by_listener, sample_size, spread
from specdrift.model.exchange.observation import Ending, TlsFacts, WirePhase
from tests.classify.exchanges import answer, observed

REQUESTED = TlsFacts(version="TLSv1.3", certificate_requested=True)
NEVER_REQUESTED = TlsFacts(version="TLSv1.3")
LATER = TlsFacts(version="TLSv1.3", certificate_requested=True, post_handshake=True)
OLD = TlsFacts(version="TLSv1.2", certificate_requested=True)


@pytest.mark.parametrize(
    ("ending", "phase", "tls", "decided"),
    [
        (Ending.ALERT, WirePhase.HANDSHAKE, OLD, True),
        (Ending.CLOSED, WirePhase.HANDSHAKE, OLD, True),
        (Ending.ALERT, WirePhase.REQUEST, REQUESTED, True),
        (Ending.ALERT, WirePhase.LISTEN, REQUESTED, True),
        (Ending.CLOSED, WirePhase.LISTEN, REQUESTED, True),
        (Ending.CLOSED, WirePhase.LISTEN, NEVER_REQUESTED, False),
        (Ending.CLOSED, WirePhase.REQUEST, REQUESTED, False),
        (Ending.ALERT, WirePhase.REQUEST, OLD, False),
        (Ending.ALERT, WirePhase.REQUEST, LATER, False),
        (Ending.ALERT, WirePhase.REQUEST, NEVER_REQUESTED, False),
        (Ending.ALERT, WirePhase.RESPONSE, REQUESTED, False),
        (Ending.TIMEOUT, WirePhase.HANDSHAKE, OLD, False),
        (Ending.NO_CONNECTION, WirePhase.CONNECT, TlsFacts(), False),
        (Ending.SILENCE, WirePhase.REQUEST, REQUESTED, False),
        (Ending.CLIENT_ERROR, WirePhase.HANDSHAKE, OLD, False),
        (Ending.NOT_HTTP, WirePhase.HANDSHAKE, OLD, False),
    ],
)
def test_only_refusals_before_the_request_apply_to_the_listener(
    ending: Ending,
    phase: WirePhase,
    tls: TlsFacts,
    decided: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """In a renegotiation and in post-handshake authentication the server knows the path, as with any HTTP
    answer, or a close after the request.
    """
    assert refused_by_listener(observed(ending, phase=phase, tls=tls)) is decided


def test_an_answer_never_applies_to_the_listener() -> None:
    """Whatever its status."""
    assert not refused_by_listener(observed(answer(403), tls=REQUESTED))


@given(st.lists(st.integers(), max_size=200, unique=True), st.integers(0, 60))
def test_a_sample_is_spread_over_all_items(items: list[int], count: int) -> None:
    """No loss, no duplicates, the order stays, and both ends belong to it."""
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
