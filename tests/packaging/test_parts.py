"""The parts in which the quick tests run."""

from __future__ import annotations

import sys

import pytest

from tests.parts import parts, run_all


def test_every_file_is_in_one_part() -> None:
    """The parts have about the same size."""
    sizes = [(size, f"{size}.py") for size in (7, 1, 5, 4, 2)]
    assert parts(sizes, 2) == [["7.py", "2.py", "1.py"], ["5.py", "4.py"]]
    assert parts(sizes[:1], 3) == [["7.py"]]


def test_the_highest_status_counts_and_all_output_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    """A part that passes hides no failure of another."""
    programs = (
        "print('first')",
        "print('second'); raise SystemExit(3)",
        "print('third'); raise SystemExit(1)",
    )
    assert run_all([(sys.executable, "-c", program) for program in programs]) == 3
    assert sorted(capfd.readouterr().out.split()) == ["first", "second", "third"]
