"""Joins the stages: document and identities in, events and a result out."""

from pathlib import Path

from specdrift.model.result.result import Result
from specdrift.scan.execution.body_trials import most_further_requests
from specdrift.scan.execution.engine import scan
from specdrift.scan.execution.estimate import ROUND_TRIP_S, Cost, costs
from specdrift.scan.execution.planning import plan
from specdrift.scan.preparation.prepare import prepare
from specdrift.scan.preparation.run import Run

__all__ = [
    "ROUND_TRIP_S",
    "Cost",
    "Run",
    "costs",
    "most_further_requests",
    "plan",
    "prepare",
    "rejudge",
    "scan",
]


def rejudge(file: Path) -> Result:
    """Judge a recording again; see `specdrift.scan.conclusion.recording`, whose codecs a run without one needs not."""
    from specdrift.scan.conclusion import recording

    return recording.rejudge(file)
