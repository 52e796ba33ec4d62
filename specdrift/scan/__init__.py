"""Joins the stages: document and identities in, events and a result out."""

from specdrift.scan.conclusion.recording import rejudge
from specdrift.scan.execution.engine import scan
from specdrift.scan.execution.estimate import ROUND_TRIP_S, Cost, costs
from specdrift.scan.execution.planning import plan
from specdrift.scan.preparation.prepare import prepare
from specdrift.scan.preparation.run import Run

__all__ = ["ROUND_TRIP_S", "Cost", "Run", "costs", "plan", "prepare", "rejudge", "scan"]
