"""Configurations of Apache httpd as owners write them, each with a fault and without it, beside the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import UsageError
from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.source.apache.apache_gateway import GATEWAY
from specdrift.source.gateway.exchange import GatewayRequest
from tests.source.gateways.joined import GUARDED, OPEN, found, joined

if TYPE_CHECKING:
    from pathlib import Path

SECURE = "GET /secure"
NOT_GUARDED = {("gateway-optional-unchecked", SECURE, "error")}
NOT_OPEN = {("open-route-guarded", "GET /public", "warning")}
TRUSTED = {("gateway-trusts-client-header", SECURE, "error")}
BYPASSED = {("gateway-location-bypass", SECURE, "error")}
VERIFIED = "Require ssl-verify-client"
SENT_IF_VERIFIED = (
    'RequestHeader set X-Client-Cert "%{SSL_CLIENT_S_DN}s" "expr=%{SSL_CLIENT_VERIFY} == \'SUCCESS\'"'
)


NOT_VERIFIED = "RewriteCond %{SSL:SSL_CLIENT_VERIFY} !=SUCCESS\nRewriteRule ^ - [F]"


def host(lines: str, *, verify: str = "optional", more: str = "", ahead: str = "") -> str:
    """A virtual host with TLS before the service."""
    return f"""ServerRoot /etc/httpd
LoadModule ssl_module modules/mod_ssl.so
LoadModule headers_module modules/mod_headers.so
LoadModule proxy_module modules/mod_proxy.so
Listen 443
{ahead}
<VirtualHost *:443>
    ServerName api.example
    SSLEngine on
    SSLCertificateFile server.pem
    SSLCACertificateFile ca.pem
    SSLVerifyClient {verify}
    Header always set Strict-Transport-Security max-age=1
    {lines}
    ProxyPass / http://10.0.0.5:8080/
    ProxyPassReverse / http://10.0.0.5:8080/
