"""A probe together with its observation. Pure."""

from dataclasses import dataclass

from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Probe


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """A probe and what it brought. Each is only the same as itself."""

    probe: Probe
    observation: Observation
