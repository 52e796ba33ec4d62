"""Events of a run, which the engine yields for progress bars and logs."""

from dataclasses import dataclass

from specdrift.model.contract.contract import Contract
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Phase, Probe
from specdrift.model.result.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractLoaded:
    contract: Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The planned probes. ``connections`` is a lower bound."""

    probes: int
    requests: int
    connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStarted:
    """``probes`` is the number of probes in this phase."""

    phase: Phase
    probes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFinished:
    probe: Probe
    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A warning for the user, in one line."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingEnded:
    """Nothing more is sent; the exchanges are judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFinished:
    """``unrecorded`` is why the requested recording or checkpoint was not written; empty if nothing failed."""

    result: Result
    unrecorded: str = ""


Event = ContractLoaded | Planned | PhaseStarted | ProbeFinished | Warned | SendingEnded | ScanFinished
