"""The garbage collector hardly runs while objects are made that reference counts free."""

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from specdrift.collecting import MANY_OBJECTS, SELDOM, collect_rarely, collecting_rarely, not_collecting
from specdrift.crawler.http.client import WireRequest, WireResponse
from specdrift.crawler.tls.connection import TlsStream
from specdrift.errors import UsageError
from specdrift.events import Event
from specdrift.scan.conclusion import recording
from specdrift.scan.execution import engine
from specdrift.scan.execution.checkpoint import Checkpoint
from specdrift.scan.preparation.run import Run
from tests.scan.running import run, settings_for
from tests.servers.pki import TestPki

PASSING = (WireRequest, WireResponse, TlsStream)
"""Objects of one exchange, and of one connection."""


@pytest.fixture
def _usual_threshold() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_the_threshold_is_raised_and_restored() -> None:
    """A lower one inside does not lower it."""
    before = gc.get_threshold()
    with collecting_rarely():
        assert gc.get_threshold() == (SELDOM, *before[1:])
    assert gc.get_threshold() == before


@pytest.mark.slow
def test_what_is_kept_is_not_looked_at() -> None:
    """Neither while it is made nor by the next collection; a collector that was off stays off."""
    gc.collect()
    with not_collecting():
        assert not gc.isenabled()
        kept = [[] for _ in range(MANY_OBJECTS + 1)]  # type: ignore[var-annotated]
    assert gc.isenabled()
    assert gc.get_count()[0] < len(kept)
    gc.disable()
    try:
        with not_collecting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.usefixtures("_usual_threshold")
def test_a_process_that_does_one_thing_keeps_the_threshold() -> None:
    """Its reports are written like its run."""
    collect_rarely()
    assert gc.get_threshold()[0] == SELDOM


@pytest.mark.slow
def test_a_run_and_its_judging_have_the_threshold(
    monkeypatch: pytest.MonkeyPatch, pki: TestPki, optional_server: str
) -> None:
    """Of a run, and of a recording that is judged again."""
    thresholds: list[int] = []
    whole = engine._scan

    async def scanned(run: Run, checkpoint: Checkpoint | None, clock: engine.Clock) -> AsyncIterator[Event]:
        async for event in whole(run, checkpoint, clock):
            thresholds.append(gc.get_threshold()[0])
            yield event

    monkeypatch.setattr(engine, "_scan", scanned)
    run(settings_for(pki, optional_server))
    assert set(thresholds) == {SELDOM}

    def read(_: Path) -> None:
        raise UsageError(str(gc.get_threshold()[0]))

    monkeypatch.setattr(recording, "_read", read)
    with pytest.raises(UsageError, match=str(SELDOM)):
        recording.rejudge(Path("run.json"))


@pytest.mark.slow
def test_exchanges_and_connections_leave_nothing_to_collect(pki: TestPki, optional_server: str) -> None:
    """httpx binds a stream to its response, and errors keep frames: cycles that would keep each connection."""
    gc.collect()
    with collecting_rarely():
        result = run(settings_for(pki, optional_server))
        left = [each for each in gc.get_objects() if isinstance(each, PASSING)]
    assert result.counts.connections
    assert not left
