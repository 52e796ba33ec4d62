"""Copies of requests for another service: the answers are dropped, and the service does what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.joined import OPEN, VERIFIED, found, joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

SECURE = "GET /secure"
PASS = "proxy_pass http://api;"
GUARDED = f"location / {{ {VERIFIED} {PASS} }} location = /public {{ {PASS} }}"
STATIC = "root /srv/www;"
COPIED = {("gateway-location-bypass", SECURE, "error")}
CASES = {
    "a path of its own": (
        (
            f"{GUARDED} location /pub/ {{ mirror /m; {STATIC} }} "
            f"location = /m {{ internal; rewrite ^ /secure break; {PASS} }}"
        ),
        COPIED,
    ),
    "the path behind the beginning": (
        (
            f"{GUARDED} location /pub/ {{ mirror /m; proxy_pass http://10.0.0.9:8080; }} "
            "location = /m { internal; set $t $request_uri; if ($request_uri ~ ^/pub(/.*)) { set $t $1; } "
            "proxy_pass http://api$t; }"
        ),
        COPIED,
    ),
    "for another service": (
        (
            f"{GUARDED} location /pub/ {{ mirror /m; {STATIC} }} "
            "location = /m { internal; rewrite ^ /secure break; proxy_pass http://10.0.0.9:8080; }"
        ),
        set[tuple[str, str, str]](),
    ),
    "behind the guard": (
        (
            f"location / {{ {VERIFIED} mirror /m; {PASS} }} location = /public {{ {PASS} }} "
            f"location = /m {{ internal; proxy_pass http://api$request_uri; }}"
        ),
        set[tuple[str, str, str]](),
    ),
    "turned off": (
        (
            f"mirror /m; {GUARDED} location /pub/ {{ mirror off; {STATIC} }} "
            f"location = /m {{ internal; mirror off; proxy_pass http://10.0.0.9:8080; }}"
        ),
        set[tuple[str, str, str]](),
    ),
    "only what a guard admits": (
        (
            f"{GUARDED} location /pub/ {{ {VERIFIED} mirror /m; {STATIC} }} "
            f"location = /m {{ internal; rewrite ^ /secure break; {PASS} }}"
        ),
        set[tuple[str, str, str]](),
    ),
}


@pytest.mark.parametrize(("locations", "expected"), CASES.values(), ids=CASES)
def test_copies_of_nginx(locations: str, expected: set[tuple[str, str, str]], tmp_path: Path) -> None:
    """``mirror`` runs after access was granted, with the method and the arguments of the request."""
    result = joined(tmp_path, nginx(locations), OPEN)
    assert found(result) == expected
    assert result.undecided == ()


def test_what_runs_after_the_answer_is_not_known(tmp_path: Path) -> None:
    """nginx does not document ``post_action``."""
    locations = (
        f"{GUARDED} location /pub/ {{ post_action /m; return 200; }} location = /m {{ internal; {PASS} }}"
    )
    result = joined(tmp_path, nginx(locations), OPEN)
    assert found(result) == set()
    assert SECURE in {str(one.operation) for one in result.undecided}
