"""One PKI for each algorithm, made once."""

from functools import cache

import pytest

from tests.pki.world import ALGORITHMS, World, make_world

_world = cache(make_world)


@pytest.fixture(scope="session")
def ec() -> World:
    """The world of P-256 keys, for tests to which the algorithm does not matter."""
    return _world("ec")


@pytest.fixture(scope="session", params=ALGORITHMS)
def world(request: pytest.FixtureRequest) -> World:
    """Each world in turn."""
    return _world(request.param)
