"""Values of variables that stand beside a request: in environments, folders and scripts. One lost is another path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.errors import UsageError
from specdrift.traffic import (
    CompanionFile,
    CompanionRole,
    KnownApi,
    TrafficImport,
    import_traffic,
    select_candidates,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

API = KnownApi(base_path="", documented=lambda *_: False, ours=frozenset({("api.test", 443)}))


def read(text: str, *companions: tuple[CompanionRole, str]) -> TrafficImport:
    """Import a text with files beside it."""
    beside = [
        CompanionFile(name=f"beside{place}", text=content, role=role)
        for place, (role, content) in enumerate(companions)
    ]
    return import_traffic(text.encode(), name="feed", companions=beside)


def paths(imported: TrafficImport) -> set[str]:
    """Return what is probed."""
    return {one.target for one in select_candidates(imported, API).candidates}


BRUNO = "get {\n  url: {{host}}/hidden/{{seg}}/x\n}\n"
COLLECTION, ENVIRONMENT, FOLDER = CompanionRole


@pytest.mark.parametrize(
    ("companions", "found"),
    [
        ([(ENVIRONMENT, "vars {\n  seg: deep\n}\n")], {"/hidden/deep/x"}),
        ([(COLLECTION, "vars:pre-request {\n  seg: deep\n}\n")], {"/hidden/deep/x"}),
        ([(FOLDER, "vars:pre-request {\n  seg: deep\n}\n")], {"/hidden/deep/x"}),
        (
            [(COLLECTION, "vars:pre-request {\n  seg: c\n}\n"), (ENVIRONMENT, "vars {\n  seg: e\n}\n")],
            {"/hidden/e/x"},
        ),
        (
            [(ENVIRONMENT, "vars {\n  seg: e\n}\n"), (FOLDER, "vars:pre-request {\n  seg: f\n}\n")],
            {"/hidden/f/x"},
        ),
        (
            [(ENVIRONMENT, "vars {\n  seg: a\n}\n"), (ENVIRONMENT, "vars {\n  seg: b\n}\n")],
            {"/hidden/a/x", "/hidden/b/x"},
        ),
        (
            [(ENVIRONMENT, "vars {\n  host: https://h\n}\n"), (ENVIRONMENT, "vars {\n  seg: b\n}\n")],
            {"/hidden/b/x"},
        ),
        ([(ENVIRONMENT, "vars {\n  ~seg: off\n}\n")], {"/hidden/1/x"}),
        ([(ENVIRONMENT, "vars {\n  seg: s3cret\n}\nvars:secret [\n  seg\n]\n")], {"/hidden/1/x"}),
        (
            [(ENVIRONMENT, "vars {\n  seg: s3cret\n}\n"), (ENVIRONMENT, "vars:secret [\n  seg\n]\n")],
            {"/hidden/1/x"},
        ),
    ],
    ids=[
        *("environment", "collection", "folder", "environment over collection", "folder over environment"),
        *(
            "two environments",
            "a value of one of them",
            "disabled",
            "secret",
            "secret in another environment",
        ),
    ],
)
def test_a_request_of_bruno_has_the_values_beside_it(
    companions: list[tuple[CompanionRole, str]], found: set[str]
) -> None:
    """By Bruno's own order; of several environments, each value is a candidate."""
    assert paths(read(BRUNO, *companions)) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http {\n  method: purge\n  url: {{h}}/hidden\n}\n", [("PURGE", "/hidden")]),
        ("ws {\n  url: wss://api.test/hidden\n}\n", [("GET", "https://api.test/hidden")]),
        ("grpc {\n  url: grpcs://api.test\n  method: /a.B/C\n}\n", [("POST", "https://api.test/a.B/C")]),
        ("get {\n  url: '''\n    {{h}}/hidden\n    /long\n  '''\n}\n", [("GET", "/hidden/long")]),
        (
            "get {\n  url: {{h}}/{{a}}/{{b}}\n}\nvars:pre-request {\n  @a: x\n  @description('d') \"b\": y\n}\n",
            [("GET", "/x/y")],
        ),
        (
            "get {\n  url: {{h}}/:id\n}\nparams:path {\n  id: {{own}}\n}\nvars {\n  own: o\n}\n",
            [("GET", "/o")],
        ),
    ],
    ids=["own method", "socket", "grpc", "several lines", "marks of variables", "parameter of a variable"],
)
def test_forms_of_bruno_are_read(text: str, expected: list[tuple[str, str]]) -> None:
    """As its grammar has them; none is left out in silence."""
    imported = read(text)
    assert [(one.method, one.url) for one in imported.endpoints] == expected
    assert not imported.unreadable_lines


