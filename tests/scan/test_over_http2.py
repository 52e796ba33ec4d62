"""Where each refusal ends a connection, most operations are probed over HTTP/2: fewer handshakes, the same verdicts."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import yaml
from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.classify.listener import FIRST, LEAST, spread
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import Ending, HttpFacts
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Probe, Request, head_of
from specdrift.model.policy import ProfilePolicy
from specdrift.pki.battery import PROFILES
from specdrift.scan.execution.sampling import send
from tests.changed_settings import changed
from tests.classify.exchanges import EXPIRED, answer, observed, probe
from tests.scan.running import run, settings_for
from tests.servers.cases import case_named

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from specdrift.model.exchange.observation import Observation
    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers

OPERATIONS = 60
SAMPLED = FIRST + LEAST
FAMILIES = frozenset(profile.family for profile in PROFILES.values())
SAMPLE, REST = spread(spread(range(OPERATIONS), FIRST)[1], LEAST)
"""Numbers of operations."""


def probes(identity: ClientIdentity, check: str = CERTIFICATE) -> list[Probe]:
    """Every operation as that identity, over HTTP/1.1."""
    paths = (f"/{number}" for number in range(OPERATIONS))
    return [
        probe(
            identity.name,
            check=check,
            operation=OperationKey(method="GET", path=path),
            request=Request(method="GET", target=path),
        )
        for path in paths
    ]


def closing(status: int = 400) -> HttpFacts:
    """An answer that ends the connection."""
    return replace(answer(status), headers=(("connection", "close"),))


class Played(Struct):
    """A listener of which ``answers`` says what a probe gets."""

    answers: Callable[[Probe], Observation]
    sent: list[Probe] = field(default_factory=list)

    async def crawl(self, batch: Sequence[Probe]) -> AsyncIterator[tuple[Probe, Observation]]:
        """One after the other."""
        for asked in batch:
            self.sent.append(asked)
            yield asked, self.answers(asked)

    def offered(self) -> Counter[tuple[str, ...]]:
        """How many probes offered which protocols."""
        return Counter(asked.connection.alpn for asked in self.sent)


def sent_to(played: Played, batch: Sequence[Probe], *, http2: bool = True) -> dict[str, Observation]:
    """What is kept of each probe."""
    evidence = ExchangeLog(identities={one.name: one for one in (EXPIRED, ANONYMOUS)})

    async def all_of_it() -> dict[str, Observation]:
        return {asked.id: seen async for asked, seen in send(played, batch, evidence, http2=http2)}

    return asyncio.run(all_of_it())


def refuses(asked: Probe) -> Observation:
    """As nginx does: over HTTP/2 the connection stays."""
    return observed(closing() if asked.connection.alpn == HTTP_1 else answer(400))


def test_every_operation_is_probed_and_a_sample_over_http_1_1() -> None:
    """Nothing is omitted."""
    played = Played(refuses)
    assert len(sent_to(played, probes(EXPIRED))) == OPERATIONS
    assert played.offered() == {HTTP_1: SAMPLED, HTTP_2: OPERATIONS - SAMPLED}


def test_an_admission_over_http2_is_found() -> None:
    """It stands as it came."""
    open_one = probes(EXPIRED)[REST[0]].id
    played = Played(lambda asked: observed(answer(200)) if asked.id == open_one else refuses(asked))
    found = sent_to(played, probes(EXPIRED))[open_one].http
    assert found is not None
    assert found.status == 200
    assert HTTP_2 in played.offered()


def test_probes_without_a_response_over_http2_are_sent_over_http_1_1() -> None:
    """Apache resets the stream where it would have to renegotiate."""
    played = Played(
        lambda asked: refuses(asked) if asked.connection.alpn == HTTP_1 else observed(Ending.STREAM_RESET)
    )
    found = sent_to(played, probes(EXPIRED))
    assert len(found) == OPERATIONS
    assert all(seen.http is not None for seen in found.values())


@pytest.mark.parametrize(
    "other",
    [
        observed(answer(400)),
        observed(closing(200)),
        observed(Ending.CLOSED),
    ],
    ids=["stays open", "admits", "no response"],
)
def test_one_different_answer_of_the_sample_keeps_http_1_1(other: Observation) -> None:
    """The refusals are not uniform then."""
    odd = probes(EXPIRED)[SAMPLE[0]].id
    played = Played(lambda asked: other if asked.id == odd else refuses(asked))
    assert len(sent_to(played, probes(EXPIRED))) == OPERATIONS
    assert played.offered() == {HTTP_1: OPERATIONS}


def test_heads_stay_with_http1() -> None:
    """A head without its body is never sent over HTTP/2."""
    request = head_of(Request(method="POST", target="/", body=b"{}"))
    heads = [replace(one, request=request) for one in probes(EXPIRED)]
    played = Played(refuses)
    assert len(sent_to(played, heads)) == OPERATIONS
    assert played.offered() == {HTTP_1: OPERATIONS}


@pytest.mark.parametrize(
    ("identity", "check", "http2"),
    [(ANONYMOUS, CERTIFICATE, True), (EXPIRED, "method", True), (EXPIRED, CERTIFICATE, False)],
)
def test_http2_is_used_for_invalid_certificates_of_the_matrix_only(
    identity: ClientIdentity, check: str, *, http2: bool
) -> None:
    """Both protocols are compared for anonymous clients; other checks keep the protocol of their probes."""
    played = Played(refuses)
    sent_to(played, probes(identity, check), http2=http2)
    assert played.offered() == {HTTP_1: OPERATIONS}


def outcomes(result: Result) -> dict[str, dict[str, str]]:
    """Who got what from each operation."""
    return {
        str(one.operation.key): {outcome.identity: outcome.outcome.value for outcome in one.outcomes}
        for one in result.operations
    }


def test_http2_needs_fewer_connections_on_nginx_and_gives_the_same_verdicts(
    pki: TestPki, tmp_path: Path
) -> None:
    """nginx closes after each refusal of a certificate over HTTP/1.1, and not over HTTP/2."""
    case = case_named("nginx-optional")
    if missing := case.available():
        pytest.skip(missing)
    spec = tmp_path / "openapi.yaml"
    get = {"get": {"responses": {"200": {"description": "an item"}}}}
    spec.write_text(
        yaml.safe_dump(
            {
                "openapi": "3.1.0",
                "info": {"title": "Many", "version": "1"},
                "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
                "security": [{"mtls": []}],
                "paths": {f"/items/{number}": get for number in range(OPERATIONS)},
            }
        )
    )
    with case.start(pki, tmp_path / "server") as server:
        settings = settings_for(
            pki,
            server.base_url,
            spec=str(spec),
            checks=("certificate",),
            battery=dict.fromkeys(FAMILIES - {"untrusted-issuer"}, ProfilePolicy.SKIP),
        )
        found, planned = run(settings), run(changed(settings, exhaustive=True))
    assert outcomes(found) == outcomes(planned)
    assert found.counts.requests == planned.counts.requests
    assert planned.counts.connections - found.counts.connections > len(REST)
    forged = [record for record in found.probes if record.probe.identity == "untrusted-issuer"]
    over = Counter(record.observation.http.http_version for record in forged if record.observation.http)
    assert over == {"HTTP/1.1": 2 * SAMPLED, "HTTP/2": 2 * (OPERATIONS - SAMPLED)}
