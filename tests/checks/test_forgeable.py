"""Credentials that anyone can make: the hash of a certificate, and a made-up value of a declared key."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.credentials import forgeable
from specdrift.checks.credentials.guessed import ABSENT, KEYS
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, CertificateFacts
from tests.checks.plan_builders import ALICE, KEY, context, http, planned, play, together

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import PlannedOperation
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

NOW = datetime(2026, 11, 27, tzinfo=UTC)
HASH = "ab" * 32
HOLDER = replace(
    ALICE,
    certificate=CertificateFacts(
        subject="CN=alice", issuer="CN=ca", serial="1", sha256=HASH, not_before=NOW, not_after=NOW
    ),
)
OK, PAGE, DENIED, MISSING = http(200, shape="secret"), http(200, shape="page"), http(401), http(404)

Headers = dict[str, str]


def found(
    admits: Callable[[Headers], bool], *operations: PlannedOperation, everywhere: bool = False
) -> tuple[Finding, ...]:
    """Return the findings on a server that admits such requests, also to paths that do not exist."""
    targets = {one.request.target for one in operations} or {"/secure"}

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        admitted = admits({name.lower(): value for name, value in probe.request.headers})
        if probe.request.target not in targets:
            return OK if everywhere and admitted else MISSING
        return OK if admitted or probe.identity != ANONYMOUS.name else DENIED

    ctx = context(*(operations or (planned(),)), identities=(HOLDER,))
    log = play((unknown_path.CHECK, certificate.CHECK, forgeable.CHECK), ctx, server)
    return forgeable.CHECK.judge(ctx, log.classifier()).findings


@pytest.mark.parametrize(
    ("admits", "message"),
    [
        (
            lambda h: h.get("authorization") == f"Bearer {HASH}",
            'with the SHA-256 hash of the certificate of "alice" in hexadecimal as a bearer token: HTTP 200',
        ),
        (lambda h: h.get("authorization") == HASH, "in hexadecimal in Authorization: HTTP 200"),
        (lambda h: h.get("x-api-key", "").startswith("q6urq6ur"), "(x5t#S256) in X-API-Key: HTTP 200"),
        (
            lambda h: h.get("authorization") == f"Bearer {HASH}" and h.get("x-api-key") == HASH,
            "in hexadecimal as a bearer token, in X-API-Key: HTTP 200",
        ),
    ],
    ids=["bearer", "plain", "base64url", "only together"],
)
def test_a_credential_that_anyone_can_make_is_a_finding(
    admits: Callable[[Headers], bool], message: str
) -> None:
    """One, whatever the encodings and places are."""
    (finding,) = found(admits)
    assert message in finding.message
    assert (finding.rule, finding.identity) == ("forgeable-credential-accepted", ANONYMOUS.name)


@pytest.mark.parametrize(
    "admits",
    [lambda _: False, lambda h: h.get("authorization") == "Bearer q7-issued", lambda h: "authorization" in h],
    ids=["no credentials", "verified ones", "any one, which another check reports"],
)
def test_a_server_that_reads_no_hashes_has_none(admits: Callable[[Headers], bool]) -> None:
    """The hash of nothing is answered as the hash of the certificate."""
    assert found(admits) == ()


@pytest.mark.parametrize("text", ABSENT)
def test_the_text_of_an_absent_key_is_a_finding(text: str) -> None:
    """A guard that compares with a variable that is not set."""
    (finding,) = found(lambda h: h.get("x-api-key") == text)
    assert f'with an unset or never changed key ("{text}") in X-API-Key: HTTP 200' in finding.message


@pytest.mark.parametrize("key", KEYS)
def test_a_token_with_a_well_known_signing_key_is_a_finding(key: str) -> None:
    """Anyone signs it as any client."""

    def verified(headers: Headers) -> bool:
        content, _, signature = headers.get("authorization", "").removeprefix("Bearer ").rpartition(".")
        digest = hmac.digest(key.encode(), content.encode(), "sha256")
        return signature == base64.urlsafe_b64encode(digest).decode().rstrip("=")

    (finding,) = found(verified)
    assert f'with a well-known signing key ("{key}") as a bearer token: HTTP 200' in finding.message


def test_an_answer_that_every_path_has_is_no_finding() -> None:
    """A page for callers with a token is not the operation's own answer."""
    keyed = planned(demand=Demand.ONE_OF_SEVERAL)
    assert found(lambda h: h.get("x-key") == forgeable.MADE_UP.hex(), keyed, everywhere=True) == ()


