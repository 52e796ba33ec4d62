"""Header by header: what a server that believes it is found to believe, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.forwarded import forwarded
from specdrift.checks.forwarded.bundles import MAX_BYTES, MAX_FIELDS, HeaderForm, bundles
from specdrift.checks.forwarded.claim import claim_of
from specdrift.checks.forwarded.headers import CONVENTIONS, Field
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.verdict import Confidence
from specdrift.pki.credential import facts_of
from tests.checks.world import ALICE, BOB, context, http, planned, play
from tests.servers.odd.forwarded import believed
from tests.servers.pki import make_pki

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions, PlanContext
    from specdrift.model.exchange.identity import ClientIdentity
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

CHECKS = (unknown_path.CHECK, certificate.CHECK, forwarded.CHECK)
TRUSTED, OVERRIDE = "forwarded-certificate-trusted", "forwarded-identity-override"
RULES = frozenset({TRUSTED, OVERRIDE})
DENIED, MISSING = http(401), http(404)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Two good identities with certificates, and these."""

    alice: ClientIdentity
    bob: ClientIdentity
    known: tuple[x509.Certificate, ...]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Alice, a reader, and bob, an administrator."""
    pki = make_pki(tmp_path_factory.mktemp("pki") / "certificates")
    pairs = (pki.alice, pki.bob)
    known = tuple(x509.load_pem_x509_certificate(pair.cert.read_bytes()) for pair in pairs)
    alice, bob = (replace(i, certificate=facts_of(c)) for i, c in zip((ALICE, BOB), known, strict=True))
    return World(alice=alice, bob=bob, known=known)


def context_of(world: World, *paths: str, **changes: object) -> PlanContext:
    """A plan for operations that need a certificate."""
    operations = [planned(path) for path in paths or ("/secure",)]
    return context(*operations, identities=(world.alice, world.bob), rules=RULES, **changes)


def server(
    believes: Callable[[dict[str, str]], str | None], **answers: HttpFacts
) -> Callable[[Probe], HttpFacts]:
    """Who is named by a header goes before the certificate; each name has its answer."""

    def answer(probe: Probe) -> HttpFacts:
        if probe.operation is None or probe.request is None:
            return MISSING
        headers = {name.lower(): value for name, value in probe.request.headers}
        own = None if probe.identity == ANONYMOUS.name else probe.identity
        caller = believes(headers) or own
        return answers.get(caller or "", http(200) if caller else DENIED)

    return answer


def conclude(ctx: PlanContext, answer: Callable[[Probe], HttpFacts]) -> Conclusions:
    """What the check makes of it."""
    return forwarded.CHECK.judge(ctx, play(CHECKS, ctx, answer).classifier())


def found(conclusions: Conclusions, rule: str = TRUSTED) -> list[Finding]:
    """The findings of one rule."""
    return [finding for finding in conclusions.findings if finding.rule == rule]


EVERY_FIELD = {
    f"{field.name} as {field.format.words}": field
    for convention in CONVENTIONS
    for field in convention.fields
}


@pytest.mark.parametrize("field", EVERY_FIELD.values(), ids=EVERY_FIELD.keys())
def test_a_server_that_believes_one_header_in_one_format_is_found(field: Field, world: World) -> None:
    """Each row of the table alone is caught, and blamed by its name."""

    def believes(headers: dict[str, str]) -> str | None:
        value = headers.get(field.name.lower())
        return believed(field.format.words, value, world.known) if value else None

    (finding,) = found(conclude(context_of(world), server(believes)))
    assert finding.subject.lower() == field.name.lower()
    assert finding.identity == ANONYMOUS.name
    assert finding.confidence is Confidence.HIGH
    assert "An invalid value does not." in finding.message


@pytest.mark.parametrize("twice", [True, False])
def test_a_server_that_takes_away_the_first_of_two_is_found(twice: bool, world: World) -> None:  # noqa: FBT001
    """Only the header that comes twice gets past it, and the report says that it was so."""

    def answer(probe: Probe) -> HttpFacts:
        if probe.operation is None or probe.request is None:
            return MISSING
        values = [value for name, value in probe.request.headers if name.lower() == "x-forwarded-user"]
        left = values[1:] if twice else []
        return http(200) if left == ["alice"] or probe.identity != ANONYMOUS.name else DENIED

    findings = found(conclude(context_of(world), answer))
    assert [finding.subject for finding in findings] == ["x-forwarded-user"] * twice
    assert all("after another of that name" in finding.message for finding in findings)


@pytest.mark.parametrize("name", ["X-SSL-Client-Cert", "X-Forwarded-User", "SSL_CLIENT_S_DN"])
def test_the_other_separator_is_another_header(name: str, world: World) -> None:
    """A proxy deletes X-SSL-Client-Cert and lets X_SSL_Client_Cert pass; behind it both are one."""
    other = name.replace("-", "_") if "-" in name else name.replace("_", "-")

    def believes(headers: dict[str, str]) -> str | None:
        return "alice" if other.lower() in headers and name.lower() not in headers else None

    (finding,) = found(conclude(context_of(world), server(believes)))
    assert finding.subject.lower() == other.lower()


def test_a_header_that_a_proxy_is_told_to_remove_is_found(world: World) -> None:
    """The proxy sets X-SSL-Client-Verify: NONE, Connection names it, and the server takes silence for consent."""

    def believes(headers: dict[str, str]) -> str | None:
        named = [name.strip() for name in headers.get("connection", "").lower().split(",")]
        return "alice" if "x-ssl-client-verify" in named else None

    (finding,) = found(conclude(context_of(world), server(believes)))
    assert finding.subject == "X-SSL-Client-Verify"
    assert "Connection: X-SSL-Client-Verify" in finding.message


def test_headers_that_do_it_only_together_are_one_finding(world: World) -> None:
    """A name is believed when another header says that it was verified."""

    def believes(headers: dict[str, str]) -> str | None:
        verified = headers.get("ssl-client-verify") == "SUCCESS"
        return "alice" if verified and "ssl-client-subject-dn" in headers else None

    (finding,) = found(conclude(context_of(world), server(believes)))
    assert finding.subject == "ssl-client-verify + ssl-client-subject-dn"


def test_presence_alone_is_told_as_such(world: World) -> None:
    """Where an invalid value is admitted as well, nobody looks at the value."""
    answer = server(lambda headers: "alice" if "x-arr-clientcert" in headers else None)
    (finding,) = found(conclude(context_of(world), answer))
    assert "it is enough that the header is there" in finding.message


@pytest.mark.parametrize(
    "believes",
    [
        pytest.param(lambda _: None, id="nothing"),
        pytest.param(lambda headers: "alice" if len(headers) > 1 else None, id="any two headers"),
        pytest.param(
            lambda headers: "alice" if max(map(len, headers), default=0) > 8 else None, id="any header"
        ),
    ],
)
def test_what_noise_does_too_is_no_ones_claim(
    believes: Callable[[dict[str, str]], str | None], world: World
) -> None:
    """A server that ignores headers is clean, and one that anything gets into is not found by this."""
    assert conclude(context_of(world), server(believes)).findings == ()


def test_what_noise_does_is_not_narrowed_down(world: World) -> None:
    """Where anything is admitted, no more is sent than tells that it does."""
    ctx = context_of(world)
    log = play(CHECKS, ctx, server(lambda headers: "alice" if headers else None))
    assert len(list(log.by_check("forwarded"))) < 200


def test_a_bundle_that_is_too_large_is_taken_apart(world: World) -> None:
    """What is refused with 431 was not looked at."""

    def answer(probe: Probe) -> HttpFacts:
        headers = probe.request.headers if probe.request else ()
        size = sum(len(name) + len(value) for name, value in headers)
        return http(431) if size > 4000 else believing(probe)

    believing = server(lambda headers: "alice" if "x-client-cert-leaf" in headers else None)
    (finding,) = found(conclude(context_of(world), answer))
    assert finding.subject == "X-Client-Cert-Leaf"


def test_what_gets_in_once_is_tried_everywhere(world: World) -> None:
    """Each of forty operations is asked with a part of the table, and all are found."""
    ctx = context_of(world, *(f"/secure/{number}" for number in range(40)))
    answer = server(lambda headers: "alice" if "x-webauth-user" in headers else None)
    findings = found(conclude(ctx, answer))
    assert {finding.operation for finding in findings} == {s.key for s in ctx.operations}
    assert {finding.subject for finding in findings} == {"X-WebAuth-User"}


def test_an_operation_that_is_open_is_not_reported_again(world: World) -> None:
    """Who is admitted without any header needs none, and no header is looked for."""
    ctx = context_of(world)
    log = play(CHECKS, ctx, server(lambda _: "alice"))
    assert forwarded.CHECK.judge(ctx, log.classifier()).findings == ()
    assert len(list(log.by_check("forwarded"))) == len(list(forwarded.CHECK.plan(ctx)))


def test_who_is_answered_as_another_is_found(world: World) -> None:
    """The header comes before the certificate, and each caller has an answer of its own."""
    answers = {"alice": http(200, shape="a"), "bob": http(200, shape="b")}
    ctx = context_of(world)
    answers = {name: replace(a, shape=http(200).shape) for name, a in answers.items()}

    def believes(headers: dict[str, str]) -> str | None:
        return headers.get("x-forwarded-user")

    (finding,) = found(conclude(ctx, server(believes, **answers)), OVERRIDE)
    assert (finding.identity, finding.subject) == ("alice", "X-Forwarded-User")
    assert '"alice" is taken for "bob"' in finding.message


def test_who_lacks_the_role_gets_in_by_the_name_of_who_has_it(world: World) -> None:
    """Alice, a reader, is refused, and admitted as bob."""
    ctx = context(planned("/secure", roles=("admin",)), identities=(world.alice, world.bob), rules=RULES)
    believes = lambda headers: headers.get("x-forwarded-user")  # noqa: E731
    (finding,) = found(conclude(ctx, server(believes, alice=http(403))), OVERRIDE)
    assert (finding.identity, finding.subject) == ("alice", "X-Forwarded-User")


def test_the_same_answer_to_everybody_is_inconclusive(world: World) -> None:
    """Whether bob was believed cannot be seen where bob's answer is alice's."""
    believes = lambda headers: headers.get("x-forwarded-user")  # noqa: E731
    assert found(conclude(context_of(world), server(believes)), OVERRIDE) == []


def test_answers_that_change_tell_nothing(world: World) -> None:
    """No two answers are alike, so none is bob's."""
    count = iter(range(10_000))

    def answer(probe: Probe) -> HttpFacts:
        given = server(lambda headers: headers.get("x-forwarded-user"))(probe)
        return replace(given, body_sha256=f"{next(count)}") if given.status == 200 else given

    assert found(conclude(context_of(world), answer), OVERRIDE) == []


