"""Roles: admitted callers compared with the roles that an operation declares."""

from __future__ import annotations

import json
from itertools import cycle
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, consistency, roles, unknown_path
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Phase, Reuse, TlsRange
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason, UndecidedReason
from specdrift.model.result.verdict import Confidence, Verdict
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play
from tests.classify.exchanges import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import PlanContext
    from specdrift.model.exchange.identity import ClientIdentity
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, certificate.CHECK, roles.CHECK)
RULES = frozenset({"role-not-enforced", "role-over-enforced", "valid-certificate-refused"})
OK, DENIED, FORBIDDEN, MISSING = http(200), http(401), http(403), http(404)
NO_ROLES = replace(ALICE, roles=frozenset())
ADMIN = planned("/admin", roles=("admin",))
OPEN_TO_ALL = planned("/me")
Answers = dict[str, "HttpFacts | str"]


def answering(on_admin: Answers, elsewhere: Answers) -> Callable[[Probe], HttpFacts | str]:
    """Build a server that answers by operation and caller; an anonymous client gets 401."""

    def server(probe: Probe) -> HttpFacts | str:
        if probe.operation is None and probe.request:
            return MISSING
        answers = on_admin if probe.operation == ADMIN.key else elsewhere
        return answers.get(probe.identity, DENIED)

    return server


def judge(ctx: PlanContext, server: Callable[[Probe], HttpFacts | str]) -> list[Finding]:
    """Return the findings of the certificate check and of the roles."""
    classifier = play(CHECKS, ctx, server).classifier()
    return [f for check in CHECKS for f in check.judge(ctx, classifier).findings if f.rule in RULES]


def context_of(*identities: ClientIdentity) -> PlanContext:
    """Build an operation for administrators, and one for all certificates."""
    return context(ADMIN, OPEN_TO_ALL, identities=identities, rules=RULES)


BOTH: Answers = {"alice": OK, "bob": OK}
CASES: list[tuple[str, Answers, Answers, list[tuple[str, str]]]] = [
    ("as declared", {"alice": FORBIDDEN, "bob": OK}, BOTH, []),
    ("the reader is admitted", {"alice": OK, "bob": OK}, BOTH, [("role-not-enforced", "alice")]),
    ("every caller is admitted", {"alice": OK, "bob": OK, "anonymous": OK}, BOTH, []),
    ("the reader is denied with 200", {"alice": http(200, shape="no"), "bob": OK}, BOTH, []),
    ("no caller is admitted", {"alice": FORBIDDEN, "bob": FORBIDDEN}, BOTH, [("role-over-enforced", "bob")]),
    (
        "only the wrong role is admitted, on both operations",
        {"alice": OK, "bob": FORBIDDEN},
        {"alice": OK},
        [
            ("valid-certificate-refused", "bob"),
            ("role-not-enforced", "alice"),
            ("role-over-enforced", "bob"),
        ],
    ),
    (
        "the wrong role is admitted instead of the right one",
        {"alice": OK, "bob": FORBIDDEN},
        BOTH,
        [("role-not-enforced", "alice"), ("role-over-enforced", "bob")],
    ),
    (
        "the administrator is admitted on no operation",
        {"alice": FORBIDDEN, "bob": FORBIDDEN},
        {"alice": OK, "bob": FORBIDDEN},
        [("valid-certificate-refused", "bob"), ("valid-certificate-refused", "bob")],
    ),
    (
        "the administrator is refused in TLS",
        {"alice": FORBIDDEN, "bob": "unknown_ca"},
        {"alice": OK, "bob": OK},
        [("valid-certificate-refused", "bob")],
    ),
]


