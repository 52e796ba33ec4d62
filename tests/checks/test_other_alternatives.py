"""The value of a credential is right if another operation takes it: a refusal contradicts the document there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core.credentials import BoundToken, CredentialChange, Variation
from specdrift.checks.credentials import combinations
from specdrift.model.contract.requirement import (
    Demand,
    SchemeType,
    SchemeUse,
    SecurityScheme,
)
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Confidence
from tests.checks.plan_builders import ALICE, KEY, MTLS, context, http, planned, play

if TYPE_CHECKING:
    from specdrift.checks.core.base import Conclusions, PlannedOperation
    from specdrift.classify.exchange_log import ExchangeLog
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, certificate.CHECK, combinations.CHECK)
OK, DENIED, FORBIDDEN, MISSING = http(200), http(401), http(403), http(404)
OAUTH = SchemeUse(scheme=SecurityScheme(name="key", type=SchemeType.OAUTH2))


def either(path: str, use: SchemeUse = KEY) -> PlannedOperation:
    """Build an operation that needs a certificate or a credential."""
    one = planned(path, demand=Demand.ONE_OF_SEVERAL)
    requirement = replace(one.operation.requirement, alternatives=((MTLS,), (use,)))
    variation = Variation(
        change=CredentialChange.OTHER_ALTERNATIVE,
        scheme="key",
        request=Request(method="GET", target=path, headers=(("X-Key", "right"),)),
        certificate=False,
    )
    return replace(
        one,
        operation=replace(one.operation, requirement=requirement),
        has_all_credentials=True,
        variations=(variation,),
    )


def conclude(*operations: PlannedOperation, by_key: dict[str, HttpFacts]) -> tuple[Conclusions, ExchangeLog]:
    """Return what is concluded about a server that answers the key alone so, by path; and what was sent."""

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None:
            return MISSING
        if probe.identity != ANONYMOUS.name:
            return OK
        has_key = probe.request is not None and dict(probe.request.headers).get("X-Key") == "right"
        return by_key.get(probe.operation.path, DENIED) if has_key else DENIED

    ctx = context(*operations, identities=(ALICE,), rules=frozenset({"combination-not-enforced"}))
    log = play(CHECKS, ctx, server)
    return combinations.CHECK.judge(ctx, log.classifier()), log


def sent(log: ExchangeLog, path: str) -> int:
    """Return how often the key alone was sent."""
    return sum(str(each.probe.operation) == f"GET {path}" for each in log.by_check("combinations"))


def test_a_key_that_another_operation_takes_is_refused_against_the_document() -> None:
    """It cannot be the value. The refusal is repeated."""
    found, log = conclude(either("/a"), either("/b"), by_key={"/a": OK})
    (finding,) = found.findings
    assert (finding.rule, str(finding.operation), finding.subject) == ("mtls-over-enforced", "GET /b", "key")
    assert "The value of key is right: GET /a admits callers with it" in finding.message
    assert finding.confidence is not Confidence.HIGH
    assert (found.undecided, found.skipped) == ((), ())
    assert (sent(log, "/a"), sent(log, "/b")) == (1, 3)


def test_a_key_that_every_operation_takes_is_consistent() -> None:
    """The correct twin."""
    found, log = conclude(either("/a"), either("/b"), by_key={"/a": OK, "/b": OK})
    assert (found.findings, found.undecided, found.skipped) == ((), (), ())
    assert sent(log, "/b") == 1


def test_a_key_that_no_operation_takes_is_undecided() -> None:
    """Its value may be wrong. Nothing is repeated."""
    found, log = conclude(either("/a"), either("/b"), by_key={})
    assert found.findings == ()
    assert [str(entry.operation) for entry in found.undecided] == ["GET /a", "GET /b"]
    assert "no operation takes it, so that its value may be wrong" in found.undecided[0].reason
    assert "remove the alternative from the document" in found.undecided[0].how_to_decide
    assert sent(log, "/a") == 1


@pytest.mark.parametrize(
    ("there", "here", "count"),
    [
        (("read",), ("read",), 1),
        (("read", "write"), ("read",), 1),
        (("read",), ("write",), 0),
        ((), ("write",), 0),
    ],
)
def test_a_token_may_lack_a_scope(there: tuple[str, ...], here: tuple[str, ...], count: int) -> None:
    """Only an operation that demands no fewer scopes shows that the token has those that are needed here."""
    one, other = (either(p, replace(OAUTH, scopes=s)) for p, s in (("/a", there), ("/b", here)))
    found, _ = conclude(one, other, by_key={"/a": OK, "/b": FORBIDDEN})
    assert (len(found.findings), len(found.undecided)) == (count, 1 - count)


@pytest.mark.parametrize("answer", [FORBIDDEN, MISSING])
def test_a_resource_may_be_of_another_caller(answer: HttpFacts) -> None:
    """It was learned from what alice may read, or its absence is no refusal of the caller."""
    learned = frozenset({"alice"}) if answer is FORBIDDEN else frozenset[str]()
    one = replace(either("/b"), learned_for=learned)
    found, _ = conclude(either("/a"), one, by_key={"/a": OK, "/b": answer})
    assert found.findings == ()
    assert [str(entry.operation) for entry in found.undecided] == ["GET /b"]
    assert "GET /a admits callers with it" in found.undecided[0].reason


def test_a_bound_token_is_rightly_refused_without_its_certificate() -> None:
    """RFC 8705 §3; another check sends it with the certificate of its owner."""
    bare = Request(method="GET", target="/a")
    bound = BoundToken(owner="alice", scheme="key", proven=True, certificate=False, request=bare, bare=bare)
    found, _ = conclude(replace(either("/a"), bound=bound), by_key={})
    assert (found.findings, found.undecided) == ((), ())
    (entry,) = found.skipped
    assert "bound to one" in entry.reason
