"""Forwarded certificate headers: for each, a server that trusts it is found, and no other server."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.forwarded import forwarded
from specdrift.checks.forwarded.bundles import MAX_BYTES, MAX_FIELDS, bundles
from specdrift.checks.forwarded.claim import claim_of
from specdrift.checks.forwarded.convention import Field
from specdrift.checks.forwarded.formats import ROLE, ROLES
from specdrift.checks.forwarded.header_forms import HeaderForm
from specdrift.checks.forwarded.headers import CONVENTIONS
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.values import Nature, Strength, pack, value
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.verdict import Confidence
from specdrift.pki.credential import facts_of
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play
from tests.servers.odd.forwarded import named_caller
from tests.servers.pki import make_pki

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from specdrift.checks.core.base import Conclusions, PlanContext
    from specdrift.model.exchange.identity import ClientIdentity
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

CHECKS = (unknown_path.CHECK, certificate.CHECK, forwarded.CHECK)
TRUSTED, OVERRIDE = "forwarded-certificate-trusted", "forwarded-identity-override"
RULES = frozenset({TRUSTED, OVERRIDE})
DENIED, MISSING, SUCCESS = http(401), http(404), http(200)


class Callers(Struct, frozen=True, kw_only=True):
    """Two valid identities with certificates, and the folder that holds them."""

    alice: ClientIdentity
    bob: ClientIdentity
    known: tuple[x509.Certificate, ...]


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Callers:
    """Create alice, a reader, and bob, an administrator."""
    pki = make_pki(tmp_path_factory.mktemp("pki") / "certificates")
    pairs = (pki.alice, pki.bob)
    known = tuple(x509.load_pem_x509_certificate(pair.cert.read_bytes()) for pair in pairs)
    alice, bob = (replace(i, certificate=facts_of(c)) for i, c in zip((ALICE, BOB), known, strict=True))
    return Callers(alice=alice, bob=bob, known=known)


def context_of(callers: Callers, *paths: str, **changes: object) -> PlanContext:
    """Build a context of operations that need a certificate."""
    operations = [planned(path) for path in paths or ("/secure",)]
    return context(*operations, identities=(callers.alice, callers.bob), rules=RULES, **changes)


def server(
    trusts: Callable[[dict[str, str]], str | None], **answers: HttpFacts
) -> Callable[[Probe], HttpFacts]:
    """Build a server where a name from a header precedes the certificate; each name has its answer."""

    def answer(probe: Probe) -> HttpFacts:
        if probe.operation is None or probe.request is None:
            return MISSING
        headers = {name.lower(): value for name, value in probe.request.headers}
        own = None if probe.identity == ANONYMOUS.name else probe.identity
        caller = trusts(headers) or own
        return answers.get(caller or "", http(200) if caller else DENIED)

    return answer


def conclude(ctx: PlanContext, answer: Callable[[Probe], HttpFacts]) -> Conclusions:
    """Return the conclusions of the check."""
    return forwarded.CHECK.judge(ctx, play(CHECKS, ctx, answer).classifier())


def found(conclusions: Conclusions, rule: str = TRUSTED) -> list[Finding]:
    """Return the findings of one rule."""
    return [finding for finding in conclusions.findings if finding.rule == rule]


EVERY_FIELD = {
    f"{field.name} as {field.format.words}": field
    for convention in CONVENTIONS
    for field in convention.fields
}


@pytest.mark.slow
@pytest.mark.parametrize("field", EVERY_FIELD.values(), ids=EVERY_FIELD.keys())
def test_a_server_that_trusts_one_header_in_one_format_is_found(field: Field, callers: Callers) -> None:
    """Each row of the table alone is found and named."""

    def trusts(headers: dict[str, str]) -> str | None:
        value = headers.get(field.name.lower())
        return named_caller(field.format.words, value, callers.known) if value else None

    (finding,) = found(conclude(context_of(callers), server(trusts)))
    assert finding.subject.lower() == field.name.lower()
    assert finding.identity == ANONYMOUS.name
    assert finding.confidence is Confidence.HIGH
    assert "An invalid value does not." in finding.message


@pytest.mark.slow
@pytest.mark.parametrize("twice", [True, False])
def test_a_server_that_removes_only_the_first_of_two_headers_is_found(twice: bool, callers: Callers) -> None:  # noqa: FBT001
    """Only the repeated header passes, and the report shows that it was repeated."""

    def answer(probe: Probe) -> HttpFacts:
        if probe.operation is None or probe.request is None:
            return MISSING
        values = [value for name, value in probe.request.headers if name.lower() == "x-forwarded-user"]
        left = values[1:] if twice else []
        return http(200) if left == ["alice"] or probe.identity != ANONYMOUS.name else DENIED

    findings = found(conclude(context_of(callers), answer))
    assert [finding.subject for finding in findings] == ["x-forwarded-user"] * twice
    assert all("after another of that name" in finding.message for finding in findings)


@pytest.mark.parametrize("name", ["X-SSL-Client-Cert", "X-Forwarded-User", "SSL_CLIENT_S_DN"])
def test_the_other_separator_makes_another_header(name: str, callers: Callers) -> None:
    """A proxy deletes X-SSL-Client-Cert and passes X_SSL_Client_Cert; the application reads both as one."""
    other = name.replace("-", "_") if "-" in name else name.replace("_", "-")

    def trusts(headers: dict[str, str]) -> str | None:
        return "alice" if other.lower() in headers and name.lower() not in headers else None

    (finding,) = found(conclude(context_of(callers), server(trusts)))
    assert finding.subject.lower() == other.lower()


@pytest.mark.parametrize("removed", ["X-SSL-Client-Verify", "X-Forwarded-Host"])
def test_a_header_that_connection_makes_a_proxy_remove_is_found(callers: Callers, removed: str) -> None:
    """The proxy sets X-SSL-Client-Verify: NONE, Connection names it, and the server accepts its absence.

    Or it takes a request without X-Forwarded-Host for one that did not pass the proxy (CVE-2024-45410).
    """

    def trusts(headers: dict[str, str]) -> str | None:
        named = [name.strip() for name in headers.get("connection", "").lower().split(",")]
        return "alice" if removed.lower() in named else None

    (finding,) = found(conclude(context_of(callers), server(trusts)))
    assert finding.subject == removed
    assert f"Connection: {removed}" in finding.message


def test_headers_that_are_trusted_only_together_are_one_finding(callers: Callers) -> None:
    """A name is trusted when another header states that it was verified."""

    def trusts(headers: dict[str, str]) -> str | None:
        verified = headers.get("ssl-client-verify") == "SUCCESS"
        return "alice" if verified and "ssl-client-subject-dn" in headers else None

    (finding,) = found(conclude(context_of(callers), server(trusts)))
    assert finding.subject == "ssl-client-verify + ssl-client-subject-dn"


def test_a_header_whose_presence_is_enough_is_reported_as_such(callers: Callers) -> None:
    """An invalid value is admitted as well, so the value is not read."""
    answer = server(lambda headers: "alice" if "x-arr-clientcert" in headers else None)
    (finding,) = found(conclude(context_of(callers), answer))
    assert "it is enough that the header is there" in finding.message


@pytest.mark.parametrize(
    "trusts",
    [
        pytest.param(lambda _: None, id="nothing"),
        pytest.param(lambda headers: "alice" if len(headers) > 1 else None, id="any two headers"),
        pytest.param(
            lambda headers: "alice" if max(map(len, headers), default=0) > 8 else None, id="any header"
        ),
    ],
)
def test_an_effect_of_the_control_header_is_no_finding(
    trusts: Callable[[dict[str, str]], str | None], callers: Callers
) -> None:
    """A server that ignores headers is clean; one that admits with any header is not reported by this check."""
    assert conclude(context_of(callers), server(trusts)).findings == ()


def test_an_effect_of_the_control_header_is_not_narrowed_down(callers: Callers) -> None:
    """Where any header admits, no further requests are sent."""
    ctx = context_of(callers)
    log = play(CHECKS, ctx, server(lambda headers: "alice" if headers else None))
    assert len(list(log.by_check("forwarded"))) < 250


@pytest.mark.slow
def test_a_bundle_that_is_too_large_is_split(callers: Callers) -> None:
    """Headers of a request refused with 431 were not read."""

    def answer(probe: Probe) -> HttpFacts:
        headers = probe.request.headers if probe.request else ()
        size = sum(len(name) + len(value) for name, value in headers)
        return http(431) if size > 4000 else believing(probe)

    believing = server(lambda headers: "alice" if "x-client-cert-leaf" in headers else None)
    (finding,) = found(conclude(context_of(callers), answer))
    assert finding.subject == "X-Client-Cert-Leaf"


@pytest.mark.slow
def test_a_header_that_is_trusted_once_is_sent_to_every_operation(callers: Callers) -> None:
    """Each of forty operations gets a part of the table, and all are found."""
    ctx = context_of(callers, *(f"/secure/{number}" for number in range(40)))
    answer = server(lambda headers: "alice" if "x-webauth-user" in headers else None)
    findings = found(conclude(ctx, answer))
    assert {finding.operation for finding in findings} == {s.key for s in ctx.operations}
    assert {finding.subject for finding in findings} == {"X-WebAuth-User"}


@pytest.mark.parametrize(("answer_there", "is_undecided"), [(DENIED, False), (http(500), True)])
@pytest.mark.parametrize("caller", [ANONYMOUS.name, "bob"])
def test_an_operation_that_breaks_on_a_header_trusted_elsewhere_is_undecided(
    callers: Callers,
    caller: str,
    answer_there: HttpFacts,
    is_undecided: bool,  # noqa: FBT001
) -> None:
    """It may trust the header like the others. The twin refuses it."""
    operations = [planned(path, roles=("reader",)) for path in ("/first", "/second")]
    readers = (
        replace(callers.alice, roles=frozenset({"reader"})),
        replace(callers.bob, roles=frozenset({"guest"})),
    )
    ctx = context(*operations, identities=readers, rules=RULES)

    def answer(probe: Probe) -> HttpFacts:
        headers = {name.lower() for name, _ in probe.request.headers} if probe.request else set()
        if probe.operation is None:
            return MISSING
        if "x-webauth-user" in headers and probe.identity == caller:
            return SUCCESS if probe.operation == operations[0].key else answer_there
        return SUCCESS if probe.identity == "alice" else DENIED

    conclusions = conclude(ctx, answer)
    assert {finding.operation for finding in conclusions.findings} == {operations[0].key}
    undecided = [one.operation for one in conclusions.undecided]
    assert undecided == ([operations[1].key] if is_undecided else [])


def test_several_trusted_headers_are_one_finding_for_each_operation(callers: Callers) -> None:
    """A server that believes clients seldom believes one header only. The finding names them all."""
    trusted = ("x-webauth-user", "x-forwarded-user", "x-remote-user")
    answer = server(lambda headers: "alice" if any(name in headers for name in trusted) else None)
    findings = found(conclude(context_of(callers, "/secure", "/other"), answer))
    assert [str(finding.operation) for finding in findings] == ["GET /secure", "GET /other"]
    for finding in findings:
        assert set(trusted) <= {name.lower() for name in finding.subject.split(", ")}
        first, *others = (name.lower() for name in finding.subject.split(", "))
        shown, _, too = finding.message.lower().partition(" it too: ")
        assert first in shown
        assert all(name in too for name in others)


def test_an_open_operation_is_not_reported_again(callers: Callers) -> None:
    """Callers are admitted without headers, so no header is sent."""
    ctx = context_of(callers)
    log = play(CHECKS, ctx, server(lambda _: "alice"))
    assert forwarded.CHECK.judge(ctx, log.classifier()).findings == ()
    assert len(list(log.by_check("forwarded"))) == len(list(forwarded.CHECK.plan(ctx)))


def test_a_caller_that_is_answered_as_another_is_a_finding(callers: Callers) -> None:
    """The header precedes the certificate, and each caller has an answer of its own."""
    answers = {"alice": http(200, shape="a"), "bob": http(200, shape="b")}
    ctx = context_of(callers)
    answers = {name: replace(a, shape=http(200).shape) for name, a in answers.items()}

    def trusts(headers: dict[str, str]) -> str | None:
        return headers.get("x-forwarded-user")

    (finding,) = found(conclude(ctx, server(trusts, **answers)), OVERRIDE)
    assert (finding.identity, finding.subject) == ("alice", "X-Forwarded-User")
    assert '"alice" is taken for "bob"' in finding.message


def test_a_caller_that_is_admitted_under_the_name_of_another_role_is_a_finding(callers: Callers) -> None:
    """Alice, a reader, is refused, and admitted as bob."""
    ctx = context(planned("/secure", roles=("admin",)), identities=(callers.alice, callers.bob), rules=RULES)
    trusts = lambda headers: headers.get("x-forwarded-user")  # noqa: E731
    (finding,) = found(conclude(ctx, server(trusts, alice=http(403))), OVERRIDE)
    assert (finding.identity, finding.subject) == ("alice", "X-Forwarded-User")


def test_one_answer_for_all_callers_is_inconclusive(callers: Callers) -> None:
    """Bob's answer equals alice's, so it does not show whose it is."""
    trusts = lambda headers: headers.get("x-forwarded-user")  # noqa: E731
    assert found(conclude(context_of(callers), server(trusts)), OVERRIDE) == []


def test_answers_that_change_are_inconclusive(callers: Callers) -> None:
    """No two answers are equal, so none can be recognised as bob's."""
    count = iter(range(10_000))

    def answer(probe: Probe) -> HttpFacts:
        given = server(lambda headers: headers.get("x-forwarded-user"))(probe)
        return replace(given, body_sha256=f"{next(count)}") if given.status == 200 else given

    assert found(conclude(context_of(callers), answer), OVERRIDE) == []


