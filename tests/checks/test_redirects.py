"""Redirects of callers who must be refused are followed, to see whether the target serves the resource."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, NamedTuple

import pytest

from specdrift.checks.certificate import certificate, consistency, unknown_path
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Phase, Probe
from specdrift.model.result.verdict import Confidence, Verdict
from tests.checks.plan_builders import ALICE, OLD, context, planned, play
from tests.generated.data import Body
from tests.generated.faults import Reply
from tests.generated.server import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from specdrift.model.exchange.observation import HttpFacts

CHECKS = (unknown_path.CHECK, certificate.CHECK, consistency.CHECK)
NOT_ENFORCED = "mtls-not-enforced"
DATA = {
    "/orders": {"customer": "Kallio Oy", "total": 1890.4, "ref": "INV-20931"},
    "/people": {"name": "Noora Salo", "salary": 5377, "born": "1971-04-09"},
}
COOKIE = ("set-cookie", "checked=1; Path=/")
LOGIN = Body("text/html", b"<title>Sign in</title><form><input type=password></form>")


class Asked(NamedTuple):
    """A request without a valid certificate."""

    path: str
    cookie: str
    method: str


Handler = "Callable[[Asked], Reply | None]"


def as_json(content: object, status: int = 200) -> Reply:
    """A reply in JSON."""
    return Reply(status, Body("application/json", json.dumps(content).encode()))


def to(location: str, status: int = 302, *headers: tuple[str, str]) -> Reply:
    """A redirect."""
    return Reply(status, Body("", b""), (("location", location), *headers))


def login(asked: Asked) -> Reply | None:
    """Every operation sends the caller to a form."""
    if asked.path in DATA:
        return to(f"/login?next={asked.path}")
    return Reply(200, LOGIN) if asked.path.startswith("/login") else None


def welcome(asked: Asked) -> Reply | None:
    """The same with a page that names nothing."""
    return to("/start") if asked.path in DATA else as_json({"hei": "tervetuloa"})


def internal(asked: Asked) -> Reply | None:
    """Every operation sends the caller to a path that serves its data."""
    if asked.path in DATA:
        return to(f"/internal{asked.path}", 307)
    return as_json(DATA.get(asked.path.removeprefix("/internal"), {}))


def together(asked: Asked) -> Reply | None:
    """Every operation sends the caller to one page that serves all data."""
    return to("/internal", 303) if asked.path in DATA else as_json(list(DATA.values()))


def error_with_data(asked: Asked) -> Reply | None:
    """The target refuses and serves the data."""
    if asked.path in DATA:
        return to(f"/denied{asked.path}")
    return as_json({"error": "no", "debug": DATA.get(asked.path.removeprefix("/denied"))}, 403)


def cookie_check(asked: Asked) -> Reply | None:
    """To itself with a cookie, and then the data."""
    return as_json(DATA.get(asked.path)) if asked.cookie == "checked=1" else to(asked.path, 302, COOKIE)


def cookie_check_and_refusal(asked: Asked) -> Reply | None:
    """To itself with a cookie, and then a refusal."""
    return as_json({"error": "no"}, 403) if asked.cookie == "checked=1" else to(asked.path, 302, COOKIE)


def loop(asked: Asked) -> Reply | None:
    """To itself, always."""
    return to(asked.path)


def cookie_loop(asked: Asked) -> Reply | None:
    """To itself, always, with the same cookie."""
    return to(asked.path, 302, COOKIE)


def counting(asked: Asked) -> Reply | None:
    """To itself with a cookie that counts."""
    count = int(asked.cookie.partition("=")[2] or 0)
    return to(asked.path, 302, ("set-cookie", f"n={count + 1}"))


def twice(asked: Asked) -> Reply | None:
    """To a path that sends the caller to another one."""
    if asked.path in DATA:
        return to("/step")
    return to("/internal") if asked.path == "/step" else as_json(list(DATA.values()))


def four_times(asked: Asked) -> Reply | None:
    """Through three further paths."""
    number = 0 if asked.path in DATA else int(asked.path.rpartition("-")[2])
    return to(f"/step-{number + 1}") if number < 4 else as_json(list(DATA.values()))


def other_host(_: Asked) -> Reply | None:
    """Every operation sends the caller to another host."""
    return to("https://id.example.test/start")


def other_port(_: Asked) -> Reply | None:
    """Every operation sends the caller to another port of the same host."""
    return to("https://api.test:9443/start")


def broken(asked: Asked) -> Reply | None:
    """The target fails."""
    return to("/start") if asked.path in DATA else as_json({"oops": 1}, 503)


def serving(
    others: Callable[[Asked], Reply | None], data: Mapping[str, object] = DATA
) -> Callable[[Probe], HttpFacts]:
    """A server that serves the data to alice, and answers other callers by ``others``."""

    def server(probe: Probe) -> HttpFacts:
        request = probe.request
        assert request is not None
        path = request.target.partition("?")[0]
        cookie = dict(request.headers).get("Cookie", "")
        known = data.get(path)
        if probe.operation is None or (probe.identity == ALICE.name and known is None):
            return facts(as_json({"error": "not found"}, 404), request.target)
        own = as_json(known) if probe.identity == ALICE.name else None
        reply = own or others(Asked(path, cookie, request.method))
        assert reply is not None
        return facts(reply, request.target)

    return server


CASES = [
    (login, [], Verdict.CONSISTENT),
    (welcome, [], Verdict.CONSISTENT),
    (cookie_check_and_refusal, [], Verdict.CONSISTENT),
    (loop, [], Verdict.CONSISTENT),
    (cookie_loop, [], Verdict.CONSISTENT),
    (other_host, [], Verdict.CONSISTENT),
    (internal, [NOT_ENFORCED], None),
    (together, [NOT_ENFORCED], None),
    (error_with_data, [NOT_ENFORCED], None),
    (cookie_check, [NOT_ENFORCED], None),
    (counting, [], Verdict.UNDECIDED),
    (twice, [NOT_ENFORCED], None),
    (four_times, [], Verdict.UNDECIDED),
    (other_port, [], Verdict.UNDECIDED),
    (broken, [], Verdict.UNDECIDED),
]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("others", "rules", "verdict"), CASES, ids=[case[0].__name__ for case in CASES])
def test_the_target_decides(
    others: Callable[[Asked], Reply | None], rules: list[str], verdict: Verdict | None, method: str
) -> None:
    """A redirect alone refuses nothing, however many operations give the same."""
    operations = [planned(path, method=method) for path in DATA]
    plan = context(*operations, identities=(ALICE, OLD))
    log = play(CHECKS, plan, serving(others))
    concluded = certificate.CHECK.judge(plan, log.classifier())
    unsafe = method == "POST" and others is internal
    for operation in operations:
        found = [f.rule for f in concluded.findings if f.operation == operation.key]
        assert found == ([] if unsafe else rules)
    if verdict or unsafe:
        wanted = Verdict.UNDECIDED if unsafe else verdict
        assert [each.verdict for each in concluded.operations] == [wanted, wanted]


def test_one_request_follows_each_redirect() -> None:
    """As the same caller, over the same kind of connection, up to three times."""
    plan = context(planned("/orders"), identities=(ALICE,))
    log = play(CHECKS[:2], plan, serving(four_times))
    followers = [each.probe for each in log.by_id.values() if each.probe.follows]
    assert {probe.identity for probe in followers} == {ANONYMOUS.name}
    targets = {probe.request.target for probe in followers if probe.request}
    assert targets == {"/step-1", "/step-2", "/step-3"}
    assert len(followers) == len({probe.follows for probe in followers})


def test_the_finding_names_each_exchange_of_a_chain() -> None:
    """In the order in which the requests were sent, so that curl can follow them."""
    plan = context(*map(planned, DATA), identities=(ALICE,))
    log = play(CHECKS[:2], plan, serving(twice))
    finding = certificate.CHECK.judge(plan, log.classifier()).findings[0]
    first, second, third = (log.by_id[name].probe for name in finding.probes[:3])
    assert (second.follows, third.follows) == (first.id, second.id)
    assert "redirected to /step, then /internal, and there: HTTP 200" in finding.message


def moved(*, guarded: bool) -> Callable[[Probe], HttpFacts]:
    """A server that redirects every caller to another path, which serves the data."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        path = probe.request.target
        if path in DATA:
            return facts(to(f"/store{path}"), path)
        known = DATA.get(path.removeprefix("/store"))
        if known is None:
            return facts(as_json({"error": "not found"}, 404), path)
        admitted = probe.identity == ALICE.name or not guarded
        return facts(as_json(known) if admitted else as_json({"viga": "luba puudub"}, 403), path)

    return server