def insomnia(**members: object) -> str:
    """Return an export of format 5."""
    return json.dumps({"type": "collection.insomnia.rest/5.0", **members})


IN_FOLDER = {"url": "{{ _.base }}/hidden/{{ _.seg }}/x", "method": "GET"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            insomnia(collection=[{"environment": {"seg": "deep"}, "children": [IN_FOLDER]}]),
            {"/hidden/deep/x"},
        ),
        (
            insomnia(
                collection=[{"environment": {"seg": "outer"}, "children": [{"children": [IN_FOLDER]}]}],
                environments={"data": {"seg": "base"}},
            ),
            {"/hidden/outer/x"},
        ),
        (
            insomnia(
                collection=[{"environment": {"seg": "other"}, "children": []}, IN_FOLDER],
                environments={
                    "data": {"seg": "a"},
                    "subEnvironments": [{"data": {"seg": "b"}}, {"data": {"z": 1}}],
                },
            ),
            {"/hidden/a/x", "/hidden/b/x"},
        ),
        (
            insomnia(
                collection=[
                    {
                        "environment": {"seg": "s3cret"},
                        "kvPairData": [{"name": "seg", "type": "secret"}],
                        "children": [IN_FOLDER],
                    }
                ]
            ),
            {"/hidden/1/x"},
        ),
    ],
    ids=["folder", "outer folder over base", "environments, and no folder beside", "secret"],
)
def test_a_request_of_insomnia_has_the_values_of_its_folders(text: str, found: set[str]) -> None:
    """Format 5 nests folders."""
    assert paths(read(text)) == found


def resources(*members: Mapping[str, object]) -> str:
    """Return an export of format 4 with a request in the folder ``f``."""
    request = {"_id": "r", "_type": "request", "parentId": "f", "url": "{{ _['base'] }}/hidden/{{ _.seg }}/x"}
    return json.dumps({"__export_format": 4, "resources": [request, *members]})


F: Mapping[str, object] = {"_id": "f", "_type": "request_group", "parentId": "w"}
W: Mapping[str, object] = {"_id": "w", "_type": "workspace", "parentId": None}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (resources({**F, "environment": {"seg": "deep"}}, W), {"/hidden/deep/x"}),
        (
            resources({**F, "parentId": "g"}, {**F, "_id": "g", "environment": {"seg": "deep"}}, W),
            {"/hidden/deep/x"},
        ),
        (resources(F, W, {**F, "_id": "h", "environment": {"seg": "beside"}}), {"/hidden/1/x"}),
        (
            resources(
                F,
                W,
                {"_id": "e", "_type": "environment", "parentId": "w", "data": {"seg": "a"}},
                {"_id": "s", "_type": "environment", "parentId": "e", "data": {"seg": "b"}},
                {**W, "_id": "v"},
                {"_id": "o", "_type": "environment", "parentId": "v", "data": {"seg": "other"}},
            ),
            {"/hidden/a/x", "/hidden/b/x"},
        ),
        (resources({**F, "parentId": "f", "environment": {"seg": "deep"}}), {"/hidden/deep/x"}),
    ],
    ids=["folder", "outer folder", "a folder beside", "environments of the workspace", "its own parent"],
)
def test_parents_of_format_4_have_values(text: str, found: set[str]) -> None:
    """They are named by id."""
    assert paths(read(text)) == found


def test_folders_of_postman_have_values() -> None:
    """Format 2.1 allows variables there too."""
    collection = {
        "info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "item": [
            {"variable": [{"key": "seg", "value": "deep"}], "item": [{"request": "{{u}}/hidden/{{seg}}"}]}
        ],
    }
    assert paths(read(json.dumps(collection))) == {"/hidden/deep"}


HANDLER = "> {%\n  client.test();\n%}\n"
PRODUCTION = {"seg": "b", "all": "p", "Security": {"x": "y"}}
ENV = json.dumps({"$shared": {"all": "s"}, "dev": {"seg": "a"}, "prod": PRODUCTION})
SETTINGS = (
    '{\n // mine\n "rest-client.environmentVariables": {"$shared": {"all": "s"}, "dev": {"seg": "a"}},\n}\n'
)


