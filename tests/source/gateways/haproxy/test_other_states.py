"""Conditions of HAProxy on what is not of the request: counters, servers that are up, variables of earlier requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.source.gateways.haproxy.test_haproxy_join import frontend
from tests.source.gateways.joined import OPEN, found, joined

if TYPE_CHECKING:
    from pathlib import Path

TRACKED = "stick-table type ip size 1k expire 30m store gpc0\n    http-request track-sc0 src"
DENY = "http-request deny if !{ ssl_c_used } !{ path /public }"
UNGUARDED = "backend open\n    server a 10.0.0.5:8080"
ELSEWHERE = "backend open\n    server a 10.0.0.9:8080"
ADMITTING = {
    "a counter of earlier requests": (f"{TRACKED}\n    {DENY} !{{ sc0_get_gpc0 gt 0 }}", ""),
    "a rate": (f"{TRACKED}\n    {DENY} !{{ sc_http_req_rate(0) gt 1000 }}", ""),
    "the number of connections": (f"{TRACKED}\n    {DENY} {{ sc0_conn_cnt lt 2 }}", ""),
    "few servers that are up": (f"{DENY} !{{ nbsrv(api) lt 2 }}", ""),
    "a server that is down": (f"{DENY} {{ srv_is_up(api/a1) }}", ""),
    "a backend for failures": ("use_backend open if { nbsrv(api) lt 1 }", UNGUARDED),
    "a counter in a variable": (
        f"{TRACKED}\n    http-request set-var(txn.n) sc_http_req_rate(0)\n    {DENY} !{{ var(txn.n) gt 9 }}",
        "",
    ),
    "a variable of the connection": (
        f"http-request set-var(sess.in) int(1) if {{ path /public }}\n    {DENY} !{{ var(sess.in) -m found }}",
        "",
    ),
    "a variable of an earlier answer": (
        f"http-response set-var(sess.in) int(1)\n    {DENY} !{{ var(sess.in) eq 1 }}",
        "",
    ),
    "a variable of the process": (f"{DENY} !{{ var(proc.maintenance) -m bool }}", ""),
}
REFUSING = {
    "a rate limit": (
        f"{TRACKED}\n    http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt 9 }}\n    {DENY}",
        "",
    ),
    "many rate limits": (
        "\n    ".join(
            (TRACKED, *(f"http-request deny if {{ sc0_http_req_rate gt {n} }}" for n in range(9)), DENY)
        ),
        "",
    ),
    "a backend with a page for failures": (
        f"use_backend open if {{ nbsrv(api) lt 1 }}\n    {DENY}",
        ELSEWHERE,
    ),
    "a page for clients without a certificate": ("use_backend open if { nbsrv(api) lt 1 }", ELSEWHERE),
    "a variable that each request fills": (
        f"http-request set-var(sess.crt) ssl_c_used\n    {DENY} !{{ var(sess.crt) -m bool }}",
        "",
    ),
    "a variable that each connection fills": (
        f"tcp-request session set-var(sess.crt) ssl_c_used\n    {DENY} !{{ var(sess.crt) -m bool }}",
        "",
    ),
}
IN_BACKEND = "http-request deny if !{ ssl_c_used } !{ path /public }"


@pytest.mark.parametrize(("rules", "more"), ADMITTING.values(), ids=ADMITTING)
def test_a_state_in_which_the_guard_is_off_leaves_the_operation_undecided(
    rules: str, more: str, tmp_path: Path
) -> None:
    """Whether the gateway gets into that state is not known: it is neither open nor guarded."""
    text = frontend(rules, more=more, backend=IN_BACKEND if more else "")
    result = joined(tmp_path, text, OPEN, name="haproxy.cfg")
    assert (found(result), result.exit_status) == (set(), ExitStatus.INCOMPLETE)


@pytest.mark.parametrize(("rules", "more"), REFUSING.values(), ids=REFUSING)
def test_a_state_in_which_no_client_gets_further_does_not_matter(
    rules: str, more: str, tmp_path: Path
) -> None:
    """It refuses more, or hands requests to another service, or there is no such state."""
    text = frontend(rules, more=more, backend=IN_BACKEND if more else "")
    result = joined(tmp_path, text, OPEN, name="haproxy.cfg")
    assert (found(result), result.exit_status) == (set(), ExitStatus.OK)


def test_a_server_without_any_guard_is_open_in_its_usual_state(tmp_path: Path) -> None:
    """What a rate limit refuses later does not make it guarded."""
    rules = f"{TRACKED}\n    http-request deny if {{ sc_http_req_rate(0) gt 9 }}"
    result = joined(tmp_path, frontend(rules), OPEN, name="haproxy.cfg")
    assert {rule for rule, _, _ in found(result)} == {"gateway-optional-unchecked"}
