"""What one operation admits is tried on all others, and where that shows nothing, the operation is not consistent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import names, protocols
from specdrift.checks.certificate import certificate, connection_variants, unknown_path
from specdrift.checks.credentials import session_cookie
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, HttpFacts
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, HttpVersion
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.reasons import Remedy, UndecidedReason
from tests.checks.plan_builders import ALICE, SELF_SIGNED, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Check, Conclusions
    from specdrift.model.exchange.probe import Probe

PATHS = tuple(f"/secure{number}" for number in range(10))
OPERATIONS = tuple(planned(path) for path in PATHS)
WRITER = planned("/written", method="POST", mode=UnsafeMethods.SEND)
PUBLIC = planned("/public", Demand.NOT_REQUIRED)
DENIED, MISSING = http(401), http(404)


def without_alpn(probe: Probe) -> bool:
    """Return whether the connection offers no ALPN."""
    return probe.connection.alpn == ()


def upgrades(probe: Probe) -> bool:
    """Return whether the request asks for another protocol."""
    return bool(probe.request and any(name == "Upgrade" for name, _ in probe.request.headers))


def to_another_host(probe: Probe) -> bool:
    """Return whether Host names the local machine."""
    return bool(probe.request and ("Host", "localhost:8443") in probe.request.headers)


def serving(
    is_open: Callable[[Probe], bool], *, otherwise: dict[str, Ending] | None = None
) -> Callable[[Probe], HttpFacts | Ending | str]:
    """Build a server that admits anonymous requests of one kind; some paths end them in another way."""

    def server(probe: Probe) -> HttpFacts | Ending | str:
        assert probe.request is not None
        path = probe.request.target
        if path not in {*PATHS, "/written", "/public"}:
            return MISSING
        altered = probe.identity == ANONYMOUS.name and is_open(probe)
        if altered and otherwise and path in otherwise:
            return otherwise[path]
        admitted = altered or probe.identity == "alice" or path == "/public"
        return http(200, shape=path, text=f'{{"of": "{path}"}}') if admitted else DENIED

    return server


def judged(
    check: Check, server: Callable[[Probe], HttpFacts | Ending | str], *operations: object
) -> Conclusions:
    """Return the conclusions of a check on such a server."""
    ctx = context(*(operations or (*OPERATIONS, WRITER, PUBLIC)))  # type: ignore[arg-type]
    log = play((unknown_path.CHECK, certificate.CHECK, check), ctx, server)
    return check.judge(ctx, log.classifier())


def paths_of(conclusions: Conclusions) -> set[str]:
    """Return the paths of the findings."""
    return {finding.operation.path for finding in conclusions.findings if finding.operation}


def test_what_a_few_operations_got_is_sent_to_all_once_it_is_admitted() -> None:
    """Three operations stood for the listener: the others had the verdict consistent, and were open."""
    assert paths_of(judged(names.CHECK, serving(to_another_host))) == {*PATHS, "/written"}
    assert paths_of(judged(protocols.CHECK, serving(without_alpn))) == {*PATHS, "/written"}


def test_an_operation_with_a_guard_of_its_own_is_not_accused() -> None:
    """Each is sent the variant, and only those that admit it are reported."""
    half = frozenset(PATHS[::2])

    def is_open(probe: Probe) -> bool:
        return to_another_host(probe) and probe.request is not None and probe.request.target in half

    conclusions = judged(names.CHECK, serving(is_open))
    assert paths_of(conclusions) == half
    assert conclusions.undecided == (), "the others refuse it"


def test_connections_without_alpn_and_upgrades_are_tried_on_each_operation() -> None:
    """A handler may have an exception of its own for them; the sample would miss it."""
    for is_of_kind in (without_alpn, upgrades):

        def is_open(probe: Probe, is_of_kind: Callable[[Probe], bool] = is_of_kind) -> bool:
            return is_of_kind(probe) and probe.request is not None and probe.request.target == PATHS[3]

        assert paths_of(judged(protocols.CHECK, serving(is_open))) == {PATHS[3]}


def test_each_operation_costs_two_requests_more() -> None:
    """The other manners stand for the listener."""
    sent = [probe.operation for probe in protocols.CHECK.plan(context(*OPERATIONS))]
    assert {sent.count(one.key) for one in OPERATIONS} <= set(range(2, 7))
    assert len(sent) <= 2 * len(OPERATIONS) + 6 * protocols.FEW


def test_a_correct_server_has_nothing_undecided() -> None:
    """The twin."""
    for check in (names.CHECK, protocols.CHECK):
        conclusions = judged(check, serving(lambda _: False))
        assert (conclusions.findings, conclusions.undecided) == ((), ())


def test_an_operation_that_does_not_answer_the_variant_is_undecided() -> None:
    """It may be open like the others."""
    server = serving(to_another_host, otherwise={PATHS[4]: Ending.TIMEOUT})
    (undecided,) = judged(names.CHECK, server).undecided
    assert undecided.operation == OPERATIONS[4].key
    assert (undecided.kind, undecided.remedy) == (UndecidedReason.INCONCLUSIVE, Remedy.REPEAT)
    assert "admits a caller without a certificate with Host localhost" in undecided.reason


@pytest.mark.parametrize("is_specific", [True, False])
def test_an_answer_that_paths_which_do_not_exist_get_too_leaves_nothing_undecided(
    is_specific: bool,  # noqa: FBT001
) -> None:
    """It is not the operation's own. One that only this operation gives may be."""
    page = http(200, shape="page", text="Everything of this host.")

    def server(probe: Probe) -> HttpFacts | Ending | str:
        assert probe.request is not None
        target = probe.request.target
        if to_another_host(probe) and (target == PATHS[4] or (target not in PATHS and not is_specific)):
            return page
        return serving(to_another_host)(probe)

    conclusions = judged(names.CHECK, server, *OPERATIONS, PUBLIC)
    assert paths_of(conclusions) == {*PATHS} - {PATHS[4]}
    undecided = {each.operation for each in conclusions.undecided}
    assert undecided == ({OPERATIONS[4].key} if is_specific else set())


