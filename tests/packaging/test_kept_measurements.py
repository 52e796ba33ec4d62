"""What a benchmark measured is the same after it was kept: a run that was stopped goes on with it."""

from pathlib import Path

import pytest

from benchmarks import kept
from benchmarks.table import Job, Row, Theme


def test_what_was_measured_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are values in jobs, and these in a theme."""
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "measured")
    rows = Row(who="specdrift", value=1.5, floor=2.0), Row(who="another", note="no end within 60 s")
    theme = Theme(title="Start-up", about="CPU seconds.", jobs=(Job("Print the help", rows),))
    assert kept.kept("startup") is None
    kept.keep("startup", theme, load=0.5)
    assert kept.kept("startup") == (theme, 0.5)
