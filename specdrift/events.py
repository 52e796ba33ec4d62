"""What a run tells while it goes on. The engine yields these; progress bars and logs only listen."""

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
    """What the checks ask for before any answer is known. ``connections`` is the least that it takes."""

    probes: int
    requests: int
    connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStarted:
    """``probes`` will be sent in this phase."""

    phase: Phase
    probes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFinished:
    probe: Probe
    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something the user should know at once, in one line."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFinished:
    """``unrecorded`` is why there is no recording of the run although one was wanted; empty where nothing failed."""

    result: Result
    unrecorded: str = ""


Event = ContractLoaded | Planned | PhaseStarted | ProbeFinished | Warned | ScanFinished