@pytest.mark.parametrize(
    ("on_admin", "elsewhere", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_each_contradiction_of_the_declared_roles_is_one_finding(
    on_admin: Answers, elsewhere: Answers, expected: list[tuple[str, str]]
) -> None:
    """Each is reported once."""
    found = judge(context_of(ALICE, BOB), answering(on_admin, elsewhere))
    assert [(f.rule, f.identity) for f in found] == expected


def test_an_admission_of_the_wrong_role_is_confirmed_on_fresh_connections() -> None:
    """High confidence needs stable answers and a success of the required role."""
    ctx = context_of(ALICE, BOB)
    server = answering({"alice": OK, "bob": OK}, BOTH)
    log = play(CHECKS, ctx, server)
    again = [s.probe for s in log.of("certificate", ADMIN.key, "alice") if s.probe.phase is Phase.CONFIRM]
    assert [probe.connection.reuse for probe in again] == [Reuse.FRESH, Reuse.FRESH]
    assert [f.confidence for f in judge(ctx, server)] == [Confidence.HIGH]


def test_an_intermittent_admission_of_a_role_lowers_the_confidence() -> None:
    """One back end of several may lack the check."""

    def flaky(probe: Probe) -> HttpFacts | str:
        first = probe.identity == "alice" and probe.phase is Phase.BEFORE
        return answering({"alice": OK if first else FORBIDDEN, "bob": OK}, BOTH)(probe)

    (finding,) = judge(context_of(ALICE, BOB), flaky)
    assert finding.confidence is Confidence.MEDIUM
    assert "on some attempts" in finding.message


def test_without_an_identity_of_the_role_the_operation_is_undecided() -> None:
    """A 200 for the reader may have any content while there is no control."""
    ctx = context_of(ALICE)
    server = answering({"alice": OK}, {"alice": OK})
    assert judge(ctx, server) == []
    concluded = certificate.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())
    assert [o.verdict for o in concluded.operations] == [Verdict.UNDECIDED, Verdict.CONSISTENT]
    assert concluded.undecided[0].reason == (
        'with "alice", without the role admin: admitted, and no identity with the role to compare with'
    )


def test_a_different_answer_for_another_role_is_undecided() -> None:
    """Less data than an administrator gets: a filter, or a missing check."""
    ctx = context_of(ALICE, BOB)
    server = answering({"alice": http(200, shape="less"), "bob": OK}, BOTH)
    concluded = certificate.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())
    assert [o.verdict for o in concluded.operations] == [Verdict.UNDECIDED, Verdict.CONSISTENT]


def test_an_admission_of_the_wrong_role_without_the_rule_is_undecided() -> None:
    """`--checks certificate` reports no roles; what the run saw is no consistency all the same."""
    ctx = context(ADMIN, OPEN_TO_ALL, identities=(ALICE, BOB), rules=certificate.RULES)
    cases: tuple[tuple[Answers, Verdict], ...] = (
        ({"alice": OK, "bob": OK}, Verdict.UNDECIDED),
        ({"alice": FORBIDDEN, "bob": OK}, Verdict.CONSISTENT),
    )
    for on_admin, verdict in cases:
        log = play(
            (unknown_path.CHECK, certificate.CHECK), ctx, answering(on_admin, {"alice": OK, "bob": OK})
        )
        concluded = certificate.CHECK.judge(ctx, log.classifier())
        assert [o.verdict for o in concluded.operations] == [verdict, Verdict.CONSISTENT]
        kinds = [UndecidedReason.NOT_REPORTED] if verdict is Verdict.UNDECIDED else []
        assert [each.kind for each in concluded.undecided] == kinds


REACHED = '"alice" has no configured roles and reached 2 operations that require a role'


def test_an_admitted_identity_without_roles_leaves_the_role_unchecked() -> None:
    """It may lack the role or have it: no finding, and not consistent either."""
    ctx = context(ADMIN, planned("/b", roles=("admin",)), identities=(NO_ROLES, BOB), rules=RULES)
    server = answering({"alice": OK, "bob": OK}, {"alice": OK, "bob": OK})
    assert judge(ctx, server) == []
    classifier = play(CHECKS, ctx, server).classifier()
    concluded = certificate.CHECK.judge(ctx, classifier)
    assert [(each.kind, each.reason) for each in concluded.undecided] == [
        (
            UndecidedReason.ROLE_NOT_CHECKED,
            'the operation is for role admin, which was not checked: "alice" was admitted and has no configured roles',
        )
    ] * 2
    assert [(each.kind, each.reason) for each in roles.CHECK.judge(ctx, classifier).skipped] == [
        (
            SkipReason.ROLE_NOT_CHECKED,
            f"{REACHED}: not checked whether that is allowed",
        ),
        (SkipReason.NEEDS_IDENTITY, "no identity without the role admin to try 2 operations with"),
    ]


def test_a_refused_identity_without_roles_is_not_reported() -> None:
    """It did not reach the operation."""
    ctx = context_of(NO_ROLES, BOB)
    server = answering({"alice": FORBIDDEN, "bob": OK}, BOTH)
    classifier = play(CHECKS, ctx, server).classifier()
    assert certificate.CHECK.judge(ctx, classifier).undecided == ()
    assert [each.kind for each in roles.CHECK.judge(ctx, classifier).skipped] == [SkipReason.NEEDS_IDENTITY]