def timed(probe: Probe, clock: Iterator[int], *, believes: bool) -> HttpFacts:
    """Answer each caller with its accounts, or only its own account if that is requested, and the time."""
    if probe.operation is None or probe.request is None:
        return MISSING
    headers = {name.lower(): text for name, text in probe.request.headers}
    own = "" if probe.identity == ANONYMOUS.name else probe.identity
    caller = (headers.get("x-user") if believes and own else None) or own
    if caller not in ACCOUNTS:
        return DENIED
    account = probe.request.target.partition("/accounts/")[2]
    if account and account not in ACCOUNTS[caller]:
        return MISSING
    said = (*([account] if account else ACCOUNTS[caller]), f"at {next(clock)}")
    values = pack(value(text, Strength.MEDIUM, Nature.DATUM) for text in said)
    return replace(http(200), values=values, body_sha256=str(said))


ACCOUNTS = {"alice": ("4711023", "4711987"), "bob": ("5522001",)}


@pytest.mark.parametrize("believes", [True, False])
def test_a_clock_does_not_hide_whose_answer_it_is(believes: bool, callers: Callers) -> None:  # noqa: FBT001
    """What both identities always get apart is compared; a server that ignores the header is the twin."""
    clock = itertools.count(1_000_000)
    one = planned("/accounts/{id}")
    each = {name: one.request.to(f"/accounts/{ACCOUNTS[name][0]}") for name in ("alice", "bob")}
    own = replace(one, own=each, request=each["alice"], learned_for=frozenset(each))
    ctx = context(
        planned("/balances"), own, identities=(callers.alice, callers.bob), rules=RULES, base_path=""
    )
    findings = found(conclude(ctx, lambda probe: timed(probe, clock, believes=believes)), OVERRIDE)
    assert [str(one.operation) for one in findings] == ["GET /balances", "GET /accounts/{id}"] * believes