def by_http_0_9(answers: Callable[[str], HttpFacts | None]) -> Conclusions:
    """Judge a server that answers HTTP/0.9 with a body alone: the denial's, unless there is another answer."""

    def server(probe: Probe) -> HttpFacts | Ending | str:
        assert probe.request is not None
        answer = serving(lambda _: False)(probe)
        if probe.request.version is not HttpVersion.HTTP_0_9 or not isinstance(answer, HttpFacts):
            return answer
        answer = answers(probe.request.target) or answer
        return replace(answer, status=200, http_version="HTTP/0.9", headers=())

    return judged(protocols.CHECK, server, *OPERATIONS[:4])


def test_a_denial_without_a_status_is_no_admission() -> None:
    """HTTP/0.9 has none, so that the body alone shows what the answer is. The operations beside it are consistent."""
    assert by_http_0_9(lambda _: None) == judged(protocols.CHECK, serving(lambda _: False), *OPERATIONS[:4])
    opened = by_http_0_9(
        lambda path: http(200, shape=path, text=f'{{"of": "{path}"}}') if path == PATHS[0] else None
    )
    assert paths_of(opened) == {PATHS[0]}
    assert opened.undecided == (), "the bodies of the others are their denials"


def test_a_body_of_another_kind_without_a_status_is_undecided() -> None:
    """It is neither the operation's data nor its denial."""
    other = http(200, shape="other", text="Something else")

    def answers(path: str) -> HttpFacts | None:
        own = http(200, shape=path, text=f'{{"of": "{path}"}}')
        return {PATHS[0]: own, PATHS[1]: other}.get(path)

    (undecided,) = by_http_0_9(answers).undecided
    assert undecided.operation == OPERATIONS[1].key


