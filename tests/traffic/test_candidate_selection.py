"""Selection of candidates: on the target's host, undocumented, each path once, and without secrets."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from specdrift.model.result.candidate import Candidate
from specdrift.traffic import KnownApi, import_traffic, limit_candidates, recorded_paths, select_candidates
from tests.traffic import texts

DECLARED = re.compile(r"/api/(items(/[^/]+)?|secure)")
GROUND = KnownApi(
    base_path="/api",
    documented=lambda method, target: method == "GET" and DECLARED.fullmatch(target) is not None,
    ours=frozenset({("api.test", 8443)}),
    values={"name": "a b"},
)


def candidates(text: str, ground: KnownApi = GROUND) -> list[tuple[str, str, str]]:
    """Method, path and target of the leads of a feed."""
    imported = import_traffic(text.encode(), name="feed", folder=Path())
    return [
        (candidate.method, candidate.path, candidate.target)
        for candidate in select_candidates(imported, ground).candidates
    ]


def log(*requests: str, status: int = 200) -> str:
    """An access log of these request lines."""
    return "\n".join(f'::1 - - [10/Oct/2025:13:55:36 +0000] "{one} HTTP/1.1" {status} 1' for one in requests)


def test_a_documented_path_is_no_candidate() -> None:
    """A log has concrete paths: /items/17 is /items/{id}."""
    assert candidates(log("GET /api/items/17", "GET /api/items", "HEAD /api/secure?x", "GET /api/old")) == [
        ("GET", "/api/old", "/api/old")
    ]


def test_another_method_of_a_documented_path_is_a_candidate() -> None:
    """The document has GET only."""
    assert candidates(log("DELETE /api/items/17")) == [("DELETE", "/api/items/{id}", "/api/items/17")]


@pytest.mark.parametrize(
    "values",
    [
        ("17", "18", "19"),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        ("2024-02-29", "2025-01-01"),
        ("507f1f77bcf86cd799439011", "507f191e810c19729de860ea"),
    ],
    ids=["numbers", "UUIDs", "dates", "object ids"],
)
def test_identifiers_are_replaced_by_a_template(values: tuple[str, ...]) -> None:
    """A million rows of a log are one path."""
    assert candidates(log(*(f"GET /orders/{value}/lines" for value in values))) == [
        ("GET", "/orders/{id}/lines", f"/orders/{values[0]}/lines")
    ]


@pytest.mark.parametrize(
    "word", ["v1", "oauth2", "how-to-install-python-3-on-windows-11", "caf%C3%A9", "a.b"]
)
def test_words_are_kept(word: str) -> None:
    """Versions and slugs are no identifiers."""
    assert candidates(log(f"GET /pages/{word}")) == [("GET", f"/pages/{word}", f"/pages/{word}")]


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJIUzI1NiJ9.e30.abc",
        "alice@example.test",
        "alice%40example.test",
        "alice%2540example.test",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "5f4dcc3b5aa765d61d8327deb882cf99aa",
        "dGhpcyBpcyBhIHNlY3JldCB2YWx1ZQ1",
        "4929123456781234567",
    ],
    ids=[
        "JWT",
        "address",
        "escaped address",
        "address escaped twice",
        "MD5",
        "hash",
        "base64",
        "card number",
    ],
)
def test_a_possible_secret_is_dropped(secret: str) -> None:
    """Neither a request nor a report contains it."""
    assert candidates(log(f"GET /reset/{secret}")) == [("GET", "/reset/{value}", "/reset/1")]


@pytest.mark.parametrize(
    ("segment", "path", "target"),
    [
        ("token=s3cret", "token={value}", "token=1"),
        ("resetToken%3Ds3cret", "resetToken={value}", "resetToken=1"),
        ("x=1&API_KEY=s3cret&y=2", "x=1&API_KEY={value}", "x=1&API_KEY=1"),
        ("status=open", "status=open", "status=open"),
        ("tokens:revoke", "tokens:revoke", "tokens:revoke"),
    ],
)
def test_a_credential_that_a_segment_names_is_dropped(segment: str, path: str, target: str) -> None:
    """The name shows what the value is, however short; other values are kept."""
    assert candidates(log(f"GET /old/{segment}")) == [("GET", f"/old/{path}", f"/old/{target}")]


def test_a_recorded_path_with_a_possible_secret_is_not_used() -> None:
    """Values of documented paths are sent too."""
    text = log(
        "GET /api/items/5f4dcc3b5aa765d61d8327deb882cf99", "GET /api/items/token=s3cret", "GET /api/items/17"
    )
    imported = import_traffic(text.encode(), name="feed", folder=Path())
    assert [path for path, _ in recorded_paths(imported, GROUND)] == ["/items/17"]


def test_queries_and_path_parameters_are_dropped() -> None:
    """They contain sessions and tokens."""
    found = candidates(log("GET /old;jsessionid=s3cret/x?token=s3cret", "GET /old/x#s3cret"))
    assert found == [("GET", "/old/x", "/old/x")]


@pytest.mark.parametrize(
    "request_line",
    [
        "OPTIONS /old",
        "TRACE /old",
        "GET /app.js",
        "GET //old",
        "GET /a/../old",
        "GET old",
        "get* /old",
        "GET http://[/x",
    ],
)
def test_other_requests_are_skipped(request_line: str) -> None:
    """Preflights, files of pages, and requests of scanners."""
    assert candidates(f"{log('GET /legacy')}\n{log(request_line)}") == [("GET", "/legacy", "/legacy")]


@pytest.mark.parametrize("status", [404, 410])
def test_a_path_answered_with_not_found_is_no_candidate(status: int) -> None:
    """Logs are full of scanners."""
    assert candidates(log("GET /wp-login.php", status=status)) == []


def test_a_successful_path_represents_its_template() -> None:
    """An existing resource shows more than a refused one."""
    text = f"{log('GET /orders/1', status=403)}\n{log('GET /orders/2')}"
    assert candidates(text) == [("GET", "/orders/{id}", "/orders/2")]


def test_other_hosts_are_skipped_and_counted() -> None:
    """A browser's archive has many; nothing is sent to them, nor requested under their names."""
    text = texts.har(
        "https://api.test:8443/old",
        "https://cdn.test/old2",
        "https://api.test/other-port",
        "data:x",
        "wss://api.test:8443/w",
    )
    sifted = select_candidates(import_traffic(text.encode(), name="feed", folder=Path()), GROUND)
    assert [candidate.target for candidate in sifted.candidates] == ["/old"]
    assert sifted.other_hosts == {"cdn.test": 1, "api.test": 1}