def test_a_refused_identity_without_the_role_shows_that_roles_are_enforced() -> None:
    """The identity without configured roles stays a note."""
    ctx = context_of(ALICE, BOB, replace(NO_ROLES, name="carol"))
    server = answering({"alice": FORBIDDEN, "bob": OK, "carol": OK}, {**BOTH, "carol": OK})
    classifier = play(CHECKS, ctx, server).classifier()
    assert certificate.CHECK.judge(ctx, classifier).undecided == ()
    assert [each.kind for each in roles.CHECK.judge(ctx, classifier).skipped] == [SkipReason.ROLE_NOT_CHECKED]


@pytest.mark.parametrize("demand", [Demand.OPTIONAL, Demand.NOT_REQUIRED, Demand.OTHER])
def test_roles_are_not_judged_where_no_certificate_is_required(demand: Demand) -> None:
    """An anonymous client has no role."""
    ctx = context(planned("/admin", demand, roles=("admin",)), identities=(ALICE, BOB), rules=RULES)
    assert judge(ctx, answering({"alice": OK, "bob": OK}, {})) == []


def test_a_handshake_alone_leaves_roles_undecided() -> None:
    """Where no request may be sent, the operation is undecided, with advice."""
    post = planned("/admin", method="POST", mode=UnsafeMethods.HANDSHAKE, roles=("admin",))
    ctx = context(post, identities=(ALICE, BOB), rules=RULES)
    server: Callable[[Probe], HttpFacts | str] = lambda p: (  # noqa: E731 - the whole server in a line
        "certificate_required" if p.identity == "anonymous" else OK
    )
    assert judge(ctx, server) == []
    concluded = certificate.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())
    assert "--unsafe-methods send" in concluded.undecided[0].how_to_decide


def test_a_denial_of_the_role_is_learned_from_the_callers_who_lack_it() -> None:
    """A page with another tip each time and status 200, on two operations."""
    operations = [planned(path, roles=("admin",)) for path in ("/keys", "/users")]
    tips = cycle(("Neu: Mobile App", "Tipp: Karten im Archiv", "Tipp: die Suche"))

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        if probe.operation is None:
            return answer(404, '{"fehler": "unbekannt"}')
        if probe.identity == "bob":
            return answer(200, json.dumps({"key": f"zq-77{len(probe.operation.path)}1"}))
        if probe.identity == "alice":
            return answer(
                200, f"<html><h1>Angemeldet als Leserin</h1><p>Die Rolle fehlt.</p>{next(tips)}</html>"
            )
        return answer(401, '{"fehler": "Zertifikat"}')

    plan = context(*operations, identities=(ALICE, BOB), rules=RULES)
    concluded = certificate.CHECK.judge(plan, play(CHECKS, plan, server).classifier())
    assert {each.verdict for each in concluded.operations} == {Verdict.CONSISTENT}


def test_a_refused_role_is_no_admission_where_only_heads_are_sent() -> None:
    """The identity with the role gets 100 Continue, and no answer to compare with."""
    posts = [
        planned(path, method="POST", mode=UnsafeMethods.HEADERS, roles=("admin",))
        for path in ("/keys", "/users")
    ]
    operations = [replace(each, request=replace(each.request, body=b"{}")) for each in posts]

    def server(probe: Probe) -> HttpFacts | Ending:
        if probe.operation is None:
            return answer(404, '{"fehler": "unbekannt"}')
        return (
            Ending.CONTINUE if probe.identity == "bob" else answer(403, '{"fehler": "Rolle oder Zertifikat"}')
        )

    plan = context(*operations, identities=(ALICE, BOB), rules=RULES)
    log = play(CHECKS, plan, server)
    assert [f for check in CHECKS for f in check.judge(plan, log.classifier()).findings] == []
    operations_judged = certificate.CHECK.judge(plan, log.classifier()).operations
    assert {each.verdict for each in operations_judged} == {Verdict.CONSISTENT}


RECORD = answer(200, '{"po": "PO-77120", "supplier": "Kessler Armaturen GmbH", "total": 91240.5}')
PROFILE = answer(200, '{"name": "Lindqvist", "born": "1988-11-30"}')
REFUSAL = answer(403, '{"error": "insufficient role"}')
EVERY_CHECK = (*CHECKS, consistency.CHECK)