def test_declared_keys_are_tried_and_real_ones_replaced() -> None:
    """The operation's own key would otherwise be what is admitted."""
    both = together(planned())
    both = replace(both, request=replace(both.request, headers=(("X-Key", "secret"),)))
    (finding,) = found(lambda h: h.get("x-key") == HASH, both)
    assert "in X-Key" in finding.message
    sent = [p.request for p in forgeable.CHECK.plan(context(both, identities=(HOLDER,))) if p.request]
    keys = [[value for name, value in request.headers if name == "X-Key"] for request in sent]
    assert all(len(values) == 1 for values in keys)
    assert KEY.scheme.parameter == ("header", "X-Key")


def test_any_value_of_a_declared_key_is_a_finding() -> None:
    """The document admits callers with the key, and the server does not compare it."""
    keyed = planned(demand=Demand.ONE_OF_SEVERAL)
    (finding,) = found(lambda h: "x-key" in h, keyed)
    assert "with a made-up credential in X-Key; an empty credential in X-Key: HTTP 200" in finding.message
    assert finding.subject == "made-up credential"


@pytest.mark.parametrize(
    ("where", "expected"),
    [("query", ["?sig=", "?sig="]), ("cookie", ["sig=", "sig="])],
)
def test_a_declared_key_is_made_up_where_it_goes(where: str, expected: list[str]) -> None:
    """In the query beside what the request has, and as a cookie."""
    keyed = planned(demand=Demand.ONE_OF_SEVERAL)
    use = next(
        use for uses in keyed.operation.requirement.alternatives for use in uses if use.scheme.parameter
    )
    scheme = replace(use.scheme, parameter=(where, "sig"))
    requirement = replace(keyed.operation.requirement, alternatives=((replace(use, scheme=scheme),),))
    own = replace(keyed, operation=replace(keyed.operation, requirement=requirement))
    own = replace(own, request=replace(own.request, target="/secure?page=2"))
    sent = [p for p in forgeable.CHECK.plan(context(own, identities=(HOLDER,))) if p.request]
    made_up = [p.request for p in sent if p.request and p.tag and "made-up" in p.tag.name]
    assert len(made_up) == len(expected)
    for request in made_up:
        written = request.target if where == "query" else dict(request.headers)["Cookie"]
        assert "page=2" in request.target
        assert "sig=" in written


def test_a_few_operations_are_sent_unless_all_are() -> None:
    """Few requests, without a certificate, shared out; operations that admit anonymous callers are left out."""
    many = [planned(f"/items/{number}") for number in range(10)]
    ctx = context(*many, planned("/public", Demand.NOT_REQUIRED), identities=(HOLDER,))
    some, all_ = (list(forgeable.CHECK.plan(c)) for c in (ctx, replace(ctx, exhaustive=True)))
    count = 4 + len(ABSENT) + len(KEYS)
    assert (len(some), len(all_)) == (count, count * len(many))
    assert len({probe.operation for probe in some}) == forgeable.FEW
    assert {probe.identity for probe in some} == {ANONYMOUS.name}


def test_nothing_is_sent_without_a_valid_certificate() -> None:
    """There is no answer to compare with."""
    assert list(forgeable.CHECK.plan(context(planned(), identities=()))) == []
