"""The listener for HTTP/3 of `server.http3`: where it is, and which hosts it may be on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from specdrift import scan
from specdrift.errors import UsageError
from specdrift.scan.preparation.http3_endpoint import http3_of, resolved_http3
from specdrift.settings import NetworkSettings, Resolve, ServerSettings
from tests.scan.running import settings_for

if TYPE_CHECKING:
    from specdrift.scan.preparation.run import Run
    from tests.servers.pki import TestPki

ANSWERING = "192.0.2.1"


def prepared(pki: TestPki, http3: str, **network: object) -> Run:
    """Prepare a run with this value of the key."""
    settings = settings_for(
        pki,
        "https://api.test:8443/v1",
        server=ServerSettings(ca_file=pki.server_ca, http3=http3),
        network=NetworkSettings(**network),  # type: ignore[arg-type]
    )
    return scan.prepare(settings)


@pytest.mark.parametrize(
    ("value", "announced", "place"),
    [
        ("announced", True, None),
        ("never", False, None),
        ("always", False, ("api.test", 8443, ANSWERING)),
        ("api.test:9443", False, ("api.test", 9443, ANSWERING)),
        ("192.0.2.7:9443", False, ("api.test", 9443, "192.0.2.7")),
        ("[2001:db8::7]:9443", False, ("api.test", 9443, "2001:db8::7")),
        ("edge.test:443", False, ("api.test", 443, "192.0.2.9")),
    ],
)
def test_the_listener_has_the_names_of_the_target(
    pki: TestPki, value: str, place: tuple[str, int, str] | None, *, announced: bool
) -> None:
    """An alternative is authoritative for the origin, under its name (RFC 7838 §2.1)."""
    run = prepared(pki, value, resolve=(Resolve(host="edge.test", port=443, address="192.0.2.9"),))
    found = asyncio.run(resolved_http3(run, ANSWERING))
    listener = found.listener
    assert found.announced is announced
    assert (listener and (listener.server_name, listener.port, listener.address)) == place


def test_a_host_that_is_not_allowed_is_an_error(pki: TestPki) -> None:
    """As for `server.listeners`."""
    run = prepared(pki, "edge.test:443", allow_hosts=("api.test",))
    with pytest.raises(UsageError, match=r"edge\.test is not in network\.allow-hosts"):
        http3_of(run)


def test_a_host_that_does_not_resolve_has_no_address(pki: TestPki) -> None:
    """The probe then reports that, and the listener is undecided."""
    found = asyncio.run(resolved_http3(prepared(pki, "edge.invalid:443"), ANSWERING))
    assert found.listener is not None
    assert found.listener.address == ""
