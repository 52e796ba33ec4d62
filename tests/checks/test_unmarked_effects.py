"""Refused requests that carry no mark, sent with other values and other media types between readings."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import unknown_path
from specdrift.checks.effects import effect
from specdrift.checks.effects.unmarked_requests import with_other_value
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.operation import RequestBody, ValueSource
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe
from tests.checks.plan_builders import ALICE, context, http, planned, play

DENIED, MISSING = http(401), http(404)
CHECKS = (unknown_path.CHECK, effect.CHECK)
PATCH = RequestBody(media_type="application/json-patch+json", content=b"[]", source=ValueSource.EXAMPLE)
NOTE = RequestBody(media_type="application/json", content=b'{"note": "x"}', source=ValueSource.EXAMPLE)


def query(name: str, constraint: Constraint) -> Input:
    """Build a parameter of the query."""
    return Input(name=name, place=Place.QUERY, constraint=constraint)


@pytest.mark.parametrize(
    ("method", "path", "target", "inputs", "expected"),
    [
        (
            "PUT",
            "/plots/{id}/status",
            "/plots/1/status?value=open",
            (query("value", Constraint(type="string", allowed=("open", "sold"))),),
            "/plots/1/status?value=sold",
        ),
        ("POST", "/on", "/on?x=true", (query("x", Constraint(type="boolean")),), "/on?x=false"),
        ("POST", "/notes", "/notes?text=a", (query("text", Constraint(type="string")),), "/notes?text=TEXT"),
        (
            "POST",
            "/notes",
            "/notes?text=a",
            (query("text", Constraint(type="string", max_length=5)),),
            "/notes?text=a",
        ),
        ("PUT", "/labels/{name}", "/labels/red", (), "/labels/TEXT"),
        ("POST", "/orders/{id}/cancel", "/orders/1/cancel", (), "/orders/1/cancel"),
        ("POST", "/orders/{id}", "/orders/1", (), "/orders/1"),
    ],
)
def test_another_value_fits_the_limits(
    method: str, path: str, target: str, inputs: tuple[Input, ...], expected: str
) -> None:
    """A name that a POST ends with is one that exists."""
    one = planned(path, method=method)
    one = replace(
        one,
        operation=replace(one.operation, inputs=inputs),
        request=replace(one.request, target=target),
    )
    found = with_other_value(one, one.request, "seed").target
    assert found == with_other_value(one, one.request, "seed").target
    before, text, _ = expected.partition("TEXT")
    assert found.startswith(f"{before}specdrift") if text else found == expected


@pytest.mark.parametrize(
    ("content", "is_changed"),
    [
        (b"<part><name>wedge</name></part>", True),
        (b'<part><n>4</n><name lang="en">wedge</name></part>', False),
        (b"<part><n>4</n><name>wedge</name></part>", True),
    ],
)
def test_the_text_of_an_element_is_replaced(content: bytes, is_changed: bool) -> None:  # noqa: FBT001
    """No number: the server may read one."""
    body = RequestBody(media_type="application/xml", content=content, source=ValueSource.EXAMPLE)
    put = planned("/part", method="PUT")
    put = replace(
        put, operation=replace(put.operation, body=body), request=replace(put.request, body=content)
    )
    found = with_other_value(put, put.request, "seed").body
    assert (found != content) == is_changed
    if is_changed:
        assert b"wedge" not in found
        assert found.startswith(content.partition(b"wedge")[0])


def conclusions(*, runs: bool, method: str = "PUT", again: bool = False) -> tuple[list[str], list[str]]:
    """Return the undecided operations and those of which effects are not known, of a plot with a state.

    ``runs``: the server carries out what it refuses. With PATCH, only what is a JSON patch; ``again``: the exchanges
    are judged without the document's other bodies.
    """
    state = {"state": "open", "note": "x"}

    def server(probe: Probe) -> HttpFacts:
        request, valid = probe.request, probe.identity == ALICE.name
        assert request is not None
        path, _, value = request.target.partition("?state=")
        if not path.startswith("/plots/7"):
            return MISSING
        if request.method == "GET":
            return http(200, text=str(state), shape=str(state)) if valid else DENIED
        is_patch = dict(request.headers).get("Content-Type") == PATCH.media_type
        if request.method == "PATCH" and (valid or (runs and is_patch)):
            state["note"] = "patched" if is_patch else request.body.decode()
        elif request.method == "PUT" and (valid or runs):
            state["state"] = value
        return http(200) if valid else DENIED

    act = planned("/plots/7" if method == "PATCH" else "/plots/7/state", method=method)
    inputs = (query("state", Constraint(type="string", allowed=("open", "sold"))),)
    if method == "PATCH":
        headers = (("Content-Type", NOTE.media_type),)
        request = replace(act.request, headers=headers, body=NOTE.content)
        act = replace(act, request=request, operation=replace(act.operation, body=NOTE))
    else:
        request = replace(act.request, target="/plots/7/state?state=open")
        act = replace(act, request=request, operation=replace(act.operation, inputs=inputs))
    get = planned("/plots/7")
    act = replace(act, unsafe_allowed=True)
    bodies = {act.key: (PATCH,)} if method == "PATCH" else {}
    ctx = context(get, act, identities=(ALICE,), bodies=lambda one: bodies.get(one.key, ()))
    log = play(CHECKS, ctx, server)
    assert ANONYMOUS.name in {exchange.probe.identity for exchange in log.by_check(effect.CHECK.name)}
    assert state["state"] == "open"
    judged = context(get, act, identities=(ALICE,)) if again else ctx
    found = effect.CHECK.judge(judged, log.classifier())
    assert found.findings == ()
    return [str(one.operation) for one in found.undecided], [str(one.operation) for one in found.skipped]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_a_refused_request_changes_is_undecided(method: str) -> None:
    """A choice in the query, and a body of a second media type; the usual value is there again afterwards."""
    undecided, unknown = conclusions(runs=True, method=method)
    assert [key.partition(" ")[0] for key in undecided] == [method]
    assert unknown == []


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_server_that_refuses_first_is_established(method: str) -> None:
    """The valid certificate's request with the same value is seen."""
    assert conclusions(runs=False, method=method) == ([], [])


def test_exchanges_with_another_media_type_are_judged_again() -> None:
    """A recording has them, and not the document's other bodies."""
    assert conclusions(runs=True, method="PATCH", again=True) == (["PATCH /plots/7"], [])


def test_a_second_media_type_without_a_reader_is_not_established() -> None:
    """Nothing would show its effect."""
    act = planned("/plots/7", method="PATCH")
    act = replace(act, request=replace(act.request, body=NOTE.content))
    act = replace(act, operation=replace(act.operation, body=NOTE), unsafe_allowed=True)
    ctx = context(act, identities=(ALICE,), bodies=lambda _: (PATCH,))
    log = play(CHECKS, ctx, lambda probe: http(200) if probe.identity == ALICE.name else DENIED)
    reasons = [one.reason for one in effect.CHECK.judge(ctx, log.classifier()).skipped]
    assert any(PATCH.media_type in reason for reason in reasons)
