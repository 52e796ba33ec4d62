"""Refusals that name the resource as the API does: by a part of the path that was requested."""

import json

from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import answer
from tests.classify.test_outliers import outcomes

PREFIX = "/v1/projects/blue-harbour/"
RESOURCES = {
    f"{PREFIX}{name}": {"name": f"projects/blue-harbour/{name}", "owner": owner, "height": height}
    for name, owner, height in (
        ("topics/orders-eu", "fulfilment", 1234.5),
        ("queues/refunds", "treasury", 88120.25),
    )
}


def refuse(path: str, _: int) -> HttpFacts:
    """Refuse with the name of the resource, and nothing else of it."""
    return answer(403, json.dumps({"error": "denied", "resource": path.removeprefix("/v1/")}))


def leak(path: str, number: int) -> HttpFacts:
    """Refuse with another value of the resource too."""
    if not path.endswith("refunds"):
        return refuse(path, number)
    return answer(403, json.dumps({"error": "denied", "resource": path.removeprefix("/v1/"), "at": 88120.25}))


def test_a_resource_name_is_of_the_request() -> None:
    """The caller sent it, only with a version before it."""
    assert outcomes(refuse, RESOURCES) == {path: {Outcome.REFUSED_BY_APPLICATION} for path in RESOURCES}


def test_another_value_beside_it_is_not() -> None:
    """It is found as before."""
    found = outcomes(leak, RESOURCES)[f"{PREFIX}queues/refunds"]
    assert Outcome.REFUSED_BY_APPLICATION not in found
