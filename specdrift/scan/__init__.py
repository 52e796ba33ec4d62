"""Joins the stages: document and identities in, events and a result out."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specdrift.model.result.result import Result

if TYPE_CHECKING:
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

_HOMES = {
    "ROUND_TRIP_S": "execution.estimate",
    "Cost": "execution.estimate",
    "Run": "preparation.run",
    "costs": "execution.estimate",
    "most_further_requests": "execution.body_trials",
    "plan": "execution.planning",
    "prepare": "preparation.prepare",
    "scan": "execution.engine",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - type checkers read the imports above
    """Import what sends when it is first used: `lint` and `routes` use documents and conclusions alone."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def rejudge(file: Path) -> Result:
    """Judge a recording again; see `specdrift.scan.conclusion.recording`, whose codecs a run without one needs not."""
    from specdrift.scan.conclusion import recording

    return recording.rejudge(file)