def test_an_operation_that_may_not_be_sent_is_undecided() -> None:
    """Its head or handshake is refused, and what opens the others cannot be tried."""
    heads = planned("/written", method="POST", mode=UnsafeMethods.HEADERS)
    (undecided,) = judged(names.CHECK, serving(to_another_host), *OPERATIONS, heads).undecided
    assert undecided.operation == heads.key
    assert (undecided.kind, undecided.remedy) == (UndecidedReason.NOT_SENT, Remedy.SEND)
    assert judged(names.CHECK, serving(lambda _: False), *OPERATIONS, heads).undecided == ()


def test_a_certificate_that_one_operation_admits_over_http_2_is_sent_to_all_over_it() -> None:
    """One operation stood for the listener."""

    def admits(probe: Probe) -> bool:
        return probe.identity == "old" and probe.connection.alpn == HTTP_2

    def server(probe: Probe) -> HttpFacts | Ending | str:
        return serving(lambda _: False)(replace(probe, identity="alice") if admits(probe) else probe)

    ctx = context(*OPERATIONS[:4], PUBLIC, alpn=(HTTP_1, HTTP_2))
    log = play((unknown_path.CHECK, certificate.CHECK, connection_variants.CHECK), ctx, server)
    assert paths_of(connection_variants.CHECK.judge(ctx, log.classifier())) == set(PATHS[:4])


def test_a_certificate_that_one_operation_admits_is_sent_to_every_group() -> None:
    """A group of alike guards got it once, and its other operations had the verdict consistent."""
    generated = tuple(
        replace(SELF_SIGNED, name=name, profile=name) for name in ("self-signed", "wrong-eku", "weak")
    )
    writers = tuple(planned(f"/written{number}", method="PUT") for number in range(4))
    opened = {PATHS[0], writers[1].key.path}

    def server(probe: Probe) -> HttpFacts | Ending | str:
        assert probe.request is not None
        path, is_weak = probe.request.target, probe.identity == "weak"
        if path not in {*PATHS, *(each.key.path for each in writers)}:
            return MISSING
        admitted = probe.identity == "alice" or (is_weak and path in opened)
        return http(200, shape=path, text=f'{{"of": "{path}"}}') if admitted else DENIED

    ctx = context(*OPERATIONS[:1], *writers, identities=(ALICE, *generated))
    log = play((unknown_path.CHECK, certificate.CHECK), ctx, server)
    sent = {probe.operation for probe in (e.probe for e in log.by_id.values()) if probe.identity == "weak"}
    assert {each.key for each in writers} <= sent


def cookie_conclusions(*, replaces: bool, otherwise: dict[str, Ending] | None = None) -> Conclusions:
    """Judge a server that sets a cookie, which may replace the certificate; some paths end with it in another way."""

    def server(probe: Probe) -> HttpFacts | Ending | str:
        has_cookie = replaces and ("Cookie", "sid=abc123") in (probe.request.headers if probe.request else ())
        answer = serving(lambda _: has_cookie, otherwise=otherwise)(probe)
        set_cookie = (("set-cookie", "sid=abc123"),)
        is_given = isinstance(answer, HttpFacts) and answer.status == 200 and probe.identity == "alice"
        return replace(answer, headers=set_cookie) if is_given else answer  # type: ignore[type-var]

    return judged(session_cookie.CHECK, server, *OPERATIONS, WRITER, PUBLIC)


@pytest.mark.parametrize("replaces", [True, False])
def test_a_cookie_that_admits_on_one_operation_is_sent_to_all(replaces: bool) -> None:  # noqa: FBT001
    """Three operations stood for the API."""
    conclusions = cookie_conclusions(replaces=replaces)
    assert paths_of(conclusions) == ({*PATHS, "/written"} if replaces else set())
    assert conclusions.undecided == ()


def test_an_operation_that_does_not_answer_the_cookie_is_undecided() -> None:
    """The session may open it like the others."""
    (undecided,) = cookie_conclusions(replaces=True, otherwise={PATHS[7]: Ending.TIMEOUT}).undecided
    assert undecided.operation == OPERATIONS[7].key
    assert "with the cookies that a valid certificate was given" in undecided.reason
