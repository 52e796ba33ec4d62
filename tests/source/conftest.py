"""Readings of Rust share the process that parses first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.one_guard import one_guard

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = frozenset({"test_hostile.py", "test_routes_command.py", "test_guard_process.py"})
"""Files in which each reading starts its own, as the command does."""


@pytest.fixture(autouse=True)
def _one_guard(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep the process from test to test."""
    if request.path.name in OWN:
        yield
        return
    with one_guard():
        yield
