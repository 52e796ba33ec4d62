"""A page with status 200 for every path, which callers without a certificate get."""

from __future__ import annotations

import json

import pytest

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.verdict import Verdict
from tests.checks.plan_builders import context, planned, play
from tests.classify.exchanges import answer

ROWS = [
    {"id": f"dev-220{number}", "owner": owner, "serial": f"SN-88A1-447{number}", "desk": desk}
    for number, (owner, desk) in enumerate((("Annika Sorensen", "Nordhavn"), ("Mateo Rivas", "Puerto")))
]


def listed(*rows: dict[str, str]) -> str:
    """Return a list."""
    return json.dumps({"items": rows, "total": len(rows)})


@pytest.mark.parametrize(
    ("page", "unknown", "expected"),
    [
        (listed({"contact": "Petra Vogel"}), answer(404), Verdict.CONSISTENT),
        (listed(ROWS[0]), answer(404), None),
        (listed(*ROWS), answer(200, listed(*ROWS)), Verdict.UNDECIDED),
    ],
    ids=["without data", "with an entry", "everybody gets it"],
)
def test_valid_certificates_have_their_own_unknown_paths(
    page: str, unknown: HttpFacts, expected: Verdict | None
) -> None:
    """Their answer has data that the page lacks, and where nothing is they get another one. ``None``: a finding."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        if probe.identity != "alice":
            return answer(200, page)
        return answer(200, listed(*ROWS)) if probe.request.target == "/devices" else unknown

    ctx = context(planned("/devices"))
    log = play((unknown_path.CHECK, certificate.CHECK), ctx, server)
    judged = certificate.CHECK.judge(ctx, log.classifier())
    (result,) = judged.operations
    found = [each for each in judged.findings if each.operation == result.operation.key]
    assert bool(found) == (expected is None)
    assert expected in (None, result.verdict)