def test_the_target_host_is_recognised_in_either_form() -> None:
    """A browser's archive has A-labels, a document Unicode."""
    ground = replace(GROUND, ours=frozenset({("xn--bcher-kva.test", 443)}))
    text = texts.har(
        "https://bücher.test/old", "https://xn--bcher-kva.test/older", "https://bucher.test/oldest"
    )
    assert [target for _, _, target in candidates(text, ground)] == ["/old", "/older"]


@pytest.mark.parametrize(
    "text", [texts.har("https://api.test:8443/old?token=s3cret"), *texts.JSON_LINES.values()]
)
def test_no_secret_of_an_import_is_in_its_candidates(text: str) -> None:
    """Cookies, tokens, bodies and queries are not read."""
    imported = import_traffic(text.encode(), name="feed", folder=Path())
    assert "s3cret" not in repr(select_candidates(imported, GROUND))
    assert select_candidates(imported, GROUND).candidates != ()


def test_a_router_is_below_the_base_path_or_at_the_root() -> None:
    """A route list does not contain the mount point; documented paths below the base path are known."""
    assert candidates("GET /old\nANY /items/:id\nPOST|HEAD /api/secure") == [
        ("GET", "/api/old", "/api/old"),
        ("GET", "/old", "/old"),
        ("POST", "/api/secure", "/api/secure"),
    ]


@pytest.mark.parametrize(
    "template", ["/x/{name}", "/x/:name", "/x/<name>", "/x/<str:name>", "/x/{*name}", "/x/*name"]
)
def test_templates_of_all_frameworks_are_filled_in(template: str) -> None:
    """With the document's value for a parameter of that name."""
    assert candidates(f"GET {template}")[0] == ("GET", "/api/x/{name}", "/api/x/a%20b")


def test_an_unknown_parameter_gets_a_placeholder() -> None:
    """It may not be there, and then nothing is reported."""
    assert candidates("GET /x/{other}")[0] == ("GET", "/api/x/{other}", "/api/x/1")


def test_another_document_is_requested_at_its_servers_and_below_the_base_path() -> None:
    """An older version is at its former path, or at the configured one."""
    assert candidates(texts.OPENAPI_YAML) == [
        ("GET", "/api/legacy/report", "/api/legacy/report"),
        ("GET", "/v1/legacy/report", "/v1/legacy/report"),
    ]
    same = texts.OPENAPI_YAML.replace("/legacy/report", "/secure")
    assert candidates(same) == [("GET", "/v1/secure", "/v1/secure")]


LEAD = Candidate(method="GET", path="", target="", file="feed", line=1)


def some(folder: str, count: int) -> list[Candidate]:
    """That many leads in one folder."""
    return [replace(LEAD, path=f"{folder}/{n}", target=f"{folder}/{n}") for n in range(count)]


def test_a_folder_of_thousands_does_not_displace_the_others() -> None:
    """Some of each, and the rest is counted."""
    kept, left_out = limit_candidates([*some("/articles", 5000), *some("/admin", 3)])
    assert [candidate.path for candidate in kept[-3:]] == ["/admin/0", "/admin/1", "/admin/2"]
    assert (len(kept), left_out) == (23, 4980)


def test_the_number_of_candidates_is_limited() -> None:
    """Unless ``exhaustive``."""
    many = [candidate for n in range(100) for candidate in some(f"/{n}", 10)]
    assert (len(limit_candidates(many)[0]), limit_candidates(many)[1]) == (400, 600)
    assert limit_candidates(many, most=None) == (tuple(many), 0)


def test_a_path_of_two_imports_is_requested_once() -> None:
    """The first import is named."""
    other = replace(LEAD, path="/a/0", target="/a/0", file="other")
    assert limit_candidates([*some("/a", 1), other]) == (tuple(some("/a", 1)), 0)


def test_a_large_log_is_matched_a_few_times_per_template() -> None:
    """A value or two represent all of a template."""
    asked: list[str] = []

    def documented(_: str, target: str) -> bool:
        asked.append(target)
        return True

    assert (
        candidates(log(*(f"GET /items/{n}" for n in range(1000))), replace(GROUND, documented=documented))
        == []
    )
    assert len(asked) < 10


def test_paths_beyond_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is reported, with the remedy to import less."""
    monkeypatch.setattr("specdrift.traffic.candidate_selection.MAX_PLACES", 10)
    text = log(*(f"GET /old/word-{'x' * n}" for n in range(1, 16)))
    sifted = select_candidates(import_traffic(text.encode(), name="feed", folder=Path()), GROUND)
    assert (len(sifted.candidates), sifted.not_examined) == (10, 5)