</VirtualHost>
{more}"""


def location(lines: str, place: str = "Location /secure") -> str:
    """A section around directives."""
    return f"<{place}>\n{lines}\n</{place.split(maxsplit=1)[0]}>\n"


CASES = {
    "optional": ("", OPEN, NOT_GUARDED),
    "the verification": (location(VERIFIED), OPEN, set()),
    "an expression": (location("Require expr \"%{SSL_CLIENT_VERIFY} == 'SUCCESS'\""), OPEN, set()),
    "the request line as it is sent": (
        f'RewriteEngine on\nRewriteCond %{{THE_REQUEST}} "!^[A-Z]+ /(health|public)"\n{NOT_VERIFIED}',
        OPEN,
        BYPASSED,
    ),
    "the path without its dot segments": (
        f"RewriteEngine on\nRewriteCond %{{REQUEST_URI}} !^/(health|public)\n{NOT_VERIFIED}",
        OPEN,
        set(),
    ),
    "a section for a request line": (
        location(VERIFIED, "Location /")
        + '<If "%{THE_REQUEST} =~ m#^[A-Z]+ /(health|public)#">\nRequire all granted\n</If>\n',
        OPEN,
        BYPASSED,
    ),
    "a variable of the path as it is sent": (
        'SetEnvIf Request_URI "^/(health|public)" exempt\n'
        + location(f"Require env exempt\n{VERIFIED}", "Location /"),
        OPEN,
        BYPASSED,
    ),
    "an expression about the path": (
        location(f'Require expr "%{{REQUEST_URI}} =~ m#^/(health|public)#"\n{VERIFIED}', "Location /"),
        OPEN,
        set(),
    ),
    "a wildcard": (location("Require expr \"%{SSL_CLIENT_VERIFY} -strmatch 'SUCC*'\""), OPEN, set()),
    "a wildcard for everything": (
        location("Require expr \"%{SSL_CLIENT_VERIFY} -strmatch '*'\""),
        OPEN,
        NOT_GUARDED,
    ),
    "an error page of its own": (
        f"ErrorDocument 403 /denied\nAlias /denied /srv/denied.html\nProxyPass /denied !\n{location(VERIFIED)}",
        OPEN,
        set(),
    ),
    "another section is guarded": (location(VERIFIED, "Location /private"), OPEN, NOT_GUARDED),
    "after the handshake": (location("SSLVerifyClient require"), OPEN, set()),
    "everything": (location(VERIFIED, "Location /"), OPEN, NOT_OPEN),
    "of Proxy sections": (location(VERIFIED, "Proxy *"), OPEN, NOT_OPEN),
    "a later section allows": (
        location(VERIFIED) + location("Require all granted", "LocationMatch ^/sec"),
        OPEN,
        NOT_GUARDED,
    ),
    "a later section that merges": (
        location(VERIFIED) + location("AuthMerging And\nRequire all granted", "LocationMatch ^/sec"),
        OPEN,
        set(),
    ),
    "one of several": (location(f"{VERIFIED}\nRequire all granted"), OPEN, NOT_GUARDED),
    "all of several": (
        location(f"<RequireAll>\n{VERIFIED}\nRequire all granted\n</RequireAll>"),
        OPEN,
        set(),
    ),
    "for POST alone": (location(f"<Limit POST>\n{VERIFIED}\n</Limit>"), OPEN, NOT_GUARDED),
    "a name": (location("Require expr \"%{SSL_CLIENT_S_DN_CN} in { 'alice', 'bob' }\""), OPEN, set()),
    "not a name": (location("Require expr \"%{SSL_CLIENT_S_DN_CN} != 'mallory'\""), OPEN, NOT_GUARDED),
    "SSLRequire": (location('SSLRequire %{SSL_CLIENT_VERIFY} eq "SUCCESS"'), OPEN, set()),
    "a condition": (
        "<If \"%{SSL_CLIENT_VERIFY} != 'SUCCESS' && %{REQUEST_URI} =~ m#^/secure#\">\nRequire all denied\n</If>",
        OPEN,
        set(),
    ),
    "a header as well": (
        location(f"{VERIFIED}\nRequire expr \"-n req('X-Internal')\""),
        OPEN,
        {("gateway-request-bypass", SECURE, "error")},
    ),
    "a header that sets a variable": (
        f"SetEnvIf X-Internal yes INTERNAL\n{location(f'{VERIFIED}{chr(10)}Require env INTERNAL')}",
        OPEN,
        {("gateway-request-bypass", SECURE, "error")},
    ),
    "an expression that sets a variable": (
        f"""SetEnvIfExpr "%{{SSL_CLIENT_VERIFY}} == 'SUCCESS'" KNOWN\n{location("Require env KNOWN")}""",
        OPEN,
        set(),
    ),
    "an expression that any client fulfils": (
        f"""SetEnvIfExpr "%{{SSL_CLIENT_VERIFY}} != 'FAILED'" KNOWN\n{location("Require env KNOWN")}""",
        OPEN,
        NOT_GUARDED,
    ),
    "an expression about a header that sets a variable": (
        f"""SetEnvIfExpr "req('X-Internal') == 'yes'" INTERNAL
        {location(f"{VERIFIED}{chr(10)}Require env INTERNAL")}""",
        OPEN,
        {("gateway-request-bypass", SECURE, "error")},
    ),
    "rules that refuse": (
        "RewriteEngine on\nRewriteCond %{SSL:SSL_CLIENT_VERIFY} !=SUCCESS\nRewriteRule ^/secure - [F]",
        OPEN,
        set(),
    ),
    "rules that look at the request line": (
        (
            "RewriteEngine on\nRewriteCond %{SSL:SSL_CLIENT_VERIFY} !=SUCCESS\nRewriteCond %{THE_REQUEST} !/health\n"
            "RewriteRule ^/secure - [F]"
        ),
        OPEN,
        {("gateway-request-bypass", SECURE, "error"), *BYPASSED},
    ),
    "rules for the path in the request line": (
        (
            "RewriteEngine on\nRewriteCond %{SSL:SSL_CLIENT_VERIFY} !=SUCCESS\n"
            "RewriteCond %{THE_REQUEST} \\s/secure\nRewriteRule ^ - [F]"
        ),
        OPEN,
        {("gateway-request-bypass", SECURE, "error"), *BYPASSED},
    ),
    "rules for one version of HTTP": (
        (
            "RewriteEngine on\nRewriteCond %{SSL:SSL_CLIENT_VERIFY} !=SUCCESS\n"
            "RewriteCond %{SERVER_PROTOCOL} =HTTP/1.1\nRewriteRule ^/secure - [F]"
        ),
        OPEN,
        {("gateway-request-bypass", SECURE, "error")},
    ),
    "rules for all but one name of the server": (
        (
            "ServerAlias status.example\nRewriteEngine on\nRewriteCond %{SSL:SSL_CLIENT_VERIFY} !=SUCCESS\n"
            "RewriteCond %{HTTP_HOST} !^status\\.\nRewriteRule ^/secure - [F]"
        ),
        OPEN,
        {("gateway-request-bypass", SECURE, "error")},
    ),
    "names of a wildcard without a guard": (
        "ServerAlias *.partner.example\n"
        + location(f'{VERIFIED}\nRequire expr "%{{HTTP_HOST}} =~ /^beta\\./"'),
        OPEN,
        {("gateway-request-bypass", SECURE, "error")},
    ),
    "a variable that mod_rewrite does not have": (
        "RewriteEngine on\nRewriteCond %{SSL_CLIENT_VERIFY} ^NONE$\nRewriteRule ^/secure - [F]",
        OPEN,
        NOT_GUARDED,
    ),
    "a route of another path": (
        f"{location(VERIFIED)}\nProxyPass /v1/ http://10.0.0.5:8080/",
        OPEN,
        BYPASSED,
    ),
    "rules to the service": (
        f"{location(VERIFIED)}\nRewriteEngine on\nRewriteRule ^/v1/(.*) http://10.0.0.5:8080/$1 [P]",
        OPEN,
        BYPASSED,
    ),
    "rules before the sections": (
        f"{location(VERIFIED)}\nRewriteEngine on\nRewriteRule ^/v1/(.*) /$1 [PT]",
        OPEN,
        set(),
    ),
    "the client's own header": (
        SENT_IF_VERIFIED,
        GUARDED,
        TRUSTED,
    ),
    "the header removed first": (
        f"RequestHeader unset X-Client-Cert\n{SENT_IF_VERIFIED}",
        GUARDED,
        set(),
    ),
    "a header with a name like it removed": (
        f"RequestHeader unset X-Client-Certs\n{SENT_IF_VERIFIED}",
        GUARDED,
        TRUSTED,
    ),
    "a header that is always there": (
        'RequestHeader set X-Client-Cert "%{SSL_CLIENT_S_DN}s"',
        GUARDED,
        NOT_GUARDED,
    ),
}
"""Directives of the virtual host, the service, and the findings."""


@pytest.mark.slow
@pytest.mark.parametrize(("lines", "service", "expected"), CASES.values(), ids=CASES)
def test_findings(tmp_path: Path, lines: str, service: str, expected: set[tuple[str, str, str]]) -> None:
    """What decides is the order of merging, and what the directives look at."""
    # The first route that fits is taken.
    result = joined(tmp_path, host(lines), service, name="httpd.conf")
    assert found(result) == expected
    assert result.undecided == ()


NO_OTHER_HOST = f"""<VirtualHost *:443>
    ServerName none.example
    SSLEngine on
    {location("Require all denied", "Location /")}
