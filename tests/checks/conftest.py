"""Fixtures for tests of checks."""

import pytest


@pytest.fixture
def one_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let operations of all folders share alterations."""
    monkeypatch.setattr("specdrift.checks.core.guard_groups.MOST_FOLDERS", 0)
