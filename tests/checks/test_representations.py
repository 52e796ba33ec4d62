"""The other requests that a document has for an operation."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec.structs import replace

from specdrift.checks.choices.days import by_day
from specdrift.checks.choices.pairs import MOST_PAIRED, Choices, in_pairs
from specdrift.checks.choices.representations import MOST, TOGETHER, representations
from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.operation import RequestBody, ValueSource
from specdrift.model.exchange.probe import Request
from tests.checks.plan_builders import planned


def declared(name: str, place: Place, *, required: bool = False, **constraint: Any) -> Input:  # noqa: ANN401
    """Declare a parameter."""
    return Input(name=name, place=place, required=required, constraint=Constraint(**constraint))


def asked(path: str, request: Request, *inputs: Input) -> list[tuple[str, str, dict[str, str]]]:
    """Return name, target and header fields of the other requests of a GET: not a browser's, no parameter twice."""
    own = planned(path)
    own = replace(own, request=request, operation=replace(own.operation, inputs=inputs))
    found = ((name, r) for name, r in representations(own, "/api") if name != "Accept: text/html")
    return [(name, r.target, dict(r.headers)) for name, r in found if not has_one_twice(r.target)]


def has_one_twice(target: str) -> bool:
    """Return whether a parameter stands in the query with two values."""
    names = [name for name, _ in parse_qsl(urlsplit(target).query)]
    return len(set(names)) < len(names)


def test_a_parameter_has_two_values_in_both_orders() -> None:
    """A guard may read the first one and the handler the last; one of a single value may switch the guard off alone."""
    own = planned("/reports")
    inputs = (
        declared("scope", Place.QUERY, allowed=("mine", "team", "all")),
        declared("view", Place.QUERY, allowed=("short",)),
        declared("kind", Place.QUERY, required=True, allowed=("daily", "yearly")),
    )
    request = Request(method="GET", target="/api/reports?kind=daily&x=1")
    own = replace(own, request=request, operation=replace(own.operation, inputs=inputs))
    found = [each.target for _, each in representations(own, "/api") if has_one_twice(each.target)]
    assert found == [
        "/api/reports?x=1&scope=mine&scope=all&kind=daily&kind=yearly",
        "/api/reports?x=1&scope=all&scope=mine&kind=yearly&kind=daily",
        "/api/reports?kind=daily&x=1&view=short&view=short",
    ]


@pytest.mark.parametrize(
    ("parameter", "targets"),
    [
        (
            declared("kind", Place.QUERY, required=True, allowed=("daily", "yearly")),
            ["/api/reports?kind=yearly&x=1"],
        ),
        (declared("page", Place.QUERY, type="integer"), ["/api/reports?kind=daily&x=1&page=2"]),
        (
            declared("since", Place.QUERY, type="string", format="date"),
            [
                f"/api/reports?kind=daily&x=1&since={day}"
                for day in ("2024-01-01", "2000-01-01", "2100-01-01")
            ],
        ),
        (declared("owner", Place.QUERY, type="string", format="uuid"), []),
        (declared("owner", Place.QUERY, required=True, type="string"), []),
        (declared("kind", Place.HEADER, type="string", pattern="[a-z]"), []),
        (
            replace(declared("callback", Place.QUERY, type="string", pattern="^[a-z]{3}$"), fitting="abc"),
            ["/api/reports?kind=daily&x=1&callback=abc"],
        ),
    ],
    ids=["required enum", "a number", "a date", "an id", "required", "a pattern", "a text for a pattern"],
)
def test_each_parameter_has_other_values(parameter: Input, targets: list[str]) -> None:
    """A value that is sent is replaced; one that is not sent is added."""
    got = asked("/reports", Request(method="GET", target="/api/reports?kind=daily&x=1"), parameter)
    assert [target for _, target, _ in got] == targets


def test_a_kind_in_the_path_has_other_values() -> None:
    """Only the segment of the parameter changes."""
    kind = declared("kind", Place.PATH, required=True, allowed=("daily", "year to date", "yearly"))
    number = declared("id", Place.PATH, required=True, type="integer")
    got = asked(
        "/reports/{kind}/of/{id}", Request(method="GET", target="/api/reports/daily/of/7?x=1"), kind, number
    )
    assert [(name, target) for name, target, _ in got] == [
        ("{kind} = year to date", "/api/reports/year%20to%20date/of/7?x=1"),
        ("{kind} = yearly", "/api/reports/yearly/of/7?x=1"),
    ]


