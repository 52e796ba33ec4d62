"""`specdrift notify`: what is sent, when, and that no text shows the address."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from specdrift.cli.commands.results.notify import KINDS
from specdrift.cli.delivery import post as posting
from specdrift.cli.delivery.address import Address, read_address
from specdrift.errors import ExitStatus, UsageError
from specdrift.reports import chat, render
from tests.cli.webhook_server import SECRET, Webhook, webhook_server
from tests.reports import factory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Run


@pytest.fixture
def webhook(command: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    """A webhook, named by the variable; no proxy is between."""
    assert command is not None  # it takes away variables of ours, before one is set
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(posting, "PAUSES", (0.0, 0.0))
    with webhook_server() as state:
        monkeypatch.setenv("SPECDRIFT_WEBHOOK_URL", state.url)
        yield state


@pytest.fixture
def drifting(tmp_path: Path) -> Path:
    """A result with drift."""
    file = tmp_path / "result.json"
    file.write_bytes(render(factory.story(), "json"))
    return file


@pytest.fixture
def passing(tmp_path: Path) -> Path:
    """A result without drift."""
    file = tmp_path / "passing.json"
    file.write_bytes(render(factory.consistent(), "json"))
    return file


@pytest.fixture
def notify(command: Run) -> Run:
    """Call the command; ``err`` is what it says."""
    return lambda *words: command("notify", *map(str, words))


def test_every_kind_is_offered() -> None:
    """The table of forms is imported late, so that the command has a list of its own."""
    assert sorted(chat.PAYLOADS) == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_drift_is_sent_and_the_address_is_not_shown(
    notify: Run, webhook: Webhook, drifting: Path, kind: str
) -> None:
    """Once, to the whole address, of which the output has the host."""
    done = notify(drifting, "--to", kind)
    assert done.status == 0, done.err
    assert done.err == "sent to 127.0.0.1\n"
    assert webhook.paths == [SECRET]
    assert factory.story().document.title in json.dumps(webhook.received[0])


@pytest.mark.parametrize(
    ("when", "sent"),
    [("failed", [True, False]), ("always", [True, True]), ("changed", [True, True])],
)
def test_when_it_is_sent(
    notify: Run, webhook: Webhook, drifting: Path, passing: Path, when: str, sent: list[bool]
) -> None:
    """Without an earlier result there may be a change."""
    for file, expected in zip((drifting, passing), sent, strict=True):
        before = len(webhook.received)
        assert notify(file, "--when", when).status == 0
        assert (len(webhook.received) > before) is expected, (file, when)


def test_a_run_without_a_result_is_not_the_last_good_one(
    notify: Run, webhook: Webhook, passing: Path
) -> None:
    """The file is of an earlier run if its exit status is another one; or there is none."""
    assert notify(passing, "--status", "2", "--subject", "orders").status == 0
    assert notify(passing.with_name("absent.json"), "--status", "4").status == 0
    assert [(one["verdict"], one["exit_status"]) for one in webhook.received] == [
        ("Not judged", 2),
        ("Not judged", 4),
    ]
    assert [one["subject"] for one in webhook.received] == ["orders", "absent.json"]
    assert notify(passing.with_name("absent.json")).status == ExitStatus.USAGE


def test_a_run_that_claims_success_without_a_result_is_sent(
    notify: Run, webhook: Webhook, passing: Path, drifting: Path
) -> None:
    """It established nothing; a success with its result is not sent."""
    for file in (passing.with_name("absent.json"), drifting):
        assert notify(file, "--status", "0").status == 0
    assert [one["verdict"] for one in webhook.received] == ["Not judged"] * 2
    assert notify(passing, "--status", "0").status == 0
    assert len(webhook.received) == 2


@pytest.mark.parametrize(
    ("answers", "attempts", "status"), [([503, 429], 3, 0), ([404], 1, 2), ([500] * 3, 3, 2)]
)
def test_it_tries_again_where_that_helps(
    notify: Run, webhook: Webhook, drifting: Path, answers: list[int], attempts: int, status: int
) -> None:
    """A webhook that was deleted stays so."""
    webhook.answers = answers
    done = notify(drifting)
    assert (done.status, len(webhook.received)) == (status, attempts), done.err
    assert SECRET[:10] not in done.err


def test_a_redirect_is_not_followed(notify: Run, webhook: Webhook, drifting: Path) -> None:
    """It would name a host that its owner has not named."""
    with webhook_server() as other:
        webhook.answers, webhook.headers = [307], {"Location": other.url}
        done = notify(drifting)
        assert done.status == ExitStatus.USAGE
        assert "127.0.0.1 rejected the message with HTTP 307" in done.err
        assert other.received == []


def test_a_pause_that_the_server_asks_for_is_bounded(webhook: Webhook) -> None:
    """Whatever it asks for."""
    webhook.answers, webhook.headers = [429, 429], {"Retry-After": "99999"}
    pauses: list[float] = []
    posting.post(b"{}", Address(url=webhook.url, host="127.0.0.1"), wait=pauses.append)
    assert pauses == [posting.LONGEST_PAUSE] * 2


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.test/services/notARealTokenOfAnybody",
        "hooks.example.test/services/notARealTokenOfAnybody",
        "https:///services/notARealTokenOfAnybody",
        "https://hooks.example.test:99999/services/notARealTokenOfAnybody",
        "https://[::1/services/notARealTokenOfAnybody",
        "https://hooks.example.test/services/\x00notARealTokenOfAnybody",
        "https://hooks.example.test/" + "notARealTokenOfAnybody" * 500,
        "",
    ],
)
def test_an_address_that_cannot_be_used_is_not_shown(url: str, tmp_path: Path) -> None:
    """Not even in the message that rejects it."""
    file = tmp_path / "url"
    file.write_text(url)
    for environ, named in (({"SPECDRIFT_WEBHOOK_URL": url}, None), ({}, file)):
        with pytest.raises(UsageError) as caught:
            read_address(environ, named)
        assert "notARealTokenOfAnybody" not in str(caught.value)
    assert "notARealTokenOfAnybody" not in repr(Address(url=url, host="hooks.example.test"))


def test_a_file_goes_before_the_variable(
    notify: Run, webhook: Webhook, drifting: Path, tmp_path: Path
) -> None:
    """As Kubernetes mounts it, with a line break at its end."""
    with webhook_server() as other:
        (tmp_path / "url").write_text(f"{other.url}\n")
        assert notify(drifting, "--url-file", tmp_path / "url").status == 0
        assert (len(other.received), webhook.received) == (1, [])


def test_nothing_is_read_or_sent_for_a_trial(notify: Run, drifting: Path) -> None:
    """It needs no address."""
    done = notify(drifting, "--dry-run", "--link", "https://ci.example.test/runs/7")
    assert done.status == 0, done.err
    assert json.loads(done.out)["link"] == "https://ci.example.test/runs/7"
    assert notify(drifting, "--dry-run", "--link", "javascript:alert(1)").status == ExitStatus.USAGE
