"""Settings of the whole suite: Hypothesis and the garbage collector."""

import gc
import tempfile
from collections.abc import Iterator
from functools import cache
from multiprocessing.util import get_temp_dir
from pathlib import Path

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
WAITING = frozenset({"tests/servers/test_server.py::test_server[odd-busy-with-items]"})
"""Tests that wait for a minute and more, while other workers use the processor: they go before all others."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest tests first, and all others in their order."""
    items.sort(key=lambda item: item.nodeid not in WAITING and _rank(item.nodeid.partition("::")[0]))


@cache
def _rank(file: str) -> int:
    return next((rank for rank, start in enumerate(FIRST, 1) if file.startswith(start)), len(FIRST) + 1)


def pytest_collection_finish() -> None:
    """Exclude the collected items from garbage collection: each collection would walk all of them again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Remove at the end what tests and their processes leave behind: reports of crashes, folders of killed servers."""
    # These outlive the session: the folders of pytest, and of the fork server.
    tmp_path_factory.getbasetemp()
    get_temp_dir()
    with (
        tempfile.TemporaryDirectory(prefix="specdrift-tests-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(folder).chmod(0o711)  # servers change to other users
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", None)
        yield


@pytest.fixture(autouse=True)
def _no_secret_of_another_test() -> Iterator[None]:
    """Let messages show words that are secrets of another test."""
    yield
    known.forget()