def test_header_fields_have_other_values() -> None:
    """Also those that the request has: a version selects the handler."""
    inputs = (
        declared("X-Api-Version", Place.HEADER, allowed=("1", "2")),
        declared("X-Tenant", Place.HEADER, required=True, allowed=("east", "west")),
    )
    request = Request(method="GET", target="/api/reports", headers=(("x-tenant", "east"),))
    sent = asked("/reports", request, *inputs)
    assert [fields for name, _, fields in sent if " with " not in name] == [
        {"x-tenant": "east", "X-Api-Version": "1"},
        {"x-tenant": "east", "X-Api-Version": "2"},
        {"X-Tenant": "west"},
    ]


def test_they_are_few_and_remove_nothing() -> None:
    """A long enum is not sent whole; two values at once are sent even then."""
    kind = declared("kind", Place.QUERY, allowed=tuple(f"k{number}" for number in range(99)))
    own = replace(planned().operation, inputs=(kind,))
    for method, count in (("GET", MOST + 2), ("POST", MOST + 2), ("PUT", MOST + 2), ("DELETE", 0)):
        made = planned(method=method)
        made = replace(made, operation=replace(made.operation, inputs=own.inputs))
        assert len(list(representations(made, ""))) == count


def test_an_example_of_an_optional_parameter_is_sent() -> None:
    """There is data for it, and not for a word that is made up; far days follow for the guard."""
    day = replace(declared("asOf", Place.QUERY, type="string", format="date"), examples=("2026-01-31",))
    got = asked("/balances", Request(method="GET", target="/api/balances"), day)
    days = ("2026-01-31", "2000-01-01", "2100-01-01")
    assert [target for _, target, _ in got] == [f"/api/balances?asOf={day}" for day in days]


def test_days_are_all_long_past_or_all_far_ahead() -> None:
    """Two requests, whatever their number; a day without a format shows it by its value."""
    inputs = (
        declared("from", Place.QUERY, required=True, type="string"),
        declared("to", Place.QUERY, type="string", format="date-time"),
        declared("note", Place.QUERY, required=True, type="string"),
        declared("on", Place.QUERY, type="string", format="date", allowed=("2026-01-31",)),
    )
    request = Request(method="GET", target="/api/balances?from=2026-01-31&note=2026")
    own = planned("/balances")
    own = replace(own, request=request, operation=replace(own.operation, inputs=inputs))
    assert [each.target for _, each in by_day(own)] == [
        "/api/balances?note=2026&from=2000-01-01&to=2000-01-01T00%3A00%3A00Z",
        "/api/balances?note=2026&from=2100-01-01&to=2100-01-01T00%3A00%3A00Z",
    ]


JSON, CSV = "application/json", "text/csv"


def claim(method: str = "POST") -> PlannedOperation:
    """Plan a request with a claim of one kind."""
    made = planned("/claims", method=method)
    body = RequestBody(media_type=JSON, content=b'{"kind":"motor","no":1}', source=ValueSource.EXAMPLE)
    inputs = (
        declared("kind", Place.BODY, type="string", allowed=("motor", "home")),
        declared("no", Place.BODY, type="integer", allowed=("1", "2")),
    )
    return replace(
        made,
        operation=replace(made.operation, body=body, inputs=inputs),
        request=replace(made.request, body=body.content, headers=(("Content-Type", JSON),)),
    )


def test_other_bodies_are_sent_in_their_media_types() -> None:
    """An import of tables may lack the guard; so may the second kind of a claim."""
    bodies = (
        RequestBody(media_type=JSON, content=b'{"kind":"home"}', source=ValueSource.EXAMPLE),
        RequestBody(media_type=CSV, content=b"kind\nhome\n", source=ValueSource.EXAMPLE),
    )
    found = [(n, r.body, dict(r.headers)) for n, r in representations(claim(), "", bodies) if ":" in n]
    assert found[1:] == [
        ("Content-Type: application/json, body 2", b'{"kind":"home"}', {"Content-Type": JSON}),
        ("Content-Type: text/csv", b"kind\nhome\n", {"Content-Type": CSV}),
    ]


