"""What each process gets, when one process must do it all, and how their events become those of one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from specdrift.app.workers.alone import process_count, why_alone
from specdrift.app.workers.progress import JoinedProgress
from specdrift.app.workers.share import share_of
from specdrift.events import Event, PhaseStarted, Planned, SendingEnded, Warned
from specdrift.model.exchange.probe import Phase
from specdrift.settings import Identity, NetworkSettings, RecordingSettings, SchemeSettings, Settings
from tests.changed_settings import changed

SETTINGS = Settings(spec="openapi.yaml", base_url="https://api.example.test")


def test_parts_share_the_limits_of_the_target() -> None:
    """Together they send no faster, and no more, than one process would."""
    network = NetworkSettings(concurrency=8, rate_limit=9.0, max_requests=100)
    settings = replace(
        SETTINGS, network=network, recording=RecordingSettings(record=Path("a.rec"), resume=Path("a.json"))
    )
    part = share_of(settings, (2, 3), origin="workers")
    assert (part.network.concurrency, part.network.rate_limit, part.network.max_requests) == (2, 3.0, 33)
    assert part.recording == RecordingSettings(record=Path("a.rec.2-3"), resume=Path("a.json.2-3"))
    assert part.selection.shard == (2, 3)
    assert part.origins["shard"] == "workers"


@pytest.mark.parametrize(
    ("network", "count"),
    [
        (NetworkSettings(), 1),
        (NetworkSettings(workers=4), 4),
        (NetworkSettings(workers=4, concurrency=1), 1),
        (NetworkSettings(workers=4, max_requests=2), 2),
    ],
)
def test_each_process_has_a_connection_and_a_request(network: NetworkSettings, count: int) -> None:
    """More of them would exceed the owner's limits."""
    assert process_count(replace(SETTINGS, network=network)) == count


ALONE: list[tuple[str, dict[str, Any]]] = [
    ("standard input", {"spec": "-"}),
    ("BASE_URL", {"base_url": ""}),
    ("--shard", {"shard": (1, 2)}),
    ("callback-listen", {"network": NetworkSettings(callback_listen="127.0.0.1:0")}),
    ("revoke-command", {"identities": (Identity(name="a", revoke_command=("revoke",)),)}),
    ("identity-command", {"identities": (Identity(name="a", command=("print",)),)}),
    ("token-command", {"schemes": {"oauth": SchemeSettings(token_command=("print",))}}),
]


@pytest.mark.parametrize(("word", "changes"), ALONE, ids=[word for word, _ in ALONE])
def test_one_process_does_what_can_be_done_once_only(word: str, changes: dict[str, Any]) -> None:
    """What reads standard input, asks, listens or revokes."""
    assert word in str(why_alone(changed(SETTINGS, **changes)))


def test_others_may_share() -> None:
    """The twin of the cases above."""
    assert why_alone(SETTINGS) is None


def joined(*events: tuple[int, Event]) -> list[Event]:
    """The events of a run that two processes share."""
    progress = JoinedProgress(2)
    return [one for part, event in events for one in progress.joined(part, event)]


def test_plans_are_added_up() -> None:
    """Into one plan."""
    first, second = (
        Planned(probes=5, requests=6, connections=2),
        Planned(probes=7, requests=7, connections=1),
    )
    assert joined((1, first), (2, second)) == [Planned(probes=12, requests=13, connections=3)]


def test_a_phase_counts_what_all_parts_have_before_them() -> None:
    """Named after the part that has the most."""
    main, before = PhaseStarted(phase=Phase.MAIN, probes=30), PhaseStarted(phase=Phase.BEFORE, probes=5)
    assert joined((1, before), (2, main)) == [before, PhaseStarted(phase=Phase.MAIN, probes=35)]


def test_a_warning_appears_once() -> None:
    """Each process has it."""
    assert joined((1, Warned(message="old")), (2, Warned(message="old"))) == [Warned(message="old")]


def test_sending_ends_with_the_last_part() -> None:
    """Until then others still send."""
    assert joined((1, SendingEnded())) == []
    assert joined((1, SendingEnded()), (2, SendingEnded())) == [SendingEnded()]
