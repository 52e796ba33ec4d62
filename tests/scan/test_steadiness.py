"""A server that answers plain requests otherwise than before leaves no operation consistent."""

import itertools
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, consistency, unknown_path
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.problem import ProblemKind
from specdrift.model.result.verdict import Verdict
from specdrift.scan.conclusion.changed_answers import problem_of, undecided_by_change, without_consistent
from specdrift.scan.steadiness import TIMES, again, change, is_doubtful
from tests.checks.plan_builders import context, observation_of, planned, play
from tests.classify.exchanges import answer

PATHS = ("/secure", "/orders")
Later = Callable[[Probe, int], HttpFacts]


def correct(probe: Probe) -> HttpFacts:
    """Admit the valid certificate only."""
    target = probe.request.target if probe.request else ""
    if target not in PATHS:
        return answer(404, '{"viga": "ei leitud"}')
    if probe.identity != "alice":
        return answer(401, '{"viga": "luba puudub"}')
    return answer(200, f'{{"iban": "FI21123456000007{len(target)}", "owner": "Oksanen{target[1:]}"}}')


def changed_by(later: Later, times: int = TIMES, paths: tuple[str, ...] = PATHS) -> str:
    """Return the change of a server that answers plain requests so when they are sent again; empty if there is none."""
    ctx = context(*map(planned, paths))
    log = play((unknown_path.CHECK, certificate.CHECK, consistency.CHECK), ctx, correct)
    for number in range(1, times + 1):
        for probe in again(log, ctx.identities, number):
            log.add(probe, observation_of(probe, later(probe, number)))
    found = change(log, ctx.identities)
    assert found is None or is_doubtful(log, ctx.identities, times)
    results = certificate.CHECK.judge(ctx, log.classifier()).operations
    kept = [each.verdict for each in without_consistent(found, results)]
    assert kept == [Verdict.UNDECIDED if found else Verdict.CONSISTENT] * len(paths)
    assert len(undecided_by_change(found, results)) == (len(paths) if found else 0)
    problem = problem_of(found)
    assert (problem.kind if problem else None) is (ProblemKind.STOPPED if found else None)
    return str(found or "")


def as_alice(probe: Probe) -> Probe:
    """Return the probe with the valid certificate."""
    return replace(probe, identity="alice")


def test_a_server_that_answers_as_before_is_no_change() -> None:
    """Two requests of the valid certificate, and one of the anonymous client."""
    ctx = context(*map(planned, PATHS))
    log = play((unknown_path.CHECK, certificate.CHECK, consistency.CHECK), ctx, correct)
    assert [probe.identity for probe in again(log, ctx.identities, 1)].count("alice") == len(PATHS)
    assert not changed_by(lambda probe, _: correct(probe))


def test_a_ban_is_a_change() -> None:
    """Valid certificates are refused too."""
    assert (
        changed_by(lambda *_: answer(403, "banned"))
        == 'GET /orders as "alice" got HTTP 200 before, and HTTP 403 later'
    )


def test_a_ban_of_the_anonymous_client_is_a_change() -> None:
    """It had another refusal before."""

    def later(probe: Probe, _: int) -> HttpFacts:
        return correct(probe) if probe.identity == "alice" else answer(403, "banned")

    assert changed_by(later) == "GET /orders without a certificate got HTTP 401 before, and HTTP 403 later"


@pytest.mark.parametrize("status", [403, 404])
def test_one_of_several_resources_may_change(status: int) -> None:
    """The valid certificate still succeeds with another."""

    def later(probe: Probe, _: int) -> HttpFacts:
        gone = probe.request is not None and probe.request.target == "/secure" and probe.identity == "alice"
        return answer(status, "{}") if gone else correct(probe)

    assert not changed_by(later)


def test_a_resource_that_was_removed_is_no_change() -> None:
    """It is 404 for a path with a parameter; a path without one has to stay."""
    assert changed_by(
        lambda probe, _: answer(404, "{}") if probe.identity == "alice" else correct(probe), paths=PATHS[:1]
    )


def test_it_has_to_last() -> None:
    """Servers behind a balancer refuse in several ways."""
    assert not changed_by(lambda *_: answer(403, "banned"), times=TIMES - 1)

    def in_turn(probe: Probe, number: int) -> HttpFacts:
        return (
            replace(correct(probe), status=403)
            if probe.identity == "anonymous" and number % 2
            else correct(probe)
        )

    assert not changed_by(in_turn)


@pytest.mark.parametrize("back_ends", range(2, 9))
@pytest.mark.parametrize("before", range(8))
@pytest.mark.parametrize("paths", [PATHS, PATHS[:1]])
def test_a_balancer_that_takes_its_back_ends_in_turn_is_no_change(
    back_ends: int, before: int, paths: tuple[str, ...]
) -> None:
    """One back end is open, and each request is a connection."""
    connections = itertools.count(before)

    def in_turn(probe: Probe, _: int) -> HttpFacts:
        is_open = next(connections) % back_ends == 0
        return correct(as_alice(probe)) if is_open else correct(probe)

    assert not changed_by(in_turn, paths=paths)


@pytest.mark.parametrize("demand", [Demand.REQUIRED, Demand.NOT_REQUIRED])
@pytest.mark.parametrize(
    "admitted", [range(1), range(10_000), range(0, 10_000, 3)], ids=["banned", "open", "by-chance"]
)
def test_who_was_admitted_by_chance_may_be_refused_later(demand: Demand, admitted: range) -> None:
    """Whom the server bans after the first success is not admitted again; an open operation has to stay open."""
    ctx = context(planned("/secure", demand), planned("/orders"))
    turns = itertools.count()

    def before(probe: Probe) -> HttpFacts:
        asks = probe.request and probe.request.target == "/secure" and probe.identity == "anonymous"
        is_admitted = asks and next(turns) in admitted
        return correct(as_alice(probe)) if is_admitted else correct(probe)

    log = play((unknown_path.CHECK, certificate.CHECK, consistency.CHECK), ctx, before)
    for number in range(1, TIMES + 1):
        for probe in again(log, ctx.identities, number):
            log.add(probe, observation_of(probe, correct(probe)))
    by_chance = demand is Demand.REQUIRED and admitted.step == 3
    assert (change(log, ctx.identities) is None) == by_chance


@pytest.mark.parametrize("status", [429, 503])
def test_trouble_is_no_change(status: int) -> None:
    """What is not answered is repeated, and given up elsewhere."""
    assert not changed_by(lambda *_: answer(status, "busy"))
