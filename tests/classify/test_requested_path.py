"""The path of the request, encoded in a cookie for the time after the login."""

from __future__ import annotations

import base64
import json
from itertools import count, repeat
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.verdict import Verdict
from tests.checks.plan_builders import context, planned, play
from tests.classify.exchanges import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEMS = [
    {"id": "pk-60117", "to": "Yara Benning", "grams": 1240, "code": "JJD000390007712"},
    {"id": "pk-60118", "to": "Luca Ferrante", "grams": 310, "code": "JJD000390007735"},
]
DATA = {
    "/parcels": answer(200, json.dumps({"parcels": ITEMS})),
    "/parcels/pk-60117": answer(200, json.dumps(ITEMS[0])),
}


@pytest.mark.parametrize(
    ("times", "noted", "verdict"),
    [
        (count(1764510000000, 137), {}, Verdict.CONSISTENT),
        (repeat(1764510000000), {}, Verdict.CONSISTENT),
        (repeat(1764510000000), {"g": ITEMS[0]["grams"]}, Verdict.UNDECIDED),
        (repeat(1664510000000), {}, Verdict.UNDECIDED),
    ],
    ids=["a clock", "refused at one moment", "a member of the data", "another moment"],
)
def test_a_cookie_with_the_requested_path_has_no_data(
    times: Iterator[int], noted: dict[str, object], verdict: Verdict
) -> None:
    """It has a time of the answer as well. With anything else, it may have data."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        path = probe.request.target
        if path == "/login":
            return answer(200, "<form method=post><input name=user><input type=password name=pw></form>")
        if path not in DATA:
            return answer(404, '{"error":"not found"}')
        if probe.identity == "alice":
            return DATA[path]
        state = json.dumps({"p": path, "t": next(times)} | noted, separators=(",", ":"))
        cookie = base64.urlsafe_b64encode(state.encode()).decode().rstrip("=")
        fields = [("set-cookie", f"return_to={cookie}; HttpOnly"), ("date", "Sun, 30 Nov 2025 13:40:00 GMT")]
        return answer(303, location="/login", fields=fields)

    one, two = planned("/parcels"), planned("/parcels/{id}")
    two = replace(two, request=two.request.to("/parcels/pk-60117"))
    ctx = context(one, two)
    log = play((unknown_path.CHECK, certificate.CHECK), ctx, server)
    results = certificate.CHECK.judge(ctx, log.classifier()).operations
    assert {each.verdict for each in results if each.operation.key == two.key} == {verdict}
