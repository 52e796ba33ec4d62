"""The totals of ``plan`` equal the requests of ``check``, on servers that support every assumed protocol."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from specdrift import scan
from specdrift.classify.listener import FIRST as STEPS_FIRST
from specdrift.classify.listener import LEAST
from specdrift.events import Planned, ProbeFinished
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending
from specdrift.model.policy import UnsafeMethods
from specdrift.scan.execution import value_trials
from specdrift.scan.execution.opening.unauthenticated import TAG
from specdrift.settings import Identity, NetworkSettings, ServerSettings, Settings
from tests.changed_settings import changed
from tests.scan.running import run
from tests.servers.cases import case_named
from tests.servers.pki import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from specdrift.events import Event
    from specdrift.model.exchange.probe import Probe
    from tests.servers.pki import TestPki

LIMIT = 69
"""Requests an operation, with default settings, 100 operations and 3 identities."""

FIRST = {10: 1200, 100: 5605}
"""Planned probes by operations, with default settings and 3 identities, before the checks of published bypasses."""
MOST_GROWTH = 1.42
"""Two requests of each operation are those without ALPN and with Upgrade; of few operations, some dozens are inputs and
endings of paths that frameworks exempt, and a dozen each forged certificates with keys of other types and trusted
certificates after them, and the texts of absent keys and signing keys of examples: a field has one in a request. Six
are heads that do not fit into the buffers of proxies. Two bundles of forwarded fields have the names of
Cloudflare and of gateways from JSON to gRPC. All bundles are sent as trailers, to one operation. The sizes of the
certificates, which differ from run to run, decide how many bundles there are: one more or less for each operation.
"""

pytestmark = pytest.mark.servers


def settings_of(pki: TestPki, document: Path, base_url: str, names: tuple[str, ...] = ()) -> Settings:
    """Build settings with three valid identities and all checks.

    ``names`` are those of the server's certificate: `plan` does not connect, and cannot know them otherwise.
    """
    return Settings(
        spec=str(document),
        base_url=base_url,
        server=ServerSettings(ca_file=pki.server_ca, names=names),
        identities=tuple(
            Identity(name=name, cert_file=pair.cert, key_file=pair.key)
            for name, pair in (("alice", pki.alice), ("bob", pki.bob), ("carol", pki.revoked))
        ),
    )


def document_of(folder: Path, operations: int) -> Path:
    """Write a document with this many operations that require a certificate."""
    get = {"get": {"responses": {"200": {"description": "an item"}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Many", "version": "1"},
        "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
        "security": [{"mtls": []}],
        "paths": {f"/items/{number}": get for number in range(1, operations + 1)},
    }
    file = folder / f"{operations}.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def without_learning(probes: Iterable[Probe]) -> tuple[Probe, ...]:
    """Leave out the requests before the others: those that learn values depend on what the document's values find."""
    return tuple(probe for probe in probes if probe.check != value_trials.CHECK and probe.tag != TAG)


@pytest.mark.parametrize("name", ["caddy-verify-if-given", "axum-optional"])
@pytest.mark.parametrize("exhaustive", [True, False])
def test_the_totals_of_the_plan_are_those_of_the_run(
    name: str,
    exhaustive: bool,  # noqa: FBT001 - a table's column
    pki: TestPki,
    tmp_path: Path,
) -> None:
    """Each planned probe is sent or counted as inferred; follow-ups are counted separately."""
    case = case_named(name)
    if missing := case.available():
        pytest.skip(missing)
    with case.start(pki, tmp_path / "server") as server:
        settings = settings_of(pki, case.document, server.base_url, NAMES)
        settings = changed(settings, exhaustive=exhaustive)
        planned = without_learning(scan.plan(scan.prepare(settings)))
        result = run(settings)
    assert result.counts.planned == len(planned)
    assert len(result.probes) == len(planned) - result.counts.spared + result.counts.follow_ups
    assert not (exhaustive and result.counts.spared)
    assert result.counts.requests >= sum(record.probe.request is not None for record in result.probes)


def test_follow_ups_do_not_send_what_the_listener_refuses(pki: TestPki, tmp_path: Path) -> None:
    """Of each check's altered requests a sample is sent, and no other in a later round."""
    case = case_named("python-cert-required")
    with case.start(pki, tmp_path / "server") as server:
        settings = settings_of(pki, case.document, server.base_url)
        planned = Counter(probe.check for probe in scan.plan(scan.prepare(settings)))
        result = run(settings)
    sent = Counter(record.probe.check for record in result.probes if record.probe.identity == ANONYMOUS.name)
    assert planned["path-variant"] > LEAST + STEPS_FIRST
    assert {name: sent[name] for name in ("path-variant", "forwarded")} == dict.fromkeys(
        ("path-variant", "forwarded"), LEAST + STEPS_FIRST
    )
    assert result.counts.planned - result.counts.spared + result.counts.follow_ups >= len(result.probes)


