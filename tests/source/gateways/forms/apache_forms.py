"""Forms of Apache httpd: sections, expressions, rewriting and headers."""

from __future__ import annotations

from tests.source.gateways.forms.form import Attack, Form

FILE = "httpd.conf"


def host(lines: str, *, verify: str = "optional", passes: str = "ProxyPass / http://@UP@/") -> str:
    """A virtual host with TLS before the service."""
    return f"""
ServerRoot @DIR@
@GLOBAL@
Listen @LISTEN@
<VirtualHost *:@PORT@>
    ServerName api.example
    SSLEngine on
    SSLCertificateFile @CERT@
    SSLCertificateKeyFile @KEY@
    SSLCACertificateFile @CA@
    SSLVerifyClient {verify}
    {lines}
    {passes}
</VirtualHost>
"""


def section(lines: str, place: str = "Location /") -> str:
    """A section around directives."""
    return f"<{place}>\n{lines}\n</{place.split(maxsplit=1)[0]}>\n"


VERIFIED = "Require ssl-verify-client"
OPEN = section("Require all granted", "Location /public")
FORMS = {
    "sections in another order": Form(
        host(section(VERIFIED) + OPEN),
        host(section(VERIFIED, "Location /secure") + section("Require all granted", "LocationMatch ^/s")),
    ),
    "one of several requirements": Form(
        host(section(f"<RequireAll>\n{VERIFIED}\nRequire method GET\n</RequireAll>") + OPEN),
        host(section(f"<RequireAny>\n{VERIFIED}\nRequire method GET\n</RequireAny>") + OPEN),
    ),
    "a wildcard of a result": Form(
        host(section("Require expr \"%{SSL_CLIENT_VERIFY} -strmatch 'SUCC*'\"") + OPEN),
        host(section("Require expr \"%{SSL_CLIENT_VERIFY} -strmatch '*N*' || true\"") + OPEN),
    ),
    "a variable of a header": Form(
        host(
            "SetEnvIfExpr \"%{SSL_CLIENT_VERIFY} == 'SUCCESS'\" trusted\n"
            + section("Require env trusted")
            + OPEN
        ),
        host('SetEnvIf X-Trusted "^yes$" trusted\n' + section("Require env trusted\n" + VERIFIED) + OPEN),
        Attack(headers={"x-trusted": "yes"}),
    ),
    "a condition of rewriting": Form(
        host(
            "RewriteEngine on\nRewriteCond %{REQUEST_URI} !^/public$\nRewriteCond %{SSL:SSL_CLIENT_VERIFY} !=SUCCESS\n"
            "RewriteRule ^ - [F]"
        ),
        host(
            "RewriteEngine on\nRewriteCond %{REQUEST_URI} !^/public$\nRewriteCond %{SSL_CLIENT_VERIFY} =NONE\n"
            "RewriteRule ^ - [F]"
        ),
    ),
    "conditions of rewriting that are joined": Form(
        host(
            "RewriteEngine on\nRewriteCond %{REQUEST_URI} ^/secure [OR]\nRewriteCond %{REQUEST_URI} ^/admin\n"
            "RewriteCond %{SSL:SSL_CLIENT_VERIFY} !=SUCCESS\nRewriteRule ^ - [F]"
        ),
        host(
            "RewriteEngine on\nRewriteCond %{REQUEST_URI} ^/secure\nRewriteCond %{REQUEST_URI} ^/admin\n"
            "RewriteCond %{SSL:SSL_CLIENT_VERIFY} !=SUCCESS\nRewriteRule ^ - [F]"
        ),
    ),
    "an If section that admits": Form(
        host(section(VERIFIED) + "<If \"%{REQUEST_URI} == '/public'\">\nRequire all granted\n</If>"),
        host(section(VERIFIED) + '<If "%{QUERY_STRING} =~ /public/">\nRequire all granted\n</If>\n' + OPEN),
        Attack("/secure?public"),
    ),
    "a method alone": Form(
        host(section(f"<LimitExcept OPTIONS>\n{VERIFIED}\n</LimitExcept>") + OPEN),
        host(section(f"<Limit POST PUT DELETE>\n{VERIFIED}\n</Limit>") + OPEN),
    ),
    "the mode of a section": Form(
        host(section("SSLVerifyClient require", "Location /secure"), verify="none"),
        host(section("SSLVerifyClient optional", "Location /secure"), verify="none"),
    ),
    "a path that another route hands on": Form(
        host(
            section(VERIFIED, "Location /secure"),
            passes="ProxyPass /old http://@UP@/public\nProxyPass / http://@UP@/",
        ),
        host(
            section(VERIFIED, "Location /secure"),
            passes="ProxyPass /old http://@UP@\nProxyPass / http://@UP@/",
        ),
        Attack("/old/secure"),
    ),
    "what a negation leaves out": Form(
        host(section(VERIFIED, 'LocationMatch "^/(?!public$)"')),
        host(section(VERIFIED, 'LocationMatch "^/(?!public|s)"')),
    ),
    "the old rules of access": Form(
        host(section(f"{VERIFIED}\nAuthMerging Off") + OPEN),
        host(section(VERIFIED) + section("AuthMerging Or\nRequire all granted", "Location /secure") + OPEN),
    ),
}
