"""Conditions of HAProxy on what is made of a client's values: lengths, numbers, and what rules copy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.source.gateways.haproxy.test_haproxy_join import SECURE, frontend
from tests.source.gateways.joined import OPEN, found, joined

if TYPE_CHECKING:
    from pathlib import Path

BYPASS = ("gateway-request-bypass", SECURE, "error")
UNLESS = "http-request deny unless {{ ssl_c_used }} || {{ path /public }} || {{ {} }}"
ALWAYS = "http-request deny unless { ssl_c_used } || { path /public }"
WAYS = {
    "the length of an argument": ("url_param(token) -m len 32", ""),
    "a least length": ("req.hdr(x-token) -m len ge 20", ""),
    "a converted length": ("req.hdr(x-token),length ge 20", ""),
    "a number of headers": ("req.hdr_cnt(x-forwarded-for) gt 1", ""),
    "a flag of an expression": ("req.hdr(user-agent) -m reg (?i)^kube-probe", ""),
    "a decoded header": ("req.hdr(x-user),b64dec -m str admin", ""),
    "a part of a decoded header": ("req.hdr(authorization),field(2,' '),b64dec -m beg admin:", ""),
    "a header with a text behind it": ("req.hdr(x-user),concat(@,,acme) bob@acme", ""),
    "a host before the path": ("base_beg admin.example/", ""),
    "a host with a path": ("base_beg api.example/v1/", ""),
    "a decoded variable": ("var(txn.t) -m str s3cret", "http-request set-var(txn.t) url_param(t),b64dec"),
    "a variable": ("var(txn.t) -m str s3cret", "http-request set-var(txn.t) url_param(token)"),
    "another header": ("req.hdr(x-tier) gold", "http-request set-header X-Tier %[url_param(tier)]"),
}


@pytest.mark.parametrize(("condition", "before"), WAYS.values(), ids=WAYS)
def test_what_a_client_chooses_fits_the_condition(condition: str, before: str, tmp_path: Path) -> None:
    """A guard that it turns off is none; one that stands beside the condition is."""
    unguarded = frontend(f"{before}\n    {UNLESS.format(condition)}")
    assert BYPASS in found(joined(tmp_path, unguarded, OPEN, name="haproxy.cfg"))
    twin = tmp_path / "twin"
    twin.mkdir()
    guarded = frontend(f"{before}\n    http-request set-header X-Seen 1 if {{ {condition} }}\n    {ALWAYS}")
    result = joined(twin, guarded, OPEN, name="haproxy.cfg")
    assert (found(result), result.exit_status) == (set(), ExitStatus.OK)


@pytest.mark.parametrize(
    "condition",
    ["req.hdr(x-token),sha2(256),hex -m str 98EA6E4F", "req.hdr(x-user),concat(:,txn.key) -m str a:b"],
)
def test_a_value_that_is_not_known_leaves_operations_undecided(condition: str, tmp_path: Path) -> None:
    """A client may know one that is converted to the text. One that the guard does not depend on is none."""
    result = joined(tmp_path, frontend(UNLESS.format(condition)), OPEN, name="haproxy.cfg")
    assert (found(result), result.exit_status) == (set(), ExitStatus.INCOMPLETE)
    twin = tmp_path / "twin"
    twin.mkdir()
    guarded = frontend(f"http-request deny if {{ {condition} }}\n    {ALWAYS}")
    result = joined(twin, guarded, OPEN, name="haproxy.cfg")
    assert (found(result), result.exit_status) == (set(), ExitStatus.OK)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("'/secure '", set()), ("/secure", {("gateway-optional-unchecked", SECURE, "error")})],
)
def test_spaces_in_arguments_count(pattern: str, expected: set[tuple[str, str, str]], tmp_path: Path) -> None:
    """HAProxy keeps them: a text with a space is added here."""
    rule = f"http-request deny if !{{ ssl_c_used }} {{ path,concat(' ') {pattern} }}"
    assert found(joined(tmp_path, frontend(rule), OPEN, name="haproxy.cfg")) == expected