@pytest.mark.parametrize("name", ["odd-input-checked", "odd-orders-checked"])
def test_invalid_input_is_sent_as_planned(name: str, pki: TestPki, tmp_path: Path) -> None:
    """Where all of it is refused, nothing more is sent."""
    case, about_input = case_named(name), {"input", "input-denial"}
    with case.start(pki, tmp_path / "server") as server:
        settings = settings_of(pki, case.document, server.base_url)
        settings = changed(settings, unsafe_methods=UnsafeMethods.SEND)
        planned = [p.id for p in scan.plan(scan.prepare(settings)) if p.check in about_input]
        sent = [r.probe.id for r in run(settings).probes if r.probe.check in about_input]
    assert sorted(sent) == sorted(planned)
    assert {name.partition("/")[0] for name in sent} == about_input


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "exhaustive": {"exhaustive": True},
    "every method": {"unsafe_methods": UnsafeMethods.SEND},
    "one check": {"checks": ("names",)},
}


@pytest.mark.parametrize("name", ["nginx-optional", "nginx-on-all-required"])
@pytest.mark.parametrize("changes", CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
def test_the_server_receives_the_planned_requests(
    name: str,
    changes: dict[str, Any],
    pki: TestPki,
    tmp_path: Path,
) -> None:
    """Its access log has a line for each planned request and each follow-up."""
    case = case_named(name)
    if missing := case.available():
        pytest.skip(missing)
    events: list[Event] = []
    with case.start(pki, tmp_path) as server:
        once = NetworkSettings(retries=0)
        settings = changed(settings_of(pki, case.document, server.base_url, NAMES), network=once, **changes)
        prepared = scan.prepare(settings)
        total = scan.costs(prepared, without_learning(scan.plan(prepared)))["total"]
        counts = run(settings, events.append).counts
    logged = lines_of(tmp_path / "access.log")
    (announced,) = [event for event in events if isinstance(event, Planned)]
    finished = [event for event in events if isinstance(event, ProbeFinished)]
    first = finished[: len(finished) - counts.follow_ups]
    held_back = [e for e in finished if e.observation.ending is Ending.NOT_SENT]
    # nginx takes a PROXY header for a request, and logs it.
    on_the_way = [
        e
        for e in finished
        if e.observation.http is None
        and e not in held_back
        and e.probe.request
        and not e.probe.connection.proxy
    ]
    assert counts.spared == 0
    assert announced.requests == total.requests == sum(event.probe.requests for event in first)
    assert counts.requests == sum(event.probe.requests for event in finished) - len(held_back)
    assert logged == counts.requests - len(on_the_way)
    # Some requests end in TLS: certificates with another key, handshakes without a proof of the key, or with cipher
    # suites that the server's certificate does not serve.
    complete = {
        event.probe.identity
        for event in on_the_way
        if event.probe.connection.omits is None and not event.probe.connection.ciphers
    }
    assert complete <= {"server-certificate", "wrong-private-key"}


def lines_of(log: Path) -> int:
    """Count the requests of an access log."""
    return len(log.read_text(encoding="utf-8", errors="replace").splitlines())


def test_the_default_settings_stay_affordable(pki: TestPki, tmp_path: Path) -> None:
    """100 operations, 3 identities: planned, sent, and arrived."""
    case = case_named("nginx-optional")
    if missing := case.available():
        pytest.skip(missing)
    operations = 100
    with case.start(pki, tmp_path / "server") as server:
        settings = settings_of(pki, document_of(tmp_path, operations), server.base_url)
        prepared = scan.prepare(settings)
        total = scan.costs(prepared, without_learning(scan.plan(prepared)))["total"]
        result = run(settings)
    sent = result.counts
    # nginx answers a refusal with 400 and closes. The plan contains neither inferred probes nor follow-ups, nor
    # does it know that there is no session to resume.
    unsent = sum(each.observation.ending is Ending.NOT_SENT for each in result.probes)
    assert total.requests - sent.spared - unsent <= sent.requests <= 1.2 * total.requests
    assert total.connections <= sent.connections <= 1.2 * total.connections_if_closed
    assert 0 < total.seconds <= total.seconds_if_closed
    assert 0 < total.requests <= LIMIT * operations
    assert 0 < result.counts.requests <= LIMIT * operations
    logged = lines_of(tmp_path / "server" / "access.log")
    assert 0.9 * result.counts.requests < logged <= LIMIT * operations


@pytest.mark.parametrize("operations", FIRST)
def test_further_checks_cost_little_by_default(operations: int, pki: TestPki, tmp_path: Path) -> None:
    """What costs more is chosen (`--thorough`)."""
    document = document_of(tmp_path, operations)
    default = settings_of(pki, document, "https://127.0.0.1:1")
    usual, every = (
        len(scan.plan(scan.prepare(settings))) for settings in (default, changed(default, exhaustive=True))
    )
    assert usual <= MOST_GROWTH * FIRST[operations]
    assert usual < every