def test_what_differs_each_time_is_nobodys_answer(callers: Callers) -> None:
    """Readings of a sensor, the same for every caller."""
    clock = itertools.count(1_000_000)

    def answer(probe: Probe) -> HttpFacts:
        given = server(lambda headers: headers.get("x-user"))(probe)
        reading = value(f"at {next(clock)}", Strength.STRONG, Nature.DATUM)
        return (
            replace(given, values=pack([reading]), body_sha256=f"{reading}") if given.status == 200 else given
        )

    assert found(conclude(context_of(callers), answer), OVERRIDE) == []


def test_each_caller_sends_its_own_credentials(callers: Callers) -> None:
    """A token that belongs to alice's certificate is hers, whatever name she claims."""
    ctx = context_of(callers)
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


XFCC = "x-forwarded-client-cert"


def unset(passes: Callable[[str], bool], answer: HttpFacts = SUCCESS) -> Callable[[Probe], HttpFacts]:
    """Build a proxy that sets no header, and forwards it for these callers to a service that reads nothing else."""

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None or probe.request is None:
            return MISSING
        headers = {name.lower(): value for name, value in probe.request.headers}
        claims = 'Cert="' in headers.get(XFCC, "")
        return answer if claims and passes(probe.identity) else DENIED

    return server


def test_a_forged_header_is_found_where_valid_certificates_are_refused(callers: Callers) -> None:
    """The proxy forwards the header of any client, and sets none."""
    (finding, *others) = found(conclude(context_of(callers), unset(lambda _: True)))
    assert (finding.identity, finding.subject, others) == (ANONYMOUS.name, "X-Forwarded-Client-Cert", [])
    assert "HTTP 200, where every valid certificate is refused without it" in finding.message
    assert finding.confidence is Confidence.MEDIUM


