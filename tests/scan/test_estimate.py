"""The estimated duration of a run."""

import pytest

from specdrift.scan.execution.estimate import seconds
from specdrift.settings import NetworkSettings


@pytest.mark.parametrize(
    ("requests", "connections", "network", "expected"),
    [
        (800, 0, NetworkSettings(concurrency=8), 1.4),
        (800, 0, NetworkSettings(concurrency=1), 8.4),
        (800, 400, NetworkSettings(concurrency=8), 3.2),
        (800, 400, NetworkSettings(concurrency=8, rate_limit=20.0), 40.0),
        (0, 0, NetworkSettings(), 0.0),
    ],
)
def test_the_estimate_is_the_larger_of_work_and_rate_limit(
    requests: int, connections: int, network: NetworkSettings, expected: float
) -> None:
    """One round trip per request and two per handshake, divided by the concurrency, and half a millisecond of work."""
    assert seconds(requests, connections, network) == expected


def test_a_head_waits_for_what_follows_100_continue() -> None:
    """Half a second each, shared by those at once."""
    network = NetworkSettings(concurrency=8)
    assert seconds(800, 0, network, heads=160) == pytest.approx(1.4 + 160 * 0.5 / 8)
