"""An answer with the data to a caller that must be refused, and no finding about it: undecided, not consistent."""

import json
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import method_variant, plaintext
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core.base import AlternateEndpoint
from specdrift.checks.core.credentials import CredentialChange, Variation
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe, Request
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Verdict
from specdrift.scan.conclusion.witnesses import Documented, undecided_by, unexplained, without_unexplained
from tests.checks.plan_builders import context, planned, play
from tests.classify.exchanges import ENDPOINT, answer, exchange, probe
from tests.reports.parts import drift

DATA = {
    "/secure": answer(200, json.dumps({"iban": "FI2112345600000785", "owner": "Oksanen", "balance": 731502})),
    "/orders": answer(200, json.dumps({"order": 4471193, "article": "gasket", "customer": "Lindqvist"})),
}
CHECKS = (unknown_path.CHECK, certificate.CHECK, method_variant.CHECK)


def verdicts(leaks: Callable[[Probe], bool]) -> tuple[dict[str, Verdict], list[UndecidedReason]]:
    """Return the verdict of each operation of a server that is correct except for the probes that ``leaks`` selects."""
    verdicts, undecided = judged(leaks)
    return verdicts, [each.kind for each in undecided]


def judged(leaks: Callable[[Probe], bool]) -> tuple[dict[str, Verdict], tuple[UndecidedOperation, ...]]:
    """Return the same with what leaves operations undecided."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        if probe.request.target not in DATA:
            return answer(404, '{"viga": "ei leitud"}')
        refused = probe.identity != "alice" and not leaks(probe)
        return answer(401, '{"viga": "luba puudub"}') if refused else DATA[probe.request.target]

    ctx = context(*map(planned, DATA))
    log = play(CHECKS, ctx, server)
    classifier = log.classifier()
    results = certificate.CHECK.judge(ctx, classifier).operations
    found = unexplained(results, log.by_id.values(), classifier, ctx)
    final = without_unexplained(results, found)
    return {r.operation.key.path: r.verdict for r in final}, undecided_by(found, classifier, ())


def test_a_correct_server_stays_consistent() -> None:
    """No caller that must be refused gets the data."""
    assert verdicts(lambda _: False) == ({"/secure": Verdict.CONSISTENT, "/orders": Verdict.CONSISTENT}, [])


WRONG_PORT = "Client sent an HTTP request to an HTTPS server.\n"
METRICS = "".join(f"{word.casefold()}_{n} {n}.25\n" for word in WRONG_PORT.split() for n in range(40, 43))


@pytest.mark.parametrize(
    ("elsewhere", "expected"), [(WRONG_PORT, Verdict.CONSISTENT), ("gone\n", Verdict.UNDECIDED)]
)
def test_what_a_listener_answers_to_every_path_is_no_witness(elsewhere: str, expected: Verdict) -> None:
    """Words of the data in its page for plain HTTP are those of the page, if a path that does not exist gets it too."""
    data = answer(200, METRICS + WRONG_PORT)

    def server(sent: Probe) -> HttpFacts:
        assert sent.request is not None
        is_known = sent.request.target == "/metrics"
        if not sent.connection.endpoint.tls:
            return answer(400, WRONG_PORT if is_known else elsewhere)
        if not is_known:
            return answer(404, "404 page not found\n")
        return data if sent.identity == "alice" else answer(401, "unauthorized\n")

    plain = AlternateEndpoint(
        endpoint=replace(ENDPOINT, tls=False), base_path="", url="http://api.test:443", of_owner=True
    )
    ctx = context(planned("/metrics"), planned("/other"), alternate_endpoints=(plain,))
    log = play((unknown_path.CHECK, certificate.CHECK, plaintext.CHECK), ctx, server)
    classifier = log.classifier()
    results = certificate.CHECK.judge(ctx, classifier).operations
    found = unexplained(results, log.by_id.values(), classifier, ctx)
    verdicts = {r.operation.key.path: r.verdict for r in without_unexplained(results, found)}
    assert verdicts["/metrics"] == expected


@pytest.mark.parametrize(
    ("driver", "expected"), [("Osei Mensah", Verdict.UNDECIDED), ("Nordwerk Fleet", Verdict.CONSISTENT)]
)
def test_a_name_that_all_operations_have_is_none_of_the_site(driver: str, expected: Verdict) -> None:
    """Guarded operations have the same records. No refusal and no unknown path names one, but this altered answer."""
    trucks = [{"id": "tr-3301", "driver": "Osei Mensah"}, {"id": "tr-3302", "driver": "Paulina Rokka"}]
    data = dict(zip(("/trucks", "/stream", "/events"), map(json.dumps, [trucks, *trucks]), strict=True))

    def server(sent: Probe) -> HttpFacts:
        assert sent.request is not None
        if sent.request.target not in data:
            return answer(404, '{"viga": "ei leitud"}')
        if sent.identity != "alice" and sent.request.method == "FOO":
            return replace(answer(304), headers=(("x-driver", driver),))
        return answer(*((200, data[sent.request.target]) if sent.identity == "alice" else (403, "{}")))

    ctx = context(*map(planned, data))
    log = play(CHECKS, ctx, server)
    classifier = log.classifier()
    results = certificate.CHECK.judge(ctx, classifier).operations
    found = unexplained(results, log.by_id.values(), classifier, ctx)
    verdicts = {r.operation.key.path: r.verdict for r in without_unexplained(results, found)}
    assert verdicts["/trucks"] == expected
    assert all("(HTTP 304, in x-driver)" in each.reason for each in undecided_by(found, classifier, ()))


def test_one_answer_with_the_data_leaves_the_operation_undecided() -> None:
    """It was not repeated, so that no check reports it."""
    count = 0

    def once(probe: Probe) -> bool:
        nonlocal count
        assert probe.request is not None
        if probe.check != "method-variant" or (probe.request.method, probe.identity) != (
            "FOO",
            ANONYMOUS.name,
        ):
            return False
        count += probe.request.target == "/secure"
        return probe.request.target == "/secure" and count == 1

    found, (undecided,) = judged(once)
    assert found == {"/secure": Verdict.UNDECIDED, "/orders": Verdict.CONSISTENT}
    assert undecided.kind is UndecidedReason.UNEXPLAINED
    assert undecided.reason == (
        '"anonymous" got data that only valid certificates get otherwise, in the answer to FOO /secure (HTTP 200, '
        "with balance: 73…, iban: fi…, owner: ok…: 100 % of the resource's values), and the same request did not get "
        "them each time (method-variant/GET |secure/anonymous/any/method FOO/1)"
    )


def test_an_answer_that_another_operation_gives_the_caller_is_documented() -> None:
    """The probe of a guarded POST as GET is a request for the open operation of the same path."""
    posted, read = planned("/secure", method="POST"), planned("/secure", Demand.NOT_REQUIRED)
    request = Request(method="GET", target="/secure")
    attempt = exchange(probe(ANONYMOUS.name, operation=posted.key, request=request), DATA["/secure"])
    for other, expected in (
        (read, True),
        (planned("/secure"), False),
        (planned("/other", Demand.NOT_REQUIRED), False),
    ):
        assert Documented(context(posted, other)).allows(attempt, ANONYMOUS, posted) is expected


def test_the_credentials_of_another_alternative_suffice() -> None:
    """A key instead of the certificate, where the document admits it; a made-up one does not."""
    keyed = Request(method="GET", target="/secure", headers=(("X-Key", "k-4711"),))
    attempt = exchange(probe(ANONYMOUS.name, operation=planned().key, request=keyed), DATA["/secure"])
    for change, expected in (
        (CredentialChange.OTHER_ALTERNATIVE, True),
        (CredentialChange.MADE_UP, False),
    ):
        variation = Variation(change=change, scheme="key", request=keyed, certificate=False)
        one = replace(planned(), variations=(variation,))
        assert Documented(context(one)).allows(attempt, ANONYMOUS, one) is expected


def test_an_answer_that_is_reported_for_another_operation_names_the_finding() -> None:
    """OPTIONS lists the rows of one operation at every path: another one has a part of them."""
    rows = [
        {"id": 4471193 + n, "desk": 4470 + n, "customer": f"Lindqvist-{n}", "iban": f"FI21123456000{n}85"}
        for n in range(6)
    ]
    own = {name: f"B-99{n}1-77{n}" for n, name in enumerate(("shelf", "carrier", "truck", "dock", "seal"))}
    data = {
        "/orders": answer(200, json.dumps(rows)),
        "/last": answer(200, json.dumps({"desk": 4470, **own})),
    }
    listed = answer(200, json.dumps({"rows": rows}))

    def server(sent: Probe) -> HttpFacts:
        assert sent.request is not None
        target = sent.request.target.partition("?")[0]
        if sent.request.method == "OPTIONS":
            return listed
        if target not in data:
            return answer(404, '{"viga": "ei leitud"}')
        return data[target] if sent.identity == "alice" else answer(401, '{"viga": "luba puudub"}')

    ctx = context(*map(planned, data))
    log = play(CHECKS, ctx, server)
    classifier = log.classifier()
    results = certificate.CHECK.judge(ctx, classifier).operations
    findings = method_variant.CHECK.judge(ctx, classifier).findings
    drifts = [
        replace(drift(each.rule, None, None, each.message), operation=each.operation, probes=each.probes)
        for each in findings
    ]
    found = unexplained(results, log.by_id.values(), classifier, ctx)
    undecided = {
        each.operation.path: each for each in undecided_by(found, classifier, drifts) if each.operation
    }
    assert [each.operation.path for each in findings if each.operation] == ["/orders"]
    assert "the same answer is reported for GET /orders (method-not-enforced)" in undecided["/last"].reason
    assert undecided["/last"].how_to_decide == "correct what is reported there, and repeat the run"