def test_each_asks_with_its_own_credentials(world: World) -> None:
    """A token that goes with alice's certificate is hers, whoever she claims to be."""
    ctx = context_of(world)
    (one,) = ctx.operations
    own = {
        name: replace(one.request, headers=(("Authorization", f"Bearer of {name}"),))
        for name in ("alice", "bob")
    }
    ctx = replace(ctx, operations=(replace(one, own=own),))
    answers = {name: replace(http(200, shape=name), shape=http(200).shape) for name in ("alice", "bob")}
    log = play(CHECKS, ctx, server(lambda headers: headers.get("x-forwarded-user"), **answers))
    sent = [seen.probe for seen in log.by_check("forwarded") if seen.probe.request]
    tokens = {(p.identity, dict(p.request.headers).get("Authorization")) for p in sent if p.request}
    assert tokens == {("anonymous", None), ("alice", "Bearer of alice"), ("bob", "Bearer of bob")}


def test_one_identity_has_nobody_to_be_taken_for(world: World) -> None:
    """It is said, once, what was not tried."""
    ctx = context(planned(), identities=(world.alice,), rules=RULES)
    (skipped,) = conclude(ctx, server(lambda _: None)).skipped
    assert skipped.check == "forwarded"
    assert "two valid identities" in skipped.reason


