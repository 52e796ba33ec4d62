"""Collections of Postman, Insomnia, Bruno and ``.http`` files: requests, values, and nothing that is secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specdrift.errors import UsageError
from specdrift.traffic import KnownApi, import_traffic, recorded_paths, select_candidates
from specdrift.traffic.importer import TrafficImport
from tests.traffic import texts
from tests.traffic.collections_of_clients import ALL, BRUNO, HTTP, INSOMNIA_4, INSOMNIA_5, POSTMAN


def read(text: str) -> TrafficImport:
    """Import a text."""
    return import_traffic(text.encode(), name="feed", folder=Path())


def urls(text: str) -> list[tuple[str, str]]:
    """Return methods and URLs."""
    return [(one.method, one.url) for one in read(text).endpoints]


def api(base_path: str = "/v1", *documented: str) -> KnownApi:
    """Return an API at api.test with these paths."""
    return KnownApi(
        base_path=base_path,
        documented=lambda _, path: any(path.startswith(one) for one in documented),
        ours=frozenset({("api.test", 443)}),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            POSTMAN,
            [
                ("GET", "/v1/items/17"),
                ("GET", "/v1/items/18"),
                ("GET", "/v1/status"),
                ("GET", "/v1/legacy/report?token=s3cret"),
            ],
        ),
        (
            INSOMNIA_4,
            [("GET", "/legacy/report"), ("DELETE", "/items/17"), ("GET", "/items/{value}")],
        ),
        (INSOMNIA_5, [("GET", "/items/17"), ("GET", "/legacy/report")]),
        (BRUNO, [("GET", "/legacy/report?x=1")]),
        (HTTP, [("GET", "/legacy/report"), ("POST", "/items"), ("GET", "/status")]),
    ],
    ids=list(ALL),
)
def test_requests_are_read_with_the_values_of_the_collection(
    text: str, expected: list[tuple[str, str]]
) -> None:
    """The host of a variable does not matter: the owner runs the collection against several."""
    assert urls(text) == expected
    assert read(text).unreadable_lines == ()


@pytest.mark.parametrize(
    ("text", "lines"),
    [(INSOMNIA_5, [11, 7]), (BRUNO, [8]), (HTTP, [6, 11, 17])],
    ids=["insomnia", "bruno", "http"],
)
def test_a_request_keeps_its_line(text: str, lines: list[int]) -> None:
    """A finding names it."""
    assert [one.line for one in read(text).endpoints] == lines


def test_the_line_of_a_postman_request_is_that_of_the_request() -> None:
    """JSON has lines too."""
    first = read(POSTMAN).endpoints[0]
    assert '"request"' in POSTMAN.split("\n")[first.line - 1]


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_an_undocumented_request_is_a_candidate_without_secrets(text: str) -> None:
    """What the collection calls and the document lacks is probed."""
    candidates = select_candidates(read(text), api("/v1", "/v1/items")).candidates
    assert "/legacy/report" in {one.path.removeprefix("/v1") for one in candidates}
    assert not any("s3cret" in one.target for one in candidates)


def test_values_of_documented_operations_are_tried() -> None:
    """A value in a collection probably exists; a saved error does not count."""
    paths = [path for path, _ in recorded_paths(read(POSTMAN), api("/v1", "/v1/items"))]
    assert paths == ["/items/17", "/items/18"]
    error = POSTMAN.replace('"code": 200', '"code": 404')
    assert [path for path, _ in recorded_paths(read(error), api("/v1", "/v1/items"))] == ["/items/17"]


def test_a_base_that_is_unknown_is_that_of_the_api() -> None:
    """Postman keeps environments in files of their own."""
    text = POSTMAN.replace("https://staging.test/v1", "").replace('"baseUrl"', '"other"')
    assert ("GET", "/items/17") in urls(text)
    assert "/items/17" in [path for path, _ in recorded_paths(read(text), api("/v1", "/v1/items"))]


def test_a_request_to_another_host_that_is_written_out_is_none_of_the_api() -> None:
    """Only a variable stands for any host."""
    text = HTTP.replace("{{host}}/status", "https://elsewhere.test/status")
    assert select_candidates(read(text), api()).other_hosts == {"elsewhere.test": 1}


def test_a_variable_in_the_path_without_a_value_is_a_parameter() -> None:
    """It is no literal part of the path."""
    text = "GET {{host}}/users/{{$guid}}/keys/{{login.response.body.id}}\n"
    (candidate,) = select_candidates(read(text), api("")).candidates
    assert (candidate.path, candidate.target) == ("/users/{guid}/keys/{id}", "/users/1/keys/1")


SECRETS = {
    "postman": """{"info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "variable": [{"key": "a", "value": "s3cret", "type": "secret"}, {"key": "apiKey", "value": "s3cret"},
            {"key": "shop", "value": "north"}],
        "item": [{"request": "{{u}}/old/{{a}}"}, {"request": "{{u}}/old/{{apiKey}}"}, {"request": "{{u}}/{{shop}}"},
            {"request": {"url": {"raw": "{{u}}/old/:hookToken",
                "variable": [{"key": "hookToken", "value": "s3cret"}]}}}]}""",
    "insomnia": """{"__export_format": 4, "resources": [
        {"_type": "environment", "data": {"a": "s3cret", "shop": "north", "pass": {"word": "s3cret"}},
            "kvPairData": [{"name": "a", "type": "secret"}, {"name": "shop", "type": "str"}]},
        {"_type": "environment", "isPrivate": true, "data": {"b": "s3cret"}},
        {"_type": "request", "url": "{{ _.u }}/old/{{ _.a }}"},
        {"_type": "request", "url": "{{ _.u }}/old/{{ _.b }}/{{ _.pass.word }}"},
        {"_type": "request", "url": "{{ _.u }}/{{ _.shop }}"}]}""",
    "bruno": "get {\n  url: {{u}}/{{shop}}/{{a}}/{{b}}/{{pwd}}\n}\n\n"
    "vars {\n  shop: north\n  a: s3cret\n  b: s3cret\n  pwd: s3cret\n}\n\nvars:secret [\n  a,\n  ~b\n]\n",
    "http": "@access_token = s3cret\n@shop = north\nGET {{u}}/{{shop}}/{{access_token}}\n",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_a_secret_value_of_a_collection_is_a_parameter(text: str) -> None:
    """Its owner declared it secret, or named it so; other values are used."""
    candidates = select_candidates(read(text), api("")).candidates
    assert "s3cret" not in repr(read(text))
    assert any("/north" in one.target for one in candidates)
    assert all("/1" in one.target or "/north" in one.target for one in candidates)


def test_variables_that_name_each_other_end() -> None:
    """A collection is untrusted."""
    loop = "@a = {{b}}{{b}}\n@b = {{a}}{{a}}\nGET https://a.test/{{a}}\n"
    assert len(read(loop).endpoints) == 1


def test_a_list_of_routes_is_no_http_file() -> None:
    """In a list, each line is a route; three marks are a comment there."""
    listed = "### users\nGET /users\nPOST /users\n### items\nGET /items/:id\n"
    assert urls(listed) == [("GET", "/users"), ("POST", "/users"), ("GET", "/items/{id}")]
    assert [one.method for one in read(texts.ROUTES).endpoints] == ["GET", "GET"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (POSTMAN[:400], "feed:"),
        ("__export_format: 4\nresources: [\n", "feed:"),
    ],
    ids=["postman", "insomnia"],
)
def test_a_broken_collection_is_refused_with_its_line(text: str, says: str) -> None:
    """Nothing of it is lost silently."""
    with pytest.raises(UsageError, match=rf"^{says}\d+: "):
        read(text)


def test_a_request_without_a_url_is_counted() -> None:
    """The others are read."""
    collection = json.loads(POSTMAN)
    collection["item"].append({"name": "empty", "request": {"method": "GET"}})
    imported = read(json.dumps(collection))
    assert len(imported.unreadable_lines) == 1
    assert len(imported.endpoints) == 4
