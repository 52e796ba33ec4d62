"""Joins the stages: document and identities in, events and a result out."""

from specdrift.scan.engine import scan
from specdrift.scan.estimate import ROUND_TRIP_S, Cost, costs
from specdrift.scan.linting import lint
from specdrift.scan.planning import plan
from specdrift.scan.prepare import prepare
from specdrift.scan.recording import rejudge
from specdrift.scan.routes import routes
from specdrift.scan.run import Run

__all__ = ["ROUND_TRIP_S", "Cost", "Run", "costs", "lint", "plan", "prepare", "rejudge", "routes", "scan"]