def test_identities_without_a_certificate_at_hand_claim_nothing() -> None:
    """A result that was read back has no certificates; nothing is planned from it."""
    ctx = context(planned(), rules=RULES)
    assert list(forwarded.CHECK.plan(ctx)) == []


def test_the_common_case_costs_few_requests(world: World) -> None:
    """A hundred operations: at most six requests each, and each bundle on at least eight of them."""
    ctx = context_of(world, *(f"/secure/{number}" for number in range(100)))
    probes = list(forwarded.CHECK.plan(ctx))
    assert len(probes) <= 6 * len(ctx.operations)
    asked = [probe.variant for probe in probes if probe.identity == ANONYMOUS.name]
    claim = claim_of(world.alice, frozenset())
    assert claim is not None
    assert all(asked.count(bundle.name) >= 8 for bundle in bundles(claim, only_names=False))


def test_everything_on_asks_everything(world: World) -> None:
    """`--exhaustive` leaves no bundle out."""
    ctx = context_of(world, *(f"/secure/{number}" for number in range(30)), exhaustive=True)
    asked = [probe for probe in forwarded.CHECK.plan(ctx) if probe.identity == ANONYMOUS.name]
    claim = claim_of(world.alice, frozenset())
    assert claim is not None
    assert len(asked) == 30 * len(bundles(claim, only_names=False))