</VirtualHost>"""
BETA = location(f'{VERIFIED}\nRequire expr "%{{HTTP_HOST}} =~ /^beta\\./"')


@pytest.mark.parametrize(
    ("lines", "bypassed"),
    [
        (f"ServerAlias *.partner.example\n{BETA}", True),
        (BETA, False),
        (location(f"<If \"%{{HTTP_HOST}} == 'api.example'\">\n{VERIFIED}\n</If>"), True),
        (location(f'<If "%{{HTTP_HOST}} =~ /^api/i">\n{VERIFIED}\n</If>'), False),
    ],
    ids=["a name of the wildcard", "no such name", "the host without a port", "the host in any spelling"],
)
def test_hosts_are_compared_as_they_are_sent(tmp_path: Path, lines: str, *, bypassed: bool) -> None:
    """Requests for other hosts get another server."""
    result = joined(tmp_path, host(lines, ahead=NO_OTHER_HOST), OPEN, name="httpd.conf")
    assert (("gateway-request-bypass", SECURE, "error") in found(result)) is bypassed
    assert result.undecided == ()


@pytest.mark.parametrize(
    ("verify", "lines", "expected"),
    [
        ("require", "", NOT_OPEN),
        ("optional_no_ca", location(VERIFIED), set()),
        (
            "optional_no_ca",
            location("Require expr \"%{SSL_CLIENT_VERIFY} != 'NONE'\""),
            {("gateway-accepts-untrusted", SECURE, "error")},
        ),
        ("optional_no_ca", location("SSLVerifyClient require"), set()),
        ("none", "", {("gateway-certificate-not-requested", SECURE, "error")}),
        (
            "none",
            location("SSLVerifyClient optional"),
            {("gateway-certificate-not-requested", SECURE, "error")},
        ),
    ],
)
def test_verification(tmp_path: Path, verify: str, lines: str, expected: set[tuple[str, str, str]]) -> None:
    """Certificates of another authority are let through by ``optional_no_ca``."""
    result = joined(tmp_path, host(lines, verify=verify), OPEN, name="httpd.conf")
    assert found(result) == expected


@pytest.mark.parametrize("redirected", [False, True])
def test_a_virtual_host_without_tls(tmp_path: Path, redirected: bool) -> None:  # noqa: FBT001 - a parameter
    """Before the same service, with and without a redirect. SSLVerifyClient asks for nothing there."""
    lines = "Redirect permanent / https://api.example/" if redirected else "ProxyPass / http://10.0.0.5:8080/"
    section = location("SSLVerifyClient require")
    more = f"Listen 80\n<VirtualHost *:80>\nServerName api.example\n{section}\n{lines}\n</VirtualHost>\n"
    result = joined(tmp_path, host("", verify="require", more=more), OPEN, name="httpd.conf")
    plain = ("gateway-plaintext-to-same-upstream", SECURE, "error")
    assert found(result) == (NOT_OPEN if redirected else {plain})


@pytest.mark.parametrize("weaker", [False, True])
def test_another_virtual_host(tmp_path: Path, weaker: bool) -> None:  # noqa: FBT001 - a parameter
    """The service has two names, and one of them asks for no certificate."""
    other = host("", verify="none" if weaker else "require").partition("Listen 443")[2]
    text = host("", verify="require", more=other.replace("api.example", "www.example"))
    result = joined(tmp_path, text, OPEN, name="httpd.conf")
    assert ("gateway-server-bypass" in {rule for rule, _, _ in found(result)}) is weaker


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (location("Require ip 10.0.0.0/8"), "Require ip"),
        (location("AuthType Basic\nRequire valid-user"), "a password"),
        (location("Require expr \"-R '10.0.0.0/8'\""), "-R"),
        (location("Require expr \"%{REMOTE_ADDR} == '10.0.0.1'\""), "REMOTE_ADDR"),
        (location("Satisfy any\nOrder deny,allow\nDeny from all"), "Satisfy any"),
        (location("Order deny,allow\nDeny from all\nAllow from 10.0.0.1"), "the client's address"),
        ("RewriteEngine on\nRewriteCond /maintenance -f\nRewriteRule ^ - [F]", "RewriteCond -f"),
        (location("RewriteEngine on\nRewriteRule ^(.*)$ /x$1"), "RewriteRule in a section"),
    ],
)
def test_what_is_not_evaluated_is_undecided(tmp_path: Path, lines: str, reason: str) -> None:
    """Never believed, never an accusation."""
    result = joined(tmp_path, host(lines), OPEN, name="httpd.conf")
    assert {drift.rule for drift in result.drifts} <= {"route-not-documented"}
    assert result.exit_status == 3
    assert any(reason in one.reason for one in result.undecided if str(one.operation) == SECURE)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (host("LuaHookAccessChecker a.lua check"), "luahookaccesschecker"),
        (host("Include /etc/elsewhere.conf"), "elsewhere.conf"),
        (host("IncludeOptional conf.d/*.conf"), ""),
        (host("Use Guard a"), "use Guard"),
        (host(f"<IfDefine GUARDED>\n{location(VERIFIED)}\n</IfDefine>"), "ifdefine"),
        (host(f"<IfModule mod_other.c>\n{location(VERIFIED)}\n</IfModule>"), "ifmodule"),
        (host("", verify="${VERIFY}"), "variable"),
        (host("RewriteOptions Inherit"), "inherited"),
    ],
)
def test_what_hides_a_part_is_not_read(tmp_path: Path, text: str, what: str) -> None:
    """It is listed with its line, and the result is no pass; a pattern without files includes nothing."""
    result = joined(tmp_path, text, OPEN, name="httpd.conf")
    unresolved = result.gateways[0].unresolved
    if what:
        assert result.exit_status == 3
    assert (
        [one for one in unresolved if what in one.what and one.location.line > 1] if what else not unresolved
    )


def test_files_definitions_and_macros(tmp_path: Path) -> None:
    """A guard that an included macro makes is one; without it the operation is open."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "guard.conf").write_text(
        "Define PLACE /secure\n<Macro Guard $place>\n<Location $place>\n    Require \\\n"
        "        ssl-verify-client\n</Location>\n</Macro>\n"
    )
    text = host("<IfModule ssl_module>\nUse Guard ${PLACE}\n</IfModule>", ahead="Include conf.d/*.conf")
    assert found(joined(tmp_path, text, OPEN, name="httpd.conf")) == set()
    without = text.replace("Use Guard ${PLACE}", "")
    assert found(joined(tmp_path, without, "", name="httpd.conf")) == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Listen 80\n<VirtualHost *:80>\n", "httpd.conf:2: <virtualhost> is not closed"),
        ("Listen 80\n</Location>\n", "httpd.conf:2: </location> closes no section"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    """Apache does not start with it either."""
    (tmp_path / "httpd.conf").write_text(text)
    with pytest.raises(UsageError) as caught:
        GATEWAY.read(tmp_path / "httpd.conf")
    assert said in str(caught.value)


def test_beside_a_crate_the_usual_name_counts_alone(tmp_path: Path) -> None:
    """A file of another name may be an example."""
    (tmp_path / "site.conf").write_text(host(""))
    assert GATEWAY.recognises(tmp_path)
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "a"\n')
    assert not GATEWAY.recognises(tmp_path)
    (tmp_path / "httpd.conf").write_text(host(""))
    assert GATEWAY.recognises(tmp_path)


@pytest.mark.parametrize(("place", "expected"), [("/srv/a", Passage.REFUSED), ("/srv/b", Passage.ANSWERED)])
def test_a_directory_of_a_path_that_is_rewritten_with_two_slashes(
    place: str, expected: Passage, tmp_path: Path
) -> None:
    """The section of the directory applies: on disk, several slashes are one."""
    section = location("Require all denied", f"Directory {place}")
    lines = f"DocumentRoot /srv\nRewriteEngine on\nRewriteRule ^/(.)/(.*) /$2/$1\n{section}"
    file = tmp_path / "httpd.conf"
    file.write_text(host(lines), encoding="utf-8")
    configuration = GATEWAY.read(file)
    entry = configuration.entries[0]
    request = GatewayRequest(entry=entry, caller=GatewayCaller.VALID, method="GET", target="/a/")
    assert configuration.decide(request).passage is expected