@pytest.mark.parametrize("required", [True, False])
def test_a_body_is_left_out_where_it_may_be(required: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A guard may run where the body is parsed."""
    own = claim()
    assert own.operation.body is not None
    body = replace(own.operation.body, required=required)
    made = replace(own, operation=replace(own.operation, body=body))
    found = [(r.body, r.headers) for name, r in representations(made, "") if name == "no body"]
    assert found == ([] if required else [(b"", ())])


@pytest.mark.parametrize(("method", "count"), [("POST", 1), ("PATCH", 1), ("PUT", 0), ("DELETE", 0)])
def test_members_of_a_body_have_other_values_where_nothing_is_replaced(method: str, count: int) -> None:
    """PUT would replace what is there by what the document does not show."""
    found = [r.body for name, r in representations(claim(method), "") if "in the body" in name]
    assert found == [b'{"kind": "home", "no": 1}'] * count


PART = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'


@pytest.mark.parametrize(
    ("media_type", "sent", "others"),
    [
        (
            "application/x-www-form-urlencoded",
            "id=1&kind=motor&id=2",
            ["id=1&kind=home&id=2"],
        ),
        (
            "multipart/form-data; boundary=b",
            PART.format("id", 'name="kind"') + PART.format("kind", "motor") + "--b--\r\n",
            [PART.format("id", 'name="kind"') + PART.format("kind", "home") + "--b--\r\n"],
        ),
        ("application/x-www-form-urlencoded", "id=1", ["id=1&kind=motor", "id=1&kind=home"]),
        (
            "multipart/form-data; boundary=b",
            PART.format("id", "1") + "--b--\r\n",
            [PART.format("id", "1") + PART.format("kind", kind) + "--b--\r\n" for kind in ("motor", "home")],
        ),
        (JSON, '{"id": 1}', ['{"id": 1, "kind": "motor"}', '{"id": 1, "kind": "home"}']),
        (JSON, '{"kind": 1}', []),
        (JSON, "[]", []),
        ("multipart/form-data; boundary=b", "no part", []),
    ],
    ids=[
        "a form",
        "parts",
        "absent from a form",
        "absent from parts",
        "absent",
        "a number",
        "a list",
        "no parts",
    ],
)
def test_members_of_forms_have_other_values(media_type: str, sent: str, others: list[str]) -> None:
    """Each other value of an enum once; one that is not sent is added."""
    made = planned("/claims", method="POST")
    body = RequestBody(media_type=media_type, content=sent.encode(), source=ValueSource.TYPE, required=True)
    kind = declared("kind", Place.BODY, type="string", allowed=("motor", "home"))
    made = replace(
        made,
        operation=replace(made.operation, body=body, inputs=(kind,)),
        request=replace(made.request, body=body.content, headers=(("Content-Type", media_type),)),
    )
    found = [r.body.decode() for name, r in representations(made, "") if "in the body" in name]
    assert found == others


def test_parameters_have_both_booleans_and_the_bounds_of_numbers() -> None:
    """A view of the archive, or of everything at once, may have a handler of its own."""
    live = declared("live", Place.QUERY, type="boolean")
    limit = declared("limit", Place.QUERY, type="integer", minimum=1, maximum=1000)
    got = [
        target
        for name, target, _ in asked("/a", Request(method="GET", target="/api/a"), live, limit)
        if name not in TOGETHER
    ]
    assert got == [
        *("/api/a?live=true", "/api/a?live=false"),
        *("/api/a?limit=2", "/api/a?limit=1000", "/api/a?limit=1"),
    ]
    sent = asked("/a", Request(method="GET", target="/api/a?live=true&limit=20"), live, limit)
    assert [target for _, target, _ in sent] == [
        "/api/a?live=false&limit=20",
        "/api/a?live=true&limit=1000",
        "/api/a?live=true&limit=1",
    ]


def test_optional_parameters_are_sent_together() -> None:
    """A handler may want two of them; one alone is sent alone."""
    days = [
        replace(declared(name, Place.QUERY, type="string", format="date"), examples=(f"2026-0{month}-01",))
        for name, month in (("from", 1), ("to", 6))
    ]
    request = Request(method="GET", target="/api/a?x=1")
    together = [target for name, target, _ in asked("/a", request, *days) if name in TOGETHER]
    assert together == ["/api/a?x=1&from=2026-01-01&to=2026-06-01"]
    assert not [name for name, _, _ in asked("/a", request, days[0]) if name in TOGETHER]


def test_they_are_sent_together_with_the_last_values_too() -> None:
    """An export as CSV to be saved: the first of the formats is the usual one."""
    form = declared("format", Place.QUERY, allowed=("json", "csv"))
    saved = declared("download", Place.QUERY, type="boolean")
    request = Request(method="GET", target="/api/a")
    assert [target for name, target, _ in asked("/a", request, form, saved) if name in TOGETHER] == [
        "/api/a?format=json&download=true",
        "/api/a?format=csv&download=true",
    ]


def test_each_pair_of_choices_is_sent_in_few_requests() -> None:
    """A guard may lack one format of one scope; all first and all last values have neither the middle one."""
    choices = {"region": ("se", "no"), "format": ("json", "csv", "xlsx"), "scope": ("mine", "all")}
    inputs = [declared(name, Place.QUERY, allowed=values) for name, values in choices.items()]
    switch = declared("deep", Place.QUERY, type="boolean")
    request = Request(method="GET", target="/api/a")
    sent = [dict(parse_qsl(urlsplit(target).query)) for _, target, _ in asked("/a", request, *inputs)]
    several = [each for each in sent if len(each) > 1]
    for (one, firsts), (other, seconds) in combinations(choices.items(), 2):
        for pair in product(firsts, seconds):
            assert any((each.get(one), each.get(other)) == pair for each in several), (one, other, pair)
    assert len(several) <= 2 + MOST_PAIRED
    (alone,) = asked("/a", request, switch)[:1]
    assert alone[0] == "deep=true"


def test_header_fields_and_members_of_a_body_are_paired_too() -> None:
    """An old handler behind a version and a view; behind two members of a claim."""
    view = declared("view", Place.QUERY, allowed=("short", "full"))
    version = declared("X-Api-Version", Place.HEADER, allowed=("1", "2"))
    sent = asked("/a", Request(method="GET", target="/api/a"), view, version)
    assert ("/api/a?view=full", "2") in [(t, fields.get("X-Api-Version")) for _, t, fields in sent]
    usual = b'{"kind": "sale", "channel": "web"}'
    body = RequestBody(media_type=JSON, content=usual, source=ValueSource.EXAMPLE, required=True)
    members = (
        declared("kind", Place.BODY, type="string", allowed=("sale", "refund")),
        declared("channel", Place.BODY, type="string", allowed=("web", "mobile")),
    )
    made = planned("/a", method="POST")
    operation = replace(made.operation, body=body, inputs=members)
    made = replace(made, operation=operation, request=replace(made.request, body=usual))
    assert b'{"kind": "refund", "channel": "mobile"}' in [r.body for _, r in representations(made, "")]


def test_many_choices_of_many_parts_are_paired_in_no_time() -> None:
    """A part of them: the first values of each, and the last."""
    inputs = [
        declared(f"X-Part-{number}", Place.HEADER, allowed=tuple(f"v{value}" for value in range(200)))
        for number in range(200)
    ]
    request = Request(method="GET", target="/api/a")
    pairs = list(in_pairs(request, (), [_choices_of(each) for each in inputs]))
    assert len(pairs) == MOST_PAIRED
    sent = {value for _, each in pairs for _, value in each.headers}
    assert "v0" in sent
    assert sent <= {"v0", "v1", "v2", "v199"}


def _choices_of(declared_: Input) -> Choices:
    return tuple(
        (value, lambda r, value=value: replace(r, headers=(*r.headers, (declared_.name, value))))
        for value in declared_.constraint.allowed
    )


def test_the_lists_that_the_document_shows_are_sent_whole() -> None:
    """Several elements may have a handler of their own."""
    ids = replace(declared("ids", Place.QUERY, type="string"), lists=("ids=Q14&ids=Q15",))
    own = planned("/a")
    request = Request(method="GET", target="/api/a?x=1")
    own = replace(own, request=request, operation=replace(own.operation, inputs=(ids,)))
    assert "/api/a?x=1&ids=Q14&ids=Q15" in [each.target for _, each in representations(own, "/api")]


def test_cookies_have_other_values() -> None:
    """Beside the cookies that the request has."""
    channel = declared("channel", Place.COOKIE, allowed=("stable", "beta"))
    request = Request(method="GET", target="/api/a", headers=(("Cookie", "sid=7; channel=stable"),))
    assert [fields["Cookie"] for _, _, fields in asked("/a", request, channel)] == ["sid=7; channel=beta"]
    bare = Request(method="GET", target="/api/a")
    assert [fields["Cookie"] for _, _, fields in asked("/a", bare, channel)] == [
        "channel=stable",
        "channel=beta",
    ]


@pytest.mark.parametrize(
    ("parameter", "path", "target", "expected"),
    [
        (declared("id", Place.PATH, required=True), "/a/{id}", "/api/a/9001", "/api/a/latest"),
        (declared("t", Place.QUERY, required=True), "/a", "/api/a?t=9001", "/api/a?t=latest"),
    ],
    ids=["path", "query"],
)
def test_the_other_examples_of_required_parameters_are_sent(
    parameter: Input, path: str, target: str, expected: str
) -> None:
    """One of them may be open."""
    shown = replace(parameter, examples=("9001", "latest"))
    assert [got for _, got, _ in asked(path, Request(method="GET", target=target), shown)] == [expected]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b'{"sym": "N"}', [b'{"sym": "N", "delayed": true}', b'{"sym": "N", "delayed": false}']),
        (b'{"sym": "N", "delayed": true}', [b'{"sym": "N", "delayed": false}']),
    ],
)
def test_booleans_of_a_body_have_both_values(sent: bytes, expected: list[bytes]) -> None:
    """As booleans, not as texts."""
    made = planned("/quotes", method="POST")
    body = RequestBody(media_type=JSON, content=sent, source=ValueSource.EXAMPLE, required=True)
    delayed = declared("delayed", Place.BODY, type="boolean")
    made = replace(
        made,
        operation=replace(made.operation, body=body, inputs=(delayed,)),
        request=replace(made.request, body=sent),
    )
    assert [r.body for name, r in representations(made, "") if "in the body" in name] == expected