@pytest.mark.parametrize("guarded", [True, False])
def test_a_redirect_of_every_caller_is_judged_by_its_target(*, guarded: bool) -> None:
    """The redirect itself is the same for valid certificates and for others, and shows nothing."""
    plan = context(*map(planned, DATA), identities=(ALICE, OLD))
    concluded = certificate.CHECK.judge(plan, play(CHECKS, plan, moved(guarded=guarded)).classifier())
    assert {finding.rule for finding in concluded.findings} == (set() if guarded else {NOT_ENFORCED})
    assert {each.verdict for each in concluded.operations} == {Verdict.CONSISTENT}


def test_the_finding_names_both_exchanges() -> None:
    """The redirect and what its target served, first of all."""
    plan = context(planned("/orders"), planned("/people"), identities=(ALICE,))
    log = play(CHECKS[:2], plan, serving(internal))
    finding = certificate.CHECK.judge(plan, log.classifier()).findings[0]
    first, second = (log.by_id[name].probe for name in finding.probes[:2])
    assert (first.phase, second.follows) == (Phase.MAIN, first.id)
    assert "redirected to /internal/orders, and there: HTTP 200" in finding.message
    assert finding.confidence is Confidence.HIGH


def slashed(others: Callable[[Asked], Reply | None]) -> Callable[[Probe], HttpFacts]:
    """A server that sends every caller from a path to the same path with a slash."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        path = probe.request.target
        if path in DATA:
            return facts(to(f"{path}/", 301), path)
        if not path.endswith("/"):
            return facts(as_json({"error": "not found"}, 404), path)
        known = as_json(DATA[path.rstrip("/")])
        reply = known if probe.identity == ALICE.name else others(Asked(path.rstrip("/"), "", "GET"))
        assert reply is not None
        return facts(reply, path)

    return server


@pytest.mark.parametrize(
    ("others", "rules"),
    [
        (lambda _: as_json({"error": "no"}, 403), set()),
        (lambda asked: as_json(DATA[asked.path]), {NOT_ENFORCED}),
    ],
    ids=["refused there", "served there"],
)
def test_a_slash_at_the_end_is_followed_for_every_caller(
    others: Callable[[Asked], Reply | None], rules: set[str]
) -> None:
    """Else there would be no valid certificate to compare with."""
    operations = [planned(path) for path in DATA]
    plan = context(*operations, identities=(ALICE, OLD))
    concluded = certificate.CHECK.judge(plan, play(CHECKS, plan, slashed(others)).classifier())
    assert {finding.rule for finding in concluded.findings} == rules
    assert {each.verdict for each in concluded.operations} == {Verdict.CONSISTENT}


@pytest.mark.parametrize("place", ["/login?next=", "/store", "/login", ""])
@pytest.mark.parametrize("ending", [Ending.NOT_SENT, Ending.TIMEOUT])
def test_a_target_that_gives_a_valid_certificate_no_answer_decides_nothing(
    ending: Ending, place: str
) -> None:
    """The budget of a run may end between a redirect and the request to its target."""

    def server(probe: Probe) -> HttpFacts | Ending:
        assert probe.request is not None
        target = f"{place}{probe.request.target}"
        return ending if probe.follows else facts(to(target), probe.request.target)

    plan = context(planned("/orders"), planned("/users"), identities=(ALICE, OLD))
    log = play(CHECKS, plan, server)
    results = [each for check in CHECKS for each in check.judge(plan, log.classifier()).operations]
    assert {each.verdict for each in results} == {Verdict.UNDECIDED}


def test_a_login_that_an_open_operation_sends_everyone_to_refuses_none() -> None:
    """The authorization endpoint of OAuth (RFC 6749 §3.1): the browser is sent to a page on another host."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        path = probe.request.target
        if probe.operation is None:
            return facts(as_json({"error": "not found"}, 404), path)
        if path == "/authorize":
            return facts(to("https://login.example.test/?client=crm"), path)
        own = probe.identity == ALICE.name
        return facts(as_json({"orders": [path]}) if own else as_json({"error": "no certificate"}, 401), path)

    ctx = context(planned("/authorize", Demand.NOT_REQUIRED), planned("/orders"), identities=(ALICE,))
    log = play((unknown_path.CHECK, certificate.CHECK), ctx, server)
    assert certificate.CHECK.judge(ctx, log.classifier()).findings == ()


@pytest.mark.parametrize(("open_to_all", "rules"), [(True, [NOT_ENFORCED]), (False, [])])
def test_a_signed_url_of_a_store_is_the_answer(*, open_to_all: bool, rules: list[str]) -> None:
    """A store of files on another host, where each URL has a signature of its own; other operations refuse."""
    numbers = itertools.count(4711)

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        path, valid = probe.request.target, probe.identity == ALICE.name
        if probe.operation is None:
            return facts(as_json({"error": "not found"}, 404), path)
        if path == "/file" and (valid or open_to_all):
            return facts(to(f"https://store.example.test/b/a17.pdf?signature={next(numbers):064x}"), path)
        return facts(
            as_json({"orders": path} if valid else {"error": "no certificate"}, 200 if valid else 401), path
        )

    ctx = context(planned("/file"), planned("/orders"), planned("/units"), identities=(ALICE,))
    log = play((unknown_path.CHECK, certificate.CHECK), ctx, server)
    assert [f.rule for f in certificate.CHECK.judge(ctx, log.classifier()).findings] == rules
