"""A case of a test: it passes, fails, is skipped or expected to fail as a result has it."""

from collections.abc import Iterator

import pytest
from msgspec import Struct

from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Result
from specdrift.pytest_plugin.expectations import ExpectedCase, Holds, Judgement, judge


class Case(Struct, kw_only=True):
    """One operation and expectation, with the result of the run."""

    subject: ExpectedCase
    result: Result
    judged: bool = False
    """Whether the test has looked at the judgement. One that did not has checked nothing."""

    @property
    def judgement(self) -> Judgement:
        """Whether the expectation holds, and why not."""
        self.judged = True
        return judge(self.subject, self.result)

    def verify(self) -> None:
        """Fail the test if the expectation does not hold, or was not established.

        A drift that the baseline accepts is an expected failure; what the settings leave out is skipped.
        """
        found = self.judgement
        match found.holds:
            case Holds.NO:
                pytest.fail("\n".join(_lines(self.subject, found)), pytrace=False)
            case Holds.ACCEPTED:
                pytest.xfail(found.reason)
            case Holds.NOT_JUDGED:
                pytest.skip(found.reason)
            case Holds.YES:
                pass


def _lines(subject: ExpectedCase, found: Judgement) -> Iterator[str]:
    yield f"{subject}: no"
    if found.reason:
        yield found.reason
    for drift in found.drifts:
        yield from _drift(drift)


def _drift(drift: Drift) -> Iterator[str]:
    yield f"{drift.severity.value}: {drift.message} [{drift.rule}]"
    if drift.location is not None:
        yield f"  at {drift.location}"
    if drift.reproduce:
        yield f"  reproduce: {drift.reproduce}"
    if drift.remediation:
        yield f"  fix: {drift.remediation}"
