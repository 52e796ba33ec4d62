"""An answer with the data to a caller that must be refused, and no finding about it: undecided, not consistent."""

import json
from collections.abc import Callable

from specdrift.checks.bypass import method_variant
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.verdict import Verdict
from specdrift.scan.conclusion.witnesses import undecided_by, unexplained, without_unexplained
from tests.checks.plan_builders import context, planned, play
from tests.classify.exchanges import answer

DATA = {
    "/secure": answer(200, json.dumps({"iban": "FI2112345600000785", "owner": "Oksanen", "balance": 731502})),
    "/orders": answer(200, json.dumps({"order": 4471193, "article": "gasket", "customer": "Lindqvist"})),
}
CHECKS = (unknown_path.CHECK, certificate.CHECK, method_variant.CHECK)


def verdicts(leaks: Callable[[Probe], bool]) -> tuple[dict[str, Verdict], list[UndecidedReason]]:
    """Return the verdict of each operation of a server that is correct except for the probes that ``leaks`` selects."""

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
    return {r.operation.key.path: r.verdict for r in final}, [each.kind for each in undecided_by(found)]


def test_a_correct_server_stays_consistent() -> None:
    """No caller that must be refused gets the data."""
    assert verdicts(lambda _: False) == ({"/secure": Verdict.CONSISTENT, "/orders": Verdict.CONSISTENT}, [])


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

    expected = {"/secure": Verdict.UNDECIDED, "/orders": Verdict.CONSISTENT}
    assert verdicts(once) == (expected, [UndecidedReason.UNEXPLAINED])
