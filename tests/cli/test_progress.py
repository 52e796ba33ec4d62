"""Progress for people: who sends what, how fast, how long still, and what looks open so far."""

import pytest
from msgspec.structs import replace

from specdrift.cli.terminal.progress import ProgressBar, Suspects
from specdrift.events import ContractLoaded, ProbeFinished
from specdrift.model.contract.contract import Contract, DocumentIdentity
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.result.verdict import Outcome
from tests.reports import parts

GUARDED, OPEN = parts.OPERATIONS[1], parts.OPERATIONS[7]


def finished(
    operation_index: int, who: ClientIdentity, status: int, *, check: str = "certificate"
) -> ProbeFinished:
    """An answer."""
    op = parts.OPERATIONS[operation_index]
    record = parts.probe_record(op, who, Outcome.ADMITTED, status)
    return ProbeFinished(probe=replace(record.probe, check=check), observation=record.observation)


def suspects() -> Suspects:
    """Those of the document."""
    found = Suspects()
    document = DocumentIdentity(source="openapi.yaml", sha256="", openapi="3.1.0", title="")
    found.expect(ContractLoaded(contract=Contract(document=document, operations=parts.OPERATIONS)))
    return found


def test_success_without_a_certificate_is_suspect() -> None:
    """Counted once for each operation."""
    found = suspects()
    assert found.see(finished(1, ANONYMOUS, 200)) == 1
    assert found.see(finished(1, ANONYMOUS, 200)) == 1
    assert found.see(finished(4, ANONYMOUS, 204)) == 2


@pytest.mark.parametrize(
    "event",
    [
        finished(1, ANONYMOUS, 401),
        finished(1, ANONYMOUS, 302),
        finished(1, parts.ALICE, 200),
        finished(7, ANONYMOUS, 200),
        finished(1, ANONYMOUS, 200, check="methods"),
    ],
)
def test_what_is_allowed_is_not_suspect(event: ProbeFinished) -> None:
    """A refusal, a valid caller, an operation that is open on purpose, an altered request."""
    assert suspects().see(event) == 0


def test_the_display_fits_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Phase, number, rate, time left, operation and caller; nothing of it stays."""
    times = iter(range(1000))
    bar = ProgressBar(coloured=False, clock=lambda: float(next(times)))
    bar.start("controls, before", 4)
    for event in (finished(1, ANONYMOUS, 200), finished(1, parts.ALICE, 200)):
        bar.advance(event.probe, 1)
    lines = bar.text(width=80).splitlines()
    bar.stop()
    assert len(lines) == 2
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("controls, before")
    assert "2/4 1/s" in lines[0]
    assert lines[1] == "  1 suspected open, to be confirmed · GET /items/{id} as alice"
    assert "controls" not in capsys.readouterr().out
