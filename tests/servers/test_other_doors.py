"""Two listeners of one process share the keys of their session tickets: a session of one is resumed at the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from specdrift.settings import Identity, NetworkSettings, ServerSettings, Settings
from tests.scan.running import run
from tests.servers.cases import FOLDER
from tests.servers.go.launch import available, build
from tests.servers.harness import Launch, Tls
from tests.servers.process import announced

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

reason = available()
pytestmark = [pytest.mark.servers, pytest.mark.skipif(reason is not None, reason=str(reason))]
BOTH = pytest.mark.parametrize("tls", [Tls.TLS12, Tls.TLS13])
PATHS = ("/items/{id}", "/optional", "/public", "/secure")


def checked(variant: str, tls: Tls, pki: TestPki, folder: Path) -> tuple[Result, str]:
    """What a run finds that knows of the other door, and the door's URL."""
    launch = Launch(pki=pki, workdir=folder, tls=tls, variant=variant, settings={})
    name, *options = launch.arguments()
    with announced([str(build()), "--door", "--variant", name, *options], workdir=folder) as server:
        found = re.search(r"^door at (\d+)$", (folder / "server.log").read_text(), re.MULTILINE)
        assert found
        door = f"https://127.0.0.1:{found[1]}"
        alice = Identity(name="alice", cert_file=pki.alice.cert, key_file=pki.alice.key)
        result = run(
            Settings(
                spec=str(FOLDER / "all-required.yaml"),
                base_url=server.base_url,
                server=ServerSettings(ca_file=pki.server_ca, listeners=(door,)),
                identities=(alice,),
                network=NetworkSettings(retries=2),
            )
        )
    return result, door


@BOTH
def test_a_session_of_the_other_door_is_found(tls: Tls, pki: TestPki, tmp_path: Path) -> None:
    """The guarded listener makes sessions for nobody without a certificate, so it is the other one's that it takes."""
    result, door = checked("two-sites-checks-once", tls, pki, tmp_path)
    found = sorted((d.rule, d.operation.path) for d in result.drifts if d.operation)
    assert found == [("resumption-bypass", path) for path in PATHS]
    assert {f"with a TLS session of {door}:" in drift.message for drift in result.drifts} == {True}


@BOTH
def test_who_asks_on_every_connection_is_not_blamed(tls: Tls, pki: TestPki, tmp_path: Path) -> None:
    """The session is resumed as well, and there is no certificate in it."""
    result, _ = checked("two-sites-checks-always", tls, pki, tmp_path)
    assert [f"{d.rule} {d.operation}" for d in result.drifts] == []