@pytest.mark.parametrize(
    ("text", "companions", "found"),
    [
        ("GET {{h}}/{{seg}}/{{all}}\n", [(ENVIRONMENT, ENV)], {"/a/s", "/b/p"}),
        ("GET {{h}}/{{seg}}/{{all}}\n", [(ENVIRONMENT, SETTINGS)], {"/a/s"}),
        ("@seg = own\nGET {{h}}/{{seg}}\n", [(ENVIRONMENT, ENV)], {"/own", "/a", "/b"}),
        ('< {%\n request.variables.set("seg", "deep");\n%}\nGET {{h}}/{{seg}}\n', [], {"/deep"}),
        ('< {% client.global.set("apiToken", "s3cret") %}\nGET {{h}}/{{apiToken}}\n', [], {"/1"}),
        ("GET {{h}}/{{seg}}\n", [(ENVIRONMENT, '{"dev": {"seg": {"provider": "vault"}}}')], {"/1"}),
    ],
    ids=[
        "JetBrains",
        "settings of VS Code",
        "file and environment",
        "script",
        "secret of a script",
        "provider",
    ],
)
def test_an_http_file_has_the_values_of_its_environments(
    text: str, companions: list[tuple[CompanionRole, str]], found: set[str]
) -> None:
    """The programs disagree whether the file or the environment wins."""
    assert paths(read(text, *companions)) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '###\n< {%\n  x("GET https://api.test/no");\n%}\nGET https://api.test/a\n',
            [("GET", "https://api.test/a")],
        ),
        ("< ./pre.js\nGET https://api.test/a\n", [("GET", "https://api.test/a")]),
        ("import other.http\n\nrun #x\n\n### y\nGET https://api.test/a\n", [("GET", "https://api.test/a")]),
        (
            f"POST https://api.test/a\n\n< b.json\n\n{HANDLER}\n<> 1.json\n###\nGET https://api.test/b\n> ./x.js\n",
            [("POST", "https://api.test/a"), ("GET", "https://api.test/b")],
        ),
        ("GET\n  {{h}}/\n  a/\n  b\n", [("GET", "/a/b")]),
        (
            "GET https://api.test\n  /a\n  ?x=1\n  &y=2\nAccept: */*\n",
            [("GET", "https://api.test/a?x=1&y=2")],
        ),
        ("GET https://api.test/a\n  ?x=1 HTTP/1.1\n", [("GET", "https://api.test/a?x=1")]),
        ("GET https://api.test/a\n  Accept: text/plain\n", [("GET", "https://api.test/a")]),
        ("# @name one\n// @no-log\nget https://api.test/a\n", [("GET", "https://api.test/a")]),
        ("GRAPHQL {{h}}/q\n\nquery {}\n", [("POST", "/q")]),
        ("GRPC api.test/a.B/C\n", [("POST", "https://api.test/a.B/C")]),
        ("WEBSOCKET wss://api.test/a\n", [("GET", "https://api.test/a")]),
    ],
    ids=[
        *(
            "script",
            "script in a file",
            "other files",
            "handlers",
            "lines",
            "query in lines",
            "version in a line",
        ),
        *("indented header", "names", "graphql", "grpc", "socket"),
    ],
)
def test_forms_of_http_files_are_read(text: str, expected: list[tuple[str, str]]) -> None:
    """Of JetBrains and of REST Client; none is left out in silence."""
    imported = read(text)
    assert [(one.method, one.url) for one in imported.endpoints] == expected
    assert not imported.unreadable_lines


def test_a_script_without_an_end_is_counted_where_it_begins() -> None:
    """It would hide the request; the next part is read."""
    imported = read("### a\n< {%\nGET https://api.test/a\n\n### b\nGET https://api.test/b\n")
    assert imported.unreadable_lines == (2,)
    assert paths(imported) == {"/b"}


def test_broken_environments_are_refused_by_their_own_name() -> None:
    """Their values would be lost in silence. Settings of an editor are not JSON, and are no reason to end."""
    with pytest.raises(UsageError, match=r"^beside0:2: "):
        read("GET {{h}}/a\n", (ENVIRONMENT, '{"dev":\n {"a": '))
    broken = SETTINGS.replace("}\n", "")
    assert paths(read("GET {{h}}/a/{{seg}}\n", (ENVIRONMENT, broken))) == {"/a/1"}


def test_a_candidate_whose_variable_has_no_value_is_named() -> None:
    """Another path may be the endpoint's; one whose value the document has is known."""
    imported = read("GET {{h}}/hidden/{{seg}}/{{id}}\n\n###\nGET {{h}}/hidden/plain?x={{y}}\n")
    known = KnownApi(base_path="", documented=lambda *_: False, ours=frozenset(), values={"id": "7"})
    (found,) = select_candidates(imported, known).unvalued
    assert (found.candidate.source, found.candidate.target, found.names) == (
        "feed:1",
        "/hidden/1/7",
        ("seg",),
    )
    documented = KnownApi(base_path="", documented=lambda *_: True, ours=frozenset())
    assert select_candidates(imported, documented).unvalued == ()