def concluded(
    reader: Callable[[Probe], HttpFacts], *, everywhere: bool
) -> tuple[list[tuple[str, str]], Verdict]:
    """Return rules and identities of the findings on the administrators' operation, and its verdict.

    `everywhere`: whether every operation requires the role, or that one only.
    """
    roles_of_all = ("admin",) if everywhere else ()
    others = [planned(f"/{name}", roles=roles_of_all) for name in ("accounts", "meters", "patients")]
    declared = replace(ADMIN.operation, media_types=("application/json", "application/xml"))
    rules = RULES | certificate.RULES | {"enforcement-inconsistent"}
    ctx = context(replace(ADMIN, operation=declared), *others, identities=(ALICE, BOB), rules=rules)

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None:
            return answer(404, '{"error": "not found"}')
        if probe.identity == "anonymous":
            return answer(401, '{"error": "certificate required"}')
        if probe.identity == "alice" and (everywhere or probe.operation == ADMIN.key):
            return reader(probe) if probe.operation == ADMIN.key else REFUSAL
        return RECORD if probe.operation == ADMIN.key else PROFILE

    classifier = play(EVERY_CHECK, ctx, server).classifier()
    parts = [check.judge(ctx, classifier) for check in EVERY_CHECK]
    verdicts = {each.operation.key: each.verdict for part in parts for each in part.operations}
    found = [(f.rule, f.identity or "") for part in parts for f in part.findings if f.operation == ADMIN.key]
    return found, verdicts[ADMIN.key]


@pytest.mark.parametrize("everywhere", [True, False], ids=["every operation", "one operation"])
@pytest.mark.parametrize(
    "refusal",
    [
        answer(403, '{"error": "insufficient role", "hint": "PO-77120"}'),
        answer(403, '{"error": "insufficient role", "hint": 91240.5}'),
        answer(
            401, '{"error": "insufficient role", "supplier": "Kessler Armaturen GmbH", "hint": "PO-77120"}'
        ),
    ],
)
def test_the_refusal_of_an_identity_without_the_role_must_not_carry_data(
    refusal: HttpFacts, *, everywhere: bool
) -> None:
    """It is judged as that of the anonymous client is."""
    found, _ = concluded(lambda _: refusal, everywhere=everywhere)
    assert found in ([("data-in-refusal", "alice")], [("role-not-enforced", "alice")])


@pytest.mark.parametrize("everywhere", [True, False], ids=["every operation", "one operation"])
def test_the_refusal_of_an_identity_without_the_role_is_explained_word_by_word(*, everywhere: bool) -> None:
    """What nothing explains may be data that the repetitions of the administrator do not show."""
    refusal = answer(403, '{"error": "insufficient role", "state": "dunning"}')
    assert concluded(lambda _: refusal, everywhere=everywhere) == ([], Verdict.UNDECIDED)
    assert concluded(lambda _: REFUSAL, everywhere=everywhere) == ([], Verdict.CONSISTENT)


@pytest.mark.parametrize(
    "is_unguarded",
    [
        lambda probe: ("Accept", "application/xml") in probe.request.headers,
        lambda probe: probe.variant == "again-7",
    ],
    ids=["representation", "one of many attempts"],
)
def test_a_guard_of_roles_must_cover_each_representation_and_attempt(
    is_unguarded: Callable[[Probe], bool],
) -> None:
    """The identity without the role sends what the anonymous client sends."""
    found, _ = concluded(lambda p: RECORD if is_unguarded(p) else REFUSAL, everywhere=False)
    assert found == [("role-not-enforced", "alice")]


def test_each_connection_is_tried_without_the_role() -> None:
    """The certificate check sends valid certificates over the main connection only."""
    ways = {"tls": (TlsRange.ANY, TlsRange.ONLY_1_2), "alpn": (("http/1.1",), ("h2", "http/1.1"))}
    ctx = context(ADMIN, OPEN_TO_ALL, identities=(ALICE, BOB), rules=RULES, **ways)
    sent = [p for p in consistency.CHECK.plan(ctx) if p.identity == "alice" and p.variant.startswith("way-")]
    assert {p.operation for p in sent} == {ADMIN.key}
    assert {(p.connection.tls, p.connection.alpn[0]) for p in sent} == {
        (TlsRange.ONLY_1_2, "http/1.1"),
        (TlsRange.ANY, "h2"),
    }
