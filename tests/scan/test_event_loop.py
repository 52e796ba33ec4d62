"""The event loops of the library and of the fleet."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from specdrift.app.running.event_loop import run_alone

if TYPE_CHECKING:
    from collections.abc import Iterator


class Written:
    """A result that counts how often it is written out."""

    times = 0

    def __repr__(self) -> str:
        """Count it."""
        self.times += 1
        return "written"


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Python's own handler, as in a terminal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_the_result_is_not_written_out() -> None:
    """Python 3.11 does so with what the task of ``asyncio.run`` returned."""
    result = Written()

    async def work() -> Written:
        return result

    assert run_alone(work()) is result
    assert result.times == 0


def test_an_error_is_that_of_the_work() -> None:
    """As it was raised."""

    async def work() -> None:
        raise ValueError("three")

    with pytest.raises(ValueError, match="three"):
        run_alone(work())
