"""Events of a run, which the engine yields for progress bars and logs."""

from msgspec import Struct

from specdrift.model.contract.contract import Contract
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Phase, Probe
from specdrift.model.result.result import Result


class ContractLoaded(Struct, frozen=True, kw_only=True):
    contract: Contract


class Planned(Struct, frozen=True, kw_only=True):
    """The planned probes. ``connections`` is a lower bound."""

    probes: int
    requests: int
    connections: int


class PhaseStarted(Struct, frozen=True, kw_only=True):
    """``probes`` is the number of probes in this phase."""

    phase: Phase
    probes: int


class ProbeFinished(Struct, frozen=True, kw_only=True):
    probe: Probe
    observation: Observation


class Warned(Struct, frozen=True, kw_only=True):
    """A warning for the user, in one line."""

    message: str


class SendingEnded(Struct, frozen=True, kw_only=True):
    """Nothing more is sent; the exchanges are judged."""


class ScanFinished(Struct, frozen=True, kw_only=True):
    """``unrecorded`` is why the requested recording or checkpoint was not written; empty if nothing failed."""

    result: Result
    unrecorded: str = ""


Event = ContractLoaded | Planned | PhaseStarted | ProbeFinished | Warned | SendingEnded | ScanFinished
