"""Handshakes without the proof of the key: what is sent, and what follows from the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.checks.bypass import omitted_messages
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Omission, TlsRange
from specdrift.model.result.reasons import SkipReason
from tests.checks.plan_builders import context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe


SECURE, PUBLIC = planned(), planned("/public", Demand.NOT_REQUIRED)
OK, OPEN = http(200, shape="secret"), http(200, shape="public")
DENIED, MISSING, FORBIDDEN = http(401), http(404), http(403)
BOTH = (TlsRange.ANY, TlsRange.ONLY_1_2)


def judged(around: Callable[[Probe], HttpFacts | Ending | str | None], **changes: object) -> Conclusions:
    """Judge a server that is correct except for probes that ``around`` answers."""

    def server(probe: Probe) -> HttpFacts | Ending | str:
        assert probe.request is not None
        if probe.connection.omits and (answer := around(probe)) is not None:
            return answer
        if probe.request.target == "/public":
            return OPEN
        if probe.request.target != "/secure":
            return MISSING
        return DENIED if probe.identity == ANONYMOUS.name else OK

    ctx = context(SECURE, PUBLIC, **{"exhaustive": True, "omits_messages": True, **changes})  # type: ignore[arg-type]
    checks = (unknown_path.CHECK, certificate.CHECK, omitted_messages.CHECK)
    return omitted_messages.CHECK.judge(ctx, play(checks, ctx, server).classifier())


def admits(*omitted: Omission) -> Callable[[Probe], HttpFacts | None]:
    """Let the operation answer a handshake without these messages."""
    return lambda probe: OK if _is_attempt(probe, omitted) else None


def _is_attempt(probe: Probe, omitted: tuple[Omission, ...]) -> bool:
    at = probe.request.target if probe.request else ""
    return probe.connection.omits in omitted and at == "/secure"


def test_one_operation_is_requested_without_each_set_of_messages_and_once_with_all() -> None:
    """Over each range of TLS versions, showing the certificate of the valid identity."""
    ctx = context(SECURE, PUBLIC, exhaustive=True, omits_messages=True, tls=BOTH)
    probes = [probe for probe in omitted_messages.CHECK.plan(ctx) if probe.connection.omits]
    sent = {(probe.connection.tls, probe.connection.omits) for probe in probes}
    assert sent == {(tls, omitted) for tls in BOTH for omitted in Omission}
    assert len(probes) == len(sent)
    shown = {(probe.identity, probe.connection.shows) for probe in probes}
    assert shown == {("alice", ""), (ANONYMOUS.name, "alice")}


@pytest.mark.parametrize("changes", [{"exhaustive": False}, {"omits_messages": False}])
def test_nothing_is_sent_by_default_or_without_the_extra(changes: dict[str, bool]) -> None:
    """A default run costs no request more."""
    ctx = context(SECURE, **{"exhaustive": True, "omits_messages": True, **changes})  # type: ignore[arg-type]
    assert not list(omitted_messages.CHECK.plan(ctx))


@pytest.mark.parametrize(
    ("around", "subjects"),
    [
        (lambda _: None, []),
        (admits(Omission.PROOF), ["proof"]),
        (admits(Omission.CERTIFICATE), ["certificate"]),
        (admits(Omission.PROOF, Omission.CERTIFICATE), ["proof", "certificate"]),
        (lambda probe: OK if probe.identity == ANONYMOUS.name else None, []),
    ],
    ids=["insists", "no proof", "no certificate", "neither", "answers-everything-alike"],
)
def test_the_operations_own_answer_is_reported(
    around: Callable[[Probe], HttpFacts | None], subjects: list[str]
) -> None:
    """Not a server that answers any path so."""
    assert [finding.subject for finding in judged(around).findings] == subjects


@pytest.mark.parametrize(
    ("around", "kind", "words"),
    [
        (
            lambda probe: "unexpected_message" if probe.connection.omits is Omission.NOTHING else None,
            SkipReason.CONTROL_REFUSED,
            "is not admitted",
        ),
        (
            lambda probe: Ending.CLIENT_ERROR if probe.connection.omits is Omission.PROOF else None,
            SkipReason.UNDECIDABLE,
            "without CertificateVerify",
        ),
    ],
    ids=["control", "client"],
)
def test_what_could_not_be_tried_is_skipped(
    around: Callable[[Probe], HttpFacts | Ending | str | None], kind: SkipReason, words: str
) -> None:
    """It is no proof that the server insists on the messages."""
    found = judged(around)
    assert not found.findings
    assert [entry.kind for entry in found.skipped] == [kind]
    assert words in found.skipped[0].reason


def test_without_the_extra_it_is_skipped() -> None:
    """With the command that installs it."""
    (entry,) = judged(lambda _: None, omits_messages=False).skipped
    assert (entry.kind, "'.[tls-messages]'" in entry.reason) == (SkipReason.NOT_AVAILABLE, True)


def test_a_completed_handshake_is_skipped_where_clients_without_a_certificate_get_none() -> None:
    """The listener did not insist on the messages, though another guard refused the request."""

    def server(probe: Probe) -> HttpFacts | Ending | str:
        assert probe.request is not None
        if probe.connection.omits is Omission.PROOF:
            return FORBIDDEN
        if probe.identity == ANONYMOUS.name:
            return "certificate_required"
        return OK if probe.request.target == "/secure" else MISSING

    ctx = context(SECURE, exhaustive=True, omits_messages=True)
    log = play((unknown_path.CHECK, certificate.CHECK, omitted_messages.CHECK), ctx, server)
    found = omitted_messages.CHECK.judge(ctx, log.classifier())
    assert not found.findings
    assert [entry.kind for entry in found.skipped] == [SkipReason.UNDECIDABLE]
    assert "HTTP 403" in found.skipped[0].reason
