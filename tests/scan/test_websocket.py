"""Operations that switch to WebSocket: the handshake is the request, and its connection the answer (RFC 6455)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.probe import HTTP_2
from specdrift.model.exchange.websocket import EXTENDED_CONNECT, HANDSHAKE
from specdrift.model.result.verdict import Verdict
from specdrift.scan import plan, prepare
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.cases import FOLDER
from tests.servers.websocket import (
    AnyToken,
    Closing,
    ClosingForAll,
    Failing,
    FailingForAll,
    GreetingTokens,
    GuardedBySpelling,
    Streaming,
    Unguarded,
    UnguardedData,
)

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki
    from tests.servers.python.tls import Handler

pytestmark = pytest.mark.slow
STREAM = OperationKey(path="/stream", method="GET")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small API with /stream, which declares 101."""
    api = yaml.safe_load((FOLDER / "openapi.yaml").read_text(encoding="utf-8"))
    responses = {"101": {"description": "Prices, over WebSocket."}}
    api["paths"]["/stream"] = {"get": {"security": [{"mtls": []}], "responses": responses}}
    file = tmp_path_factory.mktemp("document") / "openapi.yaml"
    file.write_text(yaml.safe_dump(api), encoding="utf-8")
    return file


def checked(server: type[Handler], pki: TestPki, document: Path, **changes: object) -> Result:
    """Return the result on this server."""
    with listening(server, pki) as base_url:
        return run(settings_for(pki, base_url, spec=str(document), **changes))


def verdict_of(result: Result) -> Verdict:
    """Return the verdict on /stream."""
    return next(each.verdict for each in result.operations if each.operation.key == STREAM)


@pytest.mark.parametrize("server", [Streaming, Closing])
def test_a_guarded_websocket_is_consistent(server: type[Handler], pki: TestPki, document: Path) -> None:
    """Whether the handshake is refused, or the connection closed with 1008."""
    result = checked(server, pki, document)
    assert [drift.rule for drift in result.drifts] == []
    assert verdict_of(result) is Verdict.CONSISTENT


def test_an_open_websocket_with_the_data_is_a_drift(pki: TestPki, document: Path) -> None:
    """The server sends them at once."""
    result = checked(UnguardedData, pki, document, checks=("certificate",))
    assert [(drift.rule, drift.operation) for drift in result.drifts] == [("mtls-not-enforced", STREAM)]
    assert "HTTP 101, with the values that a valid certificate gets" in result.drifts[0].message


def test_an_open_websocket_in_silence_is_undecided(pki: TestPki, document: Path) -> None:
    """The server waits for the first message, and may refuse that; other spellings of the path show no more."""
    result = checked(Unguarded, pki, document, checks=("certificate", "path-variant", "undeclared-input"))
    assert result.drifts == ()
    assert verdict_of(result) is Verdict.UNDECIDED


@pytest.mark.parametrize("server", [Failing, FailingForAll, ClosingForAll])
def test_a_connection_that_breaks_off_is_undecided(
    server: type[Handler], pki: TestPki, document: Path
) -> None:
    """Nothing says that it was for the certificate; and an end that all of them get is no data."""
    result = checked(server, pki, document, checks=("certificate",))
    assert result.drifts == ()
    assert verdict_of(result) is Verdict.UNDECIDED


def test_another_spelling_that_opens_the_websocket_is_a_bypass(pki: TestPki, document: Path) -> None:
    """101 is the operation's own answer, and that to a path that does not exist is another."""
    result = checked(GuardedBySpelling, pki, document, checks=("path-variant",))
    assert [(drift.rule, drift.operation) for drift in result.drifts] == [("path-variant-bypass", STREAM)]


def test_the_data_at_any_path_are_a_bypass(pki: TestPki, document: Path) -> None:
    """What an invented path answers refutes no answer that has the operation's own data."""
    result = checked(AnyToken, pki, document, checks=("undeclared-input",))
    assert [(drift.rule, drift.operation) for drift in result.drifts] == [("undeclared-input-bypass", STREAM)]
    assert "parameter token" in result.drifts[0].message


def test_a_greeting_at_any_path_is_no_bypass(pki: TestPki, document: Path) -> None:
    """It is opened as for a valid certificate, with other data."""
    result = checked(GreetingTokens, pki, document, checks=("undeclared-input",))
    assert [drift.rule for drift in result.drifts] == []


def test_a_handshake_is_sent_over_http_1_only(pki: TestPki, document: Path) -> None:
    """HTTP/2 has no Upgrade: a server would answer another request. There it is an extended CONNECT (RFC 8441)."""
    settings = settings_for(pki, "https://127.0.0.1:1", spec=str(document))
    probes = [p for p in plan(prepare(settings)) if p.request and p.connection.alpn == HTTP_2]
    (over_http2,) = [p.request for p in probes if p.operation == STREAM]
    assert over_http2 is not None
    assert (over_http2.method, over_http2.upgrades) == ("CONNECT", False)
    assert set(EXTENDED_CONNECT) <= set(over_http2.headers)
    assert any(p.operation != STREAM for p in probes)


def test_only_operations_that_declare_it_ask_for_another_protocol(pki: TestPki, document: Path) -> None:
    """A handshake would be refused by others."""
    settings = settings_for(pki, "https://127.0.0.1:1", spec=str(document), checks=("certificate",))
    asking = {
        probe.operation
        for probe in plan(prepare(settings))
        if probe.request and set(HANDSHAKE) <= set(probe.request.headers)
    }
    assert asking == {STREAM}
