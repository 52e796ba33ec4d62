"""Joins the stages: document and identities in, events and a result out."""

from specdrift.offline.linting import lint
from specdrift.offline.routes import routes
from specdrift.scan.conclude.recording import rejudge
from specdrift.scan.prepare.prepare import prepare
from specdrift.scan.prepare.run import Run
from specdrift.scan.run.engine import scan
from specdrift.scan.run.estimate import ROUND_TRIP_S, Cost, costs
from specdrift.scan.run.planning import plan

__all__ = ["ROUND_TRIP_S", "Cost", "Run", "costs", "lint", "plan", "prepare", "rejudge", "routes", "scan"]
