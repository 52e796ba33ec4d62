"""Members of an AND omitted, alternatives of an OR used alone: findings by the callers that are admitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core.credentials import CredentialChange, Variation
from specdrift.checks.credentials import combinations
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.probe import Phase, Request
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.verdict import Confidence
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play, together

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions, PlannedOperation
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, certificate.CHECK, combinations.CHECK)
OK, DENIED, MISSING = http(200), http(401), http(404)
WITH_KEY = Request(method="GET", target="/secure", headers=(("X-Key", "right"),))
BARE, WRONG = replace(WITH_KEY, headers=()), replace(WITH_KEY, headers=(("X-Key", "wrong"),))
ASKS_FOR_CERTIFICATE = http(400, text="no required client certificate was sent")


def both() -> PlannedOperation:
    """Build an operation that needs a certificate and a key."""
    return replace(
        together(planned()),
        request=WITH_KEY,
        variations=(
            Variation(change=CredentialChange.LEFT_OUT, scheme="key", request=BARE),
            Variation(change=CredentialChange.MADE_UP, scheme="key", request=WRONG),
        ),
    )


def either() -> PlannedOperation:
    """Build an operation that needs a certificate or a key."""
    by_key = Variation(
        change=CredentialChange.OTHER_ALTERNATIVE, scheme="key", request=WITH_KEY, certificate=False
    )
    return replace(planned(demand=Demand.ONE_OF_SEVERAL), has_all_credentials=True, variations=(by_key,))


def answering(
    by_key: dict[str, HttpFacts], *, anonymous: HttpFacts | str = DENIED
) -> Callable[[Probe], HttpFacts | str]:
    """Build a server that answers callers with a certificate by the key that they send."""

    def server(probe: Probe) -> HttpFacts | str:
        if probe.operation is None:
            return MISSING
        key = dict(probe.request.headers).get("X-Key", "none") if probe.request else "none"
        return by_key.get(key, DENIED) if probe.identity != "anonymous" else anonymous

    return server


def conclude(one: PlannedOperation, server: Callable[[Probe], HttpFacts | str]) -> Conclusions:
    """Return the conclusions of the check."""
    ctx = context(one, identities=(ALICE, BOB), rules=frozenset({"combination-not-enforced"}))
    return combinations.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())


@pytest.mark.parametrize(
    ("by_key", "anonymous", "words"),
    [
        ({"right": OK}, DENIED, []),
        ({"right": OK, "none": OK, "wrong": OK}, DENIED, ["without key"]),
        ({"right": OK, "wrong": OK}, DENIED, ["with a made-up value for key"]),
        ({"right": OK, "none": http(400)}, DENIED, []),
        ({"right": OK, "none": http(200, shape="error")}, DENIED, []),
        ({"right": OK, "none": http(503)}, DENIED, []),
        ({"right": OK, "none": OK}, OK, []),
        ({"none": OK}, DENIED, []),
    ],
    ids=[
        "both are needed",
        "the key is not verified",
        "every key is accepted",
        "a missing key is a bad request",
        "denied with 200",
        "a server error",
        "no caller needs anything, which another check reports",
        "the valid caller is refused",
    ],
)
def test_a_member_that_is_not_enforced_is_a_finding(
    by_key: dict[str, HttpFacts], anonymous: HttpFacts | str, words: list[str]
) -> None:
    """One finding for each member; the control is the same caller with all members."""
    found = conclude(both(), answering(by_key, anonymous=anonymous)).findings
    assert [(f.rule, f.identity, f.subject) for f in found] == [
        ("combination-not-enforced", "alice", "key")
    ] * len(words)
    assert all(word in finding.message for word, finding in zip(words, found, strict=True))


def test_an_admission_is_repeated_on_fresh_connections() -> None:
    """Two more attempts before it is reported."""
    ctx = context(both(), identities=(ALICE,))
    log = play(CHECKS, ctx, answering({"right": OK, "none": OK}))
    again = [s.probe.variant for s in log.by_check("combinations") if s.probe.phase is Phase.CONFIRM]
    assert again == [*("without key",) * 2, *("without key Accept: text/html",) * 2]
    (finding,) = combinations.CHECK.judge(ctx, log.classifier()).findings
    assert finding.confidence is Confidence.HIGH


def test_the_caller_is_the_owner_of_the_credentials() -> None:
    """Bob has a token of his own; the request without the key carries alice's, so alice sends it."""
    ctx = context(replace(both(), own={"bob": WITH_KEY}, tokens=frozenset({"bob"})), identities=(BOB, ALICE))
    assert {probe.identity for probe in combinations.CHECK.plan(ctx)} == {"alice"}


@pytest.mark.parametrize(
    ("anonymous", "rules", "undecided"),
    [
        (OK, [], 0),
        (ASKS_FOR_CERTIFICATE, ["mtls-over-enforced"], 0),
        ("certificate_required", ["mtls-over-enforced"], 0),
        (DENIED, [], 1),
        (http(500), [], 1),
    ],
    ids=[
        "a key is enough",
        "it requires a certificate",
        "TLS requires a certificate",
        "it may be the key",
        "a server error",
    ],
)
def test_an_alternative_without_a_certificate(
    anonymous: HttpFacts | str, rules: list[str], undecided: int
) -> None:
    """Only a refusal that is about the certificate is drift; a client without credentials is refused in any case."""

    def server(probe: Probe) -> HttpFacts | str:
        if probe.operation is None:
            return MISSING
        if probe.identity != "anonymous":
            return OK
        return anonymous if probe.check == "combinations" else DENIED

    result = conclude(either(), server)
    assert [finding.rule for finding in result.findings] == rules
    assert [entry.kind for entry in result.undecided] == [UndecidedReason.CREDENTIAL_NOT_CHECKED] * undecided
    assert all("key alone" in entry.reason for entry in result.undecided)


def bare() -> PlannedOperation:
    """Build an operation that needs a certificate and a key without a configured value."""
    return replace(together(planned()), has_all_credentials=False)


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        (OK, [UndecidedReason.CREDENTIAL_NOT_CHECKED]),
        (DENIED, [UndecidedReason.CONTROL_REFUSED]),
    ],
)
def test_a_certificate_admitted_without_the_other_credential_is_undecided(
    answer: HttpFacts, kinds: list[UndecidedReason]
) -> None:
    """The document demands both. Without a value there is nothing to compare with, and no consistency either."""
    ctx = context(bare(), identities=(ALICE, BOB), rules=certificate.RULES)
    concluded = certificate.CHECK.judge(ctx, play(CHECKS, ctx, answering({"none": answer})).classifier())
    assert [each.kind for each in concluded.undecided] == kinds


def test_a_certificate_with_all_credentials_is_decided() -> None:
    """The twin of the case above."""
    ctx = context(both(), identities=(ALICE, BOB), rules=certificate.RULES)
    concluded = certificate.CHECK.judge(ctx, play(CHECKS, ctx, answering({"right": OK})).classifier())
    assert concluded.undecided == ()