def test_a_header_of_clients_with_a_certificate_makes_another_identity(callers: Callers) -> None:
    """The proxy forwards the header only of clients that have a certificate."""
    conclusions = conclude(context_of(callers), unset(lambda name: name != ANONYMOUS.name))
    (finding,) = conclusions.findings
    assert (finding.rule, finding.identity) == (OVERRIDE, "alice")


@pytest.mark.parametrize("passes", [None, "alice"], ids=["for everybody", "for clients with a certificate"])
def test_a_header_without_a_name_makes_no_other_identity(passes: str | None, callers: Callers) -> None:
    """``SUCCESS`` admits the caller, and does not take it for another."""

    def answer(probe: Probe) -> HttpFacts:
        headers = {name.lower(): value for name, value in probe.request.headers} if probe.request else {}
        if probe.operation is None:
            return MISSING
        verified = headers.get("x-ssl-client-verify") == "SUCCESS"
        return SUCCESS if verified and passes in (None, probe.identity) else DENIED

    (finding,) = conclude(context_of(callers), answer).findings
    assert (finding.rule, finding.identity) == (TRUSTED, passes or ANONYMOUS.name)
    assert "taken for" not in finding.message


def test_a_single_identity_claims_its_own_certificate_where_it_is_refused(callers: Callers) -> None:
    """The header decides, and not the certificate."""
    ctx = context(planned(), identities=(callers.alice,), rules=RULES)
    (finding,) = conclude(ctx, unset(lambda name: name == "alice")).findings
    assert (finding.rule, finding.identity) == (TRUSTED, "alice")
    assert finding.message.startswith(
        '"alice" is refused with its certificate, and admitted when it also sends '
    )


