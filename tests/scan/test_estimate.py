"""How long a run is said to take."""

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
def test_time_is_waiting_and_working_or_what_the_limit_allows(
    requests: int, connections: int, network: NetworkSettings, expected: float
) -> None:
    """A round trip for a request and two for a handshake, shared by those at once, and half a millisecond of work."""
    assert seconds(requests, connections, network) == expected
