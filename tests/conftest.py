"""Settings of the whole suite: Hypothesis and the garbage collector."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Whichever test starts the fork server of a process: it has what servers and workers of fleets need.
import tests.servers.forked  # noqa: F401
from specdrift.redaction import known

# Without a deadline, since other tests keep the machine busy.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `./dev test --fast`: the full number of examples is left to `./dev test`.
settings.register_profile("fast", settings.get_profile("suite"), max_examples=5)
settings.load_profile("suite")


FIRST = (
    "tests/installation/",
    "tests/source/test_corpus.py",
    "tests/source/test_programs.py",
    "tests/servers/test_expect.py",
    "tests/servers/",
)
"""Files with the longest tests: they install, compile and start servers. What follows is short, so that no worker is
left with a long test at the end.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest tests first, and all others in their order."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, start in enumerate(FIRST) if item.nodeid.startswith(start)), len(FIRST))


def pytest_collection_finish() -> None:
    """Exclude the collected items from garbage collection: each collection would walk all of them again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(autouse=True)
def _no_secret_of_another_test() -> Iterator[None]:
    """Let messages show words that are secrets of another test."""
    yield
    known.forget()