@pytest.mark.parametrize(
    "answer",
    [
        DENIED,
        MISSING,
        http(403),
        replace(http(200, shape="401"), status=401),
        http(500),
        http(204 + 100),
        replace(http(200), shape=replace(http(200).shape, signs=("denial",))),
        replace(http(200), shape=replace(http(200).shape, signs=("error-member",))),
    ],
)
def test_an_answer_that_is_no_success_opens_nothing(answer: HttpFacts, callers: Callers) -> None:
    """Where every caller is refused, only a success that resembles no refusal counts."""
    assert conclude(context_of(callers), unset(lambda _: True, answer)).findings == ()


def test_a_success_for_any_long_header_section_opens_nothing(callers: Callers) -> None:
    """Meaningless headers of the same length have the effect too."""

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None or probe.request is None:
            return MISSING
        return SUCCESS if sum(len(value) for _, value in probe.request.headers) > 500 else DENIED

    assert conclude(context_of(callers), server).findings == ()


def test_identities_of_a_lower_role_send_headers_that_name_no_identity(callers: Callers) -> None:
    """A caller inside the network may pass a guard of roles."""
    ctx = context(planned(roles=("admin",)), identities=(callers.alice, callers.bob), rules=RULES)

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None or probe.request is None:
            return MISSING
        inside = ("X-Forwarded-For", "127.0.0.1") in probe.request.headers
        admitted = probe.identity == "bob" or (probe.identity == "alice" and inside)
        return SUCCESS if admitted else DENIED

    (finding,) = conclude(ctx, server).findings
    assert (finding.rule, finding.identity, finding.subject) == (OVERRIDE, "alice", "X-Forwarded-For")
    assert finding.message.startswith(
        '"alice" (role reader) is admitted as "bob" is, although the operation is for '
    )


def test_a_single_identity_is_reported_as_not_tested(callers: Callers) -> None:
    """Once."""
    ctx = context(planned(), identities=(callers.alice,), rules=RULES)
    (skipped,) = conclude(ctx, server(lambda _: None)).skipped
    assert skipped.check == "forwarded"
    assert "two valid identities" in skipped.reason


@pytest.mark.usefixtures("one_folder")
@pytest.mark.parametrize(
    ("count", "exhaustive", "said"),
    [(1, False, []), (28, False, ["each forwarded header was tried on 2 of 28 operations"]), (12, True, [])],
)
def test_headers_that_went_to_a_sample_are_said(
    count: int, callers: Callers, said: list[str], *, exhaustive: bool
) -> None:
    """A header that one operation of many trusts may not have been sent there."""
    ctx = context_of(callers, *(f"/secure/{number}" for number in range(count)), exhaustive=exhaustive)
    skipped = conclude(ctx, server(lambda _: None)).skipped
    sampled = [each.reason for each in skipped if each.kind is SkipReason.SAMPLED]
    assert [reason.partition(";")[0] for reason in sampled] == said


def test_identities_without_a_certificate_send_no_claim() -> None:
    """Identities of a stored result have no certificates; nothing is planned for them."""
    ctx = context(planned(), rules=RULES)
    assert list(forwarded.CHECK.plan(ctx)) == []


