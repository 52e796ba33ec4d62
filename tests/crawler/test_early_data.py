"""Early data: sent by openssl, recorded like any other request."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.crawler.openssl import s_client
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Endpoint, Request
from tests.crawler.peers import answering, server_context, serving
from tests.crawler.sending import NETWORK, Client, endpoint_of, probe_of
from tests.servers.harness import Launch, Tls
from tests.servers.libssl.launch import available
from tests.servers.process import announced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.exchange.probe import Probe
    from tests.servers.pki import TestPki

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
    pytest.mark.skipif(available() is not None, reason=str(available())),
]


@contextmanager
def running(variant: str, pki: TestPki, folder: Path) -> Iterator[Endpoint]:
    """Run a server with this handling of early data; yield its endpoint."""
    launch = Launch(pki=pki, workdir=folder, tls=Tls.BOTH, variant=variant, settings={})
    command = [sys.executable, "-m", "tests.servers.libssl.serve", *launch.arguments()]
    with announced(command, workdir=folder) as server:
        port = int(server.base_url.rpartition(":")[2])
        yield Endpoint(host="localhost", port=port, server_name="localhost", address="127.0.0.1")


def early(endpoint: Endpoint, *, of: Endpoint | None = None) -> Probe:
    """Build a probe of `/secure` without a certificate, in early data on a session made for `/public`."""
    probe = probe_of(endpoint, Request(method="GET", target="/secure"))
    return replace(
        probe,
        connection=replace(probe.connection, resumes=of or endpoint, early_data=True),
        priming=Request(method="GET", target="/public"),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "status"),
    [("early-data-at-once", 200), ("early-data-waits", 401), ("early-data-too-early", 425)],
)
def test_the_answer_to_early_data_is_recorded(
    client: Client, pki: TestPki, tmp_path: Path, variant: str, status: int
) -> None:
    """The facts state that the request was early data."""
    with running(variant, pki, tmp_path) as endpoint:
        observed = client.one(early(endpoint))
    assert observed.http is not None
    assert (observed.ending, observed.http.status, observed.http.truncated) == (
        Ending.RESPONSE,
        status,
        False,
    )
    assert observed.http.shape.kind == "json"
    assert (observed.tls.version, observed.tls.resumed, observed.tls.early_data) == ("TLSv1.3", True, True)
    assert (client.tally.requests, client.tally.connections) == (2, 2)


@pytest.mark.slow
def test_many_at_once_end_quietly(
    client: Client, pki: TestPki, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each process is waited for by one task only: asyncio would warn of a child reaped elsewhere."""
    with running("early-data-waits", pki, tmp_path) as endpoint:
        probes = [replace(early(endpoint), attempt=number) for number in range(20)]
        observed = client.send(*probes, network=replace(NETWORK, concurrency=4))
    assert {observation.ending for observation in observed} == {Ending.RESPONSE}
    assert not caplog.records


def test_without_permission_in_the_ticket_nothing_is_sent(
    client: Client, pki: TestPki, tmp_path: Path
) -> None:
    """As with most servers: only the first connection is made."""
    with running("no-early-data", pki, tmp_path) as endpoint:
        observed = client.one(early(endpoint))
    assert (observed.ending, observed.detail) == (
        Ending.NOT_SENT,
        "there was no session to take up, of localhost",
    )
    assert (client.tally.requests, client.tally.connections) == (1, 1)


def test_rejected_early_data_is_not_sent_again(client: Client, pki: TestPki, tmp_path: Path) -> None:
    """Another server has other ticket keys: it makes a full handshake, which shows nothing of early data."""
    with (
        running("early-data-at-once", pki, tmp_path) as source,
        serving(answering(), server_context(pki)) as peer,
    ):
        observed = client.one(early(endpoint_of(peer), of=source))
    assert (observed.ending, observed.detail) == (Ending.NOT_SENT, "the server took no early data")
    assert (peer.lines, observed.tls.early_data) == ([], False)


def test_the_server_is_verified_before_anything_is_sent(client: Client, pki: TestPki, tmp_path: Path) -> None:
    """A request may carry credentials, so a server with a certificate of another CA receives none."""
    untrusting = replace(client, ca_file=pki.client_ca)
    with running("early-data-at-once", pki, tmp_path) as endpoint:
        observed = untrusting.one(early(endpoint))
        assert (observed.ending, observed.http) == (Ending.NOT_SENT, None)
        misnamed = replace(endpoint, server_name="other.test")
        assert client.one(early(misnamed)).ending is Ending.NOT_SENT
    assert "GET /" not in (tmp_path / "server.log").read_text(encoding="utf-8")


def test_a_missing_program_is_reported(
    client: Client, pki: TestPki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan then has no early data; a probe with early data reports why it was not sent."""
    monkeypatch.setattr(s_client, "openssl", lambda: str(tmp_path / "openssl"))
    with serving(answering(), server_context(pki)) as peer:
        observed = client.one(early(endpoint_of(peer)), network=replace(NETWORK, retries=0))
    assert (observed.ending, peer.lines) == (Ending.NOT_SENT, [])
    assert client.tally.connections == 0
