"""Operations whose guards answer alike share certificates and alterations; one that differs is found, and so are all
where one is open.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import path_variant, undeclared_input
from specdrift.checks.certificate import certificate, connection_variants, unknown_path
from specdrift.checks.core.guard_groups import MOST_FOLDERS, GuardGroups
from specdrift.checks.inputs.undeclared_kinds import OF_LISTENERS
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Control, TlsRange
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.verdict import Basis, Outcome, Verdict
from tests.checks.plan_builders import ALICE, SELF_SIGNED, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Check, Conclusions, PlanContext
    from specdrift.model.exchange.identity import ClientIdentity
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe, Request
    from specdrift.model.result.result import OperationResult

    Answer = HttpFacts | Ending | str

OPERATIONS = tuple(planned(f"/secret/{number}") for number in range(6))
LAST = OPERATIONS[-1].key.path
OK, DENIED, MISSING, BROKEN = http(200, shape="secret"), http(401), http(404), http(503)
OWN = http(403, shape="own guard")
UNKNOWN_CA, ALERT = "unknown_ca", "certificate_expired"
UNTRUSTED = replace(SELF_SIGNED, name="untrusted-issuer", profile="untrusted-issuer")
PROFILES = tuple(
    replace(SELF_SIGNED, name=name, profile=name) for name in ("expired", "wrong-eku", "malformed", "revoked")
)
IDENTITIES = (ALICE, UNTRUSTED, *PROFILES)


def judged(
    check: Check,
    server: Callable[[Probe], Answer],
    *,
    identities: tuple[ClientIdentity, ...] = IDENTITIES,
    exhaustive: bool = False,
) -> tuple[PlanContext, Counter[tuple[str, str]], Conclusions]:
    """Return the context, the main probes of the check by identity and path, and its conclusions."""
    ctx = context(
        *OPERATIONS,
        identities=identities,
        tls=(TlsRange.ANY, TlsRange.ONLY_1_2),
        exhaustive=exhaustive,
        rules=certificate.RULES | check.rules,
    )
    log = play(tuple(dict.fromkeys((unknown_path.CHECK, certificate.CHECK, check))), ctx, server)
    sent = Counter(
        (entry.probe.identity, entry.probe.operation.path)
        for entry in log.by_check(check.name)
        if entry.probe.operation and entry.probe.attempt == 1 and not _is_baseline(entry.probe)
    )
    return ctx, sent, check.judge(ctx, log.classifier())


def _is_baseline(probe: Probe) -> bool:
    """Return whether it is sent to compare a bundle with what the same request gets without it."""
    return probe.tag is not None and probe.tag.control is Control.BASELINE


def guarding(
    admits: Callable[[str, str], bool] = lambda _identity, _path: False,
    *,
    refusal: Callable[[str], Answer] = lambda _path: DENIED,
) -> Callable[[Probe], Answer]:
    """Build a server that admits alice, and others where ``admits`` says so for identity and path."""

    def server(probe: Probe) -> Answer:
        assert probe.request is not None
        path = probe.request.target.partition("?")[0]
        if path not in {planned.key.path for planned in OPERATIONS}:
            return MISSING
        admitted = probe.identity == ALICE.name or admits(probe.identity, path)
        return OK if admitted else refusal(path)

    return server


def own_guard(path: str) -> HttpFacts:
    """Let the last operation refuse in its own way."""
    return OWN if path == LAST else DENIED


def test_alike_operations_share_the_generated_certificates() -> None:
    """Each operation gets the callers that show its guard; each other certificate is sent once per TLS version."""
    _, sent, found = judged(certificate.CHECK, guarding())
    telling = (ANONYMOUS.name, UNTRUSTED.name, "expired")
    everywhere = {(name, p.key.path) for name in telling for p in OPERATIONS}
    assert {pair for pair in sent if pair[0] in telling} == everywhere
    others = {profile.name for profile in PROFILES} - {*telling}
    shared = [pair for pair in sent if pair[0] in others]
    assert sorted(name for name, _ in shared) == sorted(others)
    assert len({path for _, path in shared}) == len(others)
    assert all(sent[pair] == 2 for pair in shared)
    assert {result.verdict for result in found.operations} == {Verdict.CONSISTENT}
    (skipped,) = found.skipped
    assert skipped.kind is SkipReason.SAMPLED
    assert skipped.reason.startswith("6 operations got some of the generated certificates")


def test_a_certificate_that_one_operation_admits_is_sent_to_all() -> None:
    """Each operation that admits it is a finding."""
    _, _, found = judged(certificate.CHECK, guarding(lambda name, _: name == "revoked"))
    assert {(f.profile, f.operation) for f in found.findings} == {("revoked", p.key) for p in OPERATIONS}


def test_an_operation_with_a_guard_of_its_own_gets_every_certificate() -> None:
    """The others may refuse what this one admits."""
    server = guarding(lambda name, path: (name, path) == ("revoked", LAST), refusal=own_guard)
    _, sent, found = judged(certificate.CHECK, server)
    assert {name for name, path in sent if path == LAST} == {"anonymous", *(i.name for i in IDENTITIES)}
    assert [(f.profile, f.operation) for f in found.findings] == [("revoked", OPERATIONS[-1].key)]


@pytest.mark.parametrize("nothing", [Ending.TIMEOUT, Ending.NOT_SENT])
def test_a_certificate_without_an_answer_leaves_every_operation_undecided(nothing: Answer) -> None:
    """That no operation refused it is no refusal."""

    def server(probe: Probe) -> Answer:
        return nothing if probe.identity == "revoked" else guarding()(probe)

    _, _, found = judged(certificate.CHECK, server)
    assert {result.verdict for result in found.operations} == {Verdict.UNDECIDED}


def test_a_refusal_in_the_handshake_is_that_of_the_listener() -> None:
    """It knows no path there: the outcome of the other operations is inferred, and marked so."""

    def server(probe: Probe) -> Answer:
        return ALERT if probe.identity == "wrong-eku" else guarding()(probe)

    _, sent, found = judged(certificate.CHECK, server)
    assert sum(name == "wrong-eku" for name, _ in sent) == 1

    def outcome(result: OperationResult) -> tuple[Outcome, Basis]:
        (got,) = (each for each in result.outcomes if each.identity == "wrong-eku")
        return got.outcome, got.basis

    outcomes = Counter(map(outcome, found.operations))
    assert outcomes == {
        (Outcome.REFUSED_IN_TLS, Basis.LISTENER): 5,
        (Outcome.REFUSED_IN_TLS, Basis.PROBED): 1,
    }


@pytest.mark.usefixtures("one_folder")
@pytest.mark.parametrize(
    ("check", "joined", "once"),
    [(path_variant.CHECK, 0, 0), (undeclared_input.CHECK, 1, len(OF_LISTENERS))],
    ids=["paths", "inputs"],
)
def test_alike_operations_share_the_alterations(check: Check, joined: int, once: int) -> None:
    """Each is sent once, and each operation gets its part; several inputs joined go to every one.

    What the listener answers by itself is sent once in an exhaustive run too.
    """
    ctx, sent, found = judged(check, guarding())
    alone = list(check.plan(replace(ctx, operations=OPERATIONS[:1])))
    assert sent.total() == len(alone) + joined * (len(OPERATIONS) - 1)
    assert max(sent.values()) - min(sent.values()) <= 1
    assert [skipped.kind for skipped in found.skipped] == [SkipReason.SAMPLED]
    _, every, all_of_them = judged(check, guarding(), exhaustive=True)
    assert every.total() == len(alone) * len(OPERATIONS) - once * (len(OPERATIONS) - 1)
    assert not all_of_them.skipped


@pytest.mark.usefixtures("one_folder")
@pytest.mark.parametrize("path", sorted(planned.key.path for planned in OPERATIONS))
@pytest.mark.parametrize(
    "has",
    [
        lambda request: "If-Modified-Since" in dict(request.headers),
        lambda request: "Googlebot" in dict(request.headers).get("User-Agent", ""),
        lambda request: "preview=true" in request.target,
    ],
    ids=["a conditional request", "a crawler", "a switch"],
)
def test_an_input_that_opens_one_of_many_alike_operations_is_found(
    has: Callable[[Request], bool], path: str
) -> None:
    """Whichever operation of the group it is; the single input is named."""

    def server(probe: Probe) -> Answer:
        assert probe.request is not None
        plain = probe.request.target.partition("?")[0]
        return OK if plain == path and has(probe.request) else guarding()(probe)

    _, _, found = judged(undeclared_input.CHECK, server)
    assert [finding.operation.path for finding in found.findings if finding.operation] == [path]
    assert "several kinds" not in found.findings[0].message


def opened_by(
    spelling: str, paths: frozenset[str], refusal: Callable[[str], Answer]
) -> Callable[[Probe], Answer]:
    """Let another end of the path pass the guard of these operations."""

    def server(probe: Probe) -> Answer:
        assert probe.request is not None
        plain = probe.request.target.removesuffix(spelling)
        return OK if plain != probe.request.target and plain in paths else guarding(refusal=refusal)(probe)

    return server


EVERY = frozenset(planned.key.path for planned in OPERATIONS)


@pytest.mark.parametrize(
    ("paths", "refusal"),
    [(EVERY, lambda _path: DENIED), (frozenset({LAST}), own_guard)],
    ids=["one guard", "a guard of its own"],
)
def test_a_spelling_is_found_wherever_it_opens_an_operation(
    paths: frozenset[str], refusal: Callable[[str], Answer]
) -> None:
    """On all operations of the guard, and on one with a guard of its own."""
    _, _, found = judged(path_variant.CHECK, opened_by(".json", paths, refusal))
    assert {finding.operation.path for finding in found.findings if finding.operation} == paths


def test_an_operation_that_another_alteration_opens_is_found_too() -> None:
    """Where one of a group is open, the others get everything."""

    def server(probe: Probe) -> Answer:
        slash = opened_by("/.", frozenset({LAST}), lambda _path: DENIED)
        json = opened_by(".json", EVERY - {LAST}, lambda _path: DENIED)
        return OK if OK in (slash(probe), json(probe)) else json(probe)

    _, _, found = judged(path_variant.CHECK, server)
    assert {finding.operation.path for finding in found.findings if finding.operation} == EVERY


@pytest.mark.usefixtures("one_folder")
def test_a_failure_on_one_operation_is_tried_on_the_others() -> None:
    """A 503 shows nothing: another operation may answer."""

    def server(probe: Probe) -> Answer:
        failing = probe.request is not None and probe.request.target.endswith("/.")
        return BROKEN if failing and probe.identity == ANONYMOUS.name else guarding()(probe)

    ctx, sent, _ = judged(path_variant.CHECK, server)
    alone = len(list(path_variant.CHECK.plan(replace(ctx, operations=OPERATIONS[:1]))))
    assert sent.total() == alone + len(OPERATIONS) - 1


def test_a_certificate_that_another_connection_admits_has_its_own_control() -> None:
    """Over HTTP/2 the guard is missing, on an operation that did not get the certificate over HTTP/1.1."""

    def server(probe: Probe) -> Answer:
        over_http2 = probe.connection.alpn == HTTP_2
        return guarding(lambda name, _: over_http2 and name != ANONYMOUS.name)(probe)

    ctx = context(*OPERATIONS, identities=IDENTITIES, alpn=(HTTP_1, HTTP_2))
    log = play((unknown_path.CHECK, certificate.CHECK, connection_variants.CHECK), ctx, server)
    findings = connection_variants.CHECK.judge(ctx, log.classifier()).findings
    assert {finding.profile for finding in findings} == {identity.profile for identity in IDENTITIES[1:]}


@pytest.mark.parametrize(
    ("paths", "sharing"),
    [
        (("/accounts", "/accounts/{id}", "/orders"), 3),
        (("/api/v1/admin/users", "/api/v1/admin/keys", "/api/v1/items/{id}"), 2),
        (("/v1/me", "/v1/invoices", "/v1/invoices/{id}"), 3),
        (("/{id}", "/{id}/lines", "/{id}/notes/{note}"), 3),
        (("/orders/{id}", "/orders/{other}"), 1),
        (tuple(f"/{number}" for number in range(MOST_FOLDERS + 5)), MOST_FOLDERS + 1),
    ],
    ids=["resources", "below a prefix", "below a version", "below a parameter", "alike", "many"],
)
def test_operations_in_different_folders_do_not_share(paths: tuple[str, ...], sharing: int) -> None:
    """A guard of a prefix is passed in other ways than that of another one; their number is limited."""
    operations = tuple(planned(path) for path in paths)
    groups = GuardGroups(context(*operations), by_folder=True)
    assert len({groups.of(one) for one in operations}) == sharing