@pytest.mark.usefixtures("one_folder")
def test_the_common_case_costs_few_requests(callers: Callers) -> None:
    """A hundred operations: at most six requests each, and each bundle on at least seven of them."""
    ctx = context_of(callers, *(f"/secure/{number}" for number in range(100)))
    probes = list(forwarded.CHECK.plan(ctx))
    assert len(probes) <= 6 * len(ctx.operations)
    asked = [probe.variant for probe in probes if probe.identity == ANONYMOUS.name]
    claim = claim_of(callers.alice, frozenset())
    assert claim is not None
    assert all(asked.count(bundle.name) >= 7 for bundle in bundles(claim, only_names=False))


def test_exhaustive_sends_every_bundle(callers: Callers) -> None:
    """`--exhaustive` leaves no bundle out."""
    ctx = context_of(callers, *(f"/secure/{number}" for number in range(30)), exhaustive=True)
    asked = [probe for probe in forwarded.CHECK.plan(ctx) if probe.identity == ANONYMOUS.name]
    claim = claim_of(callers.alice, frozenset())
    assert claim is not None
    assert len(asked) == 30 * len(bundles(claim, only_names=False, everything=True))


def test_bundles_fit_into_a_header_section(callers: Callers) -> None:
    """No name twice, whatever its separators, except where intended; and not more than servers accept."""
    claim = claim_of(callers.alice, frozenset())
    assert claim is not None
    for bundle in bundles(claim, only_names=False):
        headers = bundle.headers(claim)
        names = [name.lower().replace("_", "-") for name, _ in headers]
        often = 2 if bundle.form is HeaderForm.REPEATED else 1
        assert len(set(names)) * often == len(names) <= MAX_FIELDS
        assert sum(len(name) + len(value) + 4 for name, value in headers) <= MAX_BYTES


def test_control_headers_are_as_long_as_the_headers_they_replace(callers: Callers) -> None:
    """Name by name and value by value, so that a limit on either does not separate them."""
    claim = claim_of(callers.alice, frozenset())
    assert claim is not None
    for bundle in bundles(claim, only_names=False):
        noise, headers = bundle.noise(claim), bundle.headers(claim)
        assert [(len(n), len(v)) for n, v in noise] == [(len(n), len(v)) for n, v in headers]
        assert {name.lower() for name, _ in noise} & {name.lower() for name, _ in headers} <= {"connection"}


def test_values_fit_into_a_field(callers: Callers) -> None:
    """No control characters, no leading or trailing blanks, and an invalid value is as long as the valid one."""
    claim = claim_of(callers.alice, frozenset())
    assert claim is not None
    for field in EVERY_FIELD.values():
        value = field.format.encode(claim)
        assert value.isprintable()
        assert value == value.strip()
        assert field.format.encode(claim.invalidated) != value or field.format.words.startswith(
            ("begin", "end", "validity")
        )


def test_a_caller_with_its_own_token_sends_that_one(callers: Callers) -> None:
    """With another's token, or none, it would be refused for that alone, and no header would have an effect."""
    one = planned()
    tokens = {
        name: replace(one.request, headers=(("Authorization", f"Bearer {name}"),))
        for name in ("alice", "bob")
    }
    ctx = context(replace(one, own=tokens), identities=(callers.alice, callers.bob), rules=RULES)
    told = {name: http(200, shape=name) for name in ("alice", "bob")}
    log = play(CHECKS, ctx, server(lambda headers: headers.get("x-forwarded-user"), **told))
    sent = {
        (seen.probe.identity, dict(seen.probe.request.headers).get("Authorization", ""))
        for seen in log.by_check("forwarded")
        if seen.probe.request
    }
    assert sent == {("anonymous", ""), ("alice", "Bearer alice"), ("bob", "Bearer bob")}


@pytest.mark.parametrize(
    ("needed", "role", "roles"),
    [("reader", "reader", "reader,admin"), ("admin", "admin", "admin,reader"), ("", "admin", "admin,reader")],
)
def test_a_field_for_one_role_gets_the_one_that_the_operation_is_for(
    callers: Callers, needed: str, role: str, roles: str
) -> None:
    """A service that compares the whole value takes a list of roles for none."""
    claim = claim_of(replace(callers.alice, roles=frozenset({"admin", "reader"})), frozenset({needed}))
    assert claim is not None
    assert (ROLE.encoder(claim), ROLES.encoder(claim)) == (role, roles)
