"""The garbage collector hardly runs while objects are made that nothing but the end of the run frees."""

import gc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from specdrift.collecting import NEARLY_NEVER, RARELY, collecting_rarely, ending_at_once
from specdrift.errors import UsageError
from specdrift.scan.conclusion import recording
from specdrift.scan.execution import engine


def _threshold(*_: object) -> int:
    return gc.get_threshold()[0]


def test_the_threshold_is_raised_and_restored() -> None:
    """A lower one inside does not lower it."""
    before = gc.get_threshold()
    with collecting_rarely(NEARLY_NEVER), collecting_rarely():
        assert gc.get_threshold() == (NEARLY_NEVER, *before[1:])
    with collecting_rarely():
        assert _threshold() == RARELY
    assert gc.get_threshold() == before


@pytest.mark.slow
def test_a_process_that_ends_has_nothing_to_collect() -> None:
    """All objects are left out of the last collection; within the context they are not."""
    before = gc.get_freeze_count()
    try:
        with ending_at_once():
            assert gc.get_freeze_count() == before
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_exchanges_are_judged_without_collections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a run, and those of a recording."""
    nothing: Any = None
    monkeypatch.setattr(engine, "_judged", _threshold)
    judged: Any = engine._finish(nothing, nothing, datetime.now(UTC), 0.0)
    assert judged == NEARLY_NEVER

    def read(_: Path) -> None:
        raise UsageError(str(_threshold()))

    monkeypatch.setattr(recording, "_read", read)
    with pytest.raises(UsageError, match=str(NEARLY_NEVER)):
        recording.rejudge(Path("run.json"))