def test_bundles_fit_into_a_header_section(world: World) -> None:
    """No name twice, whatever its separators, but where it is meant to be; and not more than servers take."""
    claim = claim_of(world.alice, frozenset())
    assert claim is not None
    for bundle in bundles(claim, only_names=False):
        headers = bundle.headers(claim)
        names = [name.lower().replace("_", "-") for name, _ in headers]
        often = 2 if bundle.form is HeaderForm.REPEATED else 1
        assert len(set(names)) * often == len(names) <= MAX_FIELDS
        assert sum(len(name) + len(value) + 4 for name, value in headers) <= MAX_BYTES


def test_noise_is_as_long_as_what_it_stands_for(world: World) -> None:
    """Name by name and value by value, so that a limit on either cannot tell them apart."""
    claim = claim_of(world.alice, frozenset())
    assert claim is not None
    for bundle in bundles(claim, only_names=False):
        noise, headers = bundle.noise(claim), bundle.headers(claim)
        assert [(len(n), len(v)) for n, v in noise] == [(len(n), len(v)) for n, v in headers]
        assert {name.lower() for name, _ in noise} & {name.lower() for name, _ in headers} <= {"connection"}


def test_values_fit_into_a_field(world: World) -> None:
    """No control characters, no blanks at the ends, and an invalid value is as long as the valid one."""
    claim = claim_of(world.alice, frozenset())
    assert claim is not None
    for field in EVERY_FIELD.values():
        value = field.format.encode(claim)
        assert value.isprintable()
        assert value == value.strip()
        assert field.format.encode(claim.invalidated) != value or field.format.words.startswith(
            ("begin", "end", "validity")
        )


def test_who_has_a_token_of_its_own_sends_that_one(world: World) -> None:
    """Somebody else's, or none, would be refused for that alone, and no header would ever seem to be believed."""
    one = planned()
    tokens = {
        name: replace(one.request, headers=(("Authorization", f"Bearer {name}"),))
        for name in ("alice", "bob")
    }
    ctx = context(replace(one, own=tokens), identities=(world.alice, world.bob), rules=RULES)
    told = {name: http(200, shape=name) for name in ("alice", "bob")}
    log = play(CHECKS, ctx, server(lambda headers: headers.get("x-forwarded-user"), **told))
    sent = {
        (seen.probe.identity, dict(seen.probe.request.headers).get("Authorization", ""))
        for seen in log.by_check("forwarded")
        if seen.probe.request
    }
    assert sent == {("anonymous", ""), ("alice", "Bearer alice"), ("bob", "Bearer bob")}
