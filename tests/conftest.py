"""Settings of the whole suite: Hypothesis, compiled modules, the garbage collector; and its seconds by folder."""

import gc
import os
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from multiprocessing.util import get_temp_dir
from operator import itemgetter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Whichever test starts the fork server of a process: it has what servers and workers of fleets need.
import tests.servers.forked  # noqa: F401
from specdrift.redaction import known
from tests.few_cases import left_out

# As `./dev test` does: the tests start hundreds of processes, which would all compile the package again, and pytest
# would rewrite the assertions of 400 files in each run.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of `./dev test --fast`."""
    parser.addoption("--cases", type=int, metavar="N", help="run at most N cases of each test")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the longest tests first, and all others in their order; with ``--cases``, few cases of each."""
    if most := config.getoption("--cases"):
        without = left_out((item.nodeid for item in items), most)
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in without])
        items[:] = [item for item in items if item.nodeid not in without]
    items.sort(key=lambda item: item.nodeid not in WAITING and _rank(item.nodeid.partition("::")[0]))


MANY = 1000
"""Tests of a run that is worth a table."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After a long run, print what each folder of tests/ took: what became expensive is seen in the log of CI."""
    reports = [
        report
        for stat in terminalreporter.stats.values()
        for report in stat
        if isinstance(report, pytest.TestReport)
    ]
    seconds: defaultdict[str, float] = defaultdict(float)
    tests: Counter[str] = Counter()
    for report in reports:
        folder = "/".join(report.nodeid.partition("::")[0].split("/")[:2])
        seconds[folder] += report.duration
        tests[folder] += report.when == "call"
    if tests.total() < MANY:
        return
    terminalreporter.write_sep("=", "seconds by folder, of all workers together")
    for folder, total in sorted(seconds.items(), key=itemgetter(1), reverse=True):
        terminalreporter.write_line(f"{total:8.0f}s  {tests[folder]:5}  {folder}")


@cache
def _rank(file: str) -> int:
    return next((rank for rank, start in enumerate(FIRST, 1) if file.startswith(start)), len(FIRST) + 1)


def pytest_collection_finish() -> None:
    """Exclude the collected items from garbage collection: each collection would walk all of them again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


OF_ALL = re.compile(rb"^pytestmark = (\[[^]]*]|.*)", re.MULTILINE)
"""The marks of all tests of a file."""
MARK = re.compile(rb"pytest\.mark\.(\w+)")
NONE_OF = re.compile(r"not \w+(?: and not \w+)*")
"""An expression of marks that deselects each test with one of them."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip the files of which every test is deselected by its mark: they import what starts servers and browsers."""
    without = str(config.option.markexpr)
    if collection_path.suffix != ".py" or not NONE_OF.fullmatch(without):
        return None
    marks = OF_ALL.search(collection_path.read_bytes())
    names = {name.decode() for name in MARK.findall(marks[1])} if marks else set[str]()
    return True if names & set(re.findall(r"not (\w+)", without)) else None


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
