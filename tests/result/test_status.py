"""What the process says to its caller."""

import pytest
from msgspec.structs import replace

from specdrift.errors import ExitStatus
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.result.status import exit_status
from tests.differ.drift_builders import drift

ERROR, WARNING, NOTE = (drift(severity) for severity in Severity)
EMPTY = replace(ERROR, rule="no-operations")
OLD = drift(status=DriftStatus.KNOWN)
ACCEPTED = drift(status=DriftStatus.SUPPRESSED)


@pytest.mark.parametrize(
    ("drifts", "fail_on", "incomplete", "interrupted", "status"),
    [
        ([], FailOn.ERROR, False, False, ExitStatus.OK),
        ([], FailOn.ERROR, True, False, ExitStatus.INCOMPLETE),
        ([], FailOn.ERROR, True, True, ExitStatus.INTERRUPTED),
        ([ERROR], FailOn.ERROR, False, False, ExitStatus.DRIFT),
        ([ERROR], FailOn.ERROR, True, False, ExitStatus.DRIFT),
        ([ERROR], FailOn.ERROR, False, True, ExitStatus.INTERRUPTED),
        ([ERROR], FailOn.NEVER, False, False, ExitStatus.OK),
        ([ERROR], FailOn.NEVER, True, False, ExitStatus.INCOMPLETE),
        ([WARNING], FailOn.ERROR, False, False, ExitStatus.OK),
        ([WARNING], FailOn.ERROR, True, False, ExitStatus.INCOMPLETE),
        ([WARNING], FailOn.WARNING, False, False, ExitStatus.DRIFT),
        ([NOTE], FailOn.WARNING, False, False, ExitStatus.OK),
        ([NOTE], FailOn.NOTE, False, False, ExitStatus.DRIFT),
        ([NOTE, WARNING, ERROR], FailOn.ERROR, False, False, ExitStatus.DRIFT),
        ([OLD], FailOn.NOTE, False, False, ExitStatus.DRIFT),
        ([ACCEPTED], FailOn.NOTE, True, False, ExitStatus.INCOMPLETE),
        ([EMPTY], FailOn.NOTE, True, False, ExitStatus.INCOMPLETE),
        ([EMPTY, ERROR], FailOn.ERROR, True, False, ExitStatus.DRIFT),
        ([ACCEPTED, ERROR], FailOn.ERROR, False, False, ExitStatus.DRIFT),
    ],
)
def test_the_exit_status(
    drifts: list[Drift],
    fail_on: FailOn,
    incomplete: bool,  # noqa: FBT001 - a table's column
    interrupted: bool,  # noqa: FBT001 - a table's column
    status: ExitStatus,
) -> None:
    """130 before 1 before 3 before 0; only what the baseline does not accept counts, from the chosen severity on."""
    assert exit_status(drifts, fail_on, incomplete=incomplete, interrupted=interrupted) is status


def test_the_numbers_are_those_that_scripts_rely_on() -> None:
    """Public, and never to change."""
    assert {status.name: status.value for status in ExitStatus} == {
        "OK": 0,
        "DRIFT": 1,
        "USAGE": 2,
        "INCOMPLETE": 3,
        "INTERNAL": 4,
        "INTERRUPTED": 130,
    }
