"""Requests of a server to URLs in untrusted certificates. `tests/servers/jvm` has a server that makes them."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from cryptography import x509

from specdrift import scan
from specdrift.crawler.callback_listener import CallbackListener
from specdrift.events import Event, ProbeFinished
from specdrift.model.exchange.fetch import CertificateFetch, UrlKind
from specdrift.pki.battery import CALLBACKS, PROFILES, generate_callbacks
from specdrift.pki.battery.not_generated import NotGenerated
from specdrift.scan.callbacks import receiving
from specdrift.scan.callbacks.receiving import fetches_of
from specdrift.settings import NetworkSettings
from tests.pki.world import World, make_world
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

RULE = "certificate-url-fetched"
LISTENING = NetworkSettings(timeout=5, retries=1, callback_listen="127.0.0.1:0")


@pytest.fixture(scope="module")
def world() -> World:
    """A PKI of EC keys."""
    return make_world("ec")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[CallbackListener]:
    """The listeners that a run opens, which then waits for no more requests."""
    found: list[CallbackListener] = []
    original = CallbackListener.opened

    async def keeping(host: str, port: int) -> CallbackListener:
        listener = await original(host, port)
        found.append(listener)
        return listener

    monkeypatch.setattr(CallbackListener, "opened", keeping)
    monkeypatch.setattr(receiving, "SETTLE_S", 0.2)
    return found


def configured(pki: TestPki, url: str, **changes: object) -> Settings:
    """A short run that listens."""
    usual = {"network": LISTENING, "checks": ("certificate", "callbacks"), "battery": {}}
    return settings_for(pki, url, **{**usual, **changes})


def guarded(pki: TestPki) -> AbstractContextManager[str]:
    """An API of Python's `ssl`, which requests nothing."""
    return listening(Guarded, pki)


def reasons(result: Result) -> list[str]:
    """Why the check is skipped."""
    return [entry.reason for entry in result.skipped if entry.check == "callbacks"]


def urls_of(certificate: x509.Certificate) -> set[str]:
    """The URLs that a certificate names."""
    extensions = certificate.extensions
    access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    names = [one.access_location for one in access] + [n for p in points for n in p.full_name or ()]
    return {name.value for name in names}


def test_each_certificate_names_urls_of_its_own(world: World) -> None:
    """Three each, below the listener; without a listener there is none."""
    batch = generate_callbacks(world.factory(callback_url="http://127.0.0.1:9/nonce"), {})
    urls = {identity.name: urls_of(credential.leaf) for identity, credential in batch.generated}
    assert urls == {
        name: {f"http://127.0.0.1:9/nonce/{name}/{kind}" for kind in UrlKind} for name in CALLBACKS
    }
    assert set(generate_callbacks(world.factory(), {}).skipped.values()) == {NotGenerated.NO_LISTENER}
    assert CALLBACKS.keys().isdisjoint(PROFILES)


def test_the_listener_answers_404_and_keeps_the_target() -> None:
    """Whatever is sent, by GET or POST; a client that sends nothing delays no other."""

    async def exchange() -> list[str]:
        listener = await CallbackListener.opened("127.0.0.1", 0)
        idle = socket.create_connection(("127.0.0.1", int(listener.url.rpartition(":")[2])))
        for data in (None, b"ocsp request"):
            with pytest.raises(HTTPError) as caught:
                await asyncio.to_thread(urlopen, f"{listener.url}/nonce/a/ocsp", data, 5)
            assert caught.value.code == 404
            caught.value.close()
        await listener.close()
        idle.close()
        return listener.targets

    assert asyncio.run(exchange()) == ["/nonce/a/ocsp", "/nonce/a/ocsp"]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("/n/untrusted-issuer-urls/crl", [("untrusted-issuer-urls", UrlKind.CRL)]),
        ("/n/untrusted-issuer-urls/ocsp/MEQwQg==", [("untrusted-issuer-urls", UrlKind.OCSP)]),
        ("http://127.0.0.1:9/n/a/ca-issuers?x", [("a", UrlKind.CA_ISSUERS)]),
        ("/n/a/other", []),
        ("/other/a/crl", []),
        ("/", []),
    ],
)
def test_only_paths_of_the_run_count(target: str, found: list[tuple[str, UrlKind]]) -> None:
    """Anybody may request other paths of the listener."""
    assert list(fetches_of([target], "n")) == [CertificateFetch(identity=a, kind=b) for a, b in found]


@pytest.mark.slow
def test_a_request_to_the_path_of_a_certificate_is_reported(
    pki: TestPki, tmp_path: Path, opened: list[CallbackListener]
) -> None:
    """Once, with the extension that names the URL; the recording is judged alike."""

    def fetch(event: Event) -> None:
        if isinstance(event, ProbeFinished) and event.probe.identity == "impostor-issuer-urls":
            opened[0].targets.append(f"/{nonce}/impostor-issuer-urls/crl")

    file = tmp_path / "run.json"
    with guarded(pki) as url:
        settings = configured(pki, url, record=file)
        nonce = "0" * 12
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("specdrift.scan.preparation.prepare.token_hex", lambda _: nonce)
            result = run(settings, fetch)
    (drift,) = [one for one in result.drifts if one.rule == RULE]
    assert (drift.operation, drift.identity, drift.profile) == (
        None,
        "impostor-issuer-urls",
        "impostor-issuer",
    )
    assert "the CRL (distribution point)" in drift.message
    assert scan.rejudge(file) == result


@pytest.mark.slow
def test_a_server_that_requests_nothing_is_not_accused_and_not_cleared(
    pki: TestPki, opened: list[CallbackListener]
) -> None:
    """It may not reach the listener: the check is listed as skipped."""
    with guarded(pki) as url:
        result = run(configured(pki, url))
    assert [drift.rule for drift in result.drifts if drift.rule == RULE] == []
    assert opened[0].targets == []
    (reason,) = reasons(result)
    assert "or cannot reach this address" in reason
    sent = {record.probe.identity for record in result.probes}
    assert set(CALLBACKS) <= sent


@pytest.mark.slow
def test_nothing_listens_unless_the_owner_names_an_address(
    pki: TestPki, opened: list[CallbackListener]
) -> None:
    """No certificate names a URL then."""
    with guarded(pki) as url:
        result = run(configured(pki, url, network=NetworkSettings(timeout=5, retries=1)))
    assert (opened, reasons(result)) == ([], [])
    assert not set(CALLBACKS) & {identity.name for identity in result.identities}


@pytest.mark.slow
def test_an_address_that_is_taken_is_reported(pki: TestPki) -> None:
    """The run goes on without the check."""
    with guarded(pki) as url, socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        network = NetworkSettings(timeout=5, retries=1, callback_listen=address)
        result = run(configured(pki, url, network=network))
    (reason,) = reasons(result)
    assert reason.startswith(f"cannot listen on {address}")
