"""An engine that sends nothing, in the place of ``specdrift.scan``.

``python -m tests.cli.engine KIND ARGUMENTS…`` runs the real command line over it.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

from msgspec.structs import replace

import specdrift
import specdrift.scan.conclusion.merging  # imported before the engine takes the place of `specdrift.scan`
from specdrift.cli.main import run
from specdrift.events import ContractLoaded, Event, PhaseStarted, ProbeFinished, ScanFinished, Warned
from specdrift.model.contract.contract import Contract
from specdrift.model.exchange.probe import Phase
from specdrift.model.result.problem import StopReason
from specdrift.model.result.result import Result
from specdrift.scan.execution.estimate import Cost
from specdrift.settings import Settings
from tests.reports import factory

RESULTS: dict[str, Callable[[], Result]] = {
    "drift": factory.story,
    "clean": factory.consistent,
    "incomplete": factory.incomplete,
}


class Engine(SimpleNamespace):
    """``kind`` is a name of RESULTS, or: ``slow`` (drift after a minute), ``stubborn`` (does not even stop
    when it is cancelled), ``broken`` (raises in the middle), ``silent`` (ends without a result).
    """

    def __init__(self, kind: str = "drift", probes: int = 100) -> None:
        super().__init__()
        self.kind = kind
        self.probes = probes
        self.seen: list[Settings] = []
        self.result: Result = RESULTS.get(kind, factory.story)()

    def prepare(self, settings: Settings, **_: object) -> SimpleNamespace:
        """Nothing to prepare; the settings are kept for the test."""
        self.seen.append(settings)
        contract = Contract(document=self.result.document, operations=())
        return SimpleNamespace(
            settings=settings,
            secret_headers=("key",),
            secrets=(),
            notes=(),
            subjects=(),
            operations=(),
            shard=None,
            contract=contract,
        )

    def lint(self, settings: Settings, **_: object) -> Result:
        """What the document says."""
        self.seen.append(settings)
        return self.result

    def plan(self, _: Settings) -> tuple[object, ...]:
        """The probes of the result."""
        return tuple(record.probe for record in self.result.probes)

    def most_further_requests(self, _: Settings, probes: Sequence[object]) -> int:
        """Three for each probe."""
        return 3 * len(probes)

    def costs(self, _: Settings, probes: Sequence[object]) -> dict[str, Cost]:
        """All of them together."""
        return {
            "total": Cost(
                probes=len(probes),
                requests=1234,
                connections=7,
                connections_if_closed=900,
                seconds=2.4,
                seconds_if_closed=150.0,
            )
        }

    ROUND_TRIP_S = 0.01

    def rejudge(self, file: Path) -> Result:
        """The result, if the file is there."""
        assert file.read_text() == "recording"
        return self.result

    async def scan(self, _: Settings) -> AsyncIterator[Event]:
        """The events of a run."""
        yield ContractLoaded(contract=Contract(document=self.result.document, operations=()))
        yield Warned(message="mind the step")
        yield PhaseStarted(phase=Phase.MAIN, probes=self.probes)
        stop_reason = None
        try:
            async for event in self._probes():
                yield event
        except asyncio.CancelledError:
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()
            stop_reason = StopReason.INTERRUPTED
            if self.kind == "stubborn":
                await asyncio.sleep(60)
        if self.kind != "silent":
            yield ScanFinished(result=replace(self.result, stop_reason=stop_reason))

    async def _probes(self) -> AsyncIterator[Event]:
        record = self.result.probes[0]
        for number in range(self.probes):
            if self.kind in ("slow", "stubborn") and number == self.probes // 2:
                await asyncio.sleep(60)
            if self.kind == "broken":
                raise ZeroDivisionError("a bug")
            await asyncio.sleep(0)
            yield ProbeFinished(probe=record.probe, observation=record.observation)


def install(engine: Engine) -> None:
    """Put the engine where ``from specdrift import scan`` finds it."""
    sys.modules["specdrift.scan"] = engine  # type: ignore[assignment]
    specdrift.scan = engine  # type: ignore[assignment]


if __name__ == "__main__":
    install(Engine(sys.argv[1]))
    sys.exit(run(sys.argv[2:]))
