"""What each plugin of Kong does with clients without a certificate, with a valid one, and with one of another CA."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.source import Guarding
from specdrift.source.forwarded import UNKNOWN_PART
from tests.source.gateways.kong.kong_texts import ANONYMOUS, Object, decided, kong, mtls, plugin, route

if TYPE_CHECKING:
    from pathlib import Path

REFUSED, FORWARDED, UNKNOWN, ANSWERED = (
    *(Passage.REFUSED, Passage.FORWARDED, Passage.UNKNOWN, Passage.ANSWERED),
)
CALLERS = (GatewayCaller.ANONYMOUS, GatewayCaller.VALID, GatewayCaller.UNTRUSTED)
GUARDED = (REFUSED, FORWARDED, REFUSED)
OPEN = (FORWARDED, FORWARDED, FORWARDED)
UNREAD = (UNKNOWN, UNKNOWN, UNKNOWN)
STOP = plugin("request-termination", {"status_code": 401})
FALLBACK = mtls(anonymous="guest")
CASES: dict[str, tuple[list[Object], Object, tuple[Passage, ...]]] = {
    "none": ([], {}, OPEN),
    "mtls-auth": ([mtls()], {}, GUARDED),
    "mtls-auth everywhere": ([], {"plugins": [mtls()]}, GUARDED),
    "mtls-auth of the service": ([], {"plugins": [{**mtls(), "service": "api"}]}, GUARDED),
    "mtls-auth that is disabled": ([{**mtls(), "enabled": False}], {}, OPEN),
    "the route's own lets everyone pass": ([FALLBACK], {"plugins": [mtls()], "consumers": [ANONYMOUS]}, OPEN),
    "the route's own is disabled": (
        [{**FALLBACK, "enabled": False}],
        {"plugins": [mtls()], "consumers": [ANONYMOUS]},
        GUARDED,
    ),
    "anonymous": ([FALLBACK], {"consumers": [ANONYMOUS]}, OPEN),
    "anonymous, who is refused": ([FALLBACK], {"consumers": [{**ANONYMOUS, "plugins": [STOP]}]}, GUARDED),
    "anonymous, who is not in the file": ([FALLBACK], {}, (UNKNOWN, FORWARDED, UNKNOWN)),
    "anonymous of the environment": (
        [mtls(anonymous='${{ env "DECK_A" }}')],
        {},
        (UNKNOWN, FORWARDED, UNKNOWN),
    ),
    "a configuration that others share": (
        [{"name": "mtls-auth", "_config": "strict"}],
        {"_plugin_configs": {"strict": mtls()["config"]}},
        GUARDED,
    ),
    "a shared configuration that is missing": ([{"name": "mtls-auth", "_config": "strict"}], {}, UNREAD),
    "without authorities": ([plugin("mtls-auth")], {}, UNREAD),
    "a setting that is not known": ([mtls(accept_all=True)], {}, UNREAD),
    "an attribute of the plugin that is not known": ([{**mtls(), "condition": "x"}], {}, UNREAD),
    "another order": ([{**mtls(), "ordering": {"before": {"access": ["acl"]}}}], {}, UNREAD),
    "tls-handshake-modifier": ([plugin("tls-handshake-modifier")], {}, OPEN),
    "tls-metadata-headers": (
        [plugin("tls-metadata-headers", {"inject_client_cert_details": True})],
        {},
        OPEN,
    ),
    "header-cert-auth": ([plugin("header-cert-auth", {"certificate_header_name": "X-C"})], {}, UNREAD),
    "acl": ([FALLBACK, plugin("acl", {"allow": ["staff"]})], {"consumers": [ANONYMOUS]}, GUARDED),
    "acl that has the anonymous consumer": (
        [FALLBACK, plugin("acl", {"allow": ["staff"]})],
        {"consumers": [{**ANONYMOUS, "acls": [{"group": "staff"}]}]},
        OPEN,
    ),
    "acl that denies another group": (
        [FALLBACK, plugin("acl", {"deny": ["bad"]})],
        {"consumers": [ANONYMOUS]},
        OPEN,
    ),
    "acl alone": ([plugin("acl", {"allow": ["staff"]})], {}, (REFUSED, REFUSED, REFUSED)),
    "ip-restriction": (
        [plugin("ip-restriction", {"allow": ["10.0.0.0/8"]})],
        {},
        (UNKNOWN, FORWARDED, UNKNOWN),
    ),
    "ip-restriction behind mtls-auth": ([mtls(), plugin("ip-restriction")], {}, GUARDED),
    "pre-function": ([mtls(), plugin("pre-function", {"access": ["return"]})], {}, UNREAD),
    "a plugin of others": ([mtls(), plugin("my-cert-check")], {}, UNREAD),
    "what measures": ([mtls(), plugin("prometheus"), plugin("rate-limiting")], {}, GUARDED),
    "request-termination": ([STOP], {}, (REFUSED, REFUSED, REFUSED)),
    "request-termination with a text": (
        [plugin("request-termination", {"status_code": 200})],
        {},
        (ANSWERED, ANSWERED, ANSWERED),
    ),
    "request-termination on a header": ([plugin("request-termination", {"trigger": "x-stop"})], {}, UNREAD),
}


@pytest.mark.parametrize("name", CASES)
def test_plugins_decide(tmp_path: Path, name: str) -> None:
    """The most specific instance counts; what is not understood is not known."""
    plugins, more, expected = CASES[name]
    text = kong(route(*plugins, paths=["/secure"]), **more)
    assert tuple(decided(tmp_path, text, caller=one).passage for one in CALLERS) == expected


def test_a_password_is_no_certificate(tmp_path: Path) -> None:
    """A client without a certificate is refused, and a password would let it pass."""
    assert decided(tmp_path, kong(route(plugin("key-auth"), paths=["/"]))).guard is Guarding.TOKEN
    either = [plugin("key-auth", {"anonymous": "guest"}), mtls(anonymous="guest")]
    text = kong(route(*either, paths=["/"]), consumers=[{**ANONYMOUS, "plugins": [STOP]}])
    assert decided(tmp_path, text).guard is Guarding.TOKEN
    assert decided(tmp_path, kong(route(plugin("key-auth"), mtls(), paths=["/"]))).guard is Guarding.NONE


def test_what_listeners_demand_stands_in_another_file(tmp_path: Path) -> None:
    """Without kong.conf, only what a plugin refuses is certain."""
    text = kong(route(paths=["/secure"]))
    assert decided(tmp_path, text, conf="").passage is UNKNOWN
    assert decided(tmp_path, kong(route(mtls(), paths=["/secure"])), conf="").passage is REFUSED
    required = "nginx_proxy_ssl_verify_client = on\nproxy_listen = 0.0.0.0:443 ssl\n"
    assert decided(tmp_path, text, conf=required).status == 400
    included = "nginx_proxy_include = /etc/kong/tls.conf\nproxy_listen = 0.0.0.0:443 ssl\n"
    assert decided(tmp_path, text, conf=included).passage is UNKNOWN


HEADERS: dict[str, tuple[list[Object], GatewayCaller, str | None]] = {
    "as it is sent": ([], GatewayCaller.ANONYMOUS, "mine"),
    "removed": (
        [plugin("request-transformer", {"remove": {"headers": ["X-Client-Cert"]}})],
        GatewayCaller.ANONYMOUS,
        None,
    ),
    "replaced": (
        [plugin("request-transformer", {"replace": {"headers": ["X-Client-Cert:none"]}})],
        GatewayCaller.ANONYMOUS,
        "none",
    ),
    "added where it is missing": (
        [plugin("request-transformer", {"add": {"headers": ["X-Client-Cert:none"]}})],
        GatewayCaller.ANONYMOUS,
        "mine",
    ),
    "appended": (
        [plugin("request-transformer", {"append": {"headers": ["X-Client-Cert:none"]}})],
        GatewayCaller.ANONYMOUS,
        "mine, none",
    ),
    "of the certificate": (
        [mtls(), plugin("tls-metadata-headers", {"inject_client_cert_details": True})],
        GatewayCaller.VALID,
        UNKNOWN_PART,
    ),
    "of the certificate, but switched off": (
        [mtls(), plugin("tls-metadata-headers")],
        GatewayCaller.VALID,
        "mine",
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_about_the_certificate(tmp_path: Path, name: str) -> None:
    """The service gets the client's own, or that of the plugin."""
    plugins, caller, expected = HEADERS[name]
    text = kong(route(*plugins, paths=["/secure"]))
    decision = decided(tmp_path, text, caller=caller, x_client_cert="mine")
    assert (decision.passage, decision.sent.get("x-client-cert")) == (FORWARDED, expected)


def test_whether_a_header_without_a_certificate_is_removed_is_not_documented(tmp_path: Path) -> None:
    """It is not guessed for a client that sends the header itself."""
    metadata = plugin("tls-metadata-headers", {"inject_client_cert_details": True})
    text = kong(route(plugin("tls-handshake-modifier"), metadata, paths=["/secure"]))
    assert decided(tmp_path, text, x_client_cert="mine").passage is UNKNOWN
    assert decided(tmp_path, text).passage is FORWARDED


def test_certificates_are_requested_by_name_if_all_routes_have_names(tmp_path: Path) -> None:
    """One route without `snis` makes Kong request one of every client."""
    metadata = plugin("tls-metadata-headers", {"inject_client_cert_details": True})
    open_route = route(metadata, paths=["/open"])
    for names, expected in ({"snis": ["api.example"]}, None), ({}, UNKNOWN_PART):
        text = kong(route(mtls(), paths=["/secure"], **names), open_route)
        decision = decided(tmp_path, text, "/open", GatewayCaller.VALID, server_name="unmatched.invalid")
        assert decision.sent.get("x-client-cert") == expected
