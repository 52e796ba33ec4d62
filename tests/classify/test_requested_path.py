"""The path of the request, encoded in a cookie for the time after the login."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from itertools import count

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.verdict import Verdict
from tests.checks.plan_builders import context, planned, play
from tests.classify.exchanges import answer

ITEMS = [
    {"id": "pk-60117", "to": "Yara Benning", "grams": 1240, "code": "JJD000390007712"},
    {"id": "pk-60118", "to": "Luca Ferrante", "grams": 310, "code": "JJD000390007735"},
]
DATA = {
    "/parcels": answer(200, json.dumps({"parcels": ITEMS})),
    "/parcels/pk-60117": answer(200, json.dumps(ITEMS[0])),
}


def test_a_cookie_with_the_requested_path_has_no_data() -> None:
    """It has a time as well, so that it differs each time."""
    times = count(1764510000000, 137)

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        path = probe.request.target
        if path == "/login":
            return answer(200, "<form method=post><input name=user><input type=password name=pw></form>")
        if path not in DATA:
            return answer(404, '{"error":"not found"}')
        if probe.identity == "alice":
            return DATA[path]
        state = json.dumps({"p": path, "t": next(times)}, separators=(",", ":"))
        cookie = base64.urlsafe_b64encode(state.encode()).decode().rstrip("=")
        return answer(303, location="/login", fields=[("set-cookie", f"return_to={cookie}; HttpOnly")])

    one, two = planned("/parcels"), planned("/parcels/{id}")
    two = replace(two, request=two.request.to("/parcels/pk-60117"))
    ctx = context(one, two)
    log = play((unknown_path.CHECK, certificate.CHECK), ctx, server)
    results = certificate.CHECK.judge(ctx, log.classifier()).operations
    assert {each.verdict for each in results} == {Verdict.CONSISTENT}
