"""Makes configurations of Apache httpd in which constructs combine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from random import Random

PLACES = (
    *("/", "/a", "/a/", "/a/b", "/b", "/B", "/c", "/a/b/c", "/*/b", "/a*", "/?"),
    *("/main", "/a.json", "/a/../b", "/%61"),
)
PATTERNS = ("^/a", "/b$", "^/(a|b)/", "(?i)^/A", "\\.json$", "^/a/[a-z]+$", "b")
MODES = ("none", "optional", "require", "optional_no_ca")
EXPRESSIONS = (
    *(
        "%{SSL_CLIENT_VERIFY} == 'SUCCESS'",
        "%{SSL_CLIENT_VERIFY} != 'NONE'",
        "%{HTTPS} == 'on'",
        "%{HTTPS} -eq 1",
    ),
    *("%{REQUEST_URI} =~ m#^/a#", "%{REQUEST_URI} == '/a'", "%{REQUEST_METHOD} in { 'GET', 'HEAD' }", "true"),
    *(
        "req('X-Client-Cert') == 'forged'",
        "-n %{HTTP:X-Client-Cert}",
        "-z req('X-List')",
        "%{QUERY_STRING} =~ /x=/",
    ),
    *(
        "%{SSL_CLIENT_S_DN} != ''",
        "-n %{SSL_CLIENT_S_DN_CN}",
        "! -n %{SSL_CLIENT_S_DN}",
        "%{SSL_CLIENT_S_DN} == 'CN=alice,OU=reader'",
        "%{SSL_CLIENT_S_DN_CN} in { 'alice', 'bob' }",
        "%{SSL_CLIENT_S_DN_OU_0} =~ /^read/ && %{SSL_CLIENT_I_DN} =~ /client/",
        "%{SSL_CLIENT_S_DN_O} == ''",
        "%{HTTP_HOST} =~ /one/i",
    ),
    *("%{SSL_CLIENT_VERIFY} == 'SUCCESS' && %{HTTPS} == 'on'", "%{REQUEST_SCHEME} == 'http' || false"),
    *("!(%{SSL_CLIENT_VERIFY} =~ /^(NONE|FAILED)/)", "%{SSL:SSL_CLIENT_VERIFY} = 'SUCCESS'", "-T %{HTTPS}"),
    *(
        "%{SSL_CLIENT_VERIFY} -strmatch 'SUC*'",
        "%{REQUEST_URI} -strcmatch '/A*'",
        "%{REQUEST_URI} -fnmatch '/?*'",
    ),
    *(
        "%{REQUEST_URI} -strmatch '/a'",
        "! (%{HTTP_HOST} -strcmatch '*ONE*')",
        "%{REQUEST_URI} -fnmatch '/*/b'",
    ),
    *("%{HTTP_COOKIE} =~ m#area=a#", "'a' . 'b' == 'ab'", "%{SERVER_PORT} -gt 1", "'1' -lt 2"),
)
OLD_EXPRESSIONS = (
    *('%{SSL_CLIENT_VERIFY} eq "SUCCESS"', '%{REQUEST_METHOD} in {"GET", "POST"} and %{HTTPS} eq "on"'),
    *('not %{SSL_CLIENT_VERIFY} eq "NONE"', "true", "1 == 2", '%{SSL_CLIENT_S_DN_CN} ne ""'),
)
REQUIREMENTS = (
    *(
        "all granted",
        "all granted",
        "all denied",
        "ssl",
        "ssl-verify-client",
        "method GET HEAD",
        "method POST",
    ),
    *("env FLAG", "env OTHER", "not env FLAG", "not ssl-verify-client", "not method POST"),
)
HEADERS = (
    *(
        "set X-Client-Cert none",
        "unset X-Client-Cert",
        'set X-Verify "%{SSL_CLIENT_VERIFY}s"',
        "add X-Verify b",
    ),
    *(
        'set X-Client-Cert "%{SSL_CLIENT_S_DN}s"',
        'set X-Verify "%{SSL_CLIENT_I_DN_CN}s/%{SSL_CLIENT_M_SERIAL}s"',
        'set X-Verify "%{SSL_CLIENT_VERIFY}e"',
        "append X-Client-Cert c",
    ),
    *(
        'set X-Verify "a%%b %{FLAG}e"',
        "setifempty X-Client-Cert d",
        "unset X-Client-Cert early",
        "unset x-client-cert",
    ),
    *(
        "set X-Verify yes env=FLAG",
        "set X-Verify no env=!FLAG",
        "edit X-Client-Cert for FOR",
        "edit* X-Client-Cert g h",
    ),
    *("set X-Client-Cert early1 early", "merge X-Client-Cert e", 'set X-Verify "%{SSL_CLIENT_S_DN_CN}s"'),
    *('set X-Verify "expr=%{REQUEST_METHOD}-%{HTTPS}"', 'unset X-Client-Cert "expr=%{REQUEST_URI} =~ /b/"'),
    *('set X-Verify "%{SSL_TLS_SNI}s"', "unset X-Client-Cert env=!OTHER"),
)
SETTINGS = (
    *(
        "SSLOptions +StdEnvVars",
        "SSLOptions +StdEnvVars +ExportCertData",
        "SetEnv OTHER o",
        "AllowMethods GET",
    ),
    *(
        "AllowMethods GET POST",
        "SSLRequireSSL",
        "AuthMerging And",
        "AuthMerging Or",
        "SetEnvIf X-Client-Cert forged FLAG=1",
    ),
    *(
        "SetEnvIf X-List . FLAG",
        """SetEnvIfExpr "%{SSL_CLIENT_VERIFY} == 'SUCCESS'" FLAG""",
        """SetEnvIfExpr "%{REQUEST_METHOD} == 'POST' || req('X-List') =~ /a/" OTHER=e !FLAG""",
        "SetEnvIfNoCase Cookie AREA !FLAG OTHER=p",
        "SetEnvIf Request_Method POST OTHER",
    ),
    *("SetEnvIf Request_URI ^/a FLAG=u", "UnsetEnv OTHER", "BrowserMatch ^$ NEVER", "SSLVerifyDepth 2"),
)
OF_SERVERS = ("SSLOptions", "SetEnv", "UnsetEnv", "Browser", "SSLVerifyDepth")
"""Settings that may stand outside of sections."""
REWRITES = (
    *(
        "RewriteRule ^/b/(.*)$ /a/$1 [PT]",
        "RewriteRule ^/b$ - [F]",
        "RewriteRule ^/B http://127.0.0.1:@X@/R [P]",
    ),
    *(
        "RewriteRule ^/a/b$ /b?y=2 [PT,QSA]",
        "RewriteRule /x - [G,NC]",
        "RewriteRule ^/c http://else.example/ [R=301,L]",
    ),
    *(
        "RewriteRule ^(.*)\\.json$ $1 [PT]",
        "RewriteRule . - [L]",
        "RewriteRule ^/a - [S=1]",
        "RewriteRule b - [F,NC]",
    ),
    *(
        "RewriteRule ^/(.)/(.*) /$2/$1",
        "RewriteRule ^/a/(b.*) /$1 [C]",
        "RewriteRule ^ - [E=FLAG:r]",
        "RewriteRule !^/a /a%1 [PT]",
    ),
    *("RewriteRule ^/moved /elsewhere [R]", "RewriteRule ^/a$ /b [L,QSD,PT]", "RewriteRule b - [R=404]"),
)
CONDITIONS = (
    *("%{HTTP:X-Client-Cert} =forged", "%{HTTPS} =on", "%{HTTPS} !=on [OR]", "%{REQUEST_METHOD} ^POST$"),
    *(
        "%{SSL:SSL_CLIENT_VERIFY} !=SUCCESS",
        "%{SSL:SSL_CLIENT_VERIFY} ^SUCCESS$ [OR]",
        "%{QUERY_STRING} x=(.)",
    ),
    *(
        "%{HTTP_HOST} ^one [NC]",
        "%{REQUEST_URI} !^/a",
        "$0 b",
        "%{HTTP_COOKIE} area",
        "%{SSL_CLIENT_VERIFY} SUCCESS",
    ),
    *("expr \"%{HTTPS} == 'on'\"", "%{ENV:FLAG} .", "%{REQUEST_FILENAME} ^/b [OR]", "%{THE_REQUEST} HTTP"),
    *(
        "%{THE_REQUEST} \\s/a",
        "%{SERVER_PROTOCOL} =HTTP/1.1",
        "%{HTTP_HOST} ^one\\.example$",
        "%{HTTP_HOST} :",
    ),
)
DIRECTORY_RULES = (
    "RewriteCond %{SSL:SSL_CLIENT_VERIFY} !=SUCCESS\n        RewriteRule .* - [F]",
    "RewriteCond %{HTTP:X-Client-Cert} .\n        RewriteRule ^ - [R=404]",
)
REDIRECTS = (
    *(
        "Redirect /moved http://else.example/",
        "Redirect gone /B",
        "RedirectMatch 403 b$",
        "Redirect permanent /c /d",
    ),
    *("RedirectMatch ^/moved(.*) http://else.example$1", "Redirect 404 /a/b"),
)
ROUTES = (
    *(
        "ProxyPass /a http://127.0.0.1:@X@/up",
        "ProxyPass /a/ http://127.0.0.1:@Y@/",
        "ProxyPass /a http://127.0.0.1:@X@/a",
    ),
    *(
        "ProxyPass /b !",
        "ProxyPass /a/b !",
        "ProxyPass /c balancer://@NAME@/p",
        "ProxyPassMatch ^/b/(.*)$ http://127.0.0.1:@Y@/m/$1",
    ),
    *(
        "ProxyPassMatch \\.json$ http://127.0.0.1:@X@",
        "ProxyPass / http://127.0.0.1:@Y@/",
        "ProxyPass / http://127.0.0.1:@X@/",
    ),
    *("ProxyPass /a http://127.0.0.1:@Y@/raw nocanon", "ProxyPass / http://127.0.0.1:@X@/ nocanon"),
    *("ProxyPassMatch ^/B !", "ProxyPass //b http://127.0.0.1:@Y@/b"),
)
FILES = ("Alias /b @DOCS@/a", "Alias /a/ @DOCS@/", "")


class ApacheProgram(Struct, frozen=True):
    """One configuration."""

    text: str
    """With marks for what the runner chooses."""
    hosts: tuple[str, ...] = ("one.example", "two.example", "x.three.example")


class _Writer(Struct):
    random: Random

    def lines(self, depth: int = 0) -> list[str]:
        """Return directives that a section may have."""
        found: list[str] = []
        for _ in range(self.random.randrange(4)):
            kind = self.random.random()
            if kind < 0.35:
                found += self.requirement(top=True)
            elif kind < 0.55:
                found.append(f"RequestHeader {self.random.choice(HEADERS)}")
            elif kind < 0.75:
                found.append(self.random.choice(SETTINGS))
            elif kind < 0.82:
                found.append(f"SSLRequire {self.random.choice(OLD_EXPRESSIONS)}")
            elif kind < 0.9 and depth < 2:
                found += self.conditional(depth)
            else:
                found.append(f"SSLVerifyClient {self.random.choice(MODES)}")
        return found

    def requirement(self, *, top: bool = False) -> list[str]:
        """Return one requirement, or several in a container."""
        kind = self.random.random()
        if kind < 0.3:
            return [f'Require expr "{self.random.choice(EXPRESSIONS)}"']
        if kind < 0.6:
            return [f"Require {self.random.choice(REQUIREMENTS[:-3] if top else REQUIREMENTS)}"]
        if kind < 0.7:
            inner = self.requirement(top=True)
            name = self.random.choice(("Limit GET", "Limit POST", "LimitExcept GET"))
            return [f"<{name}>", *inner, f"</{name.split()[0]}>"]
        containers = ("RequireAll", "RequireAny") if top else ("RequireAll", "RequireAny", "RequireNone")
        container = self.random.choice(containers)
        inner = [line for _ in range(self.random.randrange(1, 3)) for line in self.requirement()]
        if container == "RequireNone" and any(
            "Require not" in line or "<RequireNone" in line for line in inner
        ):
            container = "RequireAll"
        if container != "RequireAll" and any(
            "Require not" in line or "<RequireNone" in line for line in inner
        ):
            return ["<RequireAll>", *inner, "Require all granted", "</RequireAll>"]
        return [f"<{container}>", *inner, f"</{container}>"]

    def conditional(self, depth: int) -> list[str]:
        """Return sections with conditions."""
        found = [f'<If "{self.random.choice(EXPRESSIONS)}">', *self.lines(depth + 1), "</If>"]
        if self.random.random() < 0.3:
            found += [f'<ElseIf "{self.random.choice(EXPRESSIONS)}">', *self.lines(depth + 1), "</ElseIf>"]
        if self.random.random() < 0.4:
            found += ["<Else>", *self.lines(depth + 1), "</Else>"]
        return found

    def section(self) -> list[str]:
        """Return one section."""
        kind = self.random.random()
        if kind < 0.6:
            head, name = f"Location {self.random.choice(PLACES)}", "Location"
        elif kind < 0.8:
            head, name = f'LocationMatch "{self.random.choice(PATTERNS)}"', "LocationMatch"
        elif kind < 0.88:
            head, name = "Proxy *", "Proxy"
        elif kind < 0.95:
            head, name = f"Directory {self.random.choice(('@DOCS@', '@DOCS@/a', '/'))}", "Directory"
        else:
            head, name = f"Files {self.random.choice(('*.json', 'b', '?'))}", "Files"
        lines = self.lines()
        if name == "Location" and self.random.random() < 0.15 and not any(one in head for one in "*?"):
            lines.append(f"ProxyPass http://127.0.0.1:@X@/loc{self.random.randrange(3)}")
        if name in ("Location", "LocationMatch") and self.random.random() < 0.1:
            lines += ["RewriteEngine On", self.random.choice(DIRECTORY_RULES)]
        if name in ("Location", "LocationMatch") and self.random.random() < 0.08:
            lines.append(
                self.random.choice(("Redirect http://else.example/", "Redirect 404", "Redirect gone"))
            )
        return [f"<{head}>", *lines, f"</{name}>"]

    def host(self, names: tuple[str, ...], *, tls: bool) -> list[str]:
        """Return the directives of one virtual host."""
        found = [f"ServerName {names[0]}", *(f"ServerAlias {name}" for name in names[1:])]
        if tls:
            found += ["SSLEngine on", "SSLCertificateFile @CERT@", "SSLCertificateKeyFile @KEY@"]
            found.append("SSLCACertificateFile @CA@" if self.random.random() < 0.9 else "")
            if self.random.random() < 0.8:
                found.append(f"SSLVerifyClient {self.random.choice(MODES)}")
            found += self.random.choices(["SSLStrictSNIVHostCheck on", "", "", ""])
        if self.random.random() < 0.4:
            found.append("RewriteEngine On")
            for _ in range(self.random.randrange(4)):
                found += [
                    f"RewriteCond {self.random.choice(CONDITIONS)}" for _ in range(self.random.randrange(3))
                ]
                found.append(self.random.choice(REWRITES))
        found += [self.random.choice(ROUTES) for _ in range(self.random.randrange(1, 5))]
        found += self.random.choices(FILES) + self.random.choices([*REDIRECTS, "", "", ""])
        found += self.random.choices(["AllowEncodedSlashes On", "AllowEncodedSlashes NoDecode", "", "", ""])
        found += self.random.choices(["MergeSlashes Off", "", "", ""])
        found += [f"RequestHeader {self.random.choice(HEADERS)}" for _ in range(self.random.randrange(3))]
        found += [one for one in self.random.choices(SETTINGS, k=2) if one.startswith(OF_SERVERS)]
        for _ in range(self.random.randrange(5)):
            found += self.section()
        return found


def program(random: Random) -> ApacheProgram:
    """Make one configuration."""
    writer = _Writer(random)
    parts = ["Listen 127.0.0.1:@TLS@", "Listen 127.0.0.1:@PLAIN@"]
    parts += ["<Proxy balancer://@NAME@>", "BalancerMember http://127.0.0.1:@X@/bal", "</Proxy>"]
    for port, tls in (("@TLS@", True), ("@PLAIN@", False)):
        for names in (("one.example",), ("two.example", "*.three.example"))[: random.randrange(1, 3)]:
            parts += [f"<VirtualHost *:{port}>", *writer.host(names, tls=tls), "</VirtualHost>"]
    return ApacheProgram("\n".join(filter(None, parts)) + "\n")
